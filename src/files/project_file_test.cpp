#include "files/project_file.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "document/check.hpp"
#include "support/random_project.hpp"

namespace firn::files {
namespace {

using base::ErrorKind;
using document::Project;
using time::Beats;

// Lines that are in one text and not in the other, as a diff would show them: by multiset, which is enough to count.
std::size_t changed_lines(const std::string& a, const std::string& b) {
  const auto sorted_lines = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  const auto left = sorted_lines(a);
  const auto right = sorted_lines(b);
  std::vector<std::string> difference;
  std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(difference));
  return difference.size();
}

const char* const small_project = R"({
  "firn": 1,
  "rate": 48000,
  "tail-limit": 60,
  "next-id": 6,
  "tempo": [
    [0, 120]
  ],
  "signatures": [
    [0, "4/4"]
  ],
  "tracks": [
    {
      "id": 2,
      "kind": "midi",
      "name": "Bass",
      "color": "#808080",
      "mixer": {"volume": 0, "pan": 0},
      "devices": [
        {
          "id": 3,
          "type": "a-synth",
          "name": "Synth",
          "parameters": {"cutoff": 440.5}
        }
      ],
      "automation": [
        {
          "mixer": "volume",
          "points": [
            [0, "-inf"],
            [4, 0, -0.5],
            [8, -6, "hold"]
          ]
        }
      ],
      "clips": [
        {
          "id": 4,
          "name": "Line",
          "color": "#3a7bd5",
          "start": 0,
          "length": 4,
          "notes": [
            [0, 0.5, 36, 100],
            ["4/3", "1/3", 38, 90, 0]
          ],
          "controls": [
            [0, "controller", 74, 20],
            [0.5, "pitch-bend", 8192]
          ]
        }
      ]
    },
    {
      "id": 1,
      "kind": "main",
      "name": "Main",
      "color": "#808080",
      "mixer": {"volume": 0, "pan": 0}
    }
  ]
}
)";

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const auto at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), instead);
}

std::string error_of(const std::string& text) {
  const auto project = parse_project(text);
  REQUIRE_FALSE(project);
  CHECK(project.error().kind == ErrorKind::malformed);
  return project.error().message;
}

}  // namespace

TEST_CASE("DESIGN law 7: load(save(p)) == p, and the same project is always the same text") {
  CHECK(rc::check("parse_project(text_of(p)) == p", [](std::uint64_t seed) {
    const Project project = tests::random_project(seed, *rc::gen::inRange(0, 8));
    RC_ASSERT(document::check(project));
    const std::string text = text_of(project);
    const auto again = parse_project(text);
    if (!again) RC_FAIL(again.error().message);
    RC_ASSERT(*again == project);
    RC_ASSERT(text_of(*again) == text);
  }));
}

TEST_CASE("A plug-in without parameters is read as it was written") {
  Project project = document::make_project({48000});
  document::Track track;
  track.id = {project.next_id++};
  track.name = "Audio";
  track.kind = document::TrackKind::audio;
  document::Device device;
  device.id = {project.next_id++};
  device.plugin = devices::plugin_type({"lv2", "urn:meter", {}, {}}, "Meter", devices::DeviceClass::audio_effect);
  device.type = device.name = (*device.plugin)->name;
  track.devices.push_back(device);
  project.tracks.insert(project.tracks.begin(), base::Box<document::Track>(track));
  REQUIRE(document::check(project));
  const auto again = parse_project(text_of(project));
  if (!again) FAIL(again.error().message);
  CHECK(*again == project);

  const std::string text = text_of(project);
  CHECK(error_of(with(text, "\"type\": \"lv2:", "\"type\": \"vst9:")).find("begin with \"vst3:\"") != text.npos);
  const auto outputs = error_of(with(text, "\"title\": \"Meter\"", R"("title": "Meter", "outputs": ["Kick", "Kick"])"));
  CHECK(outputs.find("expected another name") != text.npos);
  const auto choice = error_of(with(text, "\"title\": \"Meter\"", R"("title": "Meter", "parameters": [{"name": "kind",
      "least": 0, "most": 1, "initial": 0, "scale": "choice"}])"));
  CHECK(choice.find("a parameter with \"choices\"") != text.npos);
}

