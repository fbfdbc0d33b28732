#include "live/read_ahead.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <set>

#include "audio/denormals.hpp"

namespace firn::live {

using time::Frames;

namespace {

constexpr int chunk = 512;                           // frames made at a time: little, so that all tracks begin soon
constexpr int margin = 4 * chunk;                    // how far ahead of what is heard a line that has caught up goes on
constexpr std::chrono::seconds line_patience{1};     // with a plug-in: the others have less to be made on meanwhile
constexpr time::Seconds round_a_loop{20.0};          // that a line catches up at least, where it can
constexpr std::int64_t most_ahead = 1 << 17;         // frames that a rehearsal comes to
constexpr auto rest = std::chrono::milliseconds(2);  // while all rings are full

// How far a rehearsal comes ahead at first: further than a line has room for.
std::int64_t least_ahead(int room) { return std::max(2 * room, 8 * chunk); }

// Where in the run a line begins that is to be at `now` soon: at the start; or, round a loop, where a pass begins that lies far enough behind.
Frames beginning_of(const time::Run& run, Frames now, time::SampleRate rate) {
  const auto& loop = run.loop();
  const Frames behind = now - time::frames_of(round_a_loop, rate);
  const Frames first = run.first_wrap();
  if (!loop || behind < first) return run.start();
  const std::int64_t length = loop->length().count;
  return first + Frames{(behind - first).count / length * length};
}

}  // namespace

int sounding_of(const plan::Plan& plan) {
  const int output = plan.outputs.front().step;
  const plan::Step& step = plan.steps[static_cast<std::size_t>(output)];
  const auto* tail = std::get_if<plan::Tail>(&step.work);
  return tail && tail->ending == plan::Ending::silent && !step.inputs.empty() ? step.inputs.front() : output;
}

// An engine at work.
struct ReadAhead::Player {
  Player(std::unique_ptr<engine::Engine> made, engine::Sequence::Measured measured)
      : engine(std::move(made)),
        sequence(*engine, chunk, measured),
        output(engine->plan().outputs.front().step),
        sounding(sounding_of(engine->plan())),
        lag(engine->plan().steps[static_cast<std::size_t>(output)].lag) {
    for (const plan::Step& step : engine->plan().steps) latest = std::max(latest, step.lag);
    engine->set_patience(line_patience);
  }

