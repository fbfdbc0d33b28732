#include "plan/transition.hpp"

#include <algorithm>
#include <utility>

namespace firn::plan {
namespace {

using time::Frames;

constexpr time::Seconds fade_length{0.01};

const Step& at(const Plan& plan, int step) { return plan.steps[static_cast<std::size_t>(step)]; }

bool makes_events(const Step& step) {
  const auto* device = std::get_if<Process>(&step.work);
  return device ? device->device_class == devices::DeviceClass::midi_effect
                : std::holds_alternative<PlayEvents>(step.work);
}

Frames input_lag(const Plan& plan, const Step& step) {
  return step.inputs.empty() ? step.lag : at(plan, step.inputs.front()).lag;
}

StepKey without_delay(StepKey key) {
  key.delay = {};
  return key;
}

// A processor whose parameters alone have moved goes on, and is told so.
bool is_same_device(const Process& one, const Process& other) {
  devices::Settings moved = one.settings;
  moved.values = other.settings.values;
  return moved == other.settings && one.device_class == other.device_class && one.facts.latency == other.facts.latency;
}

bool does_the_same(const Step& one, const Step& other) {
  if (one.work.index() != other.work.index()) return false;
  if (const auto* device = std::get_if<Process>(&one.work))
    return is_same_device(*device, std::get<Process>(other.work));
  return std::holds_alternative<PlayEvents>(one.work) || one.work == other.work;
}

class Builder {
 public:
  Builder(const Plan& from, const Plan& to, const std::set<int>& spent)
      : from_(from),
        to_(to),
        before_(to.steps.size(), -1),
        after_(from.steps.size(), -1),
        new_(to.steps.size()),
        old_(from.steps.size()) {
    std::multimap<StepKey, int> places;  // several where something still fades out
    for (std::size_t i = 0; i < from.steps.size(); ++i) {
      if (from.steps[i].key.part != StepKey::Part::none && !spent.contains(static_cast<int>(i)))
        places.emplace(from.steps[i].key, static_cast<int>(i));
    }
    for (std::size_t i = 0; i < to.steps.size(); ++i) {
      const auto [first, last] = places.equal_range(to.steps[i].key);
      const auto place = std::find_if(first, last, [&](const auto& each) {
        const Step& step = at(from, each.second);
        // What would get ahead of itself begins anew.
        return does_the_same(step, to.steps[i]) && input_lag(to, to.steps[i]) >= input_lag(from, step);
      });
      if (place == last) continue;
      before_[i] = place->second;
      after_[static_cast<std::size_t>(place->second)] = static_cast<int>(i);
      places.erase(place);
    }
  }

  Transition build() && {
    Plan& plan = result_.plan;
    plan = {to_.rate, to_.tempo, to_.start, to_.lead, to_.loop, to_.shift, {}, {}};
    for (const Output& output : to_.outputs) {
      const auto same = std::ranges::find(from_.outputs, output.point, &Output::point);
      const bool is_new = same == from_.outputs.end();
      plan.outputs.push_back({output.point, is_new ? new_step(output.step) : heard(faded(same->step), output.step)});
    }
    if (!result_.fades) return {to_, std::move(before_), false};
    return std::move(result_);
  }

 private:
  // Where in the result a step is.
  struct Place {
    int step = -1;
    bool is_open = false;  // its inputs are being placed
  };

  int add(Step step, int kept) {
    result_.plan.steps.push_back(std::move(step));
    result_.kept.push_back(kept);
    return static_cast<int>(result_.plan.steps.size()) - 1;
  }

  int new_step(int index) {
    Place& place = new_[static_cast<std::size_t>(index)];
    if (place.step >= 0) return place.step;
    place.is_open = true;
    Step step = at(to_, index);
    const int before = before_[static_cast<std::size_t>(index)];
    if (before < 0) {
      for (int& input : step.inputs) input = new_step(input);
    } else if (std::holds_alternative<Sum>(step.work)) {
      step.inputs = summands(at(from_, before), step);
    } else {
      const std::vector<int>& were = at(from_, before).inputs;
      for (std::size_t i = 0; i < step.inputs.size(); ++i) step.inputs[i] = heard(faded(were[i]), step.inputs[i]);
    }
    place.is_open = false;
    return place.step = add(std::move(step), before);
  }

  // A step that only the old plan has, or what goes on as it; -1 where that would be a cycle.
  int old_step(int index) {
    if (const int after = after_[static_cast<std::size_t>(index)]; after >= 0)
      return new_[static_cast<std::size_t>(after)].is_open ? -1 : new_step(after);
    Place& place = old_[static_cast<std::size_t>(index)];
    if (place.step >= 0) return place.step;
    if (place.is_open) return -1;
    place.is_open = true;
    Step step = at(from_, index);
    const Frames own = step.lag - input_lag(from_, step);
    Frames lag;
    for (int& input : step.inputs) {
      input = old_step(input);
      if (input < 0) {
        place.is_open = false;
        return -1;
      }
      lag = std::max(lag, at(result_.plan, input).lag);
    }
    for (int& input : step.inputs) input = delayed(input, lag);
    step.lag = lag + own;
    place.is_open = false;
    return place.step = add(std::move(step), index);
  }

