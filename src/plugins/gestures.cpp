#include "plugins/gestures.hpp"

#include <utility>

namespace firn::plugins {

void Gestures::begin(int parameter) { open_[parameter].is_held = true; }

void Gestures::change(int parameter, double value, Clock::time_point now) {
  Open& open = open_[parameter];
  open.has_moved = true;
  open.value = value;
  open.moved = now;
}

void Gestures::end(int parameter) {
  const auto found = open_.find(parameter);
  if (found == open_.end()) return;
  if (found->second.has_moved) ended_.push_back({parameter, found->second.value});
  open_.erase(found);
}

std::vector<Gesture> Gestures::take(Clock::time_point now, bool all) {
  for (auto each = open_.begin(); each != open_.end();) {
    const auto& [parameter, open] = *each;
    const bool has_ended = all || (!open.is_held && now - open.moved >= rest);
    if (has_ended && open.has_moved) ended_.push_back({parameter, open.value});
    each = has_ended ? open_.erase(each) : std::next(each);
  }
  return std::exchange(ended_, {});
}

}  // namespace firn::plugins
