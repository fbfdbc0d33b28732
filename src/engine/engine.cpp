#include "engine/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <mutex>
#include <thread>
#include <variant>

#include "engine/delay_line.hpp"
#include "engine/device_runner.hpp"
#include "engine/event_player.hpp"
#include "engine/mixing.hpp"
#include "engine/tail_gate.hpp"
#include "plan/freeze_line.hpp"

namespace firn::engine {

using time::Frames;

namespace {

struct Summing {};
using AheadPlayer = std::shared_ptr<StreamRing>;
using InputPlayer = std::shared_ptr<const LiveInput>;
using Work = std::variant<Summing, EventPlayer, AudioPlayer, AheadPlayer, InputPlayer, DeviceRunner, DelayLine,
                          TailGate, Fader, SendGain, CrossFader>;

// What does a step's work: one overload for each kind of step.
struct WorkMaker {
  const plan::Plan& plan;
  const Sources& sources;
  bool is_kept;

  base::Result<Work> operator()(const plan::PlayEvents& work) const {
    return EventPlayer(work, work.input.empty() ? nullptr : sources.events(work.input));
  }
  base::Result<Work> operator()(const plan::PlayAudio& work) const { return AudioPlayer::make(work, sources.audio); }
  base::Result<Work> operator()(const plan::Process& work) const {
    return is_kept ? DeviceRunner::make_kept(work, plan)
                   : DeviceRunner::make(work, plan, sources.files, sources.plugins);
  }
  base::Result<Work> operator()(const plan::PlayAhead& work) const { return sources.ahead(work); }
  base::Result<Work> operator()(const plan::PlayInput& work) const { return sources.inputs(work.name); }
  base::Result<Work> operator()(const plan::Sum&) const { return Summing{}; }
  base::Result<Work> operator()(const plan::Delay& work) const { return DelayLine(work.frames); }
  base::Result<Work> operator()(const plan::Tail& work) const { return TailGate(work, plan.rate); }
  base::Result<Work> operator()(const plan::Mix& work) const { return Fader(work); }
  base::Result<Work> operator()(const plan::SendLevel& work) const { return SendGain(work); }
  base::Result<Work> operator()(const plan::CrossFade& work) const { return CrossFader(work); }
};

}  // namespace

struct Engine::Runner {
  Work work;
};

Engine::Engine(base::Box<plan::Plan> plan, std::vector<int> kept)
    : plan_(std::move(plan)),
      run_(plan_->run()),
      kept_(std::move(kept)),
      runners_(plan_->steps.size()),
      begin_(plan_->steps.size(), plan_->start),
      fades_from_(plan_->start - plan_->lead),
      settled_at_(plan_->start),
      consumers_(plan_->steps.size()),
      finished_(plan_->steps.size()),
      faulty_(plan_->steps.size()) {
  for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
    for (const int input : plan_->steps[i].inputs)
      consumers_[static_cast<std::size_t>(input)].push_back(static_cast<int>(i));
  }
  // Behind what is played in, all begins with it.
  for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
    const plan::Step& step = plan_->steps[i];
    const auto leads = [&](int input) { return begin_[static_cast<std::size_t>(input)] < plan_->start; };
    if (plan::is_played_in(step) || std::ranges::any_of(step.inputs, leads)) begin_[i] = plan_->start - plan_->lead;
  }
  valid_ = begin_;
  may_go_on_ = std::ranges::any_of(
      plan_->steps, [](const plan::Step& step) { return std::holds_alternative<plan::PlayAhead>(step.work); });
  // An output's step is needed for itself, by no other: -1 never finishes.
  for (const auto& output : plan_->outputs) consumers_[static_cast<std::size_t>(output.step)].push_back(-1);
  // Sums multiply, and what sends that stand still send to sums.
  is_scaled_by_readers_.resize(plan_->steps.size());
  const auto multiplies = [&](int reader) {
    if (reader < 0) return false;
    const auto step = static_cast<std::size_t>(reader);
    const auto* send = std::get_if<plan::SendLevel>(&plan_->steps[step].work);
    return std::holds_alternative<plan::Sum>(plan_->steps[step].work) ||
           (send && send->level.constant() && send->activator.constant() && is_scaled_by_readers_[step] != 0);
  };
  for (std::size_t i = plan_->steps.size(); i-- > 0;)
    is_scaled_by_readers_[i] = std::ranges::all_of(consumers_[i], multiplies);
}

