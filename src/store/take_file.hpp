// TakeFile: a sound while it is being recorded. What was written outlives the process, and is found when the project is opened next
// (SPEC E8). One thread at a time.
//
//   .firn/takes/<8 hex>.take, .heard   a line of text that says what it is, then frames: left and right, 32-bit float as the machine has them
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "time/frames.hpp"

namespace firn::store {

// A take becomes clips, whatever happens; what was only heard does if that is asked for.
enum class TakeKind { take, heard };

class TakeFile {
 public:
  // In the project's directory. `label` is one line, for whoever finds it.
  static base::Result<TakeFile> create(const std::filesystem::path& directory, const std::string& label,
                                       TakeKind = TakeKind::take);
  // All that are there, as long as nobody records, the oldest first. Those that ended before their label did, or hold no frame, are removed.
  struct Found;
  static Found find_all(const std::filesystem::path& directory, TakeKind = TakeKind::take);

  const std::string& label() const { return label_; }
  time::Frames frames() const { return frames_; }
  const std::filesystem::path& path() const { return path_; }

  // Adds frames. Within about a second they are on the disk; a process that is killed loses none of them.
  base::Result<void> write(audio::ConstStereoView);
  // Frames from `at` on, which are there. Fails with io.
  base::Result<void> read(time::Frames at, audio::StereoView) const;
  void remove();

 private:
  TakeFile(base::Descriptor, std::filesystem::path, std::string label, time::Frames);

  base::Descriptor file_;
  std::filesystem::path path_;
  std::string label_;
  time::Frames frames_;
  time::Frames synced_;
  std::vector<float> interleaved_;
};

struct TakeFile::Found {
  std::vector<TakeFile> takes;
  std::vector<base::Error> unreadable;  // why, with the path; those are left as they are
};

}  // namespace firn::store
