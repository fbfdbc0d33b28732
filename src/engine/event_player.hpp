// EventPlayer: hands out a plan's events, block by block, and goes from one list over to another without a note hanging. Audio thread.
#pragma once

#include <array>
#include <memory>

#include "engine/live_input.hpp"
#include "engine/signal.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::engine {

class EventPlayer {
 public:
  // What comes in, if anything does, is played beside the list.
  explicit EventPlayer(const plan::PlayEvents& work, std::shared_ptr<const LiveEvents> incoming = {})
      : work_(work), incoming_(std::move(incoming)) {}
  void run(const time::Run&, time::Frames at, int frames, Signal& out);

  // Its next block goes on where another list was played: notes that sound in this one no more are ended, and controllers are set to what
  // they are here. A note that has begun before in this list alone is left out. Keys that are down stay so if they are heard here, too.
  void take_over(const EventPlayer& before) noexcept;

 private:
  // What has been set of the track's instrument so far.
  struct Heard {
    std::array<std::uint8_t, 128> notes{};  // by key: those that sound
    std::array<std::int16_t, 128> controllers;
    std::int16_t bend = -1;  // -1, here, above and below: never set
    std::int16_t pressure = -1;
    std::int16_t program = -1;
    Heard() { controllers.fill(-1); }
    void note(const midi::Event&) noexcept;
  };
  const midi::EventList& list_at(const time::Run&, const time::Stretch&) const;
  void bridge(const midi::EventList&, const time::Stretch&, Signal& out);
  void let_go(time::Frames at, Signal& out);
  void play_in(time::Frames at, Signal& out);

  plan::PlayEvents work_;
  std::shared_ptr<const LiveEvents> incoming_;
  std::size_t next_ = 0;          // in the list that is being played
  Heard heard_;                   // of the list
  Heard played_;                  // of what came in
  bool lets_go_ = false;          // what came in is heard no more
  bool follows_another_ = false;  // and has played nothing yet
};

}  // namespace firn::engine
