#include "files/project_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace firn::files {
namespace {

using base::ErrorKind;

void add(std::set<std::string>& files, const audio::AudioRef& audio) {
  files.insert(audio.path);
  if (!audio.original.empty()) files.insert(audio.original);
}

// A later version's fields may refer to files too: whatever in them looks like one of the project's is kept.
void add(std::set<std::string>& files, const nlohmann::json& unknown) {
  if (unknown.is_string() && unknown.get_ref<const std::string&>().starts_with("Samples/")) files.insert(unknown);
  if (unknown.is_structured()) {
    for (const auto& each : unknown) add(files, each);
  }
}

void add(std::set<std::string>& files, const document::UnknownFields& unknown) {
  for (const auto& [name, text] : unknown) add(files, nlohmann::json::parse(text, nullptr, false));
}

void add(std::set<std::string>& files, const document::Track& track) {
  add(files, track.mixer.unknown);
  for (const auto& send : track.mixer.sends) add(files, send.unknown);
  for (const auto& automation : track.automation) add(files, automation.unknown);
  for (const auto& clip : track.clips) {
    if (const auto* body = std::get_if<document::AudioClip>(&clip->body)) {
      add(files, body->audio);
      if (body->bounce) add(files, body->bounce->unknown);
    }
    add(files, clip->unknown);
  }
  for (const auto& device : track.devices) {
    for (const auto& [slot, file] : device.files) {
      if (!file.shared) files.insert(file.path);
    }
    add(files, device.unknown);
  }
  for (const auto& print : track.prints) {
    add(files, print.audio);
    add(files, print.unknown);
  }
  add(files, track.unknown);
  for (const auto& origin : track.origin) add(files, *origin.source);
}

}  // namespace

base::Result<ProjectFile> read_project_file(const std::filesystem::path& directory) {
  const auto path = directory / project_file_name;
  auto text = base::read_whole(path, longest_project_text);
  if (!text && text.error().kind == ErrorKind::not_found) {
    return base::fail(ErrorKind::not_found, fmt::format("{} holds no project: there is no {} in it. Name a project's "
                                                        "directory, or make one with `firn new`.",
                                                        directory.string(), project_file_name));
  }
  if (!text) return tl::unexpected(text.error());
  auto project = parse_project(*text);
  if (!project) {
    const bool malformed = project.error().kind == ErrorKind::malformed;
    const char* advice = malformed ? " Correct it there, or take back an older version of it." : "";
    return base::fail(project.error().kind,
                      fmt::format("Can't open {}: {}.{}", path.string(), project.error().message, advice));
  }
  return ProjectFile{std::move(*text), std::move(*project)};
}

base::Result<document::Project> read_project(const std::filesystem::path& directory) {
  return read_project_file(directory).map([](ProjectFile file) { return std::move(file.project); });
}

std::set<std::string> files_of(const document::Project& project) {
  std::set<std::string> files;
  for (const auto& track : project.tracks) add(files, *track);
  for (const auto& locator : project.locators) add(files, locator.unknown);
  add(files, project.unknown);
  return files;
}

}  // namespace firn::files
