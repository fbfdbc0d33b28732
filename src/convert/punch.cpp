#include "convert/punch.hpp"

#include <algorithm>

#include "base/build.hpp"
#include "base/image.hpp"

namespace firn::convert {
namespace {

using base::Digest;
using base::Hasher;
using store::Checkpoint;
using time::Frames;

constexpr std::int64_t room_for_a_print = std::int64_t{256} << 20;  // bytes of states
constexpr std::int64_t room_for_a_project = std::int64_t{2} << 30;
constexpr std::int64_t share_of_disk = 8;  // of what is free, states take at most one part in so many

// Beside the room that the prints will take.
std::int64_t room_in(const store::Store& store, std::int64_t prints = 0) {
  return std::clamp((store.free_bytes() - prints) / share_of_disk, std::int64_t{0}, room_for_a_project);
}

// At most: each rings on up to its limit.
std::int64_t bytes_of_prints(const plan::Plan& plan) {
  Frames tail;
  for (const auto& step : plan.steps) {
    if (const auto* work = std::get_if<plan::Tail>(&step.work))
      tail = std::max(tail, time::frames_of(time::Seconds{work->limit_seconds}, plan.rate));
  }
  std::int64_t bytes = 0;
  for (const auto& output : plan.outputs)
    bytes += (plan::last_event_of(plan, output) + tail).count * static_cast<std::int64_t>(2 * sizeof(float));
  return bytes;
}

// Steps behind `step`, each after its inputs.
void walk(const plan::Plan& plan, int step, std::vector<int>& ordinals, std::vector<int>& steps) {
  int& ordinal = ordinals[static_cast<std::size_t>(step)];
  if (ordinal >= 0) return;
  for (const int input : plan.steps[static_cast<std::size_t>(step)].inputs) walk(plan, input, ordinals, steps);
  ordinal = static_cast<int>(steps.size());
  steps.push_back(step);
}

}  // namespace

Punch::Punch(const plan::Plan& plan, const Studio& studio)
    : plan_(plan),
      store_(studio.store),
      checkpoints_(studio.store.checkpoints()),
      every_(studio.between_points),
      room_(room_in(studio.store, bytes_of_prints(plan))),
      trail_(plan, studio.between_points) {
  for (const auto& output : plan.outputs) {
    Output made{{}, std::vector<int>(plan.steps.size(), -1), {}, {}};
    walk(plan, output.step, made.ordinals, made.steps);
    Hasher hash;
    for (const int step : made.steps) {
      const auto& inputs = plan.steps[static_cast<std::size_t>(step)].inputs;
      hash.number(static_cast<std::int64_t>(plan.steps[static_cast<std::size_t>(step)].work.index()));
      hash.number(static_cast<std::int64_t>(inputs.size()));
      for (const int input : inputs) hash.number(made.ordinals[static_cast<std::size_t>(input)]);
    }
    made.shape = hash.finish();
    outputs_.push_back(std::move(made));
  }
}

void Punch::tidy(store::Store& store) { store.checkpoints().trim(room_in(store)); }

Digest Punch::named(const char* what, const Digest& digest) const {
  static const std::string build = base::build_id();
  Hasher hash;
  return hash.text(what)
      .text(build)
      .number(plan_.rate.hertz)
      .number(plan_.start.count)
      .number(every_.count)
      .digest(digest)
      .finish();
}

Digest Punch::before(std::size_t output, std::int64_t point) {
  const int step = plan_.outputs[output].step;
  Hasher hash;
  hash.number(plan_.steps[static_cast<std::size_t>(step)].lag.count).digest(trail_.before(step, point));
  return named("before", hash.finish());
}

Digest Punch::after(std::size_t output, std::int64_t point) {
  const int step = plan_.outputs[output].step;
  Hasher hash;
  hash.number(plan_.steps[static_cast<std::size_t>(step)].lag.count).digest(trail_.after(step, point));
  return named("after", hash.finish());
}

std::optional<Punch::Place> Punch::at(std::size_t output, std::int64_t point) {
  auto place = checkpoints_.find_before(before(output, point));
  const bool is_it = place && place->point.point == point && checkpoints_.has_states(place->point.states) &&
                     store_.is_whole(place->take->print.audio);
  return is_it ? place : std::nullopt;
}

std::optional<Punch::Place> Punch::in(std::size_t output) {
  if (checkpoints_.empty()) return std::nullopt;
  for (std::int64_t point = trail_.last_point(); point > 0; --point) {
    if (const auto place = at(output, point)) return place;
  }
  return std::nullopt;
}

std::vector<Punch::Place> Punch::all(std::size_t output) {
  std::vector<Place> places;
  for (std::int64_t point = 1; point <= trail_.last_point(); ++point) {
    if (const auto place = at(output, point)) places.push_back(*place);
  }
  return places;
}

bool Punch::restore(engine::Engine& engine, std::size_t output, const Place& place) const {
  const auto bytes = checkpoints_.states(place.point.states);
  if (!bytes) return false;
  base::ImageReader reader(*bytes);
  Digest shape;
  reader.value(shape.bytes);
  std::uint64_t count = 0;
  reader.value(count);
  const Output& made = outputs_[output];
  if (!reader.ok() || shape != made.shape) return false;
  std::vector<std::byte> image;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    std::uint64_t ordinal = 0;
    reader.within(ordinal, 0, made.steps.size() - 1);
    reader.values(image);
    base::ImageReader state(image);
    if (!reader.ok() || !engine.restore(made.steps[static_cast<std::size_t>(ordinal)], state)) return false;
  }
  return reader.ok() && reader.left() == 0;
}

