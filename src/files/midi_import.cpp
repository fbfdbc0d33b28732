#include "files/midi_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "files/general_midi.hpp"

namespace firn::files {
namespace {

using document::Project;
using time::Beats;

// The first program of a channel, and the bank chosen before it.
struct Sound {
  int program = 0;
  int bank = 0;
  std::optional<Beats> since;
};

// What a sequence does with one channel, in all its tracks.
struct ChannelUse {
  std::vector<midi::Control> controls;
  std::optional<Beats> first_note;
  Sound sound;
};

Sound first_sound(const std::vector<midi::Control>& controls) {
  Sound sound;
  for (const auto& control : controls) {
    if (control.kind == midi::ControlKind::controller && control.number == 0) sound.bank = control.value;
    if (control.kind != midi::ControlKind::program) continue;
    sound.program = control.value;
    sound.since = control.at;
    return sound;
  }
  return {};
}

std::map<MidiPlace, ChannelUse> uses_of(const MidiSequence& sequence) {
  std::map<MidiPlace, ChannelUse> uses;
  for (const auto& track : sequence.tracks) {
    for (const auto& channel : track.channels) {
      ChannelUse& use = uses[place_of(channel)];
      use.controls.insert(use.controls.end(), channel.content.controls.begin(), channel.content.controls.end());
      if (channel.content.notes.empty()) continue;
      const Beats first = channel.content.notes.front().start;
      use.first_note = std::min(use.first_note.value_or(first), first);
    }
  }
  for (auto& [place, use] : uses) {
    std::stable_sort(use.controls.begin(), use.controls.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    use.sound = first_sound(use.controls);
  }
  return uses;
}

// Colours one after another that lie far apart: each hue is the golden angle from the last.
document::Color color_of(std::size_t index) {
  const int hue = static_cast<int>(index * 1375 % 3600);  // tenths of a degree
  const int low = 70 + static_cast<int>(index / 24 % 3) * 25;
  const int high = 225 - static_cast<int>(index / 72 % 3) * 25;
  const int sector = hue / 600;
  const int rise = low + (high - low) * (hue % 600) / 600;
  const int fall = high + low - rise;
  const auto rgb = [](int red, int green, int blue) {
    return document::Color{static_cast<std::uint32_t>(red << 16 | green << 8 | blue)};
  };
  switch (sector) {
    case 0: return rgb(high, rise, low);
    case 1: return rgb(fall, high, low);
    case 2: return rgb(low, high, rise);
    case 3: return rgb(low, fall, high);
    case 4: return rgb(rise, low, high);
    default: return rgb(high, low, fall);
  }
}

// Names that are taken, and which number comes next for each.
class Names {
 public:
  explicit Names(const Project& project) {
    for (const auto& track : project.tracks) taken_.insert(track->name);
  }

  // "Bass", "Bass 2", …
  std::string take(const std::string& name) {
    std::string free = name;
    for (int& number = last_.try_emplace(name, 1).first->second; !taken_.insert(free).second;) {
      free = fmt::format("{} {}", name, ++number);
    }
    return free;
  }

 private:
  std::set<std::string> taken_;
  std::unordered_map<std::string, int> last_;
};

class Importer {
 public:
  Importer(Project project, const base::FileRef& soundfont)
      : project_(std::move(project)), soundfont_(soundfont), names_(project_) {}

  void add(const MidiSequence& sequence, Beats at, bool one_name_for_all) {
    const auto uses = uses_of(sequence);
    for (const auto& track : sequence.tracks) {
      const auto has_notes = [](const MidiChannel& channel) { return !channel.content.notes.empty(); };
      const bool alone = std::count_if(track.channels.begin(), track.channels.end(), has_notes) == 1;
      for (const auto& channel : track.channels) {
        if (!has_notes(channel)) continue;
        const ChannelUse& use = uses.at(place_of(channel));
        const std::string name = name_of(track, channel, use, alone, one_name_for_all);
        add_track(name, channel, use, at);
      }
    }
    for (const auto& locator : sequence.locators)
      add_locator(at + locator.at, locator.name.empty() ? "Marker" : locator.name);
  }

  void add_locator(Beats at, const std::string& name) {
    document::Locator locator;
    locator.id = document::LocatorId{project_.next_id++};
    locator.at = at;
    locator.name = name;
    project_.locators.push_back(std::move(locator));
  }

  Project take() {
    const auto place = std::find_if(project_.tracks.begin(), project_.tracks.end(), [](const auto& track) {
      return track->kind == document::TrackKind::main || (track->kind == document::TrackKind::return_ && !track->group);
    });
    project_.tracks.insert(place, std::make_move_iterator(added_.begin()), std::make_move_iterator(added_.end()));
    std::stable_sort(project_.locators.begin(), project_.locators.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    return std::move(project_);
  }

 private:
  // A file of format 0 has one name for all its channels: the song's.
  static std::string name_of(const MidiTrack& track, const MidiChannel& channel, const ChannelUse& use, bool alone,
                             bool one_name_for_all) {
    if (!channel.name.empty()) return channel.name;
    if (alone && !track.name.empty()) return track.name;
    std::string sound = channel.instrument;
    if (sound.empty() && alone) sound = track.instrument;
    if (sound.empty()) sound = channel.drums ? "Drums" : general_midi_name(use.sound.program);
    return alone || one_name_for_all || track.name.empty() ? sound : fmt::format("{} ({})", track.name, sound);
  }

  document::Device device_for(const MidiChannel& channel, const ChannelUse& use) {
    document::Device device;
    device.id = document::DeviceId{project_.next_id++};
    device.type = "soundfont";
    device.name = "SoundFont";
    device.files["soundfont"] = soundfont_;
    if (channel.drums) device.parameters["drums"] = 1.0;
    const Sound& sound = use.sound;
    // Notes before the first program sound with the one that every synthesizer starts with.
    if (!sound.since || use.first_note < sound.since) return device;
    if (sound.program != 0) device.parameters["program"] = sound.program;
    if (sound.bank != 0 && !channel.drums) device.parameters["bank"] = sound.bank;
    return device;
  }

  void add_track(const std::string& name, const MidiChannel& channel, const ChannelUse& use, Beats at) {
    document::Track track;
    track.id = document::TrackId{project_.next_id++};
    track.kind = document::TrackKind::midi;
    track.name = names_.take(name);
    track.color = color_of(project_.tracks.size() - 1 + added_.size());
    track.devices.push_back(device_for(channel, use));
    document::Clip clip;
    clip.id = document::ClipId{project_.next_id++};
    clip.name = track.name;
    clip.color = track.color;
    midi::Content content = channel.content;
    if (content.controls.size() != use.controls.size()) share_controls(content, use);
    place(clip, std::move(content), at);
    track.clips.emplace_back(std::move(clip));
    added_.emplace_back(std::move(track));
  }

  void share_controls(midi::Content& content, const ChannelUse& use) {
    if (use.controls.size() > controls_left_) return;
    controls_left_ -= use.controls.size();
    content.controls = use.controls;
  }

  // Moves the content by `at`, and lays the clip around it, from bar to bar.
  void place(document::Clip& clip, midi::Content content, Beats at) {
    Beats first = content.notes.front().start;
    Beats last;
    for (const auto& note : content.notes) last = std::max(last, note.start + note.length);
    if (!content.controls.empty()) {
      first = std::min(first, content.controls.front().at);
      last = std::max(last, content.controls.back().at + Beats{1});
    }
    clip.start = project_.tempo.bar_at_or_before(at + first);
    const Beats shift = at - clip.start;
    for (auto& note : content.notes) note.start += shift;
    for (auto& control : content.controls) control.at += shift;
    document::MidiClip body;
    body.length = project_.tempo.bar_at_or_after(at + last) - clip.start;
    body.content = std::move(content);
    clip.body = std::move(body);
  }

  Project project_;
  const base::FileRef& soundfont_;
  Names names_;
  std::vector<base::Box<document::Track>> added_;
  std::size_t controls_left_ = 10'000'000;
};

// Sequences one after another, with a locator at each where there are several.
Project with_sequences(Project project, const MidiSong& song, const base::FileRef& soundfont, Beats at) {
  Importer importer(std::move(project), soundfont);
  for (std::size_t i = 0; i < song.sequences.size(); ++i) {
    const MidiSequence& sequence = song.sequences[i];
    if (song.sequences.size() > 1) {
      importer.add_locator(at, sequence.name.empty() ? fmt::format("Sequence {}", i + 1) : sequence.name);
    }
    importer.add(sequence, at, song.format == 0);
    at += length_in_bars(sequence);
  }
  return importer.take();
}

time::TempoMap tempo_of(const MidiSong& song) {
  std::vector<time::TempoPoint> tempos;
  std::vector<time::TimeSignature> signatures;
  Beats at;
  for (const auto& sequence : song.sequences) {
    const Beats length = length_in_bars(sequence);
    const bool last = &sequence == &song.sequences.back();
    for (auto point : sequence.tempos) {
      if (point.at >= length && !last) break;
      point.at += at;
      tempos.push_back(point);
    }
    for (auto signature : sequence.signatures) {
      if (signature.at >= length && !last) break;
      signature.at += at;
      signatures.push_back(signature);
    }
    at += length;
  }
  if (song.sequences.empty()) return {};
  auto map = time::TempoMap::make(std::move(tempos), std::move(signatures));
  assert(map && "the tempos and signatures of each sequence fit a tempo map");
  return *std::move(map);
}

}  // namespace

Project project_of(const MidiSong& song, const base::FileRef& soundfont, time::SampleRate rate) {
  Project project = document::make_project(rate);
  project.tempo = tempo_of(song);
  return with_sequences(std::move(project), song, soundfont, Beats{});
}

Project with_song(Project project, const MidiSong& song, const base::FileRef& soundfont, Beats at) {
  return with_sequences(std::move(project), song, soundfont, at);
}

}  // namespace firn::files