  std::unique_ptr<engine::Engine> engine;
  engine::Sequence sequence;
  int output;
  int sounding;  // the step that says when its last note ended: what is behind it only ends a stream that more goes on from
  Frames lag;
  Frames latest;  // lag of all steps
};

struct ReadAhead::Line {
  document::TrackId track;
  std::shared_ptr<engine::StreamRing> ring;  // null: a rehearsal, of several tracks
  Keep keep;
  plan::Plan plan;         // as it is to be; the control thread's
  bool is_behind = false;  // of the plan; likewise
  bool is_edited = false;  // since it was changed; likewise
  std::unique_ptr<Player> player;
  Frames clock;
  std::atomic<bool> catches_up{false};
  std::atomic<bool> is_settled{true};  // nothing fades
  std::atomic<std::int64_t> frames_made{0};
  bool is_paused = false;  // the control thread's
  bool busy = false;       // with mutex_: whose it is has clock and player to itself
  bool is_wanted = false;  // with mutex_: the control thread has it next
};

ReadAhead::ReadAhead(const time::Run& run, int threads, int room, engine::Sequence::Measured measured)
    : run_(run),
      room_(room),
      least_(std::clamp(room / 4, chunk, 4 * chunk)),
      measured_(measured),
      clock_(run.start().count),
      rehearsed_ahead_(least_ahead(room)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ReadAhead::~ReadAhead() = default;

base::Result<int> ReadAhead::add(document::TrackId track, plan::Plan plan, const engine::Sources& sources, Keep keep) {
  auto line = std::make_unique<Line>();
  line->track = track;
  line->keep = std::move(keep);
  line->plan = plan;
  const bool is_made = plan::has_devices(plan);
  auto engine = engine::Engine::make(std::move(plan), sources, 1);
  if (!engine) return tl::unexpected(engine.error());
  const Frames now{clock_.load(std::memory_order_relaxed)};
  const bool plays = now > run_.start();
  // What is only read from disk can begin anywhere.
  const Frames from = is_made || !plays ? beginning_of(run_, now, line->plan.rate) : now + Frames{margin};
  if (from > run_.start()) (*engine)->begin_at(from);
  line->catches_up = plays && is_made;
  line->clock = from;
  line->ring = std::make_shared<engine::StreamRing>(from, room_);
  line->player = std::make_unique<Player>(std::move(*engine), measured_);
  return keep_line(std::move(line));
}

int ReadAhead::keep_line(std::unique_ptr<Line> line) {
  const std::lock_guard lock(mutex_);
  lines_[++last_number_] = std::move(line);
  due_.clear();
  wake_.notify_all();
  return last_number_;
}

base::Result<int> ReadAhead::rehearse(plan::Plan plan, const engine::Sources& sources) {
  auto line = std::make_unique<Line>();
  line->plan = plan;
  auto engine = engine::Engine::make(std::move(plan), sources, 1);
  if (!engine) return tl::unexpected(engine.error());
  const Frames now{clock_.load(std::memory_order_relaxed)};
  line->clock = beginning_of(run_, now, line->plan.rate);
  if (line->clock > run_.start()) (*engine)->begin_at(line->clock);
  line->catches_up = true;
  line->player = std::make_unique<Player>(std::move(*engine), measured_);
  rehearsed_ahead_ = least_ahead(room_);
  return keep_line(std::move(line));
}

engine::Rehearsed ReadAhead::pause(int number) {
  Line& line = *lines_.at(number);
  std::unique_lock lock(mutex_);
  wait_for(line, lock);
  line.busy = true;
  line.is_wanted = false;
  line.is_paused = true;
  return {line.player->engine.get(), line.clock};
}

engine::Engine& ReadAhead::paused(int number) { return *lines_.at(number)->player->engine; }

void ReadAhead::resume(int number) {
  Line& line = *lines_.at(number);
  line.player->engine->set_patience(line_patience);
  rehearsed_ahead_ = std::min(2 * rehearsed_ahead_, most_ahead);
  line.catches_up = true;
  const std::lock_guard lock(mutex_);
  line.is_paused = false;
  line.busy = false;
  wake_.notify_all();
}

void ReadAhead::follow(int number, const plan::Plan& plan) {
  Line& line = *lines_.at(number);
  if (line.plan == plan) return;
  line.plan = plan;
  line.is_behind = true;
  line.is_edited = true;
}

base::Result<void> ReadAhead::tend(const engine::Sources& sources) {
  for (auto& [number, line] : lines_) {
    if (!line->is_behind || !line->is_settled || line->is_paused) continue;
    if (auto changed = change(*line, sources); !changed) return changed;
  }
  return {};
}

base::Result<void> ReadAhead::change(Line& line, const engine::Sources& sources) {
  const engine::Engine& before = *line.player->engine;
  std::set<int> spent;  // what has failed is tried again, once for each edit
  for (int step = 0; line.is_edited && step < static_cast<int>(before.plan().steps.size()); ++step) {
    if (before.has_fault(step)) spent.insert(step);
  }
  plan::Transition transition = plan::transition(before.plan(), line.plan, spent);
  line.is_edited = false;
  line.is_behind = transition.fades;
  auto engine = engine::Engine::make(std::move(transition), sources, 1);
  if (!engine) {
    line.is_behind = false;
    line.plan = before.plan();
    return tl::unexpected(engine.error());
  }
  auto player = std::make_unique<Player>(std::move(*engine), measured_);
  std::unique_lock lock(mutex_);
  wait_for(line, lock);
  line.busy = true;
  line.is_wanted = false;
  lock.unlock();
  line.keep = {};
  player->engine->take_over(*line.player->engine, line.clock);
  std::swap(line.player, player);
  line.frames_made = 0;
  line.is_settled = line.clock >= line.player->engine->settled_at();
  // It may sound again: then it goes on where it ended, and on to where the others are.
  if (line.ring && line.ring->has_ended()) line.catches_up = true;
  lock.lock();
  line.busy = false;
  wake_.notify_all();
  return {};
}

void ReadAhead::wait_for(Line& line, std::unique_lock<std::mutex>& lock) {
  line.is_wanted = true;
  done_.wait(lock, [&] { return !line.busy; });
}

void ReadAhead::remove_all_but(const std::set<int>& numbers) {
  std::vector<std::unique_ptr<Line>> removed;  // they end without the lock
  std::unique_lock lock(mutex_);
  due_.clear();
  for (auto line = lines_.begin(); line != lines_.end();) {
    if (numbers.contains(line->first)) {
      ++line;
      continue;
    }
    if (!line->second->is_paused) wait_for(*line->second, lock);
    removed.push_back(std::move(line->second));
    line = lines_.erase(line);
  }
  due_.clear();  // to wait lets others fill it
  lock.unlock();
}

bool ReadAhead::follows() const {
  return std::ranges::any_of(lines_, [](const auto& line) { return line.second->is_behind; });
}

const plan::Plan& ReadAhead::plan_of(int number) const { return lines_.at(number)->plan; }
std::shared_ptr<engine::StreamRing> ReadAhead::ring_of(int number) const { return lines_.at(number)->ring; }

bool ReadAhead::is_there(int number) const {
  const Line& line = *lines_.at(number);
  if (line.ring) return !line.catches_up;
  const std::lock_guard lock(mutex_);
  return !line.busy && !line.is_behind && line.is_settled &&
         line.clock - line.player->latest >=
             Frames{clock_.load(std::memory_order_relaxed)} + rehearsed_ahead() - Frames{2 * chunk};
}

bool ReadAhead::is_ready(Frames until) const {
  return std::ranges::all_of(lines_, [&](const auto& each) {
    const auto& ring = each.second->ring;
    return !ring || each.second->catches_up || ring->is_ready(until) || ring->room() < least_;
  });
}

std::vector<base::Error> ReadAhead::faults() const {
  std::vector<base::Error> faults;
  for (const auto& [number, line] : lines_) {
    if (!line->ring) continue;  // nobody hears it
    if (auto fault = line->player->engine->fault()) faults.push_back(std::move(*fault));
  }
  return faults;
}

std::vector<Load> ReadAhead::loads() const {
  std::vector<Load> loads;
  for (const auto& [number, line] : lines_) {
    if (!line->ring) continue;
    const Player& player = *line->player;
    Load load = load_of(player.sequence, player.engine->plan(), line->track, Frames{line->frames_made.load()});
    // More than one stream of a track may cross the line.
    const auto same = std::ranges::find(loads, load.track, &Load::track);
    if (same == loads.end()) {
      loads.push_back(std::move(load));
    } else {
      std::ranges::move(load.steps, std::back_inserter(same->steps));
    }
  }
  return loads;
}

void ReadAhead::work(const std::stop_token& stop) {
  const audio::FlushDenormals flush;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    Line* line = next_line();
    if (line == nullptr) {
      wake_.wait_for(lock, stop, rest, [] { return false; });
      continue;
    }
    line->busy = true;
    lock.unlock();
    do make_more(*line);
    while (is_well_ahead(*line));
    lock.lock();
    line->busy = false;
    done_.notify_all();
  }
}

ReadAhead::Line* ReadAhead::next_line() {
  if (due_.empty()) find_due();
  while (!due_.empty()) {
    Line* line = due_.back();
    due_.pop_back();
    if (!line->busy && !line->is_wanted && (line->catches_up || has_room(*line))) return line;
  }
  return nullptr;
}

bool ReadAhead::has_room(const Line& line) const {
  if (!line.ring) return !is_far_ahead(line);
  return !line.ring->has_ended() && line.ring->room() >= least_;
}

bool ReadAhead::is_far_ahead(const Line& line) const {
  return line.clock - line.player->latest >= Frames{clock_.load(std::memory_order_relaxed)} + rehearsed_ahead();
}

// All with room in turn, the one that is the least ahead first; where they have enough for now, one that catches up.
void ReadAhead::find_due() {
  std::vector<std::pair<int, Line*>> by_room;
  Line* late = nullptr;
  for (const auto& [number, line] : lines_) {
    if (line->busy || line->is_wanted) continue;
    if (line->catches_up || !line->ring) {
      if (!line->catches_up && is_far_ahead(*line)) continue;
      if (late == nullptr || line->clock < late->clock) late = line.get();
    } else if (has_room(*line)) {
      by_room.emplace_back(line->ring->room(), line.get());
    }
  }
  std::ranges::stable_sort(by_room, {}, &std::pair<int, Line*>::first);
  if (late != nullptr && (by_room.empty() || by_room.back().first < room_ / 2)) {
    due_.push_back(late);
  } else {
    for (const auto& [room, line] : by_room) due_.push_back(line);
  }
}

// Then it is filled up, for to look for another takes a while where there are many.
bool ReadAhead::is_well_ahead(const Line& line) const {
  if (!line.ring) return false;
  const engine::StreamRing& ring = *line.ring;
  const int room = ring.room();
  return !line.catches_up && !ring.has_ended() && room >= chunk && room < room_ / 2;
}

void ReadAhead::rehearse_more(Line& line) {
  line.player->sequence.run(line.clock, chunk);
  line.clock += Frames{chunk};
  if (line.clock >= line.player->engine->settled_at()) line.is_settled = true;
  if (is_far_ahead(line)) line.catches_up = false;
}

void ReadAhead::make_more(Line& line) {
  if (!line.ring) return rehearse_more(line);
  Player& player = *line.player;
  engine::StreamRing& ring = *line.ring;
  const Frames at = line.clock - player.lag;
  audio::StereoView place = line.catches_up || at != ring.written() ? audio::StereoView() : ring.place(chunk);
  player.sequence.run(line.clock, chunk, {place.frames > 0 ? player.output : -1, place});
  const engine::Signal& made = player.sequence.signal(player.output);
  const engine::Signal& sounding = player.sequence.signal(player.sounding);
  ring.note_end(sounding.ended_at, sounding.tail);
  line.clock += Frames{chunk};
  line.frames_made.fetch_add(chunk, std::memory_order_relaxed);
  if (line.clock >= player.engine->settled_at()) line.is_settled = true;
  if (line.catches_up) {
    const Frames here = std::max(at + Frames{chunk}, ring.written());
    const bool is_silent = made.ended_at <= at + Frames{chunk};
    if (!is_silent && here < Frames{clock_.load(std::memory_order_relaxed) + margin}) return;
    if (!is_silent || !ring.has_ended()) ring.go_on(here);
    if (is_silent) ring.end();
    line.catches_up = false;
    return;
  }
  // The first frames belong before the start; behind the end there are only zeros.
  const Frames end = std::min(at + Frames{chunk}, made.ended_at);
  audio::ConstStereoView part = made.audio.part(0, 0);
  if (end > ring.written()) {
    const auto first = static_cast<int>((ring.written() - at).count);
    part = made.audio.part(first, static_cast<int>((end - ring.written()).count));
    if (part.left == place.left) {
      ring.let_in(part.frames);
    } else {
      ring.write(part);
    }
  }
  const bool is_last = made.ended_at <= at + Frames{chunk};
  if (is_last) ring.end();
  if (line.keep && !player.engine->fault()) line.keep(part, is_last);
}

}  // namespace firn::live
