// What SoundReader reads from: one decoder for MP3, one for the rest. For this room's own files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "audio/sound_file.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::audio {

class SoundSource {
 public:
  virtual ~SoundSource() = default;

  const SoundFileInfo& info() const { return info_; }
  // Reads interleaved frames on from where it stands; fewer at the end, or where the file is damaged.
  virtual std::int64_t read(float* to, std::int64_t frames) = 0;
  virtual bool seek(std::int64_t frame) = 0;

 protected:
  SoundFileInfo info_;
};

using OpenedSource = base::Result<std::unique_ptr<SoundSource>>;

// The descriptor stays the caller's and must outlive the source; `path` is for messages.
OpenedSource open_by_libsndfile(const base::Descriptor&, const std::filesystem::path&);

// By libmpg123 itself, which can find the true length of a file without one in its head. libsndfile guesses it from the
// bit rate of the first frame, and reads no further.
OpenedSource open_mp3(const base::Descriptor&, const std::filesystem::path&);

base::Error not_a_sound_file(const std::filesystem::path&);
base::Error cut_off(const std::filesystem::path&);  // a head that promises more sound than there is

}  // namespace firn::audio