TEST_CASE("the text is what docs/project-format.md shows") {
  const auto project = parse_project(small_project);
  REQUIRE(project);
  CHECK(text_of(*project) == small_project);
  std::ostringstream page;
  page << std::ifstream(FIRN_SOURCE_DIR "/docs/project-format.md").rdbuf();
  CHECK(page.str().find(std::string("```json\n") + small_project + "```") != std::string::npos);
  const auto& clip = std::get<document::MidiClip>(project->tracks[0]->clips[0]->body);
  CHECK(clip.content->notes[1] == midi::Note{Beats::fraction(4, 3), Beats::fraction(1, 3), 38, 90, 0});
  CHECK(project->tracks[0]->automation[0].points[0].value == document::Send::minus_infinity());
  CHECK(project->tracks[0]->automation[0].points[2].hold);
}

TEST_CASE("one edit is a small change of the text") {
  Project project = *parse_project(small_project);
  const std::string before = text_of(project);
  SUBCASE("a note") {
    document::Track track = *project.tracks[0];
    document::Clip clip = *track.clips[0];
    auto& body = std::get<document::MidiClip>(clip.body);
    body.content = base::changed(body.content, [](midi::Content& content) { content.notes[0].velocity = 101; });
    track.clips[0] = clip;
    CHECK(changed_lines(before, text_of(document::with_track(project, track))) == 2);
  }
  SUBCASE("a breakpoint") {
    document::Track track = *project.tracks[0];
    track.automation[0].points.pop_back();
    CHECK(changed_lines(before, text_of(document::with_track(project, track))) <= 3);
  }
  SUBCASE("a parameter") {
    document::Track track = *project.tracks[0];
    track.devices[0].parameters["cutoff"] = 500;
    CHECK(changed_lines(before, text_of(document::with_track(project, track))) == 2);
  }
}

TEST_CASE("unknown fields survive, at every kind of thing, and change nothing else") {
  std::string text = small_project;
  text = with(text, "\"rate\"", "\"x-root\": {\"b\": [1, 2.5, null], \"a\": \"ü\"}, \"rate\"");
  text = with(text, "\"kind\": \"midi\"", "\"x-track\": true, \"kind\": \"midi\"");
  text = with(text, "\"mixer\": {", "\"mixer\": {\"x-mixer\": 1, ");
  text = with(text, "\"type\"", "\"x-device\": 18446744073709551615, \"type\"");
  text = with(text, "\"points\"", "\"x-automation\": -3, \"points\"");
  text = with(text, "\"start\"", "\"warp\": {\"mode\": \"beats\"}, \"start\"");
  const auto project = parse_project(text);
  REQUIRE(project);
  CHECK(project->unknown.at("x-root") == R"({"a":"ü","b":[1,2.5,null]})");
  CHECK(project->tracks[0]->clips[0]->unknown.at("warp") == R"({"mode":"beats"})");
  const std::string saved = text_of(*project);
  for (const char* name : {"x-root", "x-track", "x-mixer", "x-device", "x-automation", "warp"}) {
    CHECK_MESSAGE(saved.find(name) != saved.npos, name);
  }
  CHECK(parse_project(saved) == project);
  CHECK(saved.find("18446744073709551615") != saved.npos);
}

