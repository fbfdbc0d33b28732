#include "live/performance.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "plan/upstream.hpp"

namespace firn::live {

using base::ErrorKind;
using document::Project;
using document::TapPoint;
using document::TrackId;
using time::Frames;

namespace {

engine::Sequence::Measured measured(const Setup& setup) {
  return setup.measures ? engine::Sequence::Measured::yes : engine::Sequence::Measured::no;
}

constexpr time::Seconds to_make_a_plan{0.1};
constexpr std::chrono::seconds patience_with_lines{20};  // then one that has not caught up is silent until it has

plan::Point post_fx_of(TrackId track) { return {{track, TapPoint::post_fx}, {}}; }

bool has_devices(const plan::Plan& plan) {
  return std::ranges::any_of(plan.steps,
                             [](const auto& step) { return std::holds_alternative<plan::Process>(step.work); });
}

// Does a device go on in the plan that follows? Then its state is more than a fresh one could know.
bool goes_on(const plan::Plan& before, const plan::Plan& after) {
  const plan::Transition transition = plan::transition(before, after);
  for (std::size_t i = 0; i < transition.kept.size(); ++i) {
    if (transition.kept[i] >= 0 && std::holds_alternative<plan::Process>(transition.plan.steps[i].work)) return true;
  }
  return false;
}

}  // namespace

// What is to be heard.
struct Performance::Wanted {
  Project project;
  engine::Sources sources;
  plan::DeviceFacts facts;
  plan::Setup setup;
  std::map<TrackId, plan::Plan> above = {};  // the line, of each track that can be read ahead
};

base::Result<std::unique_ptr<Performance>> Performance::make(const Project& project, const engine::Sources& sources,
                                                             const plan::DeviceFacts& facts, const time::Run& run,
                                                             const Setup& setup) {
  std::unique_ptr<Performance> performance(new Performance(project, run, setup));
  if (auto begun = performance->begin(project, sources, facts); !begun) return tl::unexpected(begun.error());
  return performance;
}

int default_helpers() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())) - 1; }

Performance::Performance(const Project& project, const time::Run& run, const Setup& setup)
    : course_{run, project.tempo},
      tempo_(project.tempo),
      setup_(setup),
      silence_(std::make_shared<engine::StreamRing>(run.start(), 1)),
      longest_block_(setup.longest_block),
      rate_(project.rate),
      start_(run.start()),
      crew_(setup.helpers),
      clock_((run.start() - setup.count_in).count),
      ahead_(run, setup.threads, setup.ahead, measured(setup)) {
  silence_->end();
  if (const auto& loop = run.loop())
    loop_ = time::BeatRange{tempo_->beats_at(loop->start, rate_), tempo_->beats_at(loop->end, rate_)};
}

Performance::~Performance() {
  delete next_.exchange(nullptr);
  delete done_.exchange(nullptr);
}

base::Result<void> Performance::begin(const Project& project, const engine::Sources& sources,
                                      const plan::DeviceFacts& facts) {
  auto wanted = std::make_unique<Wanted>(Wanted{project, sources, facts, {}});
  if (auto ready = read_ahead(*wanted); !ready) return ready;
  auto plan = mixer_plan(*wanted);
  if (!plan) return tl::unexpected(plan.error());
  wanted_ = std::move(wanted);
  auto half = make_half({std::move(*plan), {}});
  if (!half) return tl::unexpected(half.error());
  half_ = std::move(*half);
  latency_ = half_->latency().count;
  return {};
}

base::Result<void> Performance::follow(const Project& project, const engine::Sources& sources,
                                       const plan::DeviceFacts& facts) {
  if (project.rate != rate_)
    return base::fail(ErrorKind::unsupported, "The rate was changed. That is heard when the song is played anew.");
  if (project.tempo != tempo_) turns_ = true;
  tempo_ = project.tempo;
  if (auto wanted = want(project, sources, facts); !wanted) return wanted;
  return tend();
}

base::Result<void> Performance::want(const Project& project, const engine::Sources& sources,
                                     const plan::DeviceFacts& facts) {
  auto wanted = std::make_unique<Wanted>(Wanted{project, sources, facts, {}});
  wanted->project.tempo = *course_.tempo;
  if (auto ready = read_ahead(*wanted); !ready) return ready;
  wanted_ = std::move(wanted);
  is_behind_ = true;
  return {};
}

// ---- Another tempo, another loop ----

void Performance::go_round(std::optional<time::BeatRange> loop) {
  turns_ |= loop != loop_;
  loop_ = loop;
}

// By then a line may have made as much as it has room for, and its latency; and a plan takes a while to be made.
Frames Performance::notice() const {
  Frames lag = latency();
  for (const auto& [track, plan] : wanted_->above)
    lag = std::max(lag, plan.steps[static_cast<std::size_t>(plan.outputs.front().step)].lag);
  const auto room = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(setup_.ahead)));
  return Frames{room} + lag + time::frames_of(to_make_a_plan, rate_);
}

