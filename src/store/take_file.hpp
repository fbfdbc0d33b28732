// TakeFile: a sound, or what is played in, while it is being recorded. What was written outlives the process, and is found when the project
// is opened next (SPEC E8). One thread at a time.
//
//   .firn/takes/<8 hex>.take, .heard   a line of text that says what it is, then frames: left and right, 32-bit float as the machine has them
//   .firn/takes/<8 hex>.played         such a line, then events: 64 bits of frame, 8 of kind, 8 of number, 16 of value, and 32 that are zero
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "midi/event.hpp"
#include "time/frames.hpp"

namespace firn::store {

// A take becomes clips, whatever happens; what was only heard does if that is asked for.
enum class TakeKind { take, heard, played };

class TakeFile {
 public:
  // In the project's directory. `label` is one line, for whoever finds it.
  static base::Result<TakeFile> create(const std::filesystem::path& directory, const std::string& label,
                                       TakeKind = TakeKind::take);
  // All that are there, the oldest first, as far as they are written. Those that ended before their label did, or hold nothing, are removed.
  struct Found;
  static Found find_all(const std::filesystem::path& directory, TakeKind = TakeKind::take);

  const std::string& label() const { return label_; }
  TakeKind kind() const { return kind_; }
  time::Frames frames() const { return {count_}; }  // of a sound
  const std::filesystem::path& path() const { return path_; }

  // Adds frames. Within about a second they are on the disk; a process that is killed loses none of them.
  base::Result<void> write(audio::ConstStereoView);
  base::Result<void> write(const midi::EventList&);
  // Frames from `at` on, which are there; or all events. Fails with io.
  base::Result<void> read(time::Frames at, audio::StereoView) const;
  base::Result<midi::EventList> events() const;
  void remove();  // but not what another process is still writing

 private:
  TakeFile(base::Descriptor, std::filesystem::path, std::string label, TakeKind, std::int64_t count);
  base::Result<void> read_bytes(std::int64_t from, std::span<std::byte>) const;

  base::Descriptor file_;
  std::filesystem::path path_;
  std::string label_;
  TakeKind kind_;
  std::int64_t count_;  // frames, or events
  std::int64_t synced_;
  std::vector<float> interleaved_;
};

struct TakeFile::Found {
  std::vector<TakeFile> takes;
  std::vector<base::Error> unreadable;  // why, with the path; those are left as they are
};

}  // namespace firn::store
