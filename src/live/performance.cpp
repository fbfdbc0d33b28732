#include "live/performance.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "plan/upstream.hpp"

namespace firn::live {

using document::Project;
using document::TapPoint;
using document::TrackId;
using time::Frames;

namespace {

engine::Sequence::Measured measured(const Setup& setup) {
  return setup.measures ? engine::Sequence::Measured::yes : engine::Sequence::Measured::no;
}

plan::Point post_fx_of(TrackId track) { return {{track, TapPoint::post_fx}, {}}; }

}  // namespace

base::Result<std::unique_ptr<Performance>> Performance::make(const Project& project, const engine::Sources& sources,
                                                             const plan::DeviceFacts& facts, const time::Run& run,
                                                             const Setup& setup) {
  auto inputs = std::make_unique<Inputs>(setup.longest_block);
  plan::Setup whole{.start = run.start(), .loop = run.loop(), .live_inputs = true};
  std::map<TrackId, plan::Plan> above;
  for (const auto& track : project.tracks) {
    if (!track->active) continue;
    auto plan = plan::compile(project, {post_fx_of(track->id)}, whole, facts);
    if (!plan) return tl::unexpected(plan.error());
    if (!plan::can_be_ahead(*plan, plan->outputs.front())) continue;
    whole.ahead.insert(track->id);
    above.emplace(track->id, std::move(*plan));
  }
  std::vector<plan::Point> points{{{document::main_of(project).id, TapPoint::post_mixer}, {}}};
  for (const Recording& recording : setup.recordings) {
    if (recording.input.empty()) points.push_back(recording.point);
  }
  auto plan = plan::compile(project, points, whole, facts);
  if (!plan) return tl::unexpected(plan.error());

  // Of a track that is muted nothing is heard, and nothing is made.
  std::vector<ReadAhead::Track> ahead;
  std::map<TrackId, std::shared_ptr<engine::StreamRing>> rings;
  for (const plan::Step& step : plan->steps) {
    const auto* heard = std::get_if<plan::PlayAhead>(&step.work);
    if (heard == nullptr) continue;
    plan::Plan& track_plan = above.at(heard->track);
    Keep keep = setup.keep ? setup.keep(heard->track, track_plan) : Keep{};
    auto engine = engine::Engine::make(std::move(track_plan), sources, 1);
    if (!engine) return tl::unexpected(engine.error());
    rings[heard->track] = std::make_shared<engine::StreamRing>(run.start(), setup.ahead);
    ahead.push_back({std::move(*engine), rings[heard->track], std::move(keep), heard->track});
  }
  engine::Sources below = sources;
  below.ahead = [&](TrackId track) { return rings.at(track); };
  below.inputs = [&](const std::string& name) { return inputs->find(name); };
  auto engine = engine::Engine::make(std::move(*plan), below, 1);
  if (!engine) return tl::unexpected(engine.error());
  return std::unique_ptr<Performance>(new Performance(std::move(*engine), std::move(ahead), std::move(inputs), setup));
}

Performance::Performance(std::unique_ptr<engine::Engine> engine, std::vector<ReadAhead::Track> ahead,
                         std::unique_ptr<Inputs> inputs, const Setup& setup)
    : engine_(std::move(engine)),
      sequence_(*engine_, setup.longest_block, measured(setup)),
      inputs_(std::move(inputs)),
      ahead_(std::move(ahead), setup.threads, measured(setup)),
      longest_block_(setup.longest_block),
      way_(engine_->plan().run()),
      latency_(engine_->plan().steps[static_cast<std::size_t>(engine_->plan().outputs.front().step)].lag),
      clock_(engine_->plan().start) {
  std::size_t output = 1;  // Main is the first
  for (const Recording& recording : setup.recordings) {
    if (recording.input.empty()) {
      const int step = engine_->plan().outputs[output++].step;
      recorded_.push_back({step, engine_->plan().steps[static_cast<std::size_t>(step)].lag, recording.tape, {}});
    } else {
      // What comes in was played together with what Main put out a round trip ago.
      recorded_.push_back({-1, latency_ + setup.round_trip, recording.tape, inputs_->find(recording.input)});
    }
  }
}

std::vector<base::Error> Performance::faults() const {
  std::vector<base::Error> faults = ahead_.faults();
  if (auto fault = engine_->fault()) faults.push_back(std::move(*fault));
  return faults;
}

std::vector<Load> Performance::loads() const {
  std::vector<Load> loads = ahead_.loads();
  loads.push_back(load_of(sequence_, engine_->plan(), {}, Frames{run_frames_.load(std::memory_order_relaxed)}));
  return loads;
}

void Performance::run(int frames, std::span<const float* const> channels, int offset) {
  inputs_->point_at(channels, offset, frames);
  const std::int64_t missed = ahead_.missed();
  sequence_.run(clock_, frames);
  record(frames, ahead_.missed() - missed);
  clock_ += Frames{frames};
  run_frames_.fetch_add(frames, std::memory_order_relaxed);
}

void Performance::record(int frames, std::int64_t missed) {
  for (const Recorded& each : recorded_) {
    const Frames at = clock_ - each.lag;
    if (each.input) {
      each.tape->write(at, each.input->block);
      continue;
    }
    const engine::Signal& signal = sequence_.signal(each.step);
    if (signal.ended_at <= at + Frames{frames}) each.tape->end_at(signal.ended_at);
    each.tape->write(at, signal.audio);
    // What came too late from one track may be anywhere in what is recorded.
    if (missed > 0) each.tape->note_dropout({at, at + Frames{frames}});
  }
}

void Performance::note_gap() {
  for (const Recorded& each : recorded_) {
    const Frames at = clock_ - each.lag;
    if (each.input) each.tape->note_dropout({at, at + Frames{1}});
  }
}

bool Performance::has_ended() const {
  return main().ended_at <= heard() && std::ranges::all_of(recorded_, [&](const Recorded& each) {
           return each.input ? each.tape->is_full() : sequence_.signal(each.step).ended_at <= clock_ - each.lag;
         });
}

bool Performance::is_recorded() const {
  return std::ranges::all_of(recorded_, [](const Recorded& each) { return each.tape->is_full(); });
}

}  // namespace firn::live
