#include "live/mixer_half.hpp"

#include <algorithm>

namespace firn::live {

using time::Frames;

namespace {

// With a plug-in: a late one is silent, the others play.
constexpr std::chrono::milliseconds plugin_patience{2};

}  // namespace

base::Result<std::unique_ptr<MixerHalf>> MixerHalf::make(plan::Transition transition, const engine::Sources& sources,
                                                         const Setup& setup) {
  auto inputs = std::make_unique<Inputs>(setup.longest_block, setup.outside.midi_ports);
  std::vector<std::shared_ptr<engine::StreamRing>> heard;
  engine::Sources below = sources;
  below.ahead = [&](const plan::PlayAhead& ahead) { return heard.emplace_back(setup.ring(ahead.line)); };
  below.inputs = [&](const std::string& name) { return inputs->find(name); };
  below.events = [&](const std::string& name) { return inputs->find_events(name); };
  auto engine = engine::Engine::make(std::move(transition), below, 1, setup.rehearsed);
  if (!engine) return tl::unexpected(engine.error());
  (*engine)->set_patience(setup.patience.count() > 0 ? setup.patience : plugin_patience);
  return std::unique_ptr<MixerHalf>(new MixerHalf(std::move(*engine), std::move(inputs), std::move(heard), setup));
}

MixerHalf::MixerHalf(std::unique_ptr<engine::Engine> engine, std::unique_ptr<Inputs> inputs,
                     std::vector<std::shared_ptr<engine::StreamRing>> heard, const Setup& setup)
    : engine_(std::move(engine)),
      sequence_(*engine_, setup.longest_block, setup.measured),
      inputs_(std::move(inputs)),
      heard_(std::move(heard)),
      unheard_(setup.unheard),
      way_out_(setup.outside.way_out),
      patience_(setup.patience),
      longest_block_(setup.longest_block),
      silent_(setup.longest_block),
      parts_(parts_of(plan())) {
  const auto lag_of = [&](const plan::Output& output) {
    return plan().steps[static_cast<std::size_t>(output.step)].lag;
  };
  latency_ = lag_of(plan().outputs.front());
  std::size_t next = 1;  // Main is the first
  for (const Recording& recording : setup.recordings) {
    if (recording.input.empty()) {
      const plan::Output& output = plan().outputs[next++];
      recorded_.push_back({output.step, lag_of(output), recording.tape, {}});
    } else {
      // What comes in was played together with what Main put out a round trip ago.
      recorded_.push_back({-1, latency_ + setup.outside.round_trip, recording.tape, inputs_->find(recording.input)});
    }
  }
  for (const EventRecording& recording : setup.event_recordings)
    recorded_events_.push_back({recording.tape, inputs_->find_events(recording.input)});
  silence_.silent = true;
  if (setup.crew.size() > 0 && std::ranges::count_if(parts_, &Part::is_heavy) > 1) {
    job_.emplace(setup.crew, parts_, [this](int part) {
      for (const int step : parts_[static_cast<std::size_t>(part)].steps) sequence_.run_step(step, clock_, frames_);
    });
  }
}

Frames MixerHalf::take_over(MixerHalf& before, Frames clock) {
  engine_->take_over(*before.engine_, clock);
  missed_ = before.missed_;
  const Frames heard_next = clock - before.latency_;
  while (clock - latency_ < heard_next) {
    const auto behind = std::min<std::int64_t>((heard_next + latency_ - clock).count, longest_block_);
    inputs_->take({}, static_cast<int>(behind));
    clock_ = clock;
    frames_ = static_cast<int>(behind);
    missed_before_ = missed_now();
    sequence_.run(clock_, frames_);
    conclude();
    clock += Frames{behind};
  }
  return clock;
}

void MixerHalf::run(Frames clock, int frames, const Incoming& incoming) {
  inputs_->take(incoming, frames);
  clock_ = clock;
  frames_ = frames;
  missed_before_ = missed_now();
  is_late_ = job_ && !job_->run(patience());
  if (!job_) sequence_.run(clock, frames);
  if (!is_late_) return conclude();
  fall_silent(frames);
}

void MixerHalf::miss(int frames, const Incoming& incoming) {
  inputs_->pass_over(incoming, frames);
  note_gap(clock_ + Frames{frames_});
  fall_silent(frames);
}

void MixerHalf::fall_silent(int frames) {
  silence_.audio = silent_.view().part(0, frames);
  missed_ += frames;
}

bool MixerHalf::finish() {
  is_late_ = !job_->go_on(patience());
  if (!is_late_) conclude();
  return !is_late_;
}

// Most of a block: longer, and the device would be late.
std::chrono::nanoseconds MixerHalf::patience() const {
  if (patience_.count() > 0) return patience_;
  const std::chrono::duration<double> most(0.7 * frames_ / plan().rate.hertz);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(most);
}

// The block is made.
void MixerHalf::conclude() {
  const std::int64_t missed = missed_now() - missed_before_;
  missed_ += missed;
  record(clock_, frames_, missed);
  record_events(clock_ - latency_, frames_);
  for (const auto& ring : heard_) ring->let_go();
  for (const auto& ring : unheard_) ring->pass_over(clock_ + Frames{frames_});
}

std::int64_t MixerHalf::missed_now() const {
  std::int64_t missed = 0;
  for (const auto& ring : heard_) missed += ring->missed();
  return missed;
}

void MixerHalf::record(Frames clock, int frames, std::int64_t missed) {
  for (const Recorded& each : recorded_) {
    const Frames at = clock - each.lag;
    if (each.input) {
      each.tape->write(at, each.input->block.part(0, frames));
      continue;
    }
    const engine::Signal& signal = sequence_.signal(each.step);
    if (signal.ended_at <= at + Frames{frames}) each.tape->end_at(signal.ended_at);
    each.tape->write(at, signal.audio);
    // What came too late from one track may be anywhere in what is recorded.
    if (missed > 0) each.tape->note_dropout({at, at + Frames{frames}});
  }
}

// A key is pressed at what the ear hears then.
void MixerHalf::record_events(Frames heard, int frames) {
  for (const RecordedEvents& each : recorded_events_) each.tape->write(heard - way_out_, frames, each.events->events);
}

void MixerHalf::note_gap(Frames clock) {
  for (const Recorded& each : recorded_) {
    const Frames at = clock - each.lag;
    if (each.input) each.tape->note_dropout({at, at + Frames{1}});
  }
}

bool MixerHalf::has_ended(Frames clock) const {
  return main().ended_at <= clock - latency_ &&
         std::ranges::all_of(recorded_,
                             [&](const Recorded& each) {
                               return each.input ? each.tape->is_full()
                                                 : sequence_.signal(each.step).ended_at <= clock - each.lag;
                             }) &&
         all_events_are_in();
}

bool MixerHalf::is_recorded() const {
  return std::ranges::all_of(recorded_, [](const Recorded& each) { return each.tape->is_full(); }) &&
         all_events_are_in();
}

bool MixerHalf::all_events_are_in() const {
  return std::ranges::all_of(recorded_events_, [](const RecordedEvents& each) { return each.tape->is_full(); });
}

}  // namespace firn::live