// All of a turn has to lie within one pass of the loop, if that is long enough.
bool Performance::is_time_to_turn() const {
  if (!turns_ || turn_ || heard() + latency() < start_) return false;
  const auto& loop = course_.run.loop();
  const std::int64_t frames = latency().count + 2 * notice().count;
  return !loop || loop->length() < Frames{2 * frames} || course_.run.from(heard()).frames > Frames{frames};
}

base::Result<void> Performance::go_on_course() {
  if (turn_ && heard() >= turn_->at) {
    course_ = std::exchange(turn_, std::nullopt)->then;
  } else if (is_time_to_turn()) {
    turns_ = false;
    const Turn turn = live::turn(course_, heard() + latency() + notice(), *tempo_, loop_, rate_);
    const auto after = [&](Frames end) { return moved(end, course_, turn, rate_); };
    end_at(after(end()));
    for (const Recording& recording : setup_.recordings) recording.tape->move_end(after(recording.tape->end()));
    for (const EventRecording& each : setup_.event_recordings) each.tape->move_end(after(each.tape->end()));
    const bool is_short = course_.run.loop() && course_.run.loop()->length() < Frames{2 * notice().count};
    course_ = is_short ? turn.then : turn.soon;
    if (turn.soon.run.loop() && !is_short) turn_ = turn;
  } else {
    return {};
  }
  ahead_.go_on(course_.run);
  return want(Project(wanted_->project), engine::Sources(wanted_->sources), plan::DeviceFacts(wanted_->facts));
}

// Makes lines, and changes them, for what is wanted.
base::Result<void> Performance::read_ahead(Wanted& wanted) {
  const Project& project = wanted.project;
  wanted.setup = {.start = start_,
                  .lead = setup_.count_in,
                  .loop = course_.run.loop(),
                  .shift = course_.run.shift(),
                  .live_inputs = true,
                  .least_lags = plan::lags_of(plan_)};
  const plan::Running running = plan::running_in(project);
  for (const auto& track : project.tracks) {
    if (!track->active || !running.tracks.contains(track->id)) continue;
    plan::Setup alone = wanted.setup;
    alone.lead = {};
    alone.least_lags.clear();
    if (const int line = latest_line(track->id); line != 0) alone.least_lags = plan::lags_of(ahead_.plan_of(line));
    auto plan = plan::compile(project, {post_fx_of(track->id)}, alone, wanted.facts);
    if (!plan) return tl::unexpected(plan.error());
    if (plan::can_be_ahead(*plan, plan->outputs.front())) wanted.above.emplace(track->id, std::move(*plan));
  }
  // That all can be made is known before anything is changed.
  if (auto plan = mixer_plan(wanted); !plan) return tl::unexpected(plan.error());
  std::map<TrackId, Lines> lines;
  std::vector<std::pair<int, const plan::Plan*>> followed;
  for (const auto& [track, plan] : wanted.above) {
    const int latest = latest_line(track);
    if (latest != 0) lines[track] = lines_.at(track);
    if (latest != 0 && (!has_devices(plan) || goes_on(ahead_.plan_of(latest), plan))) {
      followed.emplace_back(latest, &plan);
      continue;
    }
    const bool is_first = wanted_ == nullptr;
    Keep keep = setup_.keep && is_first ? setup_.keep(track, plan) : Keep{};
    const int number = ++last_line_;
    if (auto added = ahead_.add(number, track, plan, wanted.sources, std::move(keep)); !added) return added;
    (is_first ? lines[track].now : lines[track].next) = number;
    if (!is_first && document::find(wanted_->project, track) == nullptr) lines[track].is_new = true;
  }
  for (const auto& [line, plan] : followed) ahead_.follow(line, *plan);
  lines_ = std::move(lines);
  waits_until_ = Clock::now() + patience_with_lines;
  return {};
}

int Performance::latest_line(TrackId track) const {
  const auto lines = lines_.find(track);
  if (lines == lines_.end()) return 0;
  return lines->second.next != 0 ? lines->second.next : lines->second.now;
}

base::Result<plan::Plan> Performance::mixer_plan(const Wanted& wanted) const {
  plan::Setup setup = wanted.setup;
  for (const auto& [track, plan] : wanted.above) {
    const auto lines = lines_.find(track);
    setup.ahead[track] = lines == lines_.end() ? 0 : lines->second.now;
  }
  std::vector<plan::Point> points{{{document::main_of(wanted.project).id, TapPoint::post_mixer}, {}}};
  for (const Recording& recording : setup_.recordings) {
    if (recording.input.empty()) points.push_back(recording.point);
  }
  return plan::compile(wanted.project, points, setup, wanted.facts);
}

