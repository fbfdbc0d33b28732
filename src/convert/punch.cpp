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

constexpr std::int64_t room_for_a_print = std::int64_t{128} << 20;  // bytes of states
constexpr std::int64_t room_for_a_project = std::int64_t{1} << 30;
constexpr std::int64_t share_of_disk = 8;  // of what is free, states take at most one part in so many

std::int64_t room_in(const store::Store& store) {
  return std::min(room_for_a_project, store.free_bytes() / share_of_disk);
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
      every_(studio.between_points),
      room_(room_in(studio.store)),
      trail_(plan, studio.between_points) {
  for (const auto& output : plan.outputs) {
    Sources sources{{}, std::vector<int>(plan.steps.size(), -1), {}};
    walk(plan, output.step, sources.ordinals, sources.steps);
    Hasher hash;
    for (const int step : sources.steps) {
      const auto& inputs = plan.steps[static_cast<std::size_t>(step)].inputs;
      hash.number(static_cast<std::int64_t>(plan.steps[static_cast<std::size_t>(step)].work.index()));
      hash.number(static_cast<std::int64_t>(inputs.size()));
      for (const int input : inputs) hash.number(sources.ordinals[static_cast<std::size_t>(input)]);
    }
    sources.shape = hash.finish();
    sources_.push_back(std::move(sources));
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

std::optional<Punch::Place> Punch::in(std::size_t output) {
  const auto& checkpoints = store_.checkpoints();
  if (checkpoints.empty()) return std::nullopt;
  for (std::int64_t point = trail_.last_point(); point > 0; --point) {
    const auto place = checkpoints.find_before(before(output, point));
    if (place && place->point.point == point && checkpoints.has_states(place->point.states) &&
        store_.is_whole(place->take->print.audio))
      return place;
  }
  return std::nullopt;
}

bool Punch::restore(engine::Engine& engine, std::size_t output, const Place& place) const {
  const auto bytes = store_.checkpoints().states(place.point.states);
  if (!bytes) return false;
  base::ImageReader reader(*bytes);
  Digest shape;
  reader.value(shape.bytes);
  std::uint64_t count = 0;
  reader.value(count);
  const Sources& sources = sources_[output];
  if (!reader.ok() || shape != sources.shape) return false;
  std::vector<std::byte> image;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    std::uint64_t ordinal = 0;
    reader.within(ordinal, 0, sources.steps.size() - 1);
    reader.values(image);
    base::ImageReader state(image);
    if (!reader.ok() || !engine.restore(sources.steps[static_cast<std::size_t>(ordinal)], state)) return false;
  }
  return reader.ok() && reader.left() == 0;
}

// Fewer where they are large, at the same points in every print.
bool Punch::are_worth_keeping(std::int64_t point, std::size_t bytes) const {
  const std::int64_t room = std::min(room_, room_for_a_print);
  std::int64_t apart = 1;
  while (trail_.last_point() / apart * static_cast<std::int64_t>(bytes) > room && apart < trail_.last_point())
    apart *= 2;
  return point % apart == 0 && static_cast<std::int64_t>(bytes) <= room;
}

Checkpoint Punch::take(std::size_t output, const render::Snapshot& snapshot, Frames at) {
  const Sources& sources = sources_[output];
  std::vector<std::byte> bytes;
  std::size_t size = 0;
  for (const auto& state : snapshot.states) size += state.second.size() + 2 * sizeof(std::uint64_t);
  bytes.reserve(sources.shape.bytes.size() + sizeof(std::uint64_t) + size);
  base::ImageWriter image(bytes);
  image.value(sources.shape.bytes);
  image.value(static_cast<std::uint64_t>(snapshot.states.size()));
  auto states = snapshot.states;
  const auto ordinal = [&](const auto& state) { return sources.ordinals[static_cast<std::size_t>(state.first)]; };
  std::ranges::sort(states, {}, ordinal);
  for (const auto& state : states) {
    image.value(static_cast<std::uint64_t>(ordinal(state)));
    image.values(state.second);
  }
  Checkpoint checkpoint{snapshot.point, at, {}, {}, base::digest_of(bytes)};
  {
    const std::lock_guard lock(mutex_);
    checkpoint.before = before(output, snapshot.point);
    checkpoint.after = after(output, snapshot.point);
  }
  // Without them, the next print starts earlier: nothing to fail for.
  if (are_worth_keeping(snapshot.point, bytes.size()) && !store_.checkpoints().has_states(checkpoint.states))
    static_cast<void>(store_.keep_states(checkpoint.states, bytes));
  return checkpoint;
}

std::optional<Punch::Place> Punch::out(const Checkpoint& checkpoint) const {
  const auto place = store_.checkpoints().find_after(checkpoint.after, checkpoint.states);
  const bool is_it = place && place->point.point == checkpoint.point && place->point.at == checkpoint.at;
  return is_it && store_.is_whole(place->take->print.audio) ? place : std::nullopt;
}

Checkpoint Punch::before_in(std::size_t output, Checkpoint checkpoint) {
  checkpoint.after = after(output, checkpoint.point);
  return checkpoint;
}

Checkpoint Punch::after_out(std::size_t output, Checkpoint checkpoint) {
  checkpoint.before = before(output, checkpoint.point);
  return checkpoint;
}

}  // namespace firn::convert
