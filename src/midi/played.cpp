#include "midi/played.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "midi/controllers.hpp"

namespace firn::midi {
namespace {

using time::Beats;

bool sets_parameter_number(const Control& control) {
  return control.kind == ControlKind::controller && midi::sets_parameter_number(control.number);
}

void chase(const Content& content, Beats offset, Content& out) {
  auto control = std::partition_point(content.controls.begin(), content.controls.end(),
                                      [&](const Control& c) { return c.at < offset; });
  std::set<std::pair<ControlKind, int>> seen;
  while (control != content.controls.begin()) {
    --control;
    if (!sets_parameter_number(*control) && !seen.insert({control->kind, control->number}).second) continue;
    out.controls.push_back(*control);
    out.controls.back().at = Beats{};
  }
  std::reverse(out.controls.begin(), out.controls.end());
}

// The content of [from, until), with `from` at `at`.
void play(const Content& content, Beats from, Beats until, Beats at, Content& out) {
  auto control = std::partition_point(content.controls.begin(), content.controls.end(),
                                      [&](const Control& c) { return c.at < from; });
  for (; control != content.controls.end() && control->at < until; ++control) {
    out.controls.push_back(*control);
    out.controls.back().at = at + (control->at - from);
  }
  auto note =
      std::partition_point(content.notes.begin(), content.notes.end(), [&](const Note& n) { return n.start < from; });
  for (; note != content.notes.end() && note->start < until; ++note) {
    out.notes.push_back(*note);
    out.notes.back().start = at + (note->start - from);
    out.notes.back().length = std::min(note->length, until - note->start);
  }
}

}  // namespace

Content played(const Content& content, Beats offset, Beats length, const std::optional<time::BeatRange>& loop) {
  Content out;
  chase(content, offset, out);
  for (Beats at, from = offset; at < length;) {
    const Beats rest = from + (length - at);
    const bool wraps = loop && loop->length() > Beats{} && from < loop->end && loop->end < rest;
    const Beats until = wraps ? loop->end : rest;
    play(content, from, until, at, out);
    at += until - from;
    from = wraps ? loop->start : until;
  }
  std::sort(out.notes.begin(), out.notes.end());
  return out;
}

}  // namespace firn::midi
