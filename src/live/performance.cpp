#include "live/performance.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "live/thaw.hpp"
#include "plan/transition.hpp"

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

}  // namespace

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
      ahead_(run, setup.threads, setup.ahead, measured(setup)),
      lines_(ahead_, setup.keep),
      rehearsal_(ahead_) {
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
  auto wanted = std::make_unique<Wanted>(Wanted{project, project, {}, sources, facts, mixer_setup()});
  if (auto ready = read_ahead(*wanted); !ready) return ready;
  auto plan = mixer_plan(*wanted, project);
  if (!plan) return tl::unexpected(plan.error());
  wanted_ = std::move(wanted);
  auto half = make_half(project, {std::move(*plan), {}}, {});
  if (!half) return tl::unexpected(half.error());
  half_ = std::move(*half);
  latency_ = half_->latency().count;
  return {};
}

base::Result<void> Performance::follow(const Project& project, const engine::Sources& sources,
                                       const plan::DeviceFacts& facts) {
  if (project.rate != rate_)
    return base::fail(ErrorKind::unsupported, "The rate was changed. That is heard when the song is played anew.");
  if (auto wanted = want(project, sources, facts); !wanted) return wanted;
  is_edited_ = true;
  if (project.tempo != tempo_) turns_ = true;
  tempo_ = project.tempo;
  return tend();
}

base::Result<void> Performance::want(const Project& project, const engine::Sources& sources,
                                     const plan::DeviceFacts& facts) {
  auto wanted = std::make_unique<Wanted>(Wanted{project, {}, {}, sources, facts, mixer_setup()});
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
  for (const auto& [id, stream] : wanted_->above)
    lag = std::max(lag, stream.plan.steps[static_cast<std::size_t>(stream.plan.outputs.front().step)].lag);
  const auto room = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(setup_.ahead)));
  Frames most = Frames{room} + lag;
  most = std::max(most, rehearsal_.reach());
  most = std::max(most, made_.half->engine().settled_at() - Frames{clock_.load(std::memory_order_relaxed)});
  return most + time::frames_of(to_make_a_plan, rate_);
}

// All of a turn has to lie within one pass of the loop, if that is long enough.
bool Performance::is_time_to_turn() const {
  if (!turns_ || turn_ || is_on_its_way_ || heard() + latency() < start_) return false;
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
  return want_again();
}

// ---- What is wanted ----

// But for the lines that it plays, and its latencies.
plan::Setup Performance::mixer_setup() const {
  return {.start = start_,
          .lead = setup_.count_in,
          .loop = course_.run.loop(),
          .shift = course_.run.shift(),
          .live_inputs = true};
}

// Of all that is ahead of the mixer's half.
Lags Performance::lags_ahead() const {
  Lags lags = lines_.lags();
  keep_latest(lags, rehearsal_.lags());
  return lags;
}

// Makes lines, and changes them, for what is wanted.
base::Result<void> Performance::read_ahead(Wanted& wanted) {
  const bool plays = wanted_ != nullptr;
  wanted.points = {{{document::main_of(wanted.project).id, TapPoint::post_mixer}, {}}};
  for (const Recording& recording : setup_.recordings) {
    if (recording.input.empty()) wanted.points.push_back(recording.point);
  }
  if (auto cut = cut_in_two(wanted, wanted.project, lags_ahead()); !cut) return cut;
  wanted.meanwhile = wanted.project;
  if (plays) {
    const auto is_above = [&](TrackId track) { return wanted.above.contains(post_fx_id_of(track)); };
    Thaw thawed = thaw(made_.project, wanted.project, is_above);
    wanted.meanwhile = std::move(thawed.meanwhile);
    wanted.out_of_prints = std::move(thawed.tracks);
  }
  if (!wanted.out_of_prints.empty()) {
    wanted.facts.insert(wanted_->facts.begin(), wanted_->facts.end());
    if (auto cut = cut_in_two(wanted, wanted.meanwhile, lags_ahead()); !cut) return cut;
  }
  // That all can be made is known before anything is changed.
  const auto plan = mixer_plan(wanted, wanted.project);
  const auto meanwhile = wanted.out_of_prints.empty() ? plan : mixer_plan(wanted, wanted.meanwhile);
  if (!plan || !meanwhile) return tl::unexpected((plan ? meanwhile : plan).error());
  auto lines = lines_.make_for(wanted, plays ? &made_.plan : nullptr);
  if (!lines) return tl::unexpected(lines.error());
  if (!ends_prints_) {  // else it is on its way; then all this is looked at again
    if (auto rehearsed = rehearsal_.follow(wanted, *plan, *meanwhile, lags_ahead()); !rehearsed) return rehearsed;
  }
  lines_.become(std::move(*lines), wanted);
  return {};
}

