#include "audio/wav.hpp"

#include <algorithm>
#include <string_view>

#include "audio/quantise.hpp"

namespace firn::audio {
namespace {

constexpr std::int64_t max_32 = 0xffffffff;
constexpr int ds64_bytes = 28;

// Adds the lowest `count` bytes of `value`, little end first.
void put_little(std::vector<std::byte>& to, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void put_name(std::vector<std::byte>& to, std::string_view name) {
  for (const char letter : name) to.push_back(static_cast<std::byte>(letter));
}

}  // namespace

int frame_bytes(const SoundFileSetup& setup) {
  const int bits = setup.depth == Depth::float32 ? 32 : bits_of(setup.depth);
  return setup.channels * bits / 8;
}

std::vector<std::byte> wav_head(const SoundFileSetup& setup, std::int64_t data_bytes) {
  const bool is_float = setup.depth == Depth::float32;
  const int frame = frame_bytes(setup);
  const std::int64_t frames = data_bytes / frame;
  const int fmt_bytes = is_float ? 18 : 16;
  const int fact_bytes = is_float ? 8 + 4 : 0;
  const std::int64_t riff_bytes = 4 + (8 + ds64_bytes) + (8 + fmt_bytes) + fact_bytes + 8 + data_bytes + data_bytes % 2;
  const bool is_rf64 = riff_bytes > max_32;
  const auto size_32 = [&](std::int64_t size) { return static_cast<std::uint64_t>(is_rf64 ? max_32 : size); };

  std::vector<std::byte> head;
  put_name(head, is_rf64 ? "RF64" : "RIFF");
  put_little(head, size_32(riff_bytes), 4);
  put_name(head, "WAVE");

  put_name(head, is_rf64 ? "ds64" : "JUNK");
  put_little(head, ds64_bytes, 4);
  for (const std::int64_t size : {riff_bytes, data_bytes, frames}) {
    put_little(head, static_cast<std::uint64_t>(is_rf64 ? size : 0), 8);
  }
  put_little(head, 0, 4);  // no table of further long chunks

  put_name(head, "fmt ");
  put_little(head, static_cast<std::uint64_t>(fmt_bytes), 4);
  put_little(head, is_float ? 3 : 1, 2);  // WAVE_FORMAT_IEEE_FLOAT, WAVE_FORMAT_PCM
  put_little(head, static_cast<std::uint64_t>(setup.channels), 2);
  put_little(head, static_cast<std::uint64_t>(setup.rate.hertz), 4);
  put_little(head, static_cast<std::uint64_t>(setup.rate.hertz) * static_cast<std::uint64_t>(frame), 4);
  put_little(head, static_cast<std::uint64_t>(frame), 2);
  put_little(head, static_cast<std::uint64_t>(frame / setup.channels * 8), 2);
  if (is_float) {
    put_little(head, 0, 2);  // no extension
    put_name(head, "fact");
    put_little(head, 4, 4);
    put_little(head, static_cast<std::uint64_t>(std::min(frames, max_32)), 4);
  }
  put_name(head, "data");
  put_little(head, size_32(data_bytes), 4);
  return head;
}

}  // namespace firn::audio