base::Result<std::unique_ptr<MixerHalf>> Performance::make_half(plan::Transition transition) {
  std::set<int> heard;
  for (const plan::Step& step : transition.plan.steps) {
    if (const auto* ahead = std::get_if<plan::PlayAhead>(&step.work)) heard.insert(ahead->line);
  }
  std::set<int> unheard = unheard_beside(heard);
  MixerHalf::Setup setup{.crew = crew_,
                         .patience = setup_.patience,
                         .longest_block = longest_block_,
                         .measured = measured(setup_),
                         .recordings = setup_.recordings,
                         .event_recordings = setup_.event_recordings,
                         .outside = setup_.outside,
                         .ring = {},
                         .unheard = {}};
  setup.ring = [&](int line) { return line == 0 ? silence_ : ahead_.ring_of(line); };
  // What nobody hears goes on all the same, to be there as soon as it is heard.
  for (const int line : unheard) setup.unheard.push_back(ahead_.ring_of(line));
  auto half = MixerHalf::make(transition, wanted_->sources, setup);
  if (!half) return half;
  heard_lines_ = std::move(heard);
  unheard_lines_ = std::move(unheard);
  plan_ = std::move(transition.plan);
  made_ = half->get();
  return half;
}

base::Result<void> Performance::tend() {
  if (MixerHalf* done = done_.exchange(nullptr, std::memory_order_acquire); done != nullptr) {
    delete done;
    is_on_its_way_ = false;
  }
  if (auto gone = go_on_course(); !gone) return gone;
  if (auto tended = ahead_.tend(wanted_->sources); !tended) return tended;
  bool waits = false;
  for (auto& [track, lines] : lines_) {
    if (lines.next == 0) continue;
    if (ahead_.is_there(lines.next)) {
      lines = {lines.next, 0, false};
      is_behind_ = true;
    } else if (lines.now == 0 && !lines.is_new && Clock::now() < waits_until_) {
      waits = true;  // until then it goes on as it is heard now
    }
  }
  const bool is_settled =
      !is_on_its_way_ && clock_.load(std::memory_order_relaxed) >= made_->engine().settled_at().count;
  if (is_behind_ && !waits && is_settled) return hand_over();
  if (!is_behind_ && !is_on_its_way_) remove_old_lines();
  return {};
}

base::Result<void> Performance::hand_over() {
  is_behind_ = false;
  auto plan = mixer_plan(*wanted_);
  if (!plan) return tl::unexpected(plan.error());
  if (*plan == plan_ && unheard_beside(heard_lines_) == unheard_lines_) return {};
  std::set<int> spent;
  for (int step = 0; step < static_cast<int>(plan_.steps.size()); ++step) {
    if (made_->engine().has_fault(step)) spent.insert(step);
  }
  plan::Transition transition = plan::transition(plan_, *plan, spent);
  const bool fades = transition.fades;
  auto half = make_half(std::move(transition));
  if (!half) return tl::unexpected(half.error());
  is_behind_ = fades;
  is_on_its_way_ = true;
  next_.store(half->release(), std::memory_order_release);
  return {};
}

std::set<int> Performance::unheard_beside(const std::set<int>& heard) const {
  std::set<int> unheard;
  for (const auto& [track, lines] : lines_) {
    if (lines.now != 0 && !heard.contains(lines.now)) unheard.insert(lines.now);
  }
  return unheard;
}

// Lines that nobody will hear again.
void Performance::remove_old_lines() {
  std::set<int> needed = heard_lines_;
  for (const auto& [track, lines] : lines_) needed.insert({lines.now, lines.next});
  ahead_.remove_all_but(needed);
}

bool Performance::follows() const {
  return is_behind_ || is_on_its_way_ || turns_ || turn_ || ahead_.follows() ||
         std::ranges::any_of(lines_, [](const auto& lines) { return lines.second.next != 0; });
}

std::vector<base::Error> Performance::faults() const {
  std::vector<base::Error> faults = ahead_.faults();
  if (auto fault = made_->engine().fault()) faults.push_back(std::move(*fault));
  return faults;
}

std::vector<Load> Performance::loads() const {
  std::vector<Load> loads = ahead_.loads();
  loads.push_back(load_of(made_->sequence(), made_->plan(), {}, Frames{run_frames_.load(std::memory_order_relaxed)}));
  return loads;
}

void Performance::take_next() {
  MixerHalf* next = next_.load(std::memory_order_acquire);
  if (next == nullptr) return;
  next_.store(nullptr, std::memory_order_relaxed);
  clock_.store(next->take_over(*half_, {clock_.load(std::memory_order_relaxed)}).count, std::memory_order_relaxed);
  MixerHalf* before = half_.release();
  half_.reset(next);
  latency_.store(half_->latency().count, std::memory_order_relaxed);
  run_frames_.store(0, std::memory_order_relaxed);
  done_.store(before, std::memory_order_release);
}

void Performance::run(int frames, const Incoming& incoming) {
  if (half_->is_late() && !half_->finish()) {
    half_->miss(frames);  // and nothing moves on
    missed_.store(half_->missed(), std::memory_order_relaxed);
    return;
  }
  take_next();
  const Frames clock{clock_.load(std::memory_order_relaxed)};
  half_->run(clock, frames, incoming);
  missed_.store(half_->missed(), std::memory_order_relaxed);
  clock_.store((clock + Frames{frames}).count, std::memory_order_relaxed);
  ahead_.note(std::max(clock + Frames{frames}, start_));
  run_frames_.fetch_add(frames, std::memory_order_relaxed);
}

}  // namespace firn::live