// ---- The mixer's half ----

base::Result<plan::Plan> Performance::mixer_plan(const Wanted& wanted, const Project& project, const Lags& lags) const {
  plan::Setup setup = wanted.setup;
  setup.least_lags = plan::lags_of(made_.plan);
  for (const auto& [key, lag] : lags) {
    if (wanted.out_of_prints.contains(key.track)) setup.least_lags[key] = std::max(setup.least_lags[key], lag);
  }
  setup.ahead = lines_.played(wanted);
  return plan::compile(project, wanted.points, setup, wanted.facts);
}

base::Result<std::unique_ptr<MixerHalf>> Performance::make_half(const Project& project, plan::Transition transition,
                                                                const engine::Rehearsed& rehearsed) {
  std::set<int> heard;
  for (const plan::Step& step : transition.plan.steps) {
    if (const auto* ahead = std::get_if<plan::PlayAhead>(&step.work)) heard.insert(ahead->line);
  }
  std::set<int> unheard = lines_.unheard_beside(heard);
  MixerHalf::Setup setup{.crew = crew_,
                         .patience = setup_.patience,
                         .longest_block = longest_block_,
                         .measured = measured(setup_),
                         .recordings = setup_.recordings,
                         .event_recordings = setup_.event_recordings,
                         .outside = setup_.outside,
                         .ring = {},
                         .unheard = {},
                         .rehearsed = rehearsed};
  setup.ring = [&](int line) { return line == 0 ? silence_ : ahead_.ring_of(line); };
  // What nobody hears goes on all the same, to be there as soon as it is heard.
  for (const int line : unheard) setup.unheard.push_back(ahead_.ring_of(line));
  auto half = MixerHalf::make(transition, wanted_->sources, setup);
  if (!half) return half;
  before_ =
      std::exchange(made_, {half->get(), project, std::move(transition.plan), std::move(heard), std::move(unheard)});
  return half;
}

base::Result<void> Performance::tend() {
  if (const std::unique_ptr<MixerHalf> done(done_.exchange(nullptr, std::memory_order_acquire)); done) {
    is_on_its_way_ = false;
    const bool ends_prints = std::exchange(ends_prints_, false);
    const bool comes_too_late = done.get() == made_.half;
    if (comes_too_late) take_back(*done);
    if (ends_prints) {
      if (auto wanted = comes_too_late ? want_again() : come_out_of_prints(); !wanted) return wanted;
    }
  }
  if (auto gone = go_on_course(); !gone) return gone;
  if (auto tended = ahead_.tend(wanted_->sources); !tended) return tended;
  is_behind_ |= lines_.tend(*wanted_);
  if (!ends_prints_) rehearsal_.tend();
  const bool may_hand_over =
      !is_on_its_way_ && clock_.load(std::memory_order_relaxed) >= made_.half->engine().settled_at().count;
  if (may_hand_over && !wanted_->out_of_prints.empty() && has_caught_up()) return hand_over_without_prints();
  if (may_hand_over && is_behind_) return hand_over(wanted_->meanwhile, {});
  if (!is_behind_ && !is_on_its_way_) {  // lines that nobody will hear again
    std::set<int> needed = lines_.all();
    needed.insert(made_.heard_lines.begin(), made_.heard_lines.end());
    needed.insert(rehearsal_.number());
    ahead_.remove_all_but(needed);
  }
  return {};
}

// All that comes out of a print. Its lines are taken from by the half that plays, so that none is full of what is over
// when the next one comes.
bool Performance::has_caught_up() const {
  std::set<int> taken = made_.heard_lines;
  taken.insert(made_.unheard_lines.begin(), made_.unheard_lines.end());
  return lines_.are_taken(wanted_->out_of_prints, taken) && rehearsal_.is_there();
}