  int delayed(int stream, Frames lag) {
    const Frames missing = lag - at(result_.plan, stream).lag;
    if (missing == Frames{}) return stream;
    return add({Delay{missing}, {stream}, lag, "Delay"}, -1);
  }

  // What is left of a cross-fade that is over: the plan is not changed before.
  int faded(int old) const {
    while (std::holds_alternative<CrossFade>(at(from_, old).work)) old = at(from_, old).inputs[1];
    return old;
  }

  int undelayed(int step) const {
    while (std::holds_alternative<Delay>(at(to_, step).work)) step = at(to_, step).inputs.front();
    return step;
  }

  bool is_silent(int old) const {
    const Step& step = at(from_, old);
    if (std::holds_alternative<Delay>(step.work)) return is_silent(faded(step.inputs.front()));
    return std::holds_alternative<Sum>(step.work) && step.inputs.empty() && step.key.part == StepKey::Part::none;
  }

  bool goes_on(int was, int is) const { return was >= 0 && before_[static_cast<std::size_t>(is)] == was; }

  // What a step hears that heard one stream and now hears another; -1 for none.
  int heard(int was, int is) {
    if (is >= 0 && (goes_on(was, is) || makes_events(at(to_, is)))) return new_step(is);
    if (is < 0 && makes_events(at(from_, was))) return -1;
    const int now = is < 0 ? -1 : new_step(is);
    int then = was < 0 || makes_events(at(from_, was)) ? -1 : old_step(was);
    const Frames lag = now < 0 ? Frames{} : at(result_.plan, now).lag;
    // What comes later than it is wanted can't be faded out.
    if (then >= 0 && now >= 0 && at(result_.plan, then).lag > lag) then = -1;
    result_.fades = true;
    const Frames length = time::frames_of(fade_length, to_.rate);
    const Frames common = now < 0 && then >= 0 ? at(result_.plan, then).lag : lag;
    const auto or_silence = [&](int stream) {
      return stream < 0 ? add({Sum{}, {}, common, "Silence"}, -1) : delayed(stream, common);
    };
    const int first = or_silence(then);
    const int second = or_silence(now);
    return add({CrossFade{length}, {first, second}, common, "Cross-fade"}, -1);
  }

  // Each of a sum's inputs by itself: one that stays is not touched by what comes and goes beside it.
  std::vector<int> summands(const Step& was, const Step& is) {
    std::vector<int> gone;
    for (const int input : was.inputs) {
      if (!is_silent(faded(input))) gone.push_back(faded(input));
    }
    std::vector<int> others(is.inputs.size(), -1);
    for (std::size_t i = 0; i < is.inputs.size(); ++i) {
      const int input = is.inputs[i];
      const auto same = std::ranges::find(gone, before_[static_cast<std::size_t>(input)]);
      const auto other = same != gone.end() ? same : std::ranges::find_if(gone, [&](int old) {
        // One that goes on may be heard later from now on.
        const int after = after_[static_cast<std::size_t>(old)];
        return after < 0 ? without_delay(at(from_, old).key) == without_delay(at(to_, input).key)
                         : after == undelayed(input);
      });
      if (other == gone.end()) continue;
      others[i] = *other;
      gone.erase(other);
    }
    std::vector<int> inputs;
    for (std::size_t i = 0; i < is.inputs.size(); ++i) inputs.push_back(heard(others[i], is.inputs[i]));
    for (const int old : gone) {
      const int stream = heard(old, -1);
      if (stream >= 0 && at(result_.plan, stream).lag <= is.lag) inputs.push_back(delayed(stream, is.lag));
    }
    return inputs;
  }

  const Plan& from_;
  const Plan& to_;
  std::vector<int> before_;  // by step of `to`: the one of `from` that goes on as it, or -1
  std::vector<int> after_;   // and the other way round
  std::vector<Place> new_;   // by step of `to`
  std::vector<Place> old_;   // by step of `from`
  Transition result_;
};

}  // namespace

Transition transition(const Plan& from, const Plan& to, const std::set<int>& spent) {
  return Builder(from, to, spent).build();
}

std::map<StepKey, Frames> lags_of(const Plan& plan) {
  std::map<StepKey, Frames> lags;
  for (const Step& step : plan.steps) {
    if (step.key.part == StepKey::Part::none || step.inputs.empty() || step.key.delay > Frames{}) continue;
    Frames& lag = lags[step.key];
    lag = std::max(lag, input_lag(plan, step));
  }
  return lags;
}

bool is_in_step(const Plan& one, const Plan& other) {
  std::map<StepKey, Frames> lags;
  for (const Step& step : other.steps) lags[step.key] = step.lag;
  std::set<Frames> apart;
  for (const Step& step : one.steps) {
    const bool counts = is_device(step) || std::holds_alternative<Tail>(step.work);
    if (const auto lag = lags.find(step.key); counts && lag != lags.end()) apart.insert(step.lag - lag->second);
  }
  return apart.size() <= 1;
}

}  // namespace firn::plan
