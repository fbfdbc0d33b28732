#include "files/midi_export.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "files/midi_import.hpp"
#include "support/midi_files.hpp"

using namespace firn;
using namespace firn::files;
using namespace firn::tests;
using time::Beats;

namespace {

struct Part {
  std::string track;
  bool drums = false;
  std::vector<midi::Note> notes;

  friend auto operator<=>(const Part&, const Part&) = default;
};

// What is heard of a song: the notes of each channel that has some, by its track's name.
std::vector<Part> parts_of(const document::Project& project) {
  std::vector<Part> parts;
  for (const auto& track : project.tracks) {
    if (track->clips.empty()) continue;
    Part part;
    part.track = track->name;
    part.drums = track->devices.front().parameters.count("drums") > 0;
    for (auto note : std::get<document::MidiClip>(track->clips.front()->body).content->notes) {
      note.start += track->clips.front()->start;
      part.notes.push_back(note);
    }
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

MidiSong exported(const document::Project& project) {
  auto song = song_of(project, midi_tracks_of(project));
  REQUIRE(song);
  const auto bytes = write_midi(*song);
  REQUIRE(bytes);
  auto back = read_midi(*bytes);
  REQUIRE(back);
  CHECK(back->warnings.empty());
  return *std::move(back);
}

document::Project imported(const MidiSong& song) { return project_of(song, font, time::SampleRate{48000}); }

// A project of one track with one clip.
document::Project with_clip(document::MidiClip body, Beats start) {
  auto project = document::make_project(time::SampleRate{48000});
  document::Clip clip;
  clip.id = document::ClipId{project.next_id++};
  clip.start = start;
  clip.body = std::move(body);
  document::Track track;
  track.id = document::TrackId{project.next_id++};
  track.name = "Lead";
  track.clips.emplace_back(std::move(clip));
  project.tracks.insert(project.tracks.begin(), base::Box<document::Track>(std::move(track)));
  return project;
}

document::MidiClip two_notes() {
  midi::Content content;
  content.notes = {{Beats{}, Beats::quarters(1), 60, 100, 64}, {Beats::quarters(3), Beats::quarters(2), 62, 100, 64}};
  document::MidiClip body;
  body.length = Beats::quarters(4);
  body.content = content;
  return body;
}

}  // namespace

TEST_CASE("import, export, import: the same notes, tempo and bars") {
  CHECK(rc::check("round trip", [] {
    const auto once = imported(any_song(*rc::gen::element(1, 96, 480, 1000, 1023, 32'767)));
    const auto twice = imported(exported(once));
    RC_ASSERT(parts_of(once) == parts_of(twice));
    RC_ASSERT(once.tempo == twice.tempo);
    RC_ASSERT(once.locators.size() == twice.locators.size());
  }));
}

TEST_CASE("import, export, import of the corpus: the same notes") {
  for (const auto& file : corpus_files("valid")) {
    if (file.filename().string().find("29fps") != std::string::npos) continue;  // no resolution fits 30000/1001
    CAPTURE(file);
    const auto once = imported(song_from(bytes_of_file(file)));
    const auto twice = imported(exported(once));
    CHECK(parts_of(once) == parts_of(twice));
    CHECK(once.tempo == twice.tempo);
  }
}

TEST_CASE("clips as they play: looped, from an offset, cut") {
  auto body = two_notes();
  body.loop = time::BeatRange{Beats{}, Beats::quarters(4)};
  body.offset = Beats::quarters(3);
  body.length = Beats::quarters(6);
  const auto song = exported(with_clip(body, Beats::quarters(8)));
  CHECK(song.sequences.front().tracks[1].channels.front().content.notes ==
        std::vector<midi::Note>{{Beats::quarters(8), Beats::quarters(1), 62, 100, 64},
                                {Beats::quarters(9), Beats::quarters(1), 60, 100, 64},
                                {Beats::quarters(12), Beats::quarters(1), 62, 100, 64},
                                {Beats::quarters(13), Beats::quarters(1), 60, 100, 64}});
}

TEST_CASE("inactive clips are left out, a track without notes stays a track") {
  auto project = with_clip(two_notes(), Beats{});
  auto track = *project.tracks.front();
  auto clip = *track.clips.front();
  clip.active = false;
  track.clips.front() = clip;
  const auto song = exported(document::with_track(project, track));
  REQUIRE(song.sequences.front().tracks.size() == 2);
  CHECK(song.sequences.front().tracks[1].name == "Lead");
  CHECK(song.sequences.front().tracks[1].channels.empty());
}

TEST_CASE("the device's sound stands at the start") {
  auto project = with_clip(two_notes(), Beats{});
  auto track = *project.tracks.front();
  document::Device device;
  device.id = document::DeviceId{project.next_id++};
  device.type = "soundfont";
  device.parameters = {{"program", 40.0}, {"bank", 8.0}};
  track.devices.push_back(device);
  project = document::with_track(project, track);
  const auto again = imported(exported(project));
  CHECK(again.tracks.front()->devices.front().parameters == device.parameters);
  track.devices.front().parameters = {{"drums", 1.0}, {"program", 8.0}};
  const auto drums = imported(exported(document::with_track(project, track)));
  CHECK(drums.tracks.front()->devices.front().parameters == track.devices.front().parameters);
}

TEST_CASE("each track has a channel of its own, on further ports where sixteen are not enough") {
  std::vector<std::string> tracks;
  for (int i = 0; i < 40; ++i) tracks.push_back(i % 4 == 0 ? "00 99 3C 64 60 89 3C 40" : "00 90 3C 64 60 80 3C 40");
  const auto song = exported(imported(song_from(1, 96, tracks)));
  std::set<std::pair<int, int>> places;
  int drums = 0;
  for (const auto& track : song.sequences.front().tracks) {
    for (const auto& channel : track.channels) {
      places.insert({channel.port, channel.channel});
      drums += channel.drums;
    }
  }
  CHECK(places.size() == 40);
  CHECK(drums == 10);
}

TEST_CASE("the resolution: 480 where it is exact, else one that is, else 30,720") {
  const auto resolution = [](auto&& at) {
    auto body = two_notes();
    midi::Content content;
    for (int i = 0; i < 40; ++i) content.notes.push_back({at(7 * i), Beats::quarters(1), 60, 100, 64});
    body.content = content;
    body.length = Beats::quarters(400);
    const auto project = with_clip(body, Beats{});
    const auto song = song_of(project, midi_tracks_of(project));
    REQUIRE(song);
    return song->ticks_per_quarter;
  };
  CHECK(resolution([](int i) { return Beats::quarters(i); }) == 480);
  CHECK(resolution([](int i) { return Beats::fraction(i, 960); }) == 960);
  CHECK(resolution([](int i) { return Beats::fraction(i, 500); }) == 1000);
  CHECK(resolution([](int i) { return Beats::fraction(i, 1024); }) == 15'360);
  CHECK(resolution([](int i) { return beats_of_tick(i, 32'749); }) == 32'749);
  CHECK(resolution([](int i) { return Beats{i}; }) == 30'720);
}

TEST_CASE("a tempo ramp becomes steps that keep time") {
  auto project = with_clip(two_notes(), Beats{});
  project.tempo = *time::TempoMap::make(
      {{Beats{}, 60.0, true}, {Beats::quarters(64), 150.0, false}, {Beats::quarters(68), 120.0, true}},
      {time::TimeSignature{}});
  const auto song = exported(project);
  const auto& sequence = song.sequences.front();
  const auto map = time::TempoMap::make(sequence.tempos, sequence.signatures);
  REQUIRE(map);
  CHECK(sequence.tempos.size() == 64 * 16 + 2);
  CHECK(sequence.tempos.back().bpm == 120.0);
  for (int sixteenth = 0; sixteenth <= 72 * 16; ++sixteenth) {
    const Beats at = Beats::fraction(sixteenth, 16);
    CHECK_UNARY(std::abs(map->seconds_at(at).count - project.tempo.seconds_at(at).count) < 1e-7);
  }
}

TEST_CASE("only MIDI tracks can be exported as MIDI") {
  const auto project = with_clip(two_notes(), Beats{});
  const auto main = song_of(project, {document::main_of(project).id});
  REQUIRE_FALSE(main);
  CHECK(main.error().kind == base::ErrorKind::usage);
  CHECK(main.error().message ==
        "\"Main\" is not a MIDI track, so it has no notes to export. Choose MIDI tracks, or export audio.");
  CHECK(song_of(project, {document::TrackId{999}}).error().kind == base::ErrorKind::not_found);
}