Engine::~Engine() = default;

base::Result<std::unique_ptr<Engine>> Engine::make(base::Box<plan::Plan> plan, const Sources& sources, int threads) {
  return make(plan::Transition{*plan, {}}, sources, threads);
}

base::Result<std::unique_ptr<Engine>> Engine::make(plan::Transition transition, const Sources& sources, int threads,
                                                   const Rehearsed& rehearsed) {
  std::unique_ptr<Engine> engine(new Engine(std::move(transition.plan), std::move(transition.kept)));
  if (rehearsed.engine != nullptr) engine->find_rehearsed(*rehearsed.engine);
  const auto& steps = engine->plan_->steps;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<base::Error> error;
  const auto make_some = [&] {
    for (std::size_t i = next++; i < steps.size(); i = next++) {
      auto runner = engine->make_runner(i, sources);
      if (runner) {
        engine->runners_[i] = std::move(*runner);
        if (!engine->runners_[i]) continue;
        const auto* device = std::get_if<DeviceRunner>(&engine->runners_[i]->work);
        if (device && device->fault()) engine->note_fault(static_cast<int>(i));
        continue;
      }
      const std::lock_guard lock(mutex);
      if (!error)
        error = base::Error{runner.error().kind, fmt::format("{}: {}", steps[i].name, runner.error().message)};
      return;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back(make_some);
    make_some();
  }
  if (error) return tl::unexpected(*error);
  if (rehearsed.engine != nullptr) engine->adopt(rehearsed);
  return engine;
}

base::Result<std::unique_ptr<Engine::Runner>> Engine::make_runner(std::size_t step, const Sources& sources) const {
  const bool is_kept = !kept_.empty() && kept_[step] >= 0;
  if (!rehearsed_.empty() && rehearsed_[step] >= 0) return nullptr;
  const auto& kind = plan_->steps[step].work;
  const bool is_moved = !std::holds_alternative<plan::Process>(kind) &&
                        !std::holds_alternative<plan::PlayEvents>(kind) &&
                        !std::holds_alternative<plan::PlayAhead>(kind);
  if (is_kept && is_moved) return nullptr;
  auto work = std::visit(WorkMaker{*plan_, sources, is_kept}, plan_->steps[step].work);
  if (!work) return tl::unexpected(work.error());
  return std::make_unique<Runner>(Runner{std::move(*work)});
}

void Engine::set_patience(std::chrono::nanoseconds patience) {
  for (const auto& runner : runners_) {
    if (auto* device = runner ? std::get_if<DeviceRunner>(&runner->work) : nullptr) device->set_patience(patience);
  }
}

// ---- Going on where another has come to ----

void Engine::take_over(Engine& before, Frames clock) {
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (kept_[i] >= 0) {
      keep(i, before, clock);
    } else if (rehearsed_.empty() || rehearsed_[i] < 0) {
      begin(i, clock);
    }
  }
}

void Engine::begin_at(Frames clock) {
  for (std::size_t i = 0; i < runners_.size(); ++i) begin(i, clock);
}

// From where it has come to as a step of another plan, at that one's clock.
void Engine::go_on(std::size_t index, const plan::Plan& before, int old, Frames clock) {
  const plan::Step& step = before.steps[static_cast<std::size_t>(old)];
  const Frames input_lag = step.inputs.empty() ? step.lag : before.steps[static_cast<std::size_t>(step.inputs[0])].lag;
  begin_[index] = std::max(begin_[index], clock - input_lag);
  valid_[index] = std::max(valid_[index], clock - step.lag);
}

