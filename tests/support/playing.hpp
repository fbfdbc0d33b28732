// Playing: a scene that plays, block by block, as fast as it is read ahead, and follows what is edited.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "live/performance.hpp"
#include "support/scene.hpp"

namespace firn::tests {

// A test's machine may be slow: no block is late.
inline live::Setup unhurried() {
  live::Setup setup;
  setup.patience = std::chrono::minutes(1);
  return setup;
}

class Playing {
 public:
  explicit Playing(Scene&, const time::Run& = {}, int block = 256, const live::Setup& = unhurried());

  // Plays on; what is heard is kept. Fails the test where the audio thread's part allocates or frees anything.
  void hear(int frames);
  // The same, while nothing goes on with what was edited.
  void hear_untended(int frames);
  // Comes in with the next block, at its frame there.
  void play_in(const midi::Message& message) { messages_.push_back(message); }
  // The scene has been edited.
  void follow();
  // Until it is so, at a pace that what catches up can keep; the frame by which it is.
  int hear_until(const std::function<bool()>& is_so);
  int settle();  // all that was edited is heard

  int frames() const { return heard_.frames(); }
  const audio::StereoBuffer& heard() const { return heard_; }
  live::Performance& performance() { return *performance_; }

 private:
  engine::Sources sources();
  void run();

  Scene& scene_;
  audio::StereoBuffer asked_;
  int skip_;  // what Main puts out before the start
  audio::StereoBuffer heard_;
  std::vector<midi::Message> messages_;
  std::unique_ptr<live::Performance> performance_;
};

}  // namespace firn::tests
