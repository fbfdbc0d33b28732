#include "files/project_writer.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace firn::files {

TEST_CASE("beats are decimals where that is exact, else reduced fractions") {
  using time::Beats;
  CHECK(text_of(Beats{}) == "0");
  CHECK(text_of(Beats::quarters(12)) == "12");
  CHECK(text_of(Beats::fraction(3, 2)) == "1.5");
  CHECK(text_of(Beats::fraction(1, 16)) == "0.0625");
  CHECK(text_of(Beats{63}) == "0.00000390625");
  CHECK(text_of(Beats{} - Beats::fraction(5, 4)) == "-1.25");
  CHECK(text_of(Beats::fraction(4, 3)) == "\"4/3\"");
  CHECK(text_of(Beats{} - Beats::fraction(1, 7)) == "\"-1/7\"");
  CHECK(text_of(Beats{1}) == "\"1/16128000\"");
  CHECK(text_of(Beats{64}) == "\"1/252000\"");
  CHECK(text_of(Beats::quarters(16'777'215) + Beats{63}) == "16777215.00000390625");
  CHECK(text_of(Beats::quarters(1'000'000'000) + Beats::fraction(1, 2)) == "\"2000000001/2\"");
  CHECK(text_of(Beats::quarters(1'000'000'000)) == "1000000000");
}

TEST_CASE("numbers are the shortest that read back equal") {
  Writer out;
  out.open_array().real(0.1).real(-0.0).real(6.0).real(1e300).real(-std::numeric_limits<double>::infinity()).close();
  CHECK(std::move(out).finish() == "[0.1, 0, 6, 1e+300, \"-inf\"]\n");
}

TEST_CASE("texts are escaped") {
  Writer out;
  out.open_array().text("a\"b\\c\n\t\x01\x7fü").close();
  CHECK(std::move(out).finish() == "[\"a\\\"b\\\\c\\n\\t\\u0001\\u007fü\"]\n");
}

TEST_CASE("what holds only scalars and fits stands on one line; all else has one element a line") {
  Writer out;
  out.open_object();
  out.name("empty").open_array().close();
  out.name("flat").open_array().whole(1).flag(true).null().close();
  out.name("outer").open_array();
  out.open_array().whole(1).whole(2).close();
  out.open_object().name("a").whole(3).close();
  out.close();
  out.name("wide").open_array().text(std::string(50, 'x')).text(std::string(50, 'y')).close();
  out.close();
  CHECK(std::move(out).finish() ==
        "{\n"
        "  \"empty\": [],\n"
        "  \"flat\": [1, true, null],\n"
        "  \"outer\": [\n"
        "    [1, 2],\n"
        "    {\"a\": 3}\n"
        "  ],\n"
        "  \"wide\": [\n"
        "    \"" +
            std::string(50, 'x') +
            "\",\n"
            "    \"" +
            std::string(50, 'y') +
            "\"\n"
            "  ]\n"
            "}\n");
}

TEST_CASE("the line is broken at the same width wherever it is noticed") {
  for (int last = 1; last < 60; ++last) {
    Writer out;
    const std::string end(static_cast<std::size_t>(last), 'z');
    out.open_array().text(std::string(60, 'x')).text(end).close();
    const std::string flat = "[\"" + std::string(60, 'x') + "\", \"" + end + "\"]";
    const std::string text = std::move(out).finish();
    CHECK((text == flat + "\n") == (flat.size() < 100));
  }
}

}  // namespace firn::files
