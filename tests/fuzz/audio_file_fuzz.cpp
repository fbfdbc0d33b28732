// Any bytes as a sound file: refused with a message, or read, in order and from anywhere, without a fault.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "audio/sound_file.hpp"
#include "base/file.hpp"

namespace {

using firn::audio::SoundReader;
using firn::audio::StereoBuffer;
using firn::time::Frames;

void require(bool truth) {
  if (!truth) std::abort();
}

void read_some(SoundReader& reader) {
  const Frames frames = reader.info().frames;
  require(frames.count >= 0 && reader.info().channels > 0);
  StereoBuffer block(1000);
  for (Frames at{-500}; at < frames && at.count < 20'000; at.count += block.frames()) {
    if (!reader.read(at, block.view())) break;
  }
  for (const Frames at : {Frames{frames.count - 10}, Frames{frames.count / 2}, Frames{0}, frames, Frames::never()}) {
    if (!reader.read(at, block.view())) require(block == StereoBuffer(1000));
  }
}

}  // namespace

// libsndfile and the codecs under it forget memory when they refuse a file.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libopus\nleak:libFLAC\nleak:libmpg123\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const firn::base::Descriptor file(::memfd_create("sound", MFD_CLOEXEC));
  const std::string path = "/proc/self/fd/" + std::to_string(file.number());
  require(file && firn::base::write_all(file, std::as_bytes(std::span(data, size)), path).has_value());
  auto reader = SoundReader::open(path);
  if (reader) {
    read_some(*reader);
  } else {
    require(!reader.error().message.empty());
  }
  return 0;
}
