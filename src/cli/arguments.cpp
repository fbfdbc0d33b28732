#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/must.hpp"
#include "edit/find.hpp"
#include "files/project_file.hpp"

namespace firn::cli {

using base::ErrorKind;

bool is_project(const std::filesystem::path& directory) {
  std::error_code error;
  return std::filesystem::exists(directory / files::project_file_name, error);
}

std::filesystem::path Arguments::take_directory() {
  if (!empty() && !words_[next_].empty() && is_project(words_[next_])) return words_[next_++];
  if (is_project(".")) return ".";
  if (empty()) {
    refuse(ErrorKind::not_found,
           "The current directory is not a project. Give a project's directory, or make one with `firn new`.");
  }
  refuse(ErrorKind::not_found,
         fmt::format("There is no project in \"{}\", nor in the current directory. Make one with `firn new -o {}`.",
                     words_[next_], words_[next_]));
}

std::string Arguments::take(std::string_view what) {
  if (empty()) refuse(ErrorKind::usage, fmt::format("{} is missing.", what));
  return words_[next_++];
}

std::vector<std::string> Arguments::take_all(std::string_view what) {
  if (empty()) refuse(ErrorKind::usage, fmt::format("{} is missing.", what));
  return take_rest();
}

std::vector<std::string> Arguments::take_rest() {
  std::vector<std::string> rest(words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
  next_ = words_.size();
  return rest;
}

std::filesystem::path without_slash(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(name).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

void Arguments::end() const {
  if (!empty()) refuse(ErrorKind::usage, fmt::format("\"{}\" is one word too many.", words_[next_]));
}

std::vector<document::TrackId> tracks_of(const document::Project& project, const std::vector<std::string>& names) {
  std::vector<document::TrackId> tracks;
  for (const std::string& name : names) {
    const document::TrackId id = must(edit::find_track(project, name));
    if (std::find(tracks.begin(), tracks.end(), id) == tracks.end()) tracks.push_back(id);
  }
  return tracks;
}

const document::Track& track_of(const document::Project& project, const std::string& name) {
  return *document::find(project, must(edit::find_track(project, name)));
}

const document::Device& device_of(const document::Track& track, const std::string& name) {
  return *document::find(track, must(edit::find_device(track, name)));
}

const document::Clip& clip_of(const document::Track& track, const std::string& name) {
  const document::ClipId id = must(edit::find_clip(track, name));
  return **std::find_if(track.clips.begin(), track.clips.end(), [&](const auto& clip) { return clip->id == id; });
}

}  // namespace firn::cli
