#include "session/references.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "files/project_file.hpp"

namespace firn::session {

using document::Project;
using document::Track;
using Kind = Reference::Kind;
using Need = Reference::Need;

namespace {

// The tracks that something live hears at Pre FX, which no print of theirs holds: there they play what stands behind it.
std::set<document::TrackId> heard_at_pre_fx(const Project& project) {
  std::set<document::TrackId> heard;
  std::vector<const Track*> to_visit;
  const auto hear = [&](const document::Tap& tap) {
    const bool is_new = tap.point == document::TapPoint::pre_fx && heard.insert(tap.track).second;
    if (is_new) to_visit.push_back(document::find(project, tap.track));
  };
  const auto hear_input = [&](const Track& track) {
    const auto* tap = std::get_if<document::Tap>(&track.input);
    if (tap && document::hears_input(track)) hear(*tap);
  };
  for (const auto& track : project.tracks) {
    if (!track->active) continue;
    if (!track->frozen()) hear_input(*track);
    for (std::size_t i = document::frozen_devices(*track); i < track->devices.size(); ++i) {
      if (track->devices[i].side_chain) hear(*track->devices[i].side_chain);
    }
  }
  while (!to_visit.empty()) {
    const Track& track = *to_visit.back();
    to_visit.pop_back();
    hear_input(track);
  }
  return heard;
}

class Collector {
 public:
  explicit Collector(std::set<document::TrackId> heard_at_pre_fx) : heard_at_pre_fx_(std::move(heard_at_pre_fx)) {}

  // What stands for nothing that plays now: of an origin, or of a deactivated track, is only to go on with.
  void add(const Track& track, bool plays) {
    const auto need_if = [&](bool heard) { return plays && heard ? Need::to_play : Need::to_go_on; };
    const bool pre_fx = heard_at_pre_fx_.contains(track.id);
    for (const auto& clip : track.clips) {
      if (const auto* body = std::get_if<document::AudioClip>(&clip->body))
        add_audio(body->audio, need_if(!track.frozen() || pre_fx), track);
    }
    for (const auto& print : track.prints) add_audio(print.audio, need_if(&print == &track.prints.back()), track);
    const std::size_t frozen = document::frozen_devices(track);
    for (std::size_t i = 0; i < track.devices.size(); ++i) {
      for (const auto& [slot, file] : track.devices[i].files)
        at(file.path, file.shared, Kind::device, file.content, need_if(i >= frozen || pre_fx), track).content =
            file.content;
    }
    for (const auto& origin : track.origin) add(*origin.source, false);
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

  std::set<document::TrackId> heard_at_pre_fx_;
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
  Collector collector(heard_at_pre_fx(project));
  for (const auto& track : project.tracks) collector.add(*track, track->active);
  collector.add_others(files::files_of(project));
  return collector.all();
}

Project with_device_files(Project project, const Replacement& replacement) {
  for (auto& track : project.tracks) track = with_files(*track, replacement);
  return project;
}

}  // namespace firn::session
