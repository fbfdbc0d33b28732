#include "cli/run_program.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "files/midi_file.hpp"

namespace firn::tests {

namespace fs = std::filesystem;
using time::Beats;

namespace {

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

midi::Note note(Beats start, Beats length, int key) { return {start, length, static_cast<std::uint8_t>(key)}; }

files::MidiTrack midi_track(const std::string& name, int channel, std::vector<midi::Note> notes) {
  files::MidiTrack made;
  made.name = name;
  files::MidiChannel content;
  content.channel = channel;
  content.content.notes = std::move(notes);
  made.channels = {content};
  made.end = Beats::quarters(4);
  return made;
}

}  // namespace

Program::Program(Plugins plugins) : plugins_(plugins) {
  std::string pattern = (fs::temp_directory_path() / "firn-cli-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
}

Program::~Program() {
  std::error_code ignored;
  for (fs::recursive_directory_iterator entry(directory_, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->is_directory(ignored)) fs::permissions(entry->path(), fs::perms::owner_all, ignored);
  }
  fs::remove_all(directory_, ignored);
  fs::remove_all(cache(), ignored);
}

Ran Program::run(const std::string& line) const {
  const fs::path scratch = directory_.string() + ".run";
  fs::create_directories(scratch);
  const std::string nowhere = (scratch / "no-plug-ins").string();
  std::string folders;
  if (plugins_ != Plugins::installed)
    folders = fmt::format("export VST3_PATH='{0}' LV2_PATH='{0}' CLAP_PATH='{0}' LADSPA_PATH='{0}' && ", nowhere);
  if (plugins_ == Plugins::faulty) {
    folders += fmt::format("export LV2_PATH='{0}/lv2' LADSPA_PATH='{0}/ladspa' XDG_CACHE_HOME='{1}' && ",
                           FIRN_FAULTY_PLUGINS, cache().string());
  }
  const std::string shell = fmt::format(
      "{}cd '{}' && FIRN='{}' && firn() {{ \"$FIRN\" \"$@\"; }} && {{ {} ; }} >'{}/out' 2>'{}/err' </dev/null", folders,
      directory_.string(), FIRN_PROGRAM, line, scratch.string(), scratch.string());
  const int status = std::system(shell.c_str());
  Ran ran{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(scratch / "out"),
          content_of(scratch / "err")};
  fs::remove_all(scratch);
  return ran;
}

std::string Program::ok(const std::string& line) const {
  const Ran ran = run(line);
  INFO(line, "\n", ran.out, ran.err);
  REQUIRE(ran.status == 0);
  return ran.out;
}

nlohmann::json Program::json(const std::string& line) const {
  const std::string out = ok(line);
  INFO(line, "\n", out);
  REQUIRE(nlohmann::json::accept(out));
  return nlohmann::json::parse(out);
}

std::string Program::fails(int status, const std::string& line) const {
  const auto before = files();
  const Ran ran = run(line);
  INFO(line, "\n", ran.out, ran.err);
  CHECK(ran.status == status);
  CHECK(ran.out.empty());
  CHECK(ran.err.substr(0, 6) == "firn: ");
  for (const char* doubled : {".. ", "..\n", ".: ", ",."}) CHECK(ran.err.find(doubled) == std::string::npos);
  CHECK(files() == before);
  return ran.err;
}

std::string Program::text(const std::string& file) const { return content_of(directory_ / file); }

void Program::write(const std::string& file, const std::string& content) const {
  std::ofstream(directory_ / file, std::ios::binary) << content;
}

void Program::write_song(const std::string& file) const {
  const Beats quarter = Beats::quarters(1);
  files::MidiSequence sequence;
  sequence.tracks = {midi_track("Bass", 0,
                                {note({}, quarter, 36), note(quarter, quarter, 38), note(quarter * 2, quarter, 40),
                                 note(quarter * 3, quarter, 41)}),
                     midi_track("Pad", 1, {note({}, quarter * 4, 60)})};
  sequence.end = quarter * 4;
  files::MidiSong song;
  song.sequences = {sequence};
  const auto bytes = files::write_midi(song);
  REQUIRE(bytes);
  write(file, std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
}

void Program::make_song() const {
  write_song("song.mid");
  ok("firn new song.mid -o song");
}

std::map<std::string, std::string> Program::files() const {
  std::map<std::string, std::string> all;
  for (auto entry = fs::recursive_directory_iterator(directory_); entry != fs::recursive_directory_iterator();
       ++entry) {
    if (entry->path().filename() == ".firn") {
      entry.disable_recursion_pending();
    } else {
      all[entry->path().lexically_relative(directory_).string()] =
          entry->is_regular_file() ? content_of(entry->path()) : "";
    }
  }
  return all;
}

nlohmann::json Program::track(const std::string& name) const {
  return json("firn show song --json --track '" + name + "'")["tracks"][0];
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace firn::tests
