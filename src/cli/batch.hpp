// Batch: many songs, each in a child process of its own, several at once: a crash costs one song. One thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cli/batch_journal.hpp"
#include "cli/batch_songs.hpp"
#include "cli/console.hpp"

namespace firn::cli {

struct BatchResult {
  enum class State { done, skipped, failed, left };  // left: the batch was stopped before it was done
  State state = State::left;
  double seconds = 0.0;
  int exit = 0;         // the status that the song's process ended with; 128 and the signal if one ended it
  std::string command;  // that failed; empty if that was the making of the project
  std::string message;
};

struct BatchRequest {
  std::vector<BatchSong> songs;
  std::vector<BatchCommand> commands;
  std::vector<std::string> making;  // options of `firn new`, each with its value, for MIDI files
  int jobs = 1;
  int threads = 1;       // of each
  double timeout = 0.0;  // seconds for each song; 0: none
  bool again = false;    // also what is done
  std::stop_token stop;  // children are told to stop too
};

// The result of each song, in order.
std::vector<BatchResult> run_batch(const BatchRequest&, BatchJournal&, Console&);

// What a child does: the commands one after another, up to the first that fails. After each one it says how the project's text is now, and
// goes on when that is noted. Returns the exit status.
int run_batch_song(const std::vector<std::string>& words);

}  // namespace firn::cli