void Engine::keep(std::size_t index, Engine& before, Frames clock) {
  go_on(index, *before.plan_, kept_[index], clock);
  const auto old = static_cast<std::size_t>(kept_[index]);
  std::unique_ptr<Runner>& now = runners_[index];
  std::unique_ptr<Runner>& then = before.runners_[old];
  if (!now) {
    std::swap(now, then);
  } else if (auto* device = std::get_if<DeviceRunner>(&now->work)) {
    const int entered = before.plan_->steps[old].inputs[0];
    const int enters = plan_->steps[index].inputs[0];
    device->take_over(std::get<DeviceRunner>(then->work), kept_[static_cast<std::size_t>(enters)] != entered);
  } else if (auto* events = std::get_if<EventPlayer>(&now->work)) {
    events->take_over(std::get<EventPlayer>(then->work));
  }
  if (before.faulty_[old].load(std::memory_order_relaxed)) note_fault(static_cast<int>(index));
}

// ---- Going on as what was rehearsed ----

void Engine::find_rehearsed(const Engine& before) {
  std::map<plan::StepKey, int> places;
  for (int i = 0; i < static_cast<int>(before.runners_.size()); ++i) {
    if (before.has_state(i)) places[before.plan_->steps[static_cast<std::size_t>(i)].key] = i;
  }
  rehearsed_.assign(runners_.size(), -1);
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    const plan::Step& step = plan_->steps[i];
    if (kept_[i] >= 0 || step.key.part == plan::StepKey::Part::none) continue;
    const auto place = places.find(step.key);
    if (place == places.end() || before.plan_->steps[static_cast<std::size_t>(place->second)].work != step.work)
      continue;
    rehearsed_[i] = place->second;
    places.erase(place);
  }
}

void Engine::adopt(const Rehearsed& rehearsed) {
  exchange(*rehearsed.engine);
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (rehearsed_[i] < 0) continue;
    go_on(i, *rehearsed.engine->plan_, rehearsed_[i], rehearsed.clock);
    due_ = std::min(due_, begin_[i]);  // so that all which it hears has begun
    fades_from_ = std::max(fades_from_, valid_[i]);
    if (rehearsed.engine->has_fault(rehearsed_[i])) note_fault(static_cast<int>(i));
  }
}

void Engine::give_back(Engine& rehearsed) {
  if (!rehearsed_.empty()) exchange(rehearsed);
}

void Engine::exchange(Engine& rehearsed) {
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (rehearsed_[i] >= 0) std::swap(runners_[i], rehearsed.runners_[static_cast<std::size_t>(rehearsed_[i])]);
  }
}

// What begins does so with the first frame that all its inputs have; a cross-fade, with the first of what is heard before it.
void Engine::begin(std::size_t index, Frames clock) {
  const plan::Step& step = plan_->steps[index];
  Frames first = begin_[index];
  if (step.inputs.empty()) first = std::max(first, clock);
  for (const int input : step.inputs) first = std::max(first, valid_[static_cast<std::size_t>(input)]);
  Work& work = runners_[index]->work;
  if (const auto* ring = std::get_if<AheadPlayer>(&work)) first = std::max(first, (*ring)->from());
  if (auto* fader = std::get_if<CrossFader>(&work)) {
    const Frames fades_from = std::max(first, fades_from_);
    fader->begin(fades_from);
    settled_at_ = std::max(settled_at_, fades_from + fader->length() + step.lag);
    first = valid_[static_cast<std::size_t>(step.inputs[0])];  // that is heard until then
  }
  begin_[index] = first;
  valid_[index] = first;
}

// ---- One block of one step ----

void Engine::run(int index, Frames clock, int frames, Inputs inputs, Signal& out) {
  const plan::Step& step = plan_->steps[static_cast<std::size_t>(index)];
  // A gate that sleeps needs nothing, but still says where it ended.
  if (!is_needed(index) && !is_asleep(index)) {
    out.ended_at = plan_->start;
    if (!makes_events(index)) silence(out);
    return;
  }
  const auto* device = std::get_if<plan::Process>(&step.work);
  if (device) {
    run_from_begin(index, clock - (step.lag - device->facts.latency), frames, inputs, out);
    const auto first = valid_[static_cast<std::size_t>(index)];
    const auto early = std::clamp((first - (clock - step.lag)).count, std::int64_t{0}, std::int64_t{frames});
    if (!makes_events(index)) audio::clear(out.audio.part(0, static_cast<int>(early)));
  } else if (has_begin(index)) {
    const auto* delay = std::get_if<plan::Delay>(&step.work);
    run_from_begin(index, clock - (step.lag - (delay ? delay->frames : Frames{})), frames, inputs, out);
  } else {
    work(index, clock - step.lag, frames, inputs, out);
  }
  out.ended_at = std::max(out.ended_at, plan_->start);
}

