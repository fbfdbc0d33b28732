#include "midi/played.hpp"

#include <doctest/doctest.h>

using namespace firn::midi;
using firn::time::BeatRange;
using firn::time::Beats;

namespace {

Beats q(std::int64_t n) { return Beats::quarters(n); }
Note note(Beats start, Beats length, std::uint8_t key) { return {start, length, key, 100, 64}; }

}  // namespace

TEST_CASE("without a loop: the part from the offset on, cut at the end") {
  Content content;
  content.notes = {note(q(0), q(4), 60), note(q(2), q(1), 61), note(q(3), q(9), 62), note(q(8), q(1), 63)};
  const Content out = played(content, q(2), q(4), std::nullopt);
  CHECK(out.notes == std::vector<Note>{note(q(0), q(1), 61), note(q(1), q(3), 62)});
}

TEST_CASE("a loop wraps, and cuts what crosses it") {
  Content content;
  content.notes = {note(q(0), q(1), 60), note(q(3), q(2), 61)};
  content.controls = {Control{q(2), ControlKind::controller, 7, 90}};
  const Content out = played(content, q(3), q(10), BeatRange{q(0), q(4)});
  CHECK(out.notes == std::vector<Note>{note(q(0), q(1), 61), note(q(1), q(1), 60), note(q(4), q(1), 61),
                                       note(q(5), q(1), 60), note(q(8), q(1), 61), note(q(9), q(1), 60)});
  REQUIRE(out.controls.size() == 3);
  CHECK(out.controls[0].at == Beats{});  // chased
  CHECK(out.controls[1].at == q(3));
  CHECK(out.controls[2].at == q(7));
}

TEST_CASE("a loop behind the offset, or of no length, never wraps") {
  Content content;
  content.notes = {note(q(0), q(1), 60), note(q(5), q(1), 61)};
  CHECK(played(content, q(4), q(3), BeatRange{q(0), q(2)}).notes == std::vector<Note>{note(q(1), q(1), 61)});
  CHECK(played(content, q(4), q(3), BeatRange{q(5), q(5)}).notes == std::vector<Note>{note(q(1), q(1), 61)});
}

TEST_CASE("controls before the offset: the last of each kind, and all of parameter numbers, in their order") {
  Content content;
  const auto cc = [](int at, int number, int value) {
    return Control{q(at), ControlKind::controller, static_cast<std::uint8_t>(number),
                   static_cast<std::uint16_t>(value)};
  };
  content.controls = {cc(0, 7, 1),
                      cc(1, 101, 0),
                      cc(1, 100, 0),
                      cc(1, 6, 12),
                      cc(2, 101, 0),
                      cc(3, 7, 2),
                      Control{q(3), ControlKind::program, 0, 5},
                      cc(5, 7, 3)};
  const Content out = played(content, q(4), q(4), std::nullopt);
  CHECK(out.controls == std::vector<Control>{cc(0, 101, 0), cc(0, 100, 0), cc(0, 6, 12), cc(0, 101, 0), cc(0, 7, 2),
                                             Control{q(0), ControlKind::program, 0, 5}, cc(1, 7, 3)});
}
