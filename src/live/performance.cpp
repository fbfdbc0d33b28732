#include "live/performance.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "live/thaw.hpp"
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
// That a rehearsal is waited for: then the devices begin fresh.
constexpr std::chrono::seconds patience_with_rehearsals{60};

plan::Point post_fx_of(TrackId track) { return {{track, TapPoint::post_fx}, {}}; }

bool is_post_fx(const plan::Stream& stream) {
  return stream.plan.outputs.front().point == post_fx_of(stream.key.track);
}

// A track's Post FX is the same stream, whether devices make it or a print.
plan::StepKey post_fx_id_of(TrackId track) {
  plan::StepKey id;
  id.part = plan::StepKey::Part::tail;
  id.track = track;
  return id;
}

plan::StepKey id_of(const plan::Stream& stream) {
  return is_post_fx(stream) ? post_fx_id_of(stream.key.track) : stream.key;
}

bool is_device(const plan::Step& step) { return std::holds_alternative<plan::Process>(step.work); }

bool has_devices(const plan::Plan& plan) { return std::ranges::any_of(plan.steps, is_device); }

bool has_step(const plan::Plan& plan, const plan::StepKey& key) {
  return std::ranges::find(plan.steps, key, &plan::Step::key) != plan.steps.end();
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
  Project meanwhile;                     // what is heard until tracks that come out of a print can be; else the same
  std::set<TrackId> out_of_prints = {};  // those tracks
  engine::Sources sources;
  plan::DeviceFacts facts;
  plan::Setup setup;
  std::vector<plan::Point> points = {};              // that the mixer's half puts out
  std::map<plan::StepKey, plan::Stream> above = {};  // the line, in either project, by their ids
  std::map<plan::StepKey, plan::StepKey> ids = {};   // by the keys that the streams have in the plans
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
  auto wanted = std::make_unique<Wanted>(Wanted{project, project, {}, sources, facts, {}});
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
  auto wanted = std::make_unique<Wanted>(Wanted{project, {}, {}, sources, facts, {}});
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
  if (rehearsal_ != 0) {
    for (const plan::Step& step : ahead_.plan_of(rehearsal_).steps)
      most = std::max(most, ahead_.rehearsed_ahead() + step.lag);
  }
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

// Makes lines, and changes them, for what is wanted.
base::Result<void> Performance::read_ahead(Wanted& wanted) {
  if (auto cut = cut_in_two(wanted, wanted.project); !cut) return cut;
  wanted.meanwhile = wanted.project;
  if (made_.half != nullptr) {
    const auto is_above = [&](TrackId track) { return wanted.above.contains(post_fx_id_of(track)); };
    Thaw thawed = thaw(made_.project, wanted.project, is_above);
    wanted.meanwhile = std::move(thawed.meanwhile);
    wanted.out_of_prints = std::move(thawed.tracks);
  }
  if (!wanted.out_of_prints.empty()) {
    wanted.facts.insert(wanted_->facts.begin(), wanted_->facts.end());
    if (auto cut = cut_in_two(wanted, wanted.meanwhile); !cut) return cut;
  }
  // That all can be made is known before anything is changed.
  const auto plan = mixer_plan(wanted, wanted.project);
  const auto meanwhile = wanted.out_of_prints.empty() ? plan : mixer_plan(wanted, wanted.meanwhile);
  if (!plan || !meanwhile) return tl::unexpected((plan ? meanwhile : plan).error());
  std::map<plan::StepKey, Lines> lines;
  for (const auto& [id, stream] : wanted.above) lines[id] = lines_for(id, stream);
  // What is below meanwhile has its files from above.
  for (const auto& [id, its] : std::map(lines)) {
    if (its.now != 0 || !its.is_below) continue;
    for (plan::Stream& file : plan::files_of(wanted.above.at(id))) {
      if (wanted.above.contains(file.key)) continue;
      lines[file.key] = lines_for(file.key, file);
      lines[file.key].stands_in_for = id;
      wanted.ids[file.key] = file.key;
      wanted.above.emplace(file.key, std::move(file));
    }
  }
  for (auto& [id, its] : lines) {
    if (auto made = make_line(its, wanted.above.at(id), wanted.sources); !made) return made;
  }
  if (auto rehearsed = rehearse(wanted, *plan, *meanwhile); !rehearsed) return rehearsed;
  for (const auto& [id, its] : lines) ahead_.follow(its.latest(), wanted.above.at(id).plan);
  lines_ = std::move(lines);
  return {};
}

// The devices that are below the line in the plan, but not in the one that is heard meanwhile, with all that is upstream.
base::Result<void> Performance::rehearse(const Wanted& wanted, const plan::Plan& mixer, const plan::Plan& meanwhile) {
  if (ends_prints_) return {};  // it is on its way; then all this is looked at again
  if (wanted.out_of_prints.empty()) is_given_up_ = false;
  std::vector<plan::Point> points;
  const auto add = [&](const plan::Step& step) {
    const plan::Point point = post_fx_of(step.key.track);
    const bool is_new = is_device(step) && !has_step(meanwhile, step.key);
    if (is_new && wanted.out_of_prints.contains(step.key.track) && std::ranges::find(points, point) == points.end())
      points.push_back(point);
  };
  std::ranges::for_each(mixer.steps, add);
  if (points.empty() || is_given_up_) {
    rehearsal_ = 0;
    return {};
  }
  plan::Setup setup = whole_setup(wanted);
  setup.live_inputs = false;
  auto plan = plan::compile(wanted.project, points, setup, wanted.facts);
  if (!plan) return tl::unexpected(plan.error());
  // What has more devices begins anew: they have to hear it all, too.
  const auto is_known = [&](const plan::Step& step) {
    return !is_device(step) || has_step(ahead_.plan_of(rehearsal_), step.key);
  };
  if (rehearsal_ != 0 && std::ranges::all_of(plan->steps, is_known)) {
    ahead_.follow(rehearsal_, *plan);
    return {};
  }
  const int number = ++last_line_;
  if (auto begun = ahead_.rehearse(number, std::move(*plan), wanted.sources); !begun) return begun;
  rehearsal_ = number;
  rehearsal_until_ = Clock::now() + patience_with_rehearsals;
  return {};
}

// As they are now; and where there are none, what is heard until there are.
Performance::Lines Performance::lines_for(const plan::StepKey& id, const plan::Stream& stream) const {
  if (const auto lines = lines_.find(id); lines != lines_.end()) return lines->second;
  Lines its;
  if (wanted_ == nullptr) return its;
  its.is_below =
      std::ranges::any_of(made_.plan.steps, [&](const plan::Step& step) { return step.key.track == stream.key.track; });
  return its;
}

// Another, where there is none whose devices go on.
base::Result<void> Performance::make_line(Lines& its, const plan::Stream& stream, const engine::Sources& sources) {
  const int latest = its.latest();
  if (latest != 0 && (!has_devices(stream.plan) || goes_on(ahead_.plan_of(latest), stream.plan))) return {};
  const TrackId track = stream.key.track;
  const bool is_first = wanted_ == nullptr;
  const bool is_kept = setup_.keep && is_first && is_post_fx(stream);
  const int number = ++last_line_;
  (is_first ? its.now : its.next) = number;
  return ahead_.add(number, track, stream.plan, sources, is_kept ? setup_.keep(track, stream.plan) : Keep{});
}

// What is above the line, of what is heard now and of what may be soon.
base::Result<void> Performance::cut_in_two(Wanted& wanted, const Project& project) const {
  wanted.setup = {.start = start_,
                  .lead = setup_.count_in,
                  .loop = course_.run.loop(),
                  .shift = course_.run.shift(),
                  .live_inputs = true};
  wanted.points = {{{document::main_of(project).id, TapPoint::post_mixer}, {}}};
  for (const Recording& recording : setup_.recordings) {
    if (recording.input.empty()) wanted.points.push_back(recording.point);
  }
  std::vector<plan::Point> points;
  const plan::Running running = plan::running_in(project);
  for (const auto& track : project.tracks) {
    if (track->active && running.tracks.contains(track->id)) points.push_back(post_fx_of(track->id));
  }
  points.insert(points.end(), wanted.points.begin(), wanted.points.end());
  auto plan = plan::compile(project, points, whole_setup(wanted), wanted.facts);
  if (!plan) return tl::unexpected(plan.error());
  for (plan::Stream& stream : plan::streams_above_the_line(*plan, project.tail_limit_seconds)) {
    const plan::StepKey id = id_of(stream);
    wanted.ids[stream.key] = id;
    wanted.above.emplace(id, std::move(stream));
  }
  return {};
}

// Of what is not cut.
plan::Setup Performance::whole_setup(const Wanted& wanted) const {
  plan::Setup whole = wanted.setup;
  const auto keep_lags_of = [&](int line) {
    for (const auto& [step, lag] : plan::lags_of(ahead_.plan_of(line)))
      whole.least_lags[step] = std::max(whole.least_lags[step], lag);
  };
  for (const auto& [id, its] : lines_) keep_lags_of(its.latest());
  if (rehearsal_ != 0) keep_lags_of(rehearsal_);
  return whole;
}

base::Result<plan::Plan> Performance::mixer_plan(const Wanted& wanted, const Project& project, const Lags& lags) const {
  plan::Setup setup = wanted.setup;
  setup.least_lags = plan::lags_of(made_.plan);
  for (const auto& [key, lag] : lags) {
    if (wanted.out_of_prints.contains(key.track)) setup.least_lags[key] = std::max(setup.least_lags[key], lag);
  }
  for (const auto& [key, id] : wanted.ids) {
    const auto lines = lines_.find(id);
    const Lines its = lines == lines_.end() ? Lines{} : lines->second;
    if (its.now != 0 || !its.is_below) setup.ahead[key] = its.now;
  }
  return plan::compile(project, wanted.points, setup, wanted.facts);
}

base::Result<std::unique_ptr<MixerHalf>> Performance::make_half(const Project& project, plan::Transition transition,
                                                                const engine::Rehearsed& rehearsed) {
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
  for (auto& [id, its] : lines_) {
    if (its.next == 0 || !ahead_.is_there(its.next)) continue;
    its.now = std::exchange(its.next, 0);
    is_behind_ = true;
  }
  std::erase_if(lines_, [&](const auto& each) {
    const auto& owner = each.second.stands_in_for;
    if (!owner || lines_.at(*owner).now == 0) return false;
    wanted_->above.erase(each.first);
    wanted_->ids.erase(each.first);
    return true;
  });
  if (rehearsal_ != 0 && !ends_prints_ && Clock::now() > rehearsal_until_) {
    is_given_up_ = true;  // it takes too much: its lines have more to be made on without it
    rehearsal_ = 0;
  }
  const bool may_hand_over =
      !is_on_its_way_ && clock_.load(std::memory_order_relaxed) >= made_.half->engine().settled_at().count;
  if (may_hand_over && !wanted_->out_of_prints.empty() && has_caught_up()) return hand_over_without_prints();
  if (may_hand_over && is_behind_) return hand_over(wanted_->meanwhile, {});
  if (!is_behind_ && !is_on_its_way_) remove_old_lines();
  return {};
}

// All that comes out of a print. Its lines are taken from by the half that plays, so that none is full of what is over
// when the next one comes.
bool Performance::has_caught_up() const {
  const auto is_late = [&](const auto& lines) {
    const int now = lines.second.now;
    const bool is_taken = made_.heard_lines.contains(now) || made_.unheard_lines.contains(now);
    return wanted_->out_of_prints.contains(lines.first.track) && (now == 0 || !is_taken);
  };
  return std::ranges::none_of(lines_, is_late) && (rehearsal_ == 0 || ahead_.is_there(rehearsal_));
}

base::Result<void> Performance::hand_over(const Project& project, const engine::Rehearsed& rehearsed) {
  is_behind_ = false;
  auto plan = mixer_plan(*wanted_, project);
  // What was between the devices then has to be there now.
  if (plan && rehearsed.engine != nullptr && !plan::is_in_step(*plan, rehearsed.engine->plan()))
    plan = mixer_plan(*wanted_, project, plan::lags_of(rehearsed.engine->plan()));
  if (!plan) return tl::unexpected(plan.error());
  if (*plan == made_.plan && unheard_beside(made_.heard_lines) == made_.unheard_lines) {
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
  if (auto handed = hand_over(wanted_->project, rehearsal_ != 0 ? ahead_.pause(rehearsal_) : engine::Rehearsed{});
      !handed) {
    wanted_->out_of_prints.clear();  // until the next edit
    rehearsal_ = 0;
    is_behind_ = true;
    return handed;
  }
  ends_prints_ = is_on_its_way_;
  return ends_prints_ ? base::Result<void>{} : come_out_of_prints();
}

// What plays is without them: what is wanted, which may have been edited since, is looked at again.
base::Result<void> Performance::come_out_of_prints() {
  rehearsal_ = 0;
  wanted_->meanwhile = wanted_->project;
  wanted_->out_of_prints.clear();
  return want_again();
}

// It goes on as before, and what was rehearsed, too.
void Performance::take_back(MixerHalf& half) {
  half.give_back(ahead_.paused(rehearsal_));
  ahead_.resume(rehearsal_);
  made_ = std::move(before_);
  is_edited_ = true;
}

base::Result<void> Performance::want_again() {
  return want(Project(wanted_->project), engine::Sources(wanted_->sources), plan::DeviceFacts(wanted_->facts));
}

std::set<int> Performance::unheard_beside(const std::set<int>& heard) const {
  std::set<int> unheard;
  for (const auto& [id, its] : lines_) {
    if (its.now != 0 && !heard.contains(its.now)) unheard.insert(its.now);
  }
  return unheard;
}

// Lines that nobody will hear again.
void Performance::remove_old_lines() {
  std::set<int> needed = made_.heard_lines;
  needed.insert(rehearsal_);
  for (const auto& [id, its] : lines_) needed.insert({its.now, its.next});
  ahead_.remove_all_but(needed);
}

bool Performance::follows() const {
  return is_behind_ || is_on_its_way_ || turns_ || turn_ || !wanted_->out_of_prints.empty() || ahead_.follows() ||
         std::ranges::any_of(lines_, [](const auto& lines) { return lines.second.next != 0; });
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