// A device starts with its first frame on its own timeline: what the engine's clock shows it before that is the
// latency of what feeds it, or has passed it before another engine took over.
void Engine::run_from_begin(int index, Frames at, int frames, Inputs inputs, Signal& out) {
  const Frames first = begin_[static_cast<std::size_t>(index)];
  const auto lead = static_cast<int>(std::clamp((first - at).count, std::int64_t{0}, std::int64_t{frames}));
  if (lead == 0) return work(index, at, frames, inputs, out);
  out.ended_at = Frames::never();
  if (!makes_events(index)) silence(out);
  if (lead == frames) return;
  std::array<Signal, 2> rest;
  std::array<const Signal*, 2> rests{&rest[0], &rest[1]};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    rest[i] = *inputs[i];
    if (!rest[i].events) rest[i].audio = rest[i].audio.part(lead, frames - lead);
  }
  Signal part = out;
  part.may_point = false;
  if (!makes_events(index)) part.audio = out.audio.part(lead, frames - lead);
  work(index, first, frames - lead, Inputs(rests).first(inputs.size()), part);
  out.ended_at = part.ended_at;
  out.tail = part.tail;
  out.silent = false;
}

void Engine::work(int index, Frames at, int frames, Inputs inputs, Signal& out) {
  Runner& runner = *runners_[static_cast<std::size_t>(index)];
  struct Visitor {
    Engine& engine;
    int index;
    Frames at;
    int frames;
    Inputs inputs;
    Signal& out;

    void operator()(Summing&) { sum(inputs, out); }
    void operator()(EventPlayer& player) { player.run(engine.run_, at, frames, out); }
    void operator()(AudioPlayer& player) {
      player.run(engine.run_, at, out);
      if (!player.failed_file().empty()) engine.note_fault(index);
    }
    void operator()(AheadPlayer& ring) { ring->read(at, out); }
    void operator()(InputPlayer& input) {
      audio::copy(input->block.part(0, frames), out.audio);
      out.ended_at = Frames::never();
    }
    void operator()(DeviceRunner& device) {
      device.run(engine.run_, at, frames, *inputs[0], inputs.size() > 1 ? inputs[1] : nullptr, out);
      if (device.has_fault()) engine.note_fault(index);
    }
    void operator()(DelayLine& line) { line.run(*inputs[0], out); }
    void operator()(TailGate& gate) {
      gate.run(at, *inputs[0], out);
      if (gate.asleep() && !engine.may_go_on_)
        engine.finished_[static_cast<std::size_t>(index)].store(true, std::memory_order_relaxed);
    }
    void operator()(Fader& fader) {
      restrain();
      fader.run(engine.run_, at, *inputs[0], out);
    }
    void operator()(SendGain& send) {
      restrain();
      send.run(engine.run_, at, *inputs[0], out);
    }
    void restrain() { out.may_point &= engine.is_scaled_by_readers_[static_cast<std::size_t>(index)] != 0; }
    void operator()(CrossFader& fader) { fader.run(at, *inputs[0], *inputs[1], out); }
  };
  std::visit(Visitor{*this, index, at, frames, inputs, out}, runner.work);
}

// A step is needed until each of its consumers is finished: asleep for good, or not needed itself.
bool Engine::is_needed(int index) {
  if (may_go_on_) return true;
  auto& finished = finished_[static_cast<std::size_t>(index)];
  if (finished.load(std::memory_order_relaxed)) return false;
  for (const int consumer : consumers_[static_cast<std::size_t>(index)]) {
    if (consumer < 0 || !finished_[static_cast<std::size_t>(consumer)].load(std::memory_order_relaxed)) return true;
  }
  finished.store(true, std::memory_order_relaxed);
  return false;
}

// Is what comes before its begin kept from it? What it makes of nothing before the start is nothing, but for clips and prints, which a
// count-in may lie over.
bool Engine::has_begin(int index) const {
  const plan::Step& step = plan_->steps[static_cast<std::size_t>(index)];
  if (begin_[static_cast<std::size_t>(index)] > plan_->start) return has_state(index);
  return plan_->lead > Frames{} && step.inputs.empty() && !plan::is_played_in(step);
}

