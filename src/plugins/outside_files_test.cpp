#include "plugins/outside_files.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "support/temporary_directory.hpp"

using namespace firn;
using Files = std::set<std::string>;

namespace {

// Six bits a digit, as `digits` has them: the high ones of a byte first, as RFC 4648, or the low ones, as JUCE.
std::string coded(const std::string& bytes, const std::string& digits, bool high_first) {
  std::string code;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned digit = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const unsigned byte = i / 8 < bytes.size() ? static_cast<unsigned char>(bytes[i / 8]) : 0;
      digit |= high_first ? (byte >> (7 - i % 8) & 1) << (5 - (i - bit)) : (byte >> i % 8 & 1) << (i - bit);
    }
    code += digits[digit];
  }
  return code;
}

std::string many(const std::string& text, int times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+";

}  // namespace

TEST_CASE("A file that a state refers to is found in text, as a URI, and in base64; what is not there is not") {
  const tests::TemporaryDirectory directory;
  const std::string file = (directory.path() / "a kick, loud.wav").string();
  std::ofstream(file) << "sound";
  const std::string xml = "<sample index='3'>" + file + "</sample>";
  const std::string usual = coded(xml, letters + "/", true);
  const std::string juce = std::to_string(xml.size()) + "." + coded(xml, "." + letters, false);
  CHECK(usual.starts_with("PHNhbXBsZSBpbmRleD0nMyc+"));  // as others write it
  for (const std::string& state :
       {xml, "sample=" + file + " key=36", "sample=" + file + many(" key=36", 1000),
        file + "\n" + many("/ /x ", 1'000'000), "['" + file + "', '/etc/none']", std::string("\0\1", 2) + file + '\0',
        "<file://" + directory.path().string() + "/a%20kick,%20loud.wav>", "\"" + usual + "\"",
        "\"" + usual.substr(0, 20) + "\n" + usual.substr(20) + "\"", "<IComponent>" + juce + "</IComponent>",
        coded("<chunk>" + usual + "</chunk>", letters + "/", true)}) {
    CAPTURE(state);
    CHECK(plugins::outside_files(state) == Files{file});
  }
  for (const std::string& state : {std::string(), std::string("/"), file + "x", "x" + file,
                                   file.substr(0, file.size() - 1), directory.path().string(), usual.substr(9)}) {
    CAPTURE(state);
    CHECK(plugins::outside_files(state).empty());
  }
}

TEST_CASE("A state in which everything looks like a path is looked into for a moment, not for minutes") {
  for (const std::string text : {"/", "/ ", " '/a", "/a b", "\n/a"})
    CHECK(plugins::outside_files(many(text, 500'000)).empty());
}
