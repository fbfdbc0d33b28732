#include "files/midi_import.hpp"

#include <doctest/doctest.h>

#include <set>

#include "document/check.hpp"
#include "files/general_midi.hpp"
#include "support/midi_files.hpp"

using namespace firn;
using namespace firn::files;
using namespace firn::tests;
using time::Beats;

namespace {

document::Project project_from(int format, const std::vector<std::string>& tracks) {
  auto project = project_of(song_from(format, 96, tracks), font, time::SampleRate{44100});
  const auto fault = document::check(project);
  CHECK_MESSAGE(fault, fault.error().message);
  return project;
}

const document::MidiClip& body_of(const document::Track& track) {
  REQUIRE(track.clips.size() == 1);
  return std::get<document::MidiClip>(track.clips.front()->body);
}

double parameter(const document::Track& track, const char* name) {
  const auto& parameters = track.devices.front().parameters;
  const auto found = parameters.find(name);
  return found == parameters.end() ? 0.0 : found->second;
}

std::vector<std::string> names_of(const document::Project& project) {
  std::vector<std::string> names;
  for (const auto& track : project.tracks) names.push_back(track->name);
  return names;
}

}  // namespace

TEST_CASE("one track for each MIDI track and channel that has notes, before Main") {
  const auto project =
      project_from(1, {"00 FF 03 01 54", c_for_a_beat + " 00 91 3C 64 60 81 3C 40", c_for_a_beat, "00 B2 07 64"});
  CHECK(project.rate.hertz == 44100);
  CHECK(project.tracks.size() == 4);
  CHECK(project.tracks.back()->kind == document::TrackKind::main);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& track = *project.tracks[i];
    CHECK(track.kind == document::TrackKind::midi);
    REQUIRE(track.devices.size() == 1);
    CHECK(track.devices.front().type == "soundfont");
    CHECK(track.devices.front().files.at("soundfont") == font);
    CHECK(body_of(track).content->notes.size() == 1);
  }
}

TEST_CASE("a channel's controls go to every track made from it, wherever they stand") {
  const auto project = project_from(1, {"00 C0 05 00 B0 07 50", c_for_a_beat, "60 E0 00 20 " + c_for_a_beat});
  REQUIRE(project.tracks.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& controls = body_of(*project.tracks[i]).content->controls;
    REQUIRE(controls.size() == 3);
    CHECK(controls[0].kind == midi::ControlKind::program);
    CHECK(controls[1] == midi::Control{Beats{}, midi::ControlKind::controller, 7, 0x50});
    CHECK(controls[2] == midi::Control{Beats::quarters(1), midi::ControlKind::pitch_bend, 0, 0x1000});
    CHECK(parameter(*project.tracks[i], "program") == 5.0);
  }
}

TEST_CASE("the device has the channel's first program and bank; channel 10 plays drums") {
  const auto sound = [](const std::string& track) {
    const auto project = project_from(0, {track});
    const auto& made = *project.tracks.front();
    return std::vector<double>{parameter(made, "program"), parameter(made, "bank"), parameter(made, "drums")};
  };
  CHECK(sound(c_for_a_beat) == std::vector<double>{0, 0, 0});
  CHECK(sound("00 B0 00 08 00 B0 20 03 00 C0 10 " + c_for_a_beat + " 00 C0 20") == std::vector<double>{16, 8, 0});
  CHECK(sound("00 B9 00 08 00 C9 10 00 99 3C 64 60 89 3C 40") == std::vector<double>{16, 0, 1});
  // What sounds before the first program is the piano.
  CHECK(sound(c_for_a_beat + " 00 C0 20 " + c_for_a_beat) == std::vector<double>{0, 0, 0});
  // At one place the program counts first, as it does in playing.
  CHECK(sound("00 90 3C 64 00 C0 20 60 80 3C 40") == std::vector<double>{32, 0, 0});
}

TEST_CASE("track names: the channel's, the track's, the instrument's, General MIDI's; each once") {
  CHECK(names_of(project_from(1, {"00 FF 03 04 42 61 73 73 " + c_for_a_beat, "00 FF 03 04 42 61 73 73 " + c_for_a_beat,
                                  "00 FF 04 03 53 61 78 " + c_for_a_beat, "00 C1 28 00 91 3C 64 60 81 3C 40",
                                  "00 99 3C 64 60 89 3C 40", "00 FF 03 04 4D 61 69 6E " + c_for_a_beat})) ==
        std::vector<std::string>{"Bass", "Bass 2", "Sax", "Violin", "Drums", "Main 2", "Main"});
  // Format 0: the one name is the song's.
  CHECK(
      names_of(project_from(0, {"00 FF 03 04 53 6F 6E 67 00 C1 28 00 90 3C 64 00 91 3C 64 60 80 3C 40 00 81 3C 40"})) ==
      std::vector<std::string>{"Acoustic Grand Piano", "Violin", "Main"});
  CHECK(
      names_of(project_from(1, {"00 FF 03 04 53 6F 6E 67 00 C1 28 00 90 3C 64 00 91 3C 64 60 80 3C 40 00 81 3C 40"})) ==
      std::vector<std::string>{"Song (Acoustic Grand Piano)", "Song (Violin)", "Main"});
  CHECK(general_midi_name(127) == "Gunshot");
  CHECK(general_midi_name(73) == "Flute");
}

