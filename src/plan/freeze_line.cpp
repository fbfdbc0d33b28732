#include "plan/freeze_line.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace firn::plan {
namespace {

const Step& at(const Plan& plan, int step) { return plan.steps[static_cast<std::size_t>(step)]; }

template <class Work>
bool is(const Step& step) {
  return std::holds_alternative<Work>(step.work);
}

bool makes_events(const Step& step) {
  const auto* device = std::get_if<Process>(&step.work);
  return is<PlayEvents>(step) || (device && device->device_class == devices::DeviceClass::midi_effect);
}

// The plan of one step and what it hears; where it goes on ringing, to its end (Ending::silent), for more goes on from it.
Plan plan_of(const Plan& whole, int step, const Point& point, double tail_limit) {
  std::set<int> heard{step};
  for (auto each = heard.rbegin(); each != heard.rend(); ++each)
    heard.insert(at(whole, *each).inputs.begin(), at(whole, *each).inputs.end());
  Plan plan{whole.rate, whole.tempo, whole.start, {}, whole.loop, whole.shift, {}, {}};
  std::map<int, int> places;
  for (const int each : heard) {
    places[each] = static_cast<int>(plan.steps.size());
    plan.steps.push_back(at(whole, each));
    for (int& input : plan.steps.back().inputs) input = places.at(input);
  }
  plan.outputs = {{point, places.at(step)}};
  const Step last = plan.steps.back();
  if (!is<Tail>(last) && std::ranges::any_of(plan.steps, is<Process>)) {
    const int input = static_cast<int>(plan.steps.size()) - 1;
    StepKey key = last.key;
    key.part = StepKey::Part::tail;
    plan.steps.push_back({Tail{tail_limit + 1.0, Ending::silent}, {input}, last.lag, last.name + ": Tail", key});
    plan.outputs.front().step = input + 1;
  }
  return plan;
}

class Cutter {
 public:
  Cutter(const Plan& plan, double tail_limit)
      : plan_(plan), tail_limit_(tail_limit), is_below_(plan.steps.size()), is_worth_it_(plan.steps.size()) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const Step& step = plan.steps[i];
      ++uses_[step.key];
      is_below_[i] = is<Mix>(step) || is<SendLevel>(step) || is_played_in(step);
      is_worth_it_[i] = is<PlayAudio>(step) || is<Process>(step);
      for (const int input : step.inputs) {
        is_below_[i] = is_below_[i] || is_below_[static_cast<std::size_t>(input)];
        is_worth_it_[i] = is_worth_it_[i] || is_worth_it_[static_cast<std::size_t>(input)];
      }
    }
  }

  std::vector<Stream> cut() {
    for (const Output& output : plan_.outputs) add(output.step, &output.point);
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (!is_below_[i]) continue;
      for (const int input : plan_.steps[i].inputs) add(input, nullptr);
    }
    return std::move(streams_);
  }

 private:
  // Delays stay below: how late a stream has to be there is no matter of its own.
  void add(int index, const Point* point) {
    const Step& step = at(plan_, index);
    const auto i = static_cast<std::size_t>(index);
    if (is_below_[i] || !is_worth_it_[i]) return;
    if (is<Delay>(step)) return add(step.inputs.front(), point);
    if (makes_events(step) || step.key.part == StepKey::Part::none || uses_.at(step.key) > 1) {
      for (const int input : step.inputs) add(input, nullptr);
    } else if (added_.insert(index).second) {
      const Point inside{{step.key.track, document::TapPoint::pre_fx}, step.key.device, Ending::silent};
      streams_.push_back({step.key, plan_of(plan_, index, point ? *point : inside, tail_limit_), point != nullptr});
    }
  }

  const Plan& plan_;
  const double tail_limit_;
  std::vector<bool> is_below_;
  std::vector<bool> is_worth_it_;
  std::map<StepKey, int> uses_;
  std::set<int> added_;
  std::vector<Stream> streams_;
};

}  // namespace

bool is_played_in(const Step& step) {
  const auto* events = std::get_if<PlayEvents>(&step.work);
  return is<PlayInput>(step) || (events && !events->input.empty());
}

std::vector<Stream> streams_above_the_line(const Plan& plan, double tail_limit) {
  return Cutter(plan, tail_limit).cut();
}

std::vector<Stream> files_of(const Stream& stream) {
  std::vector<Stream> files;
  for (std::size_t i = 0; i < stream.plan.steps.size(); ++i) {
    const Step& step = stream.plan.steps[i];
    if (!is<PlayAudio>(step) || step.key == stream.key) continue;
    const Point point{{step.key.track, document::TapPoint::pre_fx}, step.key.device, Ending::silent};
    files.push_back({step.key, plan_of(stream.plan, static_cast<int>(i), point, 0.0)});
  }
  return files;
}

}  // namespace firn::plan