base::Result<void> Performance::hand_over(const Project& project, const engine::Rehearsed& rehearsed) {
  is_behind_ = false;
  auto plan = mixer_plan(*wanted_, project);
  // What was between the devices then has to be there now.
  if (plan && rehearsed.engine != nullptr && !plan::is_in_step(*plan, rehearsed.engine->plan()))
    plan = mixer_plan(*wanted_, project, plan::lags_of(rehearsed.engine->plan()));
  if (!plan) return tl::unexpected(plan.error());
  if (*plan == made_.plan && lines_.unheard_beside(made_.heard_lines) == made_.unheard_lines) {
    made_.project = project;
    return {};
  }
  std::set<int> spent;  // what has failed is tried again, once for each edit
  for (int step = 0; is_edited_ && step < static_cast<int>(made_.plan.steps.size()); ++step) {
    if (made_.half->engine().has_fault(step)) spent.insert(step);
  }
  plan::Transition transition = plan::transition(made_.plan, *plan, spent);
  const bool fades = transition.fades;
  auto half = make_half(project, std::move(transition), rehearsed);
  if (!half) return tl::unexpected(half.error());
  is_edited_ = false;
  is_behind_ = fades;
  is_on_its_way_ = true;
  next_.store(half->release(), std::memory_order_release);
  return {};
}

base::Result<void> Performance::hand_over_without_prints() {
  if (auto handed = hand_over(wanted_->project, rehearsal_.pause()); !handed) {
    wanted_->out_of_prints.clear();  // until the next edit
    rehearsal_.end();
    is_behind_ = true;
    return handed;
  }
  ends_prints_ = is_on_its_way_;
  return ends_prints_ ? base::Result<void>{} : come_out_of_prints();
}

// What plays is without them: what is wanted, which may have been edited since, is looked at again.
base::Result<void> Performance::come_out_of_prints() {
  rehearsal_.end();
  wanted_->meanwhile = wanted_->project;
  wanted_->out_of_prints.clear();
  return want_again();
}

// It goes on as before, and what was rehearsed, too.
void Performance::take_back(MixerHalf& half) {
  half.give_back(rehearsal_.paused());
  rehearsal_.resume();
  made_ = std::move(before_);
  is_edited_ = true;
}

base::Result<void> Performance::want_again() {
  return want(Project(wanted_->project), engine::Sources(wanted_->sources), plan::DeviceFacts(wanted_->facts));
}

bool Performance::follows() const {
  return is_behind_ || is_on_its_way_ || turns_ || turn_ || !wanted_->out_of_prints.empty() || ahead_.follows() ||
         lines_.follow();
}

std::vector<base::Error> Performance::faults() const {
  std::vector<base::Error> faults = ahead_.faults();
  if (auto fault = made_.half->engine().fault()) faults.push_back(std::move(*fault));
  return faults;
}

std::vector<Load> Performance::loads() const {
  std::vector<Load> loads = ahead_.loads();
  loads.push_back(
      load_of(made_.half->sequence(), made_.half->plan(), {}, Frames{run_frames_.load(std::memory_order_relaxed)}));
  return loads;
}

void Performance::take_next() {
  MixerHalf* next = next_.load(std::memory_order_acquire);
  if (next == nullptr) return;
  next_.store(nullptr, std::memory_order_relaxed);
  const Frames clock{clock_.load(std::memory_order_relaxed)};
  if (next->is_overdue(clock)) return done_.store(next, std::memory_order_release);
  clock_.store(next->take_over(*half_, clock).count, std::memory_order_relaxed);
  MixerHalf* before = half_.release();
  half_.reset(next);
  latency_.store(half_->latency().count, std::memory_order_relaxed);
  run_frames_.store(0, std::memory_order_relaxed);
  done_.store(before, std::memory_order_release);
}

void Performance::run(int frames, const Incoming& incoming) {
  if (half_->is_late() && !half_->finish()) {
    half_->miss(frames, incoming);  // and nothing moves on
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
