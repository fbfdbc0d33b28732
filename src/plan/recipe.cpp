#include "plan/hashing.hpp"
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
    std::visit([&](const auto& work) { add_work(hash, work); }, step.work);
    hash.number(static_cast<std::int64_t>(step.inputs.size()));
    for (const int input : step.inputs) hash.digest(of(input));
    return key = hash.finish();
  }

 private:
  void add_work(Hasher& hash, const PlayEvents& work) {
    add(hash, *work.events);
    if (!work.again->empty()) add(hash, *work.again);
  }

  void add_work(Hasher& hash, const PlayAudio& work) {
    hash.number(work.stop.count).number(work.ringing ? 1 : 0);
    if (work.ringing) hash.number(work.ringing->ended_at.count).number(work.ringing->tail.count);
    hash.number(static_cast<std::int64_t>(work.spans.size()));
    for (const AudioSpan& span : work.spans) add(hash, span);
  }

  void add_work(Hasher& hash, const PlayInput& work) { hash.text(work.name); }
  // Of a plan that is played live no print is ever made.
  void add_work(Hasher&, const PlayAhead&) {}
  void add_work(Hasher&, const CrossFade&) {}

  void add_work(Hasher& hash, const Process& work) {
    add_device(hash, work);
    hash.number(static_cast<std::int64_t>(work.automated.size()));
    for (const auto& automated : work.automated) {
      hash.number(automated.index);
      add_curve(hash, automated.curve);
    }
    hash.number(work.on ? 1 : 0);
    if (work.on) add_curve(hash, *work.on);
    hash.number(uses_tempo(work) ? 1 : 0);
    if (uses_tempo(work)) hash.digest(tempo());
  }

  void add_work(Hasher&, const Sum&) {}
  void add_work(Hasher&, const Delay&) {}
  void add_work(Hasher& hash, const Tail& work) { add(hash, work); }

  void add_work(Hasher& hash, const Mix& work) {
    add_curve(hash, work.volume);
    add_curve(hash, work.pan);
    add_curve(hash, work.activator);
  }

  void add_work(Hasher& hash, const SendLevel& work) {
    add_curve(hash, work.level);
    add_curve(hash, work.activator);
  }

  static void add_curve(Hasher& hash, const Curve& curve) {
    hash.number(static_cast<std::int64_t>(curve.segments.size()));
    for (const Segment& segment : curve.segments) add(hash, segment);
  }

  Digest tempo() {
    if (!tempo_) tempo_ = digest_of(*plan_.tempo);
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
  if (plan.shift != time::Frames{}) hash.text("shift").number(plan.shift.count);
  if (plan.loop) hash.text("loop").number(plan.loop->start.count).number(plan.loop->end.count);
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
