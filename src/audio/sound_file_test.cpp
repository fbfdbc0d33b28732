#include "audio/sound_file.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "audio/quantise.hpp"
#include "audio/wav.hpp"
#include "support/temporary_directory.hpp"

// libsndfile forgets some memory when it refuses a damaged Ogg file.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }

namespace firn::audio {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

StereoBuffer noise(int frames, float gain = 0.9f) {
  StereoBuffer buffer(frames);
  std::mt19937 random(7);
  std::uniform_real_distribution<float> value(-gain, gain);
  for (int i = 0; i < frames; ++i) {
    buffer.left[static_cast<std::size_t>(i)] = value(random);
    buffer.right[static_cast<std::size_t>(i)] = value(random);
  }
  return buffer;
}

StereoBuffer tone(int frames, int rate) {
  StereoBuffer buffer(frames);
  for (int i = 0; i < frames; ++i) {
    const auto at = static_cast<std::size_t>(i);
    buffer.left[at] = 0.5f * static_cast<float>(std::sin(6.283185307179586 * 441.0 * i / rate));
    buffer.right[at] = 0.25f * static_cast<float>(std::sin(6.283185307179586 * 663.0 * i / rate));
  }
  return buffer;
}

void write_file(const fs::path& path, const SoundFileSetup& setup, const StereoBuffer& buffer, int block = 1000) {
  auto writer = SoundWriter::create(path, setup);
  REQUIRE(writer);
  for (int at = 0; at < buffer.frames(); at += block) {
    REQUIRE(writer->write(buffer.view().part(at, std::min(block, buffer.frames() - at))));
  }
  REQUIRE(writer->close());
}

StereoBuffer read_file(const fs::path& path) {
  auto reader = SoundReader::open(path);
  if (!reader) FAIL(reader.error().message);
  StereoBuffer buffer(static_cast<int>(reader->info().frames.count));
  REQUIRE(reader->read({0}, buffer.view()));
  return buffer;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void put_bytes(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string extension_of(FileFormat format) {
  const char* names[] = {".wav", ".aiff", ".flac", ".ogg", ".opus", ".mp3"};
  return names[static_cast<int>(format)];
}

double residual(const StereoBuffer& a, const StereoBuffer& b, int skip) {
  REQUIRE(a.frames() == b.frames());
  double error = 0.0, power = 0.0;
  for (int i = skip; i < a.frames() - skip; ++i) {
    const auto at = static_cast<std::size_t>(i);
    error += std::pow(a.left[at] - b.left[at], 2.0) + std::pow(a.right[at] - b.right[at], 2.0);
    power += std::pow(a.left[at], 2.0) + std::pow(a.right[at], 2.0);
  }
  return 10.0 * std::log10(error / power);
}

const SoundFileSetup float_wav{FileFormat::wav, Depth::float32, {48000}, 2};

}  // namespace

TEST_CASE("SPEC B3: a float WAV holds every sample bit for bit, peaks above 1 too, and no time stamp") {
  const tests::TemporaryDirectory scratch;
  auto buffer = noise(5000, 3.0f);
  buffer.left[3] = -0.0f;
  buffer.left[4] = std::numeric_limits<float>::denorm_min();
  buffer.right[5] = std::numeric_limits<float>::max();
  write_file(scratch / "a.wav", float_wav, buffer, 64);
  const auto back = read_file(scratch / "a.wav");
  REQUIRE(back.frames() == 5000);
  for (std::size_t i = 0; i < 5000; ++i) {
    REQUIRE(std::bit_cast<unsigned>(back.left[i]) == std::bit_cast<unsigned>(buffer.left[i]));
    REQUIRE(std::bit_cast<unsigned>(back.right[i]) == std::bit_cast<unsigned>(buffer.right[i]));
  }
  const auto reader = SoundReader::open(scratch / "a.wav");
  CHECK(reader->info().format == "WAV, 32-bit float");
  CHECK(reader->info().rate == time::SampleRate{48000});
  CHECK(reader->info().channels == 2);
  CHECK(bytes_of(scratch / "a.wav").find("PEAK") == std::string::npos);
}

TEST_CASE("Equal samples are equal files in every format, whenever they are written") {
  const tests::TemporaryDirectory scratch;
  const auto buffer = tone(48000, 48000);
  const auto formats = {FileFormat::wav, FileFormat::aiff, FileFormat::flac,
                        FileFormat::ogg, FileFormat::opus, FileFormat::mp3};
  const auto write_all = [&](const std::string& name, int block) {
    for (const auto format : formats) {
      const Depth depth = format == FileFormat::flac ? Depth::int24 : Depth::float32;
      write_file(scratch / (name + extension_of(format)), {format, depth, {48000}, 2}, buffer, block);
    }
  };
  write_all("a", 1000);
  ::usleep(1'100'000);  // libsndfile's stamps count seconds
  write_all("b", 333);
  for (const auto format : formats) {
    const std::string extension = extension_of(format);
    CAPTURE(extension);
    CHECK(bytes_of(scratch / ("a" + extension)) == bytes_of(scratch / ("b" + extension)));
  }
}

TEST_CASE("SPEC F2: n-bit files hold round(x * 2^(n-1)), ties to even, clipped") {
  const tests::TemporaryDirectory scratch;
  for (const auto format : {FileFormat::wav, FileFormat::aiff, FileFormat::flac}) {
    for (const auto depth : {Depth::int16, Depth::int24, Depth::int32}) {
      if (format == FileFormat::flac && depth == Depth::int32) continue;
      const int bits = bits_of(depth);
      CAPTURE(bits);
      const double full = std::ldexp(1.0, bits - 1);
      auto buffer = noise(3000, 1.2f);
      const double steps[] = {0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999, 0.50001, full - 1.0, full, -full, -full - 1.0};
      for (std::size_t i = 0; i < std::size(steps); ++i) buffer.left[i] = static_cast<float>(steps[i] / full);
      const fs::path path = scratch / ("steps" + extension_of(format));
      write_file(path, {format, depth, {44100}, 2}, buffer);
      const auto back = read_file(path);
      REQUIRE(back.frames() == buffer.frames());
      const auto expected = [&](float x) {
        return static_cast<float>(std::clamp(std::nearbyint(static_cast<double>(x) * full), -full, full - 1.0) / full);
      };
      for (std::size_t i = 0; i < 3000; ++i) {
        REQUIRE(back.left[i] == expected(buffer.left[i]));
        REQUIRE(back.right[i] == expected(buffer.right[i]));
      }
      if (bits < 32) CHECK(back.left[1] * full == 2.0);
      if (bits < 32) CHECK(back.left[2] * full == 2.0);
      CHECK(back.left[3] == 0.0f);
    }
  }
}

TEST_CASE("Mono writes the left side and is read to both; of more channels the first two are read") {
  const tests::TemporaryDirectory scratch;
  const auto buffer = noise(777);
  for (const auto depth : {Depth::int16, Depth::int24, Depth::float32}) {  // an odd count of bytes at 24 bits
    write_file(scratch / "mono.wav", {FileFormat::wav, depth, {48000}, 1}, buffer);
    const auto back = read_file(scratch / "mono.wav");
    CHECK(back.frames() == 777);
    CHECK(back.left == back.right);
    const SoundFileSetup setup{FileFormat::wav, depth, {48000}, 1};
    const auto data_bytes = static_cast<std::size_t>(777 * frame_bytes(setup));
    CHECK(fs::file_size(scratch / "mono.wav") == wav_head(setup, 0).size() + data_bytes + data_bytes % 2);
    if (depth == Depth::float32) CHECK(back.left == buffer.left);
  }

  // Four channels of one frame each: a stereo file of two frames with the head changed.
  StereoBuffer two(2);
  two.left = {0.1f, 0.3f};
  two.right = {0.2f, 0.4f};
  write_file(scratch / "four.wav", float_wav, two);
  auto bytes = bytes_of(scratch / "four.wav");
  const auto fmt = bytes.find("fmt ");
  bytes[fmt + 10] = 4;
  bytes[fmt + 20] = 16;
  put_bytes(scratch / "four.wav", bytes);
  const auto first_two = read_file(scratch / "four.wav");
  REQUIRE(first_two.frames() == 1);
  CHECK(first_two.left[0] == 0.1f);
  CHECK(first_two.right[0] == 0.2f);
}

TEST_CASE("Lossy formats keep length, place and sound") {
  const tests::TemporaryDirectory scratch;
  for (const auto format : {FileFormat::ogg, FileFormat::opus, FileFormat::mp3}) {
    const std::string extension = extension_of(format);
    CAPTURE(extension);
    const auto buffer = tone(100'000, 48000);
    write_file(scratch / ("a" + extension), {format, Depth::float32, {48000}, 2}, buffer);
    const auto back = read_file(scratch / ("a" + extension));
    CHECK(residual(buffer, back, 2000) < -30.0);
    const double kilobits =
        static_cast<double>(fs::file_size(scratch / ("a" + extension))) * 8 / 1000 / (100'000 / 48000.0);
    MESSAGE(extension << ": " << residual(buffer, back, 2000) << " dB, " << kilobits << " kbit/s");
  }
}

TEST_CASE("An MP3 without its length is read whole, and its tag passed over") {
  const tests::TemporaryDirectory scratch;
  const auto buffer = tone(200'000, 48000);
  write_file(scratch / "a.mp3", {FileFormat::mp3, Depth::float32, {48000}, 2}, buffer);
  const std::string bytes = bytes_of(scratch / "a.mp3");
  CHECK(SoundReader::open(scratch / "a.mp3")->info().format == "MP3");
  const std::size_t second = bytes.find(bytes.substr(0, 2), 4);  // the first frame holds the length alone
  REQUIRE(second < 2000);
  put_bytes(scratch / "b.mp3", bytes.substr(second));
  const auto whole = read_file(scratch / "b.mp3");
  CHECK(whole.frames() % 1152 == 0);
  CHECK(whole.frames() >= 200'000);
  CHECK(whole.frames() < 200'000 + 3 * 1152);

  put_bytes(scratch / "c.mp3", std::string("ID3\4\0\0\0\0\1\2", 10) + std::string(130, 'x') + bytes);
  CHECK(read_file(scratch / "c.mp3") == read_file(scratch / "a.mp3"));
  write_file(scratch / "d.flac", {FileFormat::flac, Depth::int16, {48000}, 2}, buffer);
  put_bytes(scratch / "e.flac", std::string("ID3\4\0\0\0\0\0\5", 10) + "xxxxx" + bytes_of(scratch / "d.flac"));
  CHECK(read_file(scratch / "e.flac") == read_file(scratch / "d.flac"));
}

TEST_CASE("A rate that a format lacks is refused with the nearest that it has") {
  const tests::TemporaryDirectory scratch;
  CHECK(nearest_rate(FileFormat::opus, {44100}) == time::SampleRate{48000});
  CHECK(nearest_rate(FileFormat::opus, {96000}) == time::SampleRate{48000});
  CHECK(nearest_rate(FileFormat::mp3, {96000}) == time::SampleRate{48000});
  CHECK(nearest_rate(FileFormat::mp3, {88200}) == time::SampleRate{44100});
  CHECK(nearest_rate(FileFormat::mp3, {44100}) == time::SampleRate{44100});
  CHECK(nearest_rate(FileFormat::ogg, {384000}) == time::SampleRate{192000});
  CHECK(nearest_rate(FileFormat::wav, {384000}) == time::SampleRate{384000});
  const auto refused = SoundWriter::create(scratch / "a.opus", {FileFormat::opus, Depth::float32, {44100}, 2});
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::unsupported);
  CHECK(refused.error().message.find("48000") != std::string::npos);
  CHECK(!fs::exists(scratch / "a.opus"));
  // Every rate that is said to be there is there.
  for (const int rate : {8000, 22050, 44100, 48000, 88200, 96000, 176400, 192000, 384000}) {
    for (const auto format :
         {FileFormat::wav, FileFormat::aiff, FileFormat::flac, FileFormat::ogg, FileFormat::opus, FileFormat::mp3}) {
      const auto nearest = nearest_rate(format, {rate});
      CAPTURE(nearest.hertz);
      const Depth depth = format == FileFormat::flac ? Depth::int16 : Depth::float32;
      const auto buffer = noise(4000);
      write_file(scratch / "any", {format, depth, nearest, 2}, buffer);
      const auto back = read_file(scratch / "any");
      CHECK(back.frames() == 4000);
      CHECK(SoundReader::open(scratch / "any")->info().rate == nearest);
    }
  }
  const auto flac = SoundWriter::create(scratch / "a.flac", {FileFormat::flac, Depth::float32, {48000}, 2});
  REQUIRE(!flac);
  CHECK(flac.error().kind == ErrorKind::unsupported);
}

TEST_CASE("Any part of a file can be read in any order; what lies outside is zeros") {
  const tests::TemporaryDirectory scratch;
  const auto buffer = noise(10'000);
  for (const auto format : {FileFormat::wav, FileFormat::aiff, FileFormat::flac}) {
    const fs::path path = scratch / ("parts" + extension_of(format));
    const bool is_float = format != FileFormat::flac;
    write_file(path, {format, is_float ? Depth::float32 : Depth::int24, {48000}, 2}, buffer);
    const auto whole = read_file(path);
    auto reader = SoundReader::open(path);
    REQUIRE(reader);
    CHECK(rc::check("part == whole", [&] {
      const int at = *rc::gen::inRange(-3000, 13'000);
      StereoBuffer part(*rc::gen::inRange(0, 5000));
      std::fill(part.left.begin(), part.left.end(), 9.0f);
      RC_ASSERT(reader->read({at}, part.view()));
      for (int i = 0; i < part.frames(); ++i) {
        const int from = at + i;
        const bool inside = from >= 0 && from < 10'000;
        const auto to = static_cast<std::size_t>(i);
        RC_ASSERT(part.left[to] == (inside ? whole.left[static_cast<std::size_t>(from)] : 0.0f));
        RC_ASSERT(part.right[to] == (inside ? whole.right[static_cast<std::size_t>(from)] : 0.0f));
      }
    }));
  }
}

TEST_CASE("A WAV past 4 GiB is RF64, and its last frame is where it belongs") {
  const tests::TemporaryDirectory scratch;
  const std::int64_t frames = (std::int64_t{1} << 29) + 1000;  // 8 bytes each
  const auto head = wav_head(float_wav, frames * 8);
  CHECK(head.size() == wav_head(float_wav, 0).size());
  {
    std::ofstream file(scratch / "big.wav", std::ios::binary);
    file.write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(head.size()));
    const float last[] = {0.25f, -0.5f};
    file.seekp(static_cast<std::streamoff>(head.size()) + (frames - 1) * 8);  // the rest is a hole
    file.write(reinterpret_cast<const char*>(last), sizeof last);
  }
  auto reader = SoundReader::open(scratch / "big.wav");
  REQUIRE(reader);
  CHECK(reader->info().format == "WAV (RF64), 32-bit float");
  CHECK(reader->info().frames.count == frames);
  StereoBuffer end(2);
  REQUIRE(reader->read({frames - 2}, end.view()));
  CHECK(end.left == std::vector<float>{0.0f, 0.25f});
  CHECK(end.right == std::vector<float>{0.0f, -0.5f});
}

TEST_CASE("An empty sound is a file of no frames where the format has such a thing") {
  const tests::TemporaryDirectory scratch;
  for (const auto format : {FileFormat::wav, FileFormat::aiff}) {
    write_file(scratch / "none", {format, Depth::int16, {48000}, 2}, StereoBuffer(0));
    CHECK(read_file(scratch / "none").frames() == 0);
  }
  for (const auto format : {FileFormat::flac, FileFormat::ogg, FileFormat::opus, FileFormat::mp3}) {
    auto writer = SoundWriter::create(scratch / "none", {format, Depth::int16, {48000}, 2});
    REQUIRE(writer);
    const auto closed = writer->close();
    REQUIRE(!closed);
    CHECK(closed.error().kind == ErrorKind::refused);
  }
}

TEST_CASE("What is no sound file gives an error with its path") {
  const tests::TemporaryDirectory scratch;
  const auto error_of = [&](const fs::path& path) {
    const auto reader = SoundReader::open(path);
    REQUIRE(!reader);
    CHECK(reader.error().message.find(path.string()) != std::string::npos);
    return reader.error().kind;
  };
  put_bytes(scratch / "empty.wav", "");
  put_bytes(scratch / "text.wav", "This is not audio at all, but a letter to a friend.");
  put_bytes(scratch / "short.wav", "RIFF");
  fs::create_directory(scratch / "folder.wav");
  CHECK(error_of(scratch / "missing.wav") == ErrorKind::not_found);
  CHECK(error_of(scratch / "empty.wav") == ErrorKind::malformed);
  CHECK(error_of(scratch / "text.wav") == ErrorKind::unsupported);
  CHECK(error_of(scratch / "short.wav") == ErrorKind::unsupported);
  CHECK(error_of(scratch / "folder.wav") == ErrorKind::io);
  CHECK(error_of("/dev/null") == ErrorKind::io);

  write_file(scratch / "slow.wav", {FileFormat::wav, Depth::int16, {1}, 2}, noise(10));
  CHECK(error_of(scratch / "slow.wav") == ErrorKind::unsupported);
  write_file(scratch / "good.wav", float_wav, noise(10));
  auto bytes = bytes_of(scratch / "good.wav");
  bytes[bytes.find("fmt ") + 10] = 0;  // no channels
  put_bytes(scratch / "channels.wav", bytes);
  CHECK(error_of(scratch / "channels.wav") == ErrorKind::malformed);
}

TEST_CASE("A truncated file is read up to its end, or refused: never read wrongly") {
  const tests::TemporaryDirectory scratch;
  const auto buffer = noise(20'000);
  for (const auto format :
       {FileFormat::wav, FileFormat::aiff, FileFormat::flac, FileFormat::ogg, FileFormat::opus, FileFormat::mp3}) {
    const std::string extension = extension_of(format);
    CAPTURE(extension);
    const bool is_float = format == FileFormat::wav;
    write_file(scratch / "whole", {format, is_float ? Depth::float32 : Depth::int16, {48000}, 2}, buffer);
    const auto bytes = bytes_of(scratch / "whole");
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 37 + 1) {
      put_bytes(scratch / "cut", bytes.substr(0, size));
      auto reader = SoundReader::open(scratch / "cut");
      if (!reader) continue;
      StereoBuffer some(30'000);
      if (!reader->read({0}, some.view())) CHECK(some == StereoBuffer(30'000));
      if (is_float) {
        const auto frames = static_cast<std::size_t>(reader->info().frames.count);
        REQUIRE(frames <= 20'000);
        CHECK(std::equal(some.left.begin(), some.left.begin() + static_cast<std::ptrdiff_t>(frames),
                         buffer.left.begin()));
      }
    }
  }
}

TEST_CASE(
    "A WAV or AIFF whose head promises more than there is is refused; one whose writer could not know its length is "
    "read") {
  const tests::TemporaryDirectory scratch;
  for (const auto& each : {std::pair("a.wav", FileFormat::wav), std::pair("a.aiff", FileFormat::aiff)}) {
    const std::string name = each.first;
    const FileFormat format = each.second;
    CAPTURE(name);
    auto writer = SoundWriter::create(scratch / name, {.format = format, .depth = Depth::int16, .rate = {48000}});
    REQUIRE(writer);
    REQUIRE(writer->write(noise(3000).view()));
    REQUIRE(writer->close());
    fs::resize_file(scratch / name, fs::file_size(scratch / name) - 4000);
    const auto cut = SoundReader::open(scratch / name);
    REQUIRE(!cut);
    CHECK(cut.error().kind == ErrorKind::malformed);
    CHECK(cut.error().message.find("is cut off") != std::string::npos);
  }
  std::string streamed = bytes_of(scratch / "a.wav");
  const auto size_at = streamed.find("data") + 4;
  for (const std::string& size : {std::string(4, '\xff'), std::string("\xff\xff\xff\x7f"), std::string(4, '\0')}) {
    put_bytes(scratch / "a.wav", streamed.replace(4, 4, size).replace(size_at, 4, size));
    CHECK(SoundReader::open(scratch / "a.wav"));
  }
}

TEST_CASE("An Ogg stream that breaks off is read with that remark; several streams in one file are refused") {
  const tests::TemporaryDirectory scratch;
  for (const auto& each : {std::pair("a.ogg", FileFormat::ogg), std::pair("a.opus", FileFormat::opus)}) {
    const std::string name = each.first;
    const FileFormat format = each.second;
    CAPTURE(name);
    write_file(scratch / name, {.format = format, .rate = {48000}}, noise(100'000));
    CHECK(!SoundReader::open(scratch / name)->info().breaks_off);
    const std::string whole = bytes_of(scratch / name);
    const std::size_t last_page = whole.rfind("OggS");
    for (const std::size_t size : {last_page, last_page + 1, last_page + 40, whole.size() - 1}) {
      CAPTURE(whole.size() - size);
      put_bytes(scratch / "cut", whole.substr(0, size));
      const auto cut = SoundReader::open(scratch / "cut");
      REQUIRE(cut);
      CHECK(cut->info().breaks_off);
      CHECK(cut->info().frames.count < 100'000);
      CHECK(read_file(scratch / "cut").frames() == cut->info().frames.count);
    }
    put_bytes(scratch / "tagged", whole + "TAG of some other program's");
    CHECK(!SoundReader::open(scratch / "tagged")->info().breaks_off);

    put_bytes(scratch / "two", whole + whole);
    const auto two = SoundReader::open(scratch / "two");
    REQUIRE(!two);
    CHECK(two.error().kind == ErrorKind::unsupported);
    CHECK(two.error().message.find("several streams") != std::string::npos);
  }
}

TEST_CASE(
    "An MP3 shorter than its head promises is refused; without a promise, one cut within a frame has that remark") {
  const tests::TemporaryDirectory scratch;
  write_file(scratch / "a.mp3", {.format = FileFormat::mp3, .rate = {48000}}, noise(100'000));
  const std::string whole = bytes_of(scratch / "a.mp3");
  CHECK(!SoundReader::open(scratch / "a.mp3")->info().breaks_off);
  for (const std::size_t size : {whole.size() / 2, whole.size() - 2500, whole.size() - 10}) {
    CAPTURE(size);
    put_bytes(scratch / "cut.mp3", whole.substr(0, size));
    const auto cut = SoundReader::open(scratch / "cut.mp3");
    REQUIRE(!cut);
    CHECK(cut.error().kind == ErrorKind::malformed);
    CHECK(cut.error().message.find("is cut off") != std::string::npos);
  }

  const std::string stream = whole.substr(whole.find(whole.substr(0, 2), 4));  // without the frame that promises
  put_bytes(scratch / "stream.mp3", stream);
  const auto all = read_file(scratch / "stream.mp3");
  CHECK(!SoundReader::open(scratch / "stream.mp3")->info().breaks_off);
  for (const std::size_t less : {1, 200}) {
    put_bytes(scratch / "cut.mp3", stream.substr(0, stream.size() - less));
    CHECK(SoundReader::open(scratch / "cut.mp3")->info().breaks_off);
    CHECK(read_file(scratch / "cut.mp3").frames() == all.frames() - 1152);
  }
  put_bytes(scratch / "tagged.mp3", stream + "TAG" + std::string(125, ' '));
  CHECK(!SoundReader::open(scratch / "tagged.mp3")->info().breaks_off);
  CHECK(read_file(scratch / "tagged.mp3") == all);

  put_bytes(scratch / "joined.mp3", whole + whole);
  CHECK(read_file(scratch / "joined.mp3").frames() > 200'000);
}

TEST_CASE("A file that shrinks while it is read gives zeros and false") {
  const tests::TemporaryDirectory scratch;
  write_file(scratch / "a.wav", float_wav, noise(100'000));
  auto reader = SoundReader::open(scratch / "a.wav");
  REQUIRE(reader);
  fs::resize_file(scratch / "a.wav", 4000);
  StereoBuffer some(1000);
  std::fill(some.left.begin(), some.left.end(), 1.0f);
  CHECK(!reader->read({50'000}, some.view()));
  CHECK(some == StereoBuffer(1000));
}

TEST_CASE("A full disk is said in so many words, in every format") {
  const tests::TemporaryDirectory scratch;
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const auto format :
       {FileFormat::wav, FileFormat::aiff, FileFormat::flac, FileFormat::ogg, FileFormat::opus, FileFormat::mp3}) {
    CAPTURE(extension_of(format));
    rlimit small{20'000, old.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const Depth depth = format == FileFormat::flac ? Depth::int16 : Depth::float32;
    auto writer = SoundWriter::create(scratch / "full", {format, depth, {48000}, 2});
    base::Result<void> done = writer ? base::Result<void>() : tl::unexpected(writer.error());
    const auto buffer = noise(48'000);
    for (int i = 0; done && i < 10; ++i) done = writer->write(buffer.view());
    if (done) done = writer->close();
    ::setrlimit(RLIMIT_FSIZE, &old);
    REQUIRE(!done);
    CHECK(done.error().kind == ErrorKind::io);
    CHECK(done.error().message.find("larger than the system allows") != std::string::npos);
    CHECK(done.error().message.find((scratch / "full").string()) != std::string::npos);
  }
  std::signal(SIGXFSZ, old_handler);

  auto writer = SoundWriter::create("/dev/full", float_wav);
  REQUIRE(writer);
  REQUIRE(writer->write(noise(10).view()));
  const auto closed = writer->close();
  REQUIRE(!closed);
  CHECK(closed.error().message == "Can't write /dev/full: the disk is full. Free some space and try again.");
}

}  // namespace firn::audio
