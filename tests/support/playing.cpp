#include "support/playing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "support/realtime_trap.hpp"

namespace firn::tests {

using time::Frames;

namespace {

constexpr Frames least_ahead{2048};  // of the next block: with more latency, a plan runs that much further at once

}  // namespace

Playing::Playing(Scene& scene, const time::Run& run, int block, const live::Setup& setup)
    : scene_(scene), asked_(block) {
  auto made = live::Performance::make(scene.project, sources(), scene.facts(), run, setup);
  if (!made) FAIL(made.error().message);
  performance_ = std::move(*made);
  skip_ = static_cast<int>(performance_->latency().count);
}

void Playing::hear(int frames) {
  const int until = heard_.frames() + frames;
  while (heard_.frames() < until) {
    const auto tended = performance_->tend();
    if (!tended) FAIL(tended.error().message);
    hear_untended(asked_.frames());
  }
}

void Playing::hear_untended(int frames) {
  const int until = heard_.frames() + frames;
  while (heard_.frames() < until) {
    while (!performance_->is_ready(performance_->heard() + Frames{asked_.frames()} + least_ahead))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    run();
  }
}

void Playing::follow() {
  const auto followed = performance_->follow(scene_.project, sources(), scene_.facts());
  if (!followed) FAIL(followed.error().message);
}

int Playing::hear_until(const std::function<bool()>& is_so) {
  for (int i = 0; !is_so(); ++i) {
    REQUIRE(i < 100'000);
    hear(asked_.frames());
    // What catches up has to be faster: than four times as fast as one plays, at first, and ever slower.
    const double played = static_cast<double>(asked_.frames()) / scene_.project.rate.hertz;
    std::this_thread::sleep_for(std::chrono::duration<double>(played * (0.25 + 0.1 * i * played)));
  }
  return heard_.frames();
}

int Playing::settle() {
  return hear_until([&] { return !performance_->follows(); });
}

engine::Sources Playing::sources() { return convert::sources_of(scene_.project, scene_.store(), scene_.plugins); }

void Playing::run() {
  {
    const RealtimeTrap trap;
    performance_->run(asked_.frames(), {{}, messages_});
    CHECK(trap.caught() == "");
  }
  messages_.clear();
  audio::copy(performance_->main().audio, asked_.view());
  const int early = std::min(skip_, asked_.frames());
  skip_ -= early;
  heard_.append(asked_.view().part(early, asked_.frames() - early));
}

}  // namespace firn::tests
