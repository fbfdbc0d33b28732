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
// That a group's print is heard for, while its thawed tracks catch up.
constexpr std::chrono::seconds patience_with_lines{20};

plan::Point post_fx_of(TrackId track) { return {{track, TapPoint::post_fx}, {}}; }

bool is_post_fx(const plan::Stream& stream) {
  return stream.plan.outputs.front().point == post_fx_of(stream.key.track);
}

// A track's Post FX is the same stream, whether devices make it or a print.
plan::StepKey id_of(const plan::Stream& stream) {
  if (!is_post_fx(stream)) return stream.key;
  plan::StepKey id;
  id.part = plan::StepKey::Part::tail;
  id.track = stream.key.track;
  return id;
}

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
  std::vector<plan::Point> points = {};              // that the mixer's half puts out
  std::map<plan::StepKey, plan::Stream> above = {};  // the line, by their ids
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
  if (auto wanted = want(project, sources, facts); !wanted) return wanted;
  if (project.tempo != tempo_) turns_ = true;
  tempo_ = project.tempo;
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
  for (const auto& [id, stream] : wanted_->above)
    lag = std::max(lag, stream.plan.steps[static_cast<std::size_t>(stream.plan.outputs.front().step)].lag);
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
  if (auto cut = cut_in_two(wanted); !cut) return cut;
  // That all can be made is known before anything is changed.
  if (auto plan = mixer_plan(wanted); !plan) return tl::unexpected(plan.error());
  std::map<plan::StepKey, Lines> lines;
  for (const auto& [id, stream] : wanted.above) lines[id] = lines_for(id, stream);
  // What is below meanwhile has its files from above.
  for (const auto& [id, its] : std::map(lines)) {
    if (its.now != 0 || !its.is_below) continue;
    for (plan::Stream& file : plan::files_of(wanted.above.at(id))) {
      if (wanted.above.contains(file.key)) continue;
      lines[file.key] = lines_for(file.key, file);
      lines[file.key].stands_in_for = id;
      wanted.above.emplace(file.key, std::move(file));
    }
  }
  for (auto& [id, its] : lines) {
    if (auto made = make_line(its, wanted.above.at(id), wanted.sources); !made) return made;
  }
  for (const auto& [id, its] : lines) ahead_.follow(its.latest(), wanted.above.at(id).plan);
  lines_ = std::move(lines);
  return {};
}

// As they are now; and where there are none, what is heard until there are.
Performance::Lines Performance::lines_for(const plan::StepKey& id, const plan::Stream& stream) const {
  if (const auto lines = lines_.find(id); lines != lines_.end()) return lines->second;
  Lines its;
  if (wanted_ == nullptr) return its;
  const TrackId track = stream.key.track;
  const document::Track* before = document::find(wanted_->project, track);
  its.is_below = std::ranges::any_of(plan_.steps, [&](const plan::Step& step) { return step.key.track == track; });
  const bool is_in_print = before && before->active && !plan::running_in(wanted_->project).tracks.contains(track);
  if (!its.is_below && is_in_print) its.is_in_print_until = Clock::now() + patience_with_lines;
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
base::Result<void> Performance::cut_in_two(Wanted& wanted) const {
  const Project& project = wanted.project;
  wanted.setup = {.start = start_,
                  .lead = setup_.count_in,
                  .loop = course_.run.loop(),
                  .shift = course_.run.shift(),
                  .live_inputs = true,
                  .least_lags = plan::lags_of(plan_)};
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
  plan::Setup whole = wanted.setup;
  whole.least_lags.clear();
  for (const auto& [id, its] : lines_) {
    for (const auto& [step, lag] : plan::lags_of(ahead_.plan_of(its.latest())))
      whole.least_lags[step] = std::max(whole.least_lags[step], lag);
  }
  auto plan = plan::compile(project, points, whole, wanted.facts);
  if (!plan) return tl::unexpected(plan.error());
  for (plan::Stream& stream : plan::streams_above_the_line(*plan, project.tail_limit_seconds))
    wanted.above.emplace(id_of(stream), std::move(stream));
  return {};
}

base::Result<plan::Plan> Performance::mixer_plan(const Wanted& wanted) const {
  plan::Setup setup = wanted.setup;
  for (const auto& [id, stream] : wanted.above) {
    const auto lines = lines_.find(id);
    const Lines its = lines == lines_.end() ? Lines{} : lines->second;
    if (its.now != 0 || !its.is_below) setup.ahead[stream.key] = its.now;
  }
  return plan::compile(wanted.project, wanted.points, setup, wanted.facts);
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
  for (auto& [id, its] : lines_) {
    if (its.next == 0) continue;
    if (ahead_.is_there(its.next)) {
      its.now = std::exchange(its.next, 0);
      is_behind_ = true;
    } else {
      waits |= its.now == 0 && Clock::now() < its.is_in_print_until;
    }
  }
  std::erase_if(lines_, [&](const auto& each) {
    const auto& owner = each.second.stands_in_for;
    if (!owner || lines_.at(*owner).now == 0) return false;
    wanted_->above.erase(each.first);
    return true;
  });
  const bool is_settled =
      !is_on_its_way_ && clock_.load(std::memory_order_relaxed) >= made_->engine().settled_at().count;
  if (is_behind_ && is_settled && !waits) return hand_over();
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
  for (const auto& [id, its] : lines_) {
    if (its.now != 0 && !heard.contains(its.now)) unheard.insert(its.now);
  }
  return unheard;
}

// Lines that nobody will hear again.
void Performance::remove_old_lines() {
  std::set<int> needed = heard_lines_;
  for (const auto& [id, its] : lines_) needed.insert({its.now, its.next});
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
