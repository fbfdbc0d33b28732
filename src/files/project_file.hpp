// The project file: a whole Project as one readable, stable, versioned JSON text (docs/project-format.md). Any thread.
//
// The same project is always the same text, and one edit is a small change of it. parse_project(text_of(p)) == p for every
// project that keeps the rules of document::check and edit::violation_of, and fields that this version does not know go
// round unharmed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "document/project.hpp"

namespace firn::files {

inline constexpr std::string_view project_file_name = "project.json";
inline constexpr std::int64_t longest_project_text = 512 * 1024 * 1024;  // bytes

// The project keeps document::check's rules.
std::string text_of(const document::Project&);

// Fails with `newer` for a version above this program's, else with `malformed`: the place and what was expected there. The
// place is a line, a JSON pointer or, for what breaks edit::violation_of's rules, the names of the things meant.
base::Result<document::Project> parse_project(std::string_view text);

// The project in a directory and its text, for reading: takes no lock, writes nothing. Fails as above with the file named, and
// with not_found where there is no project.
struct ProjectFile {
  std::string text;
  document::Project project;
};
base::Result<ProjectFile> read_project_file(const std::filesystem::path& directory);
base::Result<document::Project> read_project(const std::filesystem::path& directory);

// Every file inside the project's directory that it refers to, as relative paths: clips, prints, devices, originals, and
// those of its tracks' origins.
std::set<std::string> files_of(const document::Project&);

}  // namespace firn::files