bool Engine::has_state(int index) const {
  const Work& work = runners_[static_cast<std::size_t>(index)]->work;
  return std::holds_alternative<DeviceRunner>(work) || std::holds_alternative<DelayLine>(work) ||
         std::holds_alternative<TailGate>(work);
}

bool Engine::save(int index, base::ImageWriter& image) const {
  const Work& work = runners_[static_cast<std::size_t>(index)]->work;
  if (const auto* device = std::get_if<DeviceRunner>(&work)) return device->save(image);
  if (const auto* line = std::get_if<DelayLine>(&work)) line->save(image);
  if (const auto* gate = std::get_if<TailGate>(&work)) gate->save(image);
  return true;
}

bool Engine::restore(int index, base::ImageReader& image) {
  Work& work = runners_[static_cast<std::size_t>(index)]->work;
  if (auto* device = std::get_if<DeviceRunner>(&work)) device->restore(image);
  if (auto* line = std::get_if<DelayLine>(&work)) line->restore(image);
  if (auto* gate = std::get_if<TailGate>(&work)) gate->restore(image);
  if (is_asleep(index)) finished_[static_cast<std::size_t>(index)] = true;
  return image.ok() && image.left() == 0;
}

bool Engine::is_asleep(int index) const {
  const auto* gate = std::get_if<TailGate>(&runners_[static_cast<std::size_t>(index)]->work);
  return gate && gate->asleep();
}

bool Engine::makes_events(int index) const {
  const auto& work = plan_->steps[static_cast<std::size_t>(index)].work;
  if (const auto* device = std::get_if<plan::Process>(&work))
    return device->device_class == devices::DeviceClass::midi_effect;
  return std::holds_alternative<plan::PlayEvents>(work);
}

bool Engine::was_cut_short(int index) const {
  const auto* gate = std::get_if<TailGate>(&runners_[static_cast<std::size_t>(index)]->work);
  return gate && gate->cut_short();
}

std::optional<audio::Ringing> Engine::heard_by(int index) const {
  const auto* gate = std::get_if<TailGate>(&runners_[static_cast<std::size_t>(index)]->work);
  return gate && gate->asleep() ? std::optional(gate->heard()) : std::nullopt;
}

void Engine::note_fault(int index) {
  faulty_[static_cast<std::size_t>(index)].store(true, std::memory_order_release);
  any_faulty_.store(true, std::memory_order_release);
}

std::optional<base::Error> Engine::fault() const {
  if (!any_faulty_.load(std::memory_order_acquire)) return std::nullopt;
  for (std::size_t i = 0; i < faulty_.size(); ++i) {
    if (faulty_[i].load(std::memory_order_acquire)) return fault_of(static_cast<int>(i));
  }
  return std::nullopt;
}

std::optional<base::Error> Engine::fault_behind(int index) const {
  if (!any_faulty_.load(std::memory_order_acquire)) return std::nullopt;
  std::vector<bool> behind(plan_->steps.size());
  behind[static_cast<std::size_t>(index)] = true;
  std::optional<base::Error> first;
  for (int i = index; i >= 0; --i) {  // inputs are earlier steps
    if (!behind[static_cast<std::size_t>(i)]) continue;
    if (faulty_[static_cast<std::size_t>(i)].load(std::memory_order_acquire)) first = fault_of(i);
    for (const int input : plan_->steps[static_cast<std::size_t>(i)].inputs)
      behind[static_cast<std::size_t>(input)] = true;
  }
  return first;
}

base::Error Engine::fault_of(int index) const {
  const std::string& name = plan_->steps[static_cast<std::size_t>(index)].name;
  const Work& work = runners_[static_cast<std::size_t>(index)]->work;
  if (const auto* device = std::get_if<DeviceRunner>(&work)) {
    base::Error error = *device->fault();
    error.message = fmt::format("{}: {}", name, error.message);
    return error;
  }
  return {base::ErrorKind::io,
          fmt::format(
              "{}: the file {} could not be read to its end. Check the disk and that nothing removed or shortened it.",
              name, std::get<AudioPlayer>(work).failed_file())};
}

}  // namespace firn::engine
