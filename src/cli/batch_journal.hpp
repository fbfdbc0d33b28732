// The journal of a batch: what has been done to which song, so that it can be gone on with after any end. One thread; one process
// at a time.
//
// JSON, an object on each line, the last for a song counts: {"song", "midi", "made_with", "project", "commands", "done", "process", "exit", "message"}.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "cli/batch_songs.hpp"
#include "store/digests.hpp"

namespace firn::cli {

// How a file is now; none if it is not there.
std::optional<store::FileStamp> stamp_now(const std::filesystem::path&);

struct BatchNote {
  std::optional<store::FileStamp> midi;     // that the project was made of
  std::vector<std::string> made_with;       // of `firn new`: what a batch gave it beside the MIDI file
  std::optional<store::FileStamp> project;  // its text, after the last command
  std::vector<std::string> commands;        // all that were asked for
  std::size_t done = 0;                     // how many of them are done
  std::int64_t process = 0;                 // that is at work on the next one, or was ended in it; 0: none
  int exit = 0;
  std::string message;
};

class BatchJournal {
 public:
  // Without a path, nothing is kept. Fails with locked while another batch writes it.
  explicit BatchJournal(const std::filesystem::path&);

  // How many of the commands need not be run: they have been, and since then neither the MIDI file nor the project has changed. The one
  // that a process was ended in has been, if that process was the last to open the project and the project is not as it was before: a
  // command saves once, when it has succeeded.
  std::size_t done(const BatchSong&, const std::vector<std::string>& commands) const;
  // True if the project was made of another version of the MIDI file.
  bool is_outdated(const BatchSong&) const;
  // What `firn new` was given for the project, as far as that is known; and whether that holds each of some options and its value.
  std::vector<std::string> made_with(const BatchSong&) const;
  bool is_made_with(const BatchSong&, const std::vector<std::string>& options) const;

  void add(const BatchSong&, BatchNote);

 private:
  static std::string key_of(const BatchSong&);

  std::filesystem::path path_;
  base::Descriptor lock_;
  std::map<std::string, BatchNote> notes_;
};

}  // namespace firn::cli
