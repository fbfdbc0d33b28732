#include "session/references.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "files/project_file.hpp"
#include "plan/upstream.hpp"

namespace firn::session {

using document::Project;
using document::Track;
using Kind = Reference::Kind;
using Need = Reference::Need;

namespace {

// What of a track is needed to play: nothing of an origin, of a deactivated track, or of one that only prints hear.
enum class Plays { nothing, below_the_line, all };

class Collector {
 public:
  void add(const Track& track, Plays plays) {
    const auto need_if = [&](bool below_the_line) {
      const bool runs = plays == Plays::all || (plays == Plays::below_the_line && below_the_line);
      return runs ? Need::to_play : Need::to_go_on;
    };
    for (const auto& clip : track.clips) {
      if (const auto* body = std::get_if<document::AudioClip>(&clip->body))
        add_audio(body->audio, need_if(!track.frozen()), track);
    }
    for (const auto& print : track.prints) add_audio(print.audio, need_if(&print == &track.prints.back()), track);
    const std::size_t frozen = document::frozen_devices(track);
    for (std::size_t i = 0; i < track.devices.size(); ++i) {
      for (const auto& [slot, file] : track.devices[i].files)
        at(file.path, file.shared, Kind::device, file.content, need_if(i >= frozen), track).content = file.content;
    }
    for (const auto& origin : track.origin) add(*origin.source, Plays::nothing);
  }

  // Later versions' own: nobody knows what they are for.
  void add_others(const std::set<std::string>& files) {
    for (const std::string& path : files) {
      const auto has_path = [&](const auto& entry) { return std::get<std::string>(entry.first) == path; };
      if (std::none_of(entries_.begin(), entries_.end(), has_path)) at(path, false, Kind::other, {}, Need::to_play, {});
    }
  }

  std::vector<Reference> all() {
    std::vector<Reference> references;
    for (auto& [key, entry] : entries_) references.push_back(std::move(entry));
    return references;
  }

 private:
  using Key = std::tuple<std::string, bool, Kind, base::Digest>;

  void add_audio(const audio::AudioRef& audio, Need need, const Track& track) {
    at(audio.path, false, Kind::audio, audio.key.digest, need, track).audio = audio;
    if (!audio.original.empty()) at(audio.original, false, Kind::original, {}, Need::to_go_on, track);
  }

  Reference& at(const std::string& path, bool shared, Kind kind, const base::Digest& digest, Need need,
                const Track& track) {
    Reference& entry = entries_[{path, shared, kind, digest}];
    entry.kind = kind;
    entry.need = std::min(entry.need, need);
    entry.path = path;
    entry.shared = shared;
    if (!track.name.empty()) entry.tracks.insert(track.name);
    return entry;
  }

  std::map<Key, Reference> entries_;
};

Track with_files(Track track, const Replacement& replacement) {
  for (auto& device : track.devices) {
    for (auto& [slot, file] : device.files) file = replacement(file);
  }
  for (auto& origin : track.origin) origin.source = with_files(*origin.source, replacement);
  return track;
}

}  // namespace

std::vector<Reference> references_of(const Project& project) {
  Collector collector;
  const plan::Running running = plan::running_in(project);
  for (const auto& track : project.tracks) {
    const bool runs = running.tracks.contains(track->id);
    const bool runs_above = running.above_the_line.contains(track->id);
    collector.add(*track, runs_above ? Plays::all : runs ? Plays::below_the_line : Plays::nothing);
  }
  collector.add_others(files::files_of(project));
  return collector.all();
}

Project with_device_files(Project project, const Replacement& replacement) {
  for (auto& track : project.tracks) track = with_files(*track, replacement);
  return project;
}

}  // namespace firn::session