TEST_CASE("the clip spans its content from bar to bar, in the song's time signatures") {
  // 3/4; a control in bar 2, a note from bar 3 to the middle of bar 4.
  const auto project = project_from(0, {"00 FF 58 04 03 02 18 08 83 00 B0 07 64 82 40 90 3C 64 82 40 80 3C 40"});
  const auto& track = *project.tracks.front();
  CHECK(track.clips.front()->start == Beats::quarters(3));
  const auto& body = body_of(track);
  CHECK(body.length == Beats::quarters(9));
  CHECK(body.content->controls.front().at == Beats::quarters(1));
  CHECK(body.content->notes.front().start == Beats::fraction(13, 3));
  CHECK(track.clips.front()->name == track.name);
}

TEST_CASE("tempo, time signatures and locators are the project's") {
  const auto project =
      project_from(1, {"00 FF 51 03 0F 42 40 00 FF 58 04 03 02 18 08 60 FF 06 01 41 60 FF 51 03 07 A1 20"});
  CHECK(project.tempo.tempos() == std::vector<time::TempoPoint>{{Beats{}, 60.0}, {Beats::quarters(2), 120.0}});
  CHECK(project.tempo.signatures().front().numerator == 3);
  REQUIRE(project.locators.size() == 1);
  CHECK(project.locators.front().at == Beats::quarters(1));
  CHECK(project.locators.front().name == "A");
}

TEST_CASE("the sequences of a format 2 file stand one after another, each at a bar with a locator") {
  const auto project = project_from(2, {"00 FF 03 01 41 00 FF 51 03 0F 42 40 00 FF 58 04 03 02 18 08 " + c_for_a_beat,
                                        c_for_a_beat + " 83 60 B0 07 64", "00 FF 51 03 0F 42 40 " + c_for_a_beat});
  REQUIRE(project.locators.size() == 3);
  CHECK(project.locators[0].name == "A");
  CHECK(project.locators[1].name == "Sequence 2");
  CHECK(project.locators[1].at == Beats::quarters(3));
  CHECK(project.locators[2].at == Beats::quarters(11));
  CHECK(project.tempo.tempos() ==
        std::vector<time::TempoPoint>{{Beats{}, 60.0}, {Beats::quarters(3), 120.0}, {Beats::quarters(11), 60.0}});
  REQUIRE(project.tracks.size() == 4);
  CHECK(project.tracks[1]->clips.front()->start == Beats::quarters(3));
  CHECK(project.tracks[2]->clips.front()->start == Beats::quarters(11));
}

TEST_CASE("into a project that is there: behind its tracks, before its returns, at its tempo") {
  auto project = project_from(1, {"00 FF 51 03 0F 42 40 00 FF 03 01 41 " + c_for_a_beat});
  document::Track reverb;
  reverb.id = document::TrackId{project.next_id++};
  reverb.kind = document::TrackKind::return_;
  reverb.name = "Reverb";
  project.tracks.insert(project.tracks.end() - 1, base::Box<document::Track>(reverb));
  const auto song = song_from(1, 96, {"00 FF 51 03 01 00 00 00 FF 06 01 4C 00 FF 03 01 41 " + c_for_a_beat});
  const auto both = with_song(project, song, font, Beats::quarters(6));
  CHECK(document::check(both));
  CHECK(names_of(both) == std::vector<std::string>{"A", "A 2", "Reverb", "Main"});
  CHECK(both.tempo == project.tempo);
  CHECK(both.tracks[0].shares(project.tracks[0]));
  CHECK(both.tracks[1]->clips.front()->start == Beats::quarters(4));
  CHECK(body_of(*both.tracks[1]).content->notes.front().start == Beats::quarters(2));
  CHECK(both.locators.front().at == Beats::quarters(6));
  CHECK(both.next_id > project.next_id);
}

TEST_CASE("128 tracks have 128 names and colours") {
  std::vector<std::string> tracks(128, c_for_a_beat);
  const auto project = project_from(1, tracks);
  std::set<std::uint32_t> colors;
  std::set<std::string> names;
  for (const auto& track : project.tracks) {
    colors.insert(track->color.rgb);
    names.insert(track->name);
  }
  CHECK(names.size() == 129);
  CHECK(colors.size() == 129);
}

TEST_CASE("every file of the corpus makes a project that keeps all rules") {
  for (const char* folder : {"valid", "malformed"}) {
    for (const auto& file : corpus_files(folder)) {
      CAPTURE(file);
      const auto song = read_midi(bytes_of_file(file));
      if (!song) continue;
      const auto fault = document::check(project_of(*song, font, time::SampleRate{48000}));
      CHECK_MESSAGE(fault, fault.error().message);
    }
  }
}
