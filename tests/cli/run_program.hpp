// A scratch directory in which the real program runs, as a person or a script runs it. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace firn::tests {

struct Ran {
  int status = 0;
  std::string out;
  std::string err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

// Whether the program finds the machine's plug-ins: looking at them takes time, and says so. Faulty: LV2 and LADSPA ones of tests/faulty_plugins
// alone, and what is found out of them is kept beside the program's directory.
enum class Plugins { none, installed, faulty };

class Program {
 public:
  explicit Program(Plugins = Plugins::none);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // A line of the shell in the directory, in which `firn` is the program, and $FIRN its path: run("firn show song").
  Ran run(const std::string& line) const;
  // The same, checked to end with status 0; returns what it printed.
  std::string ok(const std::string& line) const;
  nlohmann::json json(const std::string& line) const;
  // The same, checked to end with this status, to say so on stderr alone, with no punctuation doubled, and to change no
  // file below the directory.
  std::string fails(int status, const std::string& line) const;

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path cache() const { return directory_.string() + ".cache"; }  // of Plugins::faulty
  std::string text(const std::string& file) const;
  void write(const std::string& file, const std::string& content) const;
  // A MIDI file with two tracks: "Bass" (four quarter notes) and "Pad" (a whole note).
  void write_song(const std::string& file) const;
  // A project made of it, named "song".
  void make_song() const;
  // A track of that project, as `firn show --json` tells it.
  nlohmann::json track(const std::string& name) const;
  // Every file below the directory, and what is in it; without .firn/, where locks and indexes come and go.
  std::map<std::string, std::string> files() const;

 private:
  std::filesystem::path directory_;
  Plugins plugins_;
};

bool contains(const std::string& text, const std::string& part);

}  // namespace firn::tests
