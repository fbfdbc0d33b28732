// History on disk: what undo and redo need between runs, in .firn/history (docs/project-format.md). One thread.
//
//   index.json    the steps, oldest first, and where the project stands among them
//   <n>.undo      delta from the text after step n to the text before it; <n>.redo the other way
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace firn::session {

// One edit of the project as the user sees it.
struct Step {
  std::string label;         // "Freeze Bass"
  std::uint64_t number = 0;  // names its deltas; 0: not on disk yet
  std::int64_t bytes = 0;    // of its deltas
  base::Digest before;       // of the project's text
  base::Digest after;
  std::set<std::string> files;  // that the project referred to either only before or only after

  friend bool operator==(const Step&, const Step&) = default;
};

struct HistoryIndex {
  std::vector<Step> steps;  // each one's `after` is the next one's `before`
  std::size_t at = 0;       // how many of them the project has behind it
  base::Digest replaced;    // of the project's text that the save which wrote this index replaces

  friend bool operator==(const HistoryIndex&, const HistoryIndex&) = default;
};

enum class Direction { undo, redo };

class History {
 public:
  explicit History(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // No steps if there is no history. Fails with `malformed` if it is damaged, with `io` if it may be whole but can't be read.
  base::Result<HistoryIndex> read() const;
  // Durable and at one stroke.
  base::Result<void> write(const HistoryIndex&) const;
  // Removes all of it; a full disk is no hindrance.
  base::Result<void> forget() const;

  // Durable once it returns; no one looks for them until an index names the step. Sets `number` and `bytes`.
  base::Result<void> write_deltas(Step&, std::uint64_t number, std::string_view before, std::string_view after) const;
  // The text on the other side of a step. Fails with `malformed` if it is not what the step expects.
  base::Result<std::string> apply(const Step&, Direction, std::string_view text) const;

  // Removes every file here that the index does not name.
  void tidy(const HistoryIndex&) const;

 private:
  std::filesystem::path delta_path(std::uint64_t number, Direction) const;

  std::filesystem::path directory_;
};

base::Digest digest_of_text(std::string_view);

}  // namespace firn::session