// Fewer where they are large, at the same points in every print.
bool Punch::are_worth_keeping(std::int64_t point, std::size_t bytes) const {
  const std::int64_t room = std::min(room_ / static_cast<std::int64_t>(outputs_.size()), room_for_a_print);
  std::int64_t apart = 1;
  while (trail_.last_point() / apart * static_cast<std::int64_t>(bytes) > room && apart < trail_.last_point())
    apart *= 2;
  return point % apart == 0 && static_cast<std::int64_t>(bytes) <= room;
}

std::vector<std::byte> Punch::image_of(const Output& output, const render::Snapshot& snapshot) const {
  auto states = snapshot.states;
  const auto ordinal = [&](const auto& state) { return output.ordinals[static_cast<std::size_t>(state.first)]; };
  std::ranges::sort(states, {}, ordinal);
  std::size_t size = 0;
  for (const auto& state : states) size += state.second.size() + 2 * sizeof(std::uint64_t);
  std::vector<std::byte> bytes;
  bytes.reserve(output.shape.bytes.size() + sizeof(std::uint64_t) + size);
  base::ImageWriter image(bytes);
  image.value(output.shape.bytes);
  image.value(static_cast<std::uint64_t>(states.size()));
  for (const auto& state : states) {
    image.value(static_cast<std::uint64_t>(ordinal(state)));
    image.values(state.second);
  }
  return bytes;
}

bool Punch::pass(std::size_t index, const render::Snapshot& snapshot, Frames at) {
  Output& output = outputs_[index];
  auto states = image_of(output, snapshot);
  Checkpoint checkpoint{snapshot.point, at, {}, {}, {}};
  {
    const std::lock_guard lock(mutex_);
    checkpoint.before = before(index, snapshot.point);
    checkpoint.after = after(index, snapshot.point);
  }
  if (!checkpoints_.knows_after(checkpoint.after)) {
    in_background([this, &output, checkpoint, states = std::move(states)]() mutable {
      keep(output, checkpoint, std::move(states));
    });
    return true;
  }
  checkpoint.states = base::digest_of(states);
  const auto place = checkpoints_.find_after(checkpoint.after, checkpoint.states);
  if (place && place->point.point == checkpoint.point && place->point.at == at &&
      store_.is_whole(place->take->print.audio))
    output.passed.out = place;
  keep(output, checkpoint, std::move(states));
  return !output.passed.out;
}

// Without the states, the next print starts earlier: nothing to fail for.
void Punch::keep(Output& output, Checkpoint checkpoint, std::vector<std::byte> states) {
  if (!checkpoint.states) checkpoint.states = base::digest_of(states);
  if (are_worth_keeping(checkpoint.point, states.size()) && !checkpoints_.has_states(checkpoint.states))
    static_cast<void>(store_.keep_states(checkpoint.states, states));
  const std::lock_guard lock(mutex_);
  output.passed.points.push_back(checkpoint);
}

void Punch::in_background(std::function<void()> task) {
  constexpr std::size_t most = 4;  // each holds states
  std::future<void> oldest;
  {
    const std::lock_guard lock(mutex_);
    under_way_.push_back(std::async(std::move(task)));
    if (under_way_.size() <= most) return;
    oldest = std::move(under_way_.front());
    under_way_.pop_front();
  }
  oldest.wait();
}

Punch::Passed Punch::passed(std::size_t index, const std::optional<Place>& in) {
  for (auto& task : under_way_) task.wait();
  under_way_.clear();
  Passed passed = std::move(outputs_[index].passed);
  // What is still true of another print's points: those before the punch-in, and those behind the punch-out.
  if (in) {
    for (Checkpoint earlier : in->take->points) {
      if (earlier.point > in->point.point) continue;
      earlier.after = after(index, earlier.point);
      passed.points.push_back(earlier);
    }
  }
  if (passed.out) {
    for (Checkpoint later : passed.out->take->points) {
      if (later.point <= passed.out->point.point) continue;
      later.before = before(index, later.point);
      passed.points.push_back(later);
    }
  }
  std::ranges::sort(passed.points, {}, &Checkpoint::point);
  return passed;
}

}  // namespace firn::convert
