#include "base/image.hpp"

#include <doctest/doctest.h>

using namespace firn::base;

namespace {

enum class Colour : std::uint8_t { red, green };

struct Everything {
  std::int32_t whole = 0;
  double real = 0.0;
  bool yes = false;
  Colour colour = Colour::red;
  std::array<float, 3> three{};
  std::vector<std::uint16_t> many;

  friend bool operator==(const Everything&, const Everything&) = default;
};

void list(auto& everything, auto& image) {
  image.value(everything.whole);
  image.value(everything.real);
  image.value(everything.yes);
  image.within(everything.colour, Colour::red, Colour::green);
  image.values(everything.three);
  image.values(everything.many);
}

const Everything sample{-5, 0.1, true, Colour::green, {1.0f, -2.0f, 3.5f}, {7, 8, 9, 10}};

std::vector<std::byte> written(const Everything& everything) {
  std::vector<std::byte> bytes;
  ImageWriter writer(bytes);
  list(everything, writer);
  return bytes;
}

}  // namespace

TEST_CASE("an image gives back what was written") {
  const auto bytes = written(sample);
  ImageReader reader(bytes);
  Everything read;
  list(read, reader);
  CHECK(reader.ok());
  CHECK(reader.left() == 0);
  CHECK(read == sample);
  CHECK(written(read) == bytes);
}

TEST_CASE("an image that is cut short is noticed, wherever it is cut") {
  const auto bytes = written(sample);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ImageReader reader{std::span(bytes).first(size)};
    Everything read = sample;
    list(read, reader);
    CHECK_FALSE(reader.ok());
    CHECK(read.many.empty());
  }
}

TEST_CASE("a number that can't have been written fails an image, and all that follows is zero") {
  auto bytes = written(sample);
  const auto read_with = [&](std::size_t at, int value) {
    auto damaged = bytes;
    damaged[at] = static_cast<std::byte>(value);
    ImageReader reader(damaged);
    Everything read;
    list(read, reader);
    CHECK_FALSE(reader.ok());
    return read;
  };
  CHECK(read_with(12, 2).colour == Colour::red);            // a bool
  CHECK(read_with(13, 2).colour == Colour::red);            // a colour
  CHECK(read_with(14, 4).three == std::array<float, 3>{});  // how many in the array
  CHECK(read_with(14 + 8 + 12 + 7, 255).many.empty());      // how many in the vector
}
