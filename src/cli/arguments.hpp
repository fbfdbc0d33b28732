// Arguments: the words of a command line, taken one after another: DIR first, where it is given. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "document/project.hpp"

namespace firn::cli {

class Arguments {
 public:
  explicit Arguments(std::vector<std::string> words) : words_(std::move(words)) {}

  // The first word, if it is a project's directory; else the current directory, if it is one. Fails with not_found.
  std::filesystem::path take_directory();

  // The next word; fails with usage where there is none. `what` says what it should be: "TRACK".
  std::string take(std::string_view what);
  std::vector<std::string> take_all(std::string_view what);  // one at least
  std::vector<std::string> take_rest();                      // any number
  bool empty() const { return next_ == words_.size(); }
  void end() const;  // fails with usage where there are more words

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

bool is_project(const std::filesystem::path& directory);

// The directory of a name with a '/' at its end is the name.
std::filesystem::path without_slash(const std::string& name);

// One track each; none twice.
std::vector<document::TrackId> tracks_of(const document::Project&, const std::vector<std::string>& names);
const document::Track& track_of(const document::Project&, const std::string& name);
const document::Device& device_of(const document::Track&, const std::string& name);
const document::Clip& clip_of(const document::Track&, const std::string& name);

}  // namespace firn::cli
