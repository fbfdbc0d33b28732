// Checkpoints: points of prints at which a later render can start, or end, instead of doing all of it again (docs/adr/0007). One thread
// at a time, but for keep_states(): any thread.
//
//   .firn/checkpoints.jsonl    a line for each take, with its points
//   .firn/checkpoints/<hex>    the states at a point, named by the digest of their bytes
//
// All of it can be lost: that costs a render. What a digest stands for is its maker's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/audio_hash.hpp"
#include "audio/audio_ref.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "store/prints.hpp"

namespace firn::store {

// A point of a print.
struct Checkpoint {
  std::int64_t point = 0;  // its number
  time::Frames at;         // samples of the print before it
  base::Digest before;     // names what those samples, and the states here, were made from
  base::Digest after;      // names, with the states here, what the samples from here on were made from
  base::Digest states;     // names the states: digest_of() their bytes

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// One render of a print, and the points that it came through.
struct Take {
  KnownPrint print;
  std::vector<audio::AudioBlock> blocks;  // of its sound: all of them, or none
  bool cut_short = false;                 // it still sounded at the tail limit
  std::vector<Checkpoint> points;

  friend bool operator==(const Take&, const Take&) = default;
};

class Checkpoints {
 public:
  explicit Checkpoints(const std::filesystem::path& firn);  // the project's .firn

  bool empty() const { return takes_.empty(); }

  struct Place {
    const Take* take;  // until retain()
    Checkpoint point;
  };
  std::optional<Place> find_before(const base::Digest& before) const;
  std::optional<Place> find_after(const base::Digest& after, const base::Digest& states) const;
  bool knows_after(const base::Digest& after) const;  // with whatever states

  base::Result<void> add(Take);

  std::optional<std::vector<std::byte>> states(const base::Digest&) const;  // only if they are whole
  bool has_states(const base::Digest&) const;
  base::Result<void> keep_states(const base::Digest&, std::span<const std::byte>,
                                 const std::filesystem::path& temporary) const;

  // Removes states that no point names, and those that were used longest ago until the rest takes at most `bytes`.
  void trim(std::int64_t bytes) const;
  // Forgets the points of each print for which keep(AudioRef) is false, and states that no point names any more; the bytes freed.
  base::Result<std::int64_t> retain(const Prints::Keep& keep, const std::filesystem::path& temporary);

 private:
  struct File {
    std::filesystem::file_time_type used;
    std::filesystem::path path;
    std::int64_t bytes;
  };
  std::filesystem::path path_of(const base::Digest& states) const { return folder_ / base::hex(states); }
  std::vector<File> files() const;
  std::int64_t remove_unnamed() const;  // the bytes freed
  void enter(Take);

  std::filesystem::path journal_;
  std::filesystem::path folder_;
  std::deque<Take> takes_;
  std::map<base::Digest, Place> by_before_;
  std::map<std::pair<base::Digest, base::Digest>, Place> by_after_;
};

}  // namespace firn::store
