#include "cli/text_table.hpp"

#include <doctest/doctest.h>

using namespace firn::cli;

TEST_CASE("columns are as wide as what is in them, in any script") {
  CHECK(width_of("Bass") == 4);
  CHECK(width_of("Größe") == 5);
  CHECK(width_of("ベース") == 6);
  CHECK(width_of("e\u0301") == 1);
  const std::string text = table_text({{"#", Align::right}, {"Track"}, {"Notes"}, {"Peak", Align::right}},
                                      {{"1", "Bass", "", "-3.1 dB"}, {"10", "ベース", "", "0 dB"}});
  CHECK(text ==
        " #  Track      Peak\n"
        " 1  Bass    -3.1 dB\n"
        "10  ベース     0 dB\n");
}

TEST_CASE("words are wrapped, and none is lost or cut") {
  CHECK(wrapped("one two three", 2, 9) == "  one two\n  three\n");
  CHECK(wrapped("incomprehensibilities are long", 0, 10) == "incomprehensibilities\nare long\n");
  CHECK(wrapped("", 2, 9).empty());
}