TEST_CASE("a bounce is written as docs/project-format.md shows, and a fault in it is named") {
  document::AudioClip body;
  body.audio.path = "a.wav";
  body.length = {9};
  document::Bounce& bounce = body.bounce.emplace();
  bounce.source = {2};
  bounce.point = document::BouncePoint::through_returns;
  bounce.start = Beats::quarters(4);
  bounce.whole = true;
  bounce.unknown["x"] = "[1]";
  document::Track track;
  track.id = {3};
  track.kind = document::TrackKind::audio;
  track.name = "Bass (Bounce)";
  track.clips.emplace_back(document::Clip{{4}, "", {}, true, {}, body, {}});
  Project project = document::make_project({48'000});
  project.next_id = 9;
  project.tracks.insert(project.tracks.begin(), track);
  const std::string text = text_of(project);
  const std::string digest(64, '0');
  const std::string written =
      "\"bounce\": {\n            \"source\": 2,\n            \"tap\": \"through-returns\",\n"
      "            \"start\": 4,\n            \"whole\": true,\n            \"recipe\": \"" +
      digest + "\",\n            \"x\": [1]\n          }";
  CHECK_MESSAGE(text.find(written) != std::string::npos, text);
  const auto read = parse_project(text);
  CHECK_MESSAGE(read == project, error_of(text));
  const std::string place = "/tracks/0/clips/0/bounce";
  CHECK(error_of(with(text, "\"tap\": \"through-returns\"", "\"tap\": \"after\""))
            .find(place + "/tap: expected one of") == 0);
  CHECK(error_of(with(text, "\"source\": 2,", "\"source\": 2, \"after\": 5,")) ==
        place + ": expected a bounce with either \"tap\" or \"after\", found an object");
  CHECK(error_of(with(text, "\"source\": 2,", "\"source\": 9,")).find(place + "/source: an id must be 1 to 8") == 0);
  CHECK(error_of(with(text, "\"whole\": true", "\"end\": 4")).find(place + "/end: must be") == 0);
}

TEST_CASE("a later version is refused, whatever else it holds") {
  const auto later = parse_project("{\"firn\": 2, \"tracks\": \"elsewhere\"}");
  REQUIRE_FALSE(later);
  CHECK(later.error().kind == ErrorKind::newer);
  CHECK(later.error().message.find("later version of Firn") != std::string::npos);
}

TEST_CASE("a malformed text is refused with its place and what was expected") {
  const auto fault = [](std::string_view what, std::string_view instead) {
    return error_of(with(small_project, what, instead));
  };
  CHECK(error_of("").find("line 1") == 0);
  CHECK(error_of("{\"firn\": 1,\n\n  oops}").find("line 3, column 3: ") == 0);
  CHECK(error_of("[]") == "/: expected an object, found an array of 0");
  CHECK(error_of("{}") == "/: the field \"firn\" is missing");
  CHECK(error_of("{\"firn\": 1e999}").find("line 1") == 0);
  CHECK(error_of("{\"firn\": 1} {}").find("line 1, column 13") == 0);
  CHECK(error_of("{\"firn\": 1, \"x\": \"\xff\"}").find("line 1") == 0);
  CHECK(error_of(std::string(small_project).substr(0, 700)).find("line ") == 0);
  CHECK(fault("36, 100", "36, 200") == "/tracks/0/clips/0/notes/0/3: expected a whole number from 1 to 127, found 200");
  CHECK(fault("[0, 0.5, 36, 100]", "[9, 0.5, 36, 100]") == "/tracks/0/clips/0/notes/1: notes must be sorted");
  CHECK(fault("0.5, 36", "0, 36").find("/tracks/0/clips/0/notes/0/1: must be") == 0);
  CHECK(fault("\"4/3\"", "\"4/11\"").find("/tracks/0/clips/0/notes/1/0: expected quarter notes") == 0);
  CHECK(fault("\"4/3\"", "NaN").find("line ") == 0);
  CHECK(fault("\"4/3\"", "1e18").find("/tracks/0/clips/0/notes/1/0: expected quarter notes") == 0);
  CHECK(fault("\"4/3\"", "18446744073709551615").find("/tracks/0/clips/0/notes/1/0: expected a whole number") == 0);
  CHECK(fault("\"4/3\"", "-9223372036854775808").find("/tracks/0/clips/0/notes/1/0: expected a whole number") == 0);
  CHECK(fault("\"4/3\"", "\"9223372036854775807/1\"").find("/tracks/0/clips/0/notes/1/0: expected quarter") == 0);
  CHECK(fault("\"kind\": \"midi\"", "\"kind\": \"tape\"") ==
        "/tracks/0/kind: expected one of \"midi\" \"audio\" \"group\" \"return\" \"main\", found \"tape\"");
  CHECK(fault("\"kind\": \"midi\"", "\"kind\": \"audio\"").find("/tracks/0/clips/0: MIDI clips are on MIDI tracks") ==
        0);
  CHECK(fault("\"id\": 3", "\"id\": 2") == "/tracks/0/devices/0/id: the id 2 is in use twice");
  CHECK(fault("\"id\": 3", "\"id\": 6").find("/tracks/0/devices/0/id: an id must be 1 to 5") == 0);
  CHECK(fault("\"kind\": \"midi\"", "\"group\": 1, \"kind\": \"midi\"") == "/tracks/0/group: it is not a group");
  CHECK(fault("\"kind\": \"midi\"", "\"output\": {\"track\": 5}, \"kind\": \"midi\"") ==
        "/tracks/0/output: there is no track with the id 5");
  CHECK(fault("\"kind\": \"main\"", "\"kind\": \"return\"").find("/tracks/1/kind: Main must be the last track") == 0);
  CHECK(fault("[0, \"4/4\"]", "[0, \"4/5\"]").find("/tempo: ") == 0);
  CHECK(fault("[0, \"4/4\"]", "[0, \" 4/4\"]").find("/signatures/0/1: expected a time signature") == 0);
  CHECK(fault("[0, 120]", "[0, \"-inf\"]").find("/tempo: ") == 0);
  CHECK(fault("\"rate\": 48000", "\"rate\": 48000, \"rate\": 44100") == "/rate: the field is given twice");
  CHECK(fault("\"type\": \"a-synth\"", "\"type\": \"a-synth\", \"type\": 1") ==
        "/tracks/0/devices/0/type: the field is given twice");
  CHECK(fault("-0.5", "-1").find("/tracks/0/automation/0/points/1: a curve must be between -1 and 1") == 0);
  CHECK(fault("\"hold\"", "\"held\"").find("/tracks/0/automation/0/points/2/2: expected a number") == 0);
  CHECK(fault("\"mixer\": \"volume\"", "\"send\": 1").find("/tracks/0/automation/0/send: a send goes to a return") ==
        0);
  CHECK(fault("\"volume\": 0, \"pan\": 0}\n    }\n  ]", "\"volume\": 0, \"pan\": 0, \"solo\": true}\n    }\n  ]")
            .find("Main") != std::string::npos);
  CHECK(fault("\"notes\"", "\"audio\": \"x.wav\", \"notes\"").find("/tracks/0/clips/0: expected a clip with either") ==
        0);
}

TEST_CASE("hostile texts: depth, and names that would reach a terminal") {
  CHECK(error_of(std::string(1'000'000, '[')).find("nested more than 128 deep") != std::string::npos);
  const std::string message = error_of(with(small_project, "\"cutoff\": 440.5", "\"\\u001b[31m/~\": \"red\""));
  CHECK(message == "/tracks/0/devices/0/parameters/?[31m~1~0: expected a number or \"-inf\", found \"red\"");
}

TEST_CASE("SPEC A8: paths stay inside the project") {
  const std::string device = "\"parameters\": {\"cutoff\": 440.5}";
  const std::string digest(64, 'a');
  const auto text_with = [&](const std::string& kind, const std::string& path) {
    return with(small_project, device,
                "\"files\": {\"sample\": {\"" + kind + "\": \"" + path + "\", \"content\": \"" + digest + "\"}}");
  };
  for (const char* path : {"Samples/Imported/kick.wav", "kick..wav", "...", "a/ b"}) {
    CHECK_MESSAGE(parse_project(text_with("path", path)), path);
  }
  for (const char* path :
       {"", "/etc/passwd", "..", "../x.wav", "Samples/../../x.wav", "./x.wav", "a//b", "a/", "a\\u0000b", "a\\nb"}) {
    CHECK_MESSAGE(error_of(text_with("path", path)) ==
                      "/tracks/0/devices/0/files/sample: must be a relative path inside the project",
                  path);
  }
  CHECK(parse_project(text_with("shared", "TimGM6mb.sf2")));
  CHECK(error_of(text_with("shared", "sf2/TimGM6mb.sf2")).find("a shared file is a bare name") != std::string::npos);
  CHECK(error_of(text_with("shared", "..")).find("inside the project") != std::string::npos);
}

TEST_CASE("SPEC A8: files_of names every file inside the project, also those of origins and unknown fields") {
  Project project = document::make_project({48'000});
  document::Track past;
  past.id = {7};
  past.devices.emplace_back();
  past.devices.back().files = {{"sample", {"Samples/a.wav", false, {}}}, {"soundfont", {"b.sf2", true, {}}}};
  document::Track track;
  track.id = {7};
  track.kind = document::TrackKind::audio;
  track.origin.push_back({base::Box<document::Track>(past)});
  track.prints.push_back({{}, {"Samples/c.wav", {}, {}, ""}, {}, {}, {}, {}});
  track.mixer.unknown["later"] = R"("Samples/f.wav")";
  track.unknown["later"] = R"({"takes":["Samples/d.wav","no file"]})";
  document::AudioClip clip;
  clip.audio = {"Samples/e.wav", {}, {}, "Samples/e.mp3"};
  clip.bounce.emplace().unknown["later"] = R"("Samples/g.wav")";
  track.clips.emplace_back(document::Clip{{9}, "", {}, true, {}, clip, {}});
  project.tracks.insert(project.tracks.begin(), track);
  CHECK(files_of(project) == std::set<std::string>{"Samples/a.wav", "Samples/c.wav", "Samples/d.wav", "Samples/e.mp3",
                                                   "Samples/e.wav", "Samples/f.wav", "Samples/g.wav"});
}

}  // namespace firn::files
