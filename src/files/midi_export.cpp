#include "files/midi_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "midi/played.hpp"

namespace firn::files {
namespace {

using document::Project;
using time::Beats;

constexpr int ports = 128;

const document::Device* soundfont_of(const document::Track& track) {
  for (const auto& device : track.devices) {
    if (device.type == "soundfont") return &device;
  }
  return nullptr;
}

int parameter(const document::Device* device, const char* name) {
  if (device == nullptr) return 0;
  const auto found = device->parameters.find(name);
  return found == device->parameters.end() ? 0 : static_cast<int>(found->second);
}

// Hands out channels: drums on channel 10 of each port, all else on the other fifteen.
class Places {
 public:
  void put(MidiChannel& channel) {
    int& count = channel.drums ? drums_ : others_;
    const int per_port = channel.drums ? 1 : 15;
    channel.port = count / per_port;
    channel.channel = channel.drums ? drum_channel : count % per_port + (count % per_port >= drum_channel ? 1 : 0);
    ++count;
  }

 private:
  int drums_ = 0;
  int others_ = 0;
};

midi::Content content_of(const document::Track& track) {
  midi::Content all;
  for (const auto& clip : track.clips) {
    const auto* body = std::get_if<document::MidiClip>(&clip->body);
    if (body == nullptr || !clip->active) continue;
    midi::Content content = midi::played(*body->content, body->offset, body->length, body->loop);
    for (auto& note : content.notes) {
      note.start += clip->start;
      all.notes.push_back(note);
    }
    for (auto& control : content.controls) {
      control.at += clip->start;
      all.controls.push_back(control);
    }
  }
  std::sort(all.notes.begin(), all.notes.end());
  std::stable_sort(all.controls.begin(), all.controls.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return all;
}

// Puts the device's sound before the controls, unless they choose a program at beat 0.
void choose_sound(const document::Device* device, std::vector<midi::Control>& controls) {
  const int program = parameter(device, "program");
  const int bank = parameter(device, "bank");
  const bool chosen = std::any_of(controls.begin(), controls.end(), [](const midi::Control& control) {
    return control.at == Beats{} && control.kind == midi::ControlKind::program;
  });
  if (chosen || (program == 0 && bank == 0)) return;
  std::vector<midi::Control> first;
  // A bank above 127 has no MSB of its own; its two halves are what a file can say.
  if (bank != 0)
    first.push_back(
        {Beats{}, midi::ControlKind::controller, 0, static_cast<std::uint16_t>(bank > 127 ? bank >> 7 : bank)});
  if (bank > 127) first.push_back({Beats{}, midi::ControlKind::controller, 32, static_cast<std::uint16_t>(bank & 127)});
  first.push_back({Beats{}, midi::ControlKind::program, 0, static_cast<std::uint16_t>(program)});
  controls.insert(controls.begin(), first.begin(), first.end());
}

bool is_exact(Beats at, int ticks_per_quarter) {
  return beats_of_tick(tick_of(at, ticks_per_quarter), ticks_per_quarter) == at;
}

// Every position that the file has to state, but those of tempo ramps' steps.
std::vector<Beats> positions_of(const MidiSequence& sequence) {
  std::vector<Beats> positions;
  for (const auto& track : sequence.tracks) {
    for (const auto& channel : track.channels) {
      for (const auto& note : channel.content.notes) {
        positions.push_back(note.start);
        positions.push_back(note.start + note.length);
      }
      for (const auto& control : channel.content.controls) positions.push_back(control.at);
    }
  }
  for (const auto& point : sequence.tempos) positions.push_back(point.at);
  for (const auto& signature : sequence.signatures) positions.push_back(signature.at);
  for (const auto& locator : sequence.locators) positions.push_back(locator.at);
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

int resolution_for(const MidiSequence& sequence) {
  constexpr std::array<int, 16> usual{480,  960,  96,   120,  192,    240,    384,    768,
                                      1000, 1920, 3840, 7680, 10'080, 15'360, 25'200, 30'720};
  constexpr int finest = 32'767;
  constexpr int fallback = 30'720;
  const auto positions = positions_of(sequence);
  Beats witness;  // the position that the last resolution failed at: most others fail there too
  const auto fits = [&](int resolution) {
    if (!is_exact(witness, resolution)) return false;
    const auto failed =
        std::find_if(positions.begin(), positions.end(), [&](Beats at) { return !is_exact(at, resolution); });
    if (failed != positions.end()) witness = *failed;
    return failed == positions.end();
  };
  for (const int resolution : usual) {
    if (fits(resolution)) return resolution;
  }
  for (int resolution = 1; resolution <= finest; ++resolution) {
    if (fits(resolution)) return resolution;
  }
  return fallback;
}

// Steps for the ramp that begins at a point. Each step's tempo makes its end fall where the ramp has it, so that what
// is lost by rounding to microseconds does not add up.
void append_steps(const time::TempoMap& map, Beats from, Beats to, int resolution, std::vector<time::TempoPoint>& out) {
  constexpr std::int64_t steps_per_quarter = 16;
  const std::int64_t first = tick_of(from, resolution);
  const std::int64_t last = tick_of(to, resolution);
  const auto wanted = static_cast<std::int64_t>(std::ceil((to - from).in_quarters() * steps_per_quarter));
  const std::int64_t steps = std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, last - first));
  double written = map.seconds_at(from).count;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto at = [&](std::int64_t n) { return beats_of_tick(first + n * (last - first) / steps, resolution); };
    const double quarters = (at(step + 1) - at(step)).in_quarters();
    if (quarters <= 0.0) continue;
    const double exact = (map.seconds_at(at(step + 1)).count - written) / quarters * 1e6;
    const double microseconds = std::clamp(std::floor(exact + 0.5), 6'000.0, 16'777'215.0);
    out.push_back(time::TempoPoint{at(step), 60e6 / microseconds, false});
    written += microseconds * quarters / 1e6;
  }
}

std::vector<time::TempoPoint> steps_of(const time::TempoMap& map, int resolution) {
  std::vector<time::TempoPoint> out;
  const auto& points = map.tempos();
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].ramp && i + 1 < points.size()) {
      append_steps(map, points[i].at, points[i + 1].at, resolution, out);
    } else {
      out.push_back(time::TempoPoint{points[i].at, points[i].bpm, false});
    }
  }
  return out;
}

}  // namespace

