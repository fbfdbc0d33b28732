#include "session/delta.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace firn::session {

TEST_CASE("a delta makes the new text out of the old one") {
  CHECK(rc::check("apply_delta(a, delta_of(a, b)) == b",
                  [](const std::string& a, const std::string& b, const std::string& c) {
                    RC_ASSERT(apply_delta(a, delta_of(a, b)).value() == b);
                    RC_ASSERT(apply_delta(a + b + c, delta_of(a + b + c, a + c)).value() == a + c);
                    RC_ASSERT(apply_delta(a + a, delta_of(a + a, a)).value() == a);
                  }));
}

TEST_CASE("a small edit of a large text is a small delta, in several places too") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "[" + std::to_string(i * 7919 % 100'003) + ", 0.5, 60, 100],\n";
  std::string other = text;
  other.replace(1000, 3, "xyz");
  CHECK(delta_of(text, other).size() < 100);
  other.replace(other.size() - 1000, 3, "xyz");
  const std::string delta = delta_of(text, other);
  CHECK(delta.size() < text.size() / 1000);
  CHECK(apply_delta(text, delta).value() == other);
}

TEST_CASE("damaged deltas are refused, or give a text, but do no harm") {
  const std::string from = "the quick brown fox";
  const std::string delta = delta_of(from, "the slow brown dog and more and more and more");
  for (std::size_t cut = 0; cut < delta.size(); ++cut) CHECK_FALSE(apply_delta(from, delta.substr(0, cut)));
  for (std::size_t i = 0; i < delta.size(); ++i) {
    std::string damaged = delta;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    const auto text = apply_delta(from, damaged);
    CHECK((text || text.error().kind == base::ErrorKind::malformed));
  }
  CHECK_FALSE(apply_delta("", delta));
}

}  // namespace firn::session
