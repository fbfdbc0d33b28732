// Help, the man page and completion know every verb and option.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "cli/run_program.hpp"

using firn::tests::contains;
using firn::tests::Program;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("help: an overview, each verb, each noun, each topic") {
  const Program program;
  CHECK(program.ok("firn") == program.ok("firn help"));
  CHECK(program.ok("firn --help") == program.ok("firn help"));
  CHECK(program.ok("firn --version") == "firn " FIRN_VERSION "\n");
  CHECK(program.ok("firn freeze --help") == program.ok("firn help freeze"));
  CHECK(program.ok("firn track add -h") == program.ok("firn help track add"));
  CHECK(program.ok("firn track") == program.ok("firn help track"));
  CHECK(contains(program.ok("firn help freeze"), "firn freeze song --all"));
  CHECK(contains(program.ok("firn help freeze"), "--threads N "));
  CHECK(contains(program.ok("firn help convert"), "WHICH ONE"));
  CHECK(contains(program.ok("firn help exit"), "130  cancelled"));
  CHECK(contains(program.ok("firn help values"), "C3 is middle C"));
  CHECK(contains(program.ok("firn help json"), "render_seconds"));
  for (const std::string& line : lines_of(program.ok("firn help"))) {
    CAPTURE(line);
    CHECK(line.size() <= 84);
  }
}

TEST_CASE("the man pages: every verb is in it, and mandoc finds no fault") {
  const Program program;
  const std::string manual = program.ok("firn manual");
  for (const std::string& verb : lines_of(program.ok("firn complete -- ''"))) {
    if (verb.front() != '-') CHECK(contains(manual, ".Ss \"" + std::regex_replace(verb, std::regex("-"), "\\-")));
  }
  if (program.run("command -v mandoc").status != 0) {
    MESSAGE("skipped: no mandoc");
    return;
  }
  CHECK(program.ok("firn manual | mandoc -Tlint -Wwarning") == "");
  CHECK(program.ok("mandoc -Tlint -Wwarning " FIRN_SOURCE_DIR "/src/cli/man/firn-project.5") == "");
}

TEST_CASE("completion: verbs, nouns, options, tracks, devices, settings") {
  const Program program;
  program.make_song();
  program.ok("firn track rename song Pad 'Warm Pad'");
  program.ok("firn track add song --return Hall");
  const auto completed = [&](const std::string& words) { return lines_of(program.ok("firn complete -- " + words)); };
  CHECK(completed("unf") == Lines{"unflatten", "unfreeze"});
  CHECK(completed("track re") == Lines{"remove", "rename"});
  CHECK(completed("freeze --a") == Lines{"--all"});
  CHECK(completed("freeze song ''") == Lines{"Bass", "Hall", "Main", "Warm Pad"});
  CHECK(completed("freeze song Bass W") == Lines{"Warm Pad"});
  CHECK(completed("mixer song Bass send") == Lines{"send:Hall="});
  CHECK(completed("device set song Bass ''") == Lines{"SoundFont"});
  CHECK(completed("device set song Bass SoundFont pro") == Lines{"program="});
  CHECK(completed("device add song Bass rev") == Lines{"reverb"});
  CHECK(completed("bounce song Bass --tap post") == Lines{"post-fx", "post-mixer"});
  CHECK(completed("show song --track B") == Lines{"Bass"});
  CHECK(completed("automate set song Bass SoundFont:ga") == Lines{"SoundFont:gain"});
  program.ok(
      "firn export song kick.wav --to 1.2.1 && firn track add song --midi Drums && "
      "firn device add song Drums drum_rack pad1=kick.wav");
  CHECK(completed("bounce song Drums --pad ''") == Lines{"kick"});
  CHECK(completed("resample song --input Drums:k") == Lines{"Drums:kick"});
  CHECK(completed("new --soundfont ''").empty());
  CHECK(completed("nonsense ''").empty());
}

TEST_CASE("completion in bash puts words together again, and quotes what has spaces") {
  const Program program;
  program.make_song();
  program.ok("firn track rename song Pad 'Warm Pad'");
  program.ok("firn track add song --return Hall");
  const auto completed = [&](const std::string& words, int at) {
    return program.ok("cat > try.sh <<'END'\nPATH=" FIRN_PROGRAM_DIR ":$PATH\nsource " FIRN_SOURCE_DIR
                      "/src/cli/completion/firn.bash\ncompopt() { :; }\nCOMP_WORDS=(" +
                      words + ")\nCOMP_CWORD=" + std::to_string(at) +
                      "\n_firn\nprintf '%s\\n' \"${COMPREPLY[@]}\"\nEND\nbash try.sh");
  };
  CHECK(completed("firn unfr", 1) == "unfreeze\n");
  CHECK(completed("firn freeze song W", 3) == "Warm\\ Pad\n");
  CHECK(completed("firn mixer song Bass send : H", 6) == "Hall=\n");
  CHECK(completed("firn mixer song Bass volume = -6dB pa", 7) == "pan=\n");
}
