#include "cli/plugin_values.hpp"

#include <doctest/doctest.h>

namespace firn::cli {

TEST_CASE("What a plug-in prints of a value is compared with what was written") {
  for (const auto& each : {std::pair{"1", "1.0 dB"},
                           {"1 dB", "1.00"},
                           {"-12.5dB", "-12.50 dB"},
                           {"50%", "50"},
                           {"1.2kHz", "1200.0 Hz"},
                           {"1200", "1.2 kHz"},
                           {"0.333", "0.3333"},
                           {"2.4", "2"},  // in whole numbers
                           {"low", "Lowpass"},
                           {"Off", "off"}}) {
    CAPTURE(each.first);
    CHECK(says_the_same(each.first, each.second));
  }
  for (const auto& each : {std::pair{"banana", "0.0 dB"},
                           {"900000", "0 dB"},
                           {"-5", "0.0 dB"},
                           {"1", "30.0 dB"},
                           {"0.5 ms", "50.05 ms"},
                           {"0.5 s", "0.5 ms"},
                           {"3", "-3 dB"},
                           {"", "0"},
                           {"1k", "1.0"}}) {
    CAPTURE(each.first);
    CHECK_FALSE(says_the_same(each.first, each.second));
  }
}

}  // namespace firn::cli
