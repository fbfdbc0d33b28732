// The songs of a batch, and the commands that each of them goes through. Each fails as a verb does (must.hpp). One thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace firn::cli {

struct BatchSong {
  std::string name;                 // as listed
  std::filesystem::path midi;       // empty for what is a project already
  std::filesystem::path directory;  // the project's
};

// Of a list, one on each line ("-": standard input), or of a folder: every project in it and below, and every MIDI file. A MIDI file
// becomes a project in `output`, or beside itself without one; two that would become the same are refused.
std::vector<BatchSong> songs_of(const std::string& list, const std::filesystem::path& output);

// One of the commands: "export {dir}/{name}.flac --depth 24".
class BatchCommand {
 public:
  // Refused unless it is a verb that takes a project's directory, with options that it has.
  explicit BatchCommand(std::string text);

  const std::string& text() const { return text_; }
  // The whole command line: the directory behind the verb, {dir} and {name} replaced, and --threads where the verb takes it.
  std::vector<std::string> words(const BatchSong&, int threads) const;

 private:
  std::string text_;
  std::vector<std::string> verb_;
  std::vector<std::string> rest_;
  bool takes_threads_ = false;
};

}  // namespace firn::cli
