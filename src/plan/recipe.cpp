#include <bit>

#include "plan/plan.hpp"

namespace firn::plan {
namespace {

using base::Digest;
using base::Hasher;

// Digests a step's work; what follows from its inputs comes in through theirs.
class Recipe {
 public:
  explicit Recipe(const Plan& plan) : plan_(plan), keys_(plan.steps.size()) {}

  Digest of(int index) {
    Digest& key = keys_[static_cast<std::size_t>(index)];
    if (key) return key;
    const Step& step = plan_.steps[static_cast<std::size_t>(index)];
    // On the timeline a delay changes nothing.
    if (std::holds_alternative<Delay>(step.work)) return key = of(step.inputs.front());
    Hasher hash;
    hash.number(static_cast<std::int64_t>(step.work.index()));
    std::visit([&](const auto& work) { add(hash, work); }, step.work);
    hash.number(static_cast<std::int64_t>(step.inputs.size()));
    for (const int input : step.inputs) hash.digest(of(input));
    return key = hash.finish();
  }

 private:
  void add(Hasher& hash, const PlayEvents& work) {
    std::vector<std::int64_t> words;
    words.reserve(2 * work.events->size());
    for (const midi::Event& event : *work.events) {
      words.push_back(event.at.count);
      words.push_back(static_cast<std::int64_t>(event.kind) << 32 | std::int64_t{event.number} << 16 | event.value);
    }
    static_assert(std::endian::native == std::endian::little, "recipes are digests of little-endian words");
    hash.number(static_cast<std::int64_t>(words.size())).bytes(std::as_bytes(std::span(words)));
  }

  void add(Hasher& hash, const PlayAudio& work) {
    hash.number(work.stop.count).number(work.ringing ? 1 : 0);
    if (work.ringing) hash.number(work.ringing->ended_at.count).number(work.ringing->tail.count);
    hash.number(static_cast<std::int64_t>(work.spans.size()));
    for (const AudioSpan& span : work.spans) {
      hash.digest(span.audio.key.digest).number(span.start.count).number(span.length.count).number(span.offset.count);
      hash.number(span.loop ? 1 : 0);
      if (span.loop) hash.number(span.loop->start.count).number(span.loop->end.count);
      hash.real(span.gain_db).number(span.fade_in.count).number(span.fade_out.count);
    }
  }

  void add(Hasher& hash, const Process& work) {
    const auto& settings = work.settings;
    hash.text(settings.type)
        .number(work.facts.version)
        .number(settings.on ? 1 : 0)
        .number(static_cast<std::int64_t>(settings.seed));
    hash.number(static_cast<std::int64_t>(settings.values.size()));
    for (const double value : settings.values) hash.real(value);
    hash.number(static_cast<std::int64_t>(settings.files.size()));
    for (const auto& [slot, content] : settings.files) hash.text(slot).digest(content);
    hash.number(static_cast<std::int64_t>(work.automated.size()));
    for (const auto& automated : work.automated) {
      hash.number(automated.index);
      add(hash, automated.curve);
    }
    hash.number(work.on ? 1 : 0);
    if (work.on) add(hash, *work.on);
    const auto* type = devices::find_type(settings.type);
    hash.number(type && type->uses_tempo ? 1 : 0);
    if (type && type->uses_tempo) hash.digest(tempo());
  }

  void add(Hasher&, const Sum&) {}
  void add(Hasher&, const Delay&) {}
  void add(Hasher& hash, const Tail& work) {
    hash.real(work.limit_seconds).number(static_cast<std::int64_t>(work.ending));
  }

  void add(Hasher& hash, const Mix& work) {
    add(hash, work.volume);
    add(hash, work.pan);
    add(hash, work.activator);
  }

  void add(Hasher& hash, const SendLevel& work) {
    add(hash, work.level);
    add(hash, work.activator);
  }

  void add(Hasher& hash, const Curve& curve) {
    hash.number(static_cast<std::int64_t>(curve.segments.size()));
    for (const Segment& segment : curve.segments) {
      hash.number(segment.start.count)
          .real(segment.from)
          .real(segment.to)
          .real(segment.t0)
          .real(segment.t1)
          .real(segment.curve);
    }
  }

  Digest tempo() {
    if (!tempo_) {
      Hasher hash;
      for (const auto& point : plan_.tempo->tempos())
        hash.number(point.at.ticks).real(point.bpm).number(point.ramp ? 1 : 0);
      for (const auto& signature : plan_.tempo->signatures())
        hash.number(signature.at.ticks).number(signature.numerator).number(signature.denominator);
      tempo_ = hash.finish();
    }
    return tempo_;
  }

  const Plan& plan_;
  std::vector<Digest> keys_;
  Digest tempo_;
};

// Raise it when the engine itself gives other samples for the same plan.
constexpr int engine_version = 3;

base::RecipeKey key_of(const Plan& plan, const Digest& stream) {
  Hasher hash;
  hash.text("firn recipe").number(engine_version).number(plan.rate.hertz).number(plan.start.count).digest(stream);
  return {hash.finish()};
}

}  // namespace

base::RecipeKey recipe_of(const Plan& plan, const Output& output) { return key_of(plan, Recipe(plan).of(output.step)); }

std::vector<base::RecipeKey> recipes_of(const Plan& plan) {
  Recipe recipe(plan);
  std::vector<base::RecipeKey> keys;
  for (const Output& output : plan.outputs) keys.push_back(key_of(plan, recipe.of(output.step)));
  return keys;
}

}  // namespace firn::plan
