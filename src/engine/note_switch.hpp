// NoteSwitch: passes on one of two event streams, and leaves no note hanging when the other takes over. Audio thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/image.hpp"
#include "midi/event.hpp"
#include "time/frames.hpp"

namespace firn::engine {

class NoteSwitch {
 public:
  // What is passed from `at` on is another stream: ends the notes of the one before.
  void change(time::Frames at, std::vector<midi::Event>& out);
  // The ends of notes that were not passed are not passed either.
  void pass(std::span<const midi::Event>, std::vector<midi::Event>& out);

  void save(base::ImageWriter& image) const { image.values(sounding_); }
  void restore(base::ImageReader& image) { image.values(sounding_); }

 private:
  std::array<int, 128> sounding_{};  // by key: notes passed and not yet ended
};

}  // namespace firn::engine
