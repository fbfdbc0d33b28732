#include "cli/suggest.hpp"

#include <doctest/doctest.h>

using firn::cli::nearest;

TEST_CASE("a mistyped word is told the nearest") {
  const std::vector<std::string> verbs = {"freeze", "unfreeze", "flatten", "show", "undo"};
  CHECK(nearest("frezee", verbs) == "freeze");
  CHECK(nearest("unfreze", verbs) == "unfreeze");
  CHECK(nearest("shwo", verbs) == "show");
  CHECK(nearest("flaten", verbs) == "flatten");
  CHECK(nearest("freeze", verbs) == "freeze");
  CHECK_FALSE(nearest("render", verbs));
  CHECK_FALSE(nearest("x", verbs));
  CHECK_FALSE(nearest("", verbs));
}
