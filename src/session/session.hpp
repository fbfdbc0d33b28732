// Session: the one mutable root: a project's directory opened for editing, the current Project and its history. One thread.
//
// Edits change memory; save() makes them durable. A process killed at any moment leaves a project that opens whole, as it was
// before or after the save, with a history that fits it. To read a project without a lock and without writing
// anything, use files::read_project.
//
//   project.json       the project's text
//   .firn/lock         held while the session lives
//   .firn/history/     the steps of earlier runs: the newest 500, at most 64 MiB of deltas
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "edit/command.hpp"
#include "session/history.hpp"
#include "session/lock.hpp"
#include "store/store.hpp"

namespace firn::session {

struct HistoryLimits {
  std::size_t steps = 500;
  std::int64_t bytes = 64 * 1024 * 1024;
};

// labels[0, at) are done, the last of them is what undo takes back; labels[at, size) are undone, the first of them is what
// redo brings back.
struct HistoryList {
  std::vector<std::string> labels;
  std::size_t at = 0;
};

enum class InUse { by_project, by_project_or_history };

class Session {
 public:
  // Fails with not_found (no project there), locked (with the other process's id), malformed, newer, io.
  static base::Result<Session> open(const std::filesystem::path& directory, HistoryLimits = {});
  // A new project in a directory that may exist already, but holds no project (refused). Saved at once.
  static base::Result<Session> create(const std::filesystem::path& directory, document::Project, HistoryLimits = {});

  const std::filesystem::path& directory() const { return directory_; }
  // Valid until the next call that is not const.
  const document::Project& project() const { return *moments_[at_].project; }
  store::Store& store() { return store_; }

  // All or nothing, and one step of history; none if nothing changes. Drops what was undone. Without a label, edit::describe's. Fails
  // with `io` if there is a history that can't be read.
  base::Result<void> dispatch(const std::vector<edit::Command>&, std::string label = {});

  // The label of what was undone or redone. Fails with `refused` if there is nothing, with `changed` if project.json was changed
  // by hand since it was saved, with `malformed` if the history is damaged.
  base::Result<std::string> undo();
  base::Result<std::string> redo();
  HistoryList history() const;
  // Why undo and redo are refused, if they are: as above.
  const std::optional<base::Error>& history_fault() const { return fault_; }

  // Fails with `changed` if project.json is not what this session read or wrote last.
  base::Result<void> save();
  bool is_saved() const;

  // The files inside the project's directory that clean-up must keep, as relative paths (SPEC A8). Fails with history_fault()
  // where the history counts and what it needs can't be known.
  base::Result<std::set<std::string>> files_in_use(InUse) const;
  // Forgets every step, here and on disk: for a clean-up that removes files which only the history needs.
  base::Result<void> forget_history();

 private:
  // A state of the project: in memory, or to be had from its neighbour and the step between them.
  struct Moment {
    std::optional<document::Project> project;
    std::optional<std::string> text;  // if it was read from disk: another version may have laid it out differently
  };

  Session(std::filesystem::path directory, HistoryLimits, Lock, store::Store);

  void place_in_history(HistoryIndex);
  void start_history();
  std::string text_at(std::size_t moment) const;
  base::Result<std::string> move(Direction);
  base::Result<void> ensure_unchanged_on_disk() const;
  base::Result<void> store_steps();
  void drop_what_exceeds_limits();
  base::Result<void> write_project_and(const HistoryIndex&);

  std::filesystem::path directory_;
  HistoryLimits limits_;
  Lock lock_;
  store::Store store_;
  History history_;
  std::vector<Step> steps_;
  std::vector<Moment> moments_;       // one more than steps: steps_[i] leads from moments_[i] to moments_[i + 1]
  std::size_t at_ = 0;                // moments_[at_].project is there
  std::optional<std::size_t> saved_;  // the moment that is on disk, while it is one of these
  base::Digest saved_text_;           // of the text on disk; none before the first save
  std::uint64_t next_number_ = 1;
  std::optional<base::Error> fault_;
};

}  // namespace firn::session