std::vector<document::TrackId> midi_tracks_of(const Project& project) {
  std::vector<document::TrackId> ids;
  for (const auto& track : project.tracks) {
    if (track->kind == document::TrackKind::midi) ids.push_back(track->id);
  }
  return ids;
}

base::Result<MidiSong> song_of(const Project& project, const std::vector<document::TrackId>& ids) {
  MidiSequence sequence;
  sequence.tracks.emplace_back();  // the tempo's
  Places places;
  for (const auto id : ids) {
    const document::Track* track = document::find(project, id);
    if (track == nullptr)
      return base::fail(base::ErrorKind::not_found, "A track that was to be exported is not there.");
    if (track->kind != document::TrackKind::midi) {
      return base::fail(
          base::ErrorKind::usage,
          fmt::format("\"{}\" is not a MIDI track, so it has no notes to export. Choose MIDI tracks, or export audio.",
                      track->name));
    }
    MidiTrack out;
    out.name = track->name;
    MidiChannel channel;
    channel.drums = parameter(soundfont_of(*track), "drums") != 0;
    channel.content = content_of(*track);
    if (channel.content.notes.empty() && channel.content.controls.empty()) {
      sequence.tracks.push_back(std::move(out));
      continue;
    }
    choose_sound(soundfont_of(*track), channel.content.controls);
    places.put(channel);
    if (channel.port >= ports) {
      return base::fail(
          base::ErrorKind::unsupported,
          "A MIDI file has room for 1920 tracks with a channel each, and 128 of drums. Choose fewer tracks.");
    }
    for (const auto& note : channel.content.notes) out.end = std::max(out.end, note.start + note.length);
    if (!channel.content.controls.empty()) out.end = std::max(out.end, channel.content.controls.back().at);
    sequence.end = std::max(sequence.end, out.end);
    out.channels.push_back(std::move(channel));
    sequence.tracks.push_back(std::move(out));
  }
  for (const auto& locator : project.locators) sequence.locators.push_back(MidiLocator{locator.at, locator.name});
  sequence.signatures = project.tempo.signatures();
  sequence.tempos = project.tempo.tempos();
  MidiSong song;
  song.ticks_per_quarter = resolution_for(sequence);
  sequence.tempos = steps_of(project.tempo, song.ticks_per_quarter);
  song.sequences.push_back(std::move(sequence));
  return song;
}

}  // namespace firn::files
