#include <algorithm>
#include <array>
#include <cmath>

#include "devices/midi_effects/midi_effects.hpp"
#include "devices/random.hpp"

namespace firn::devices {
namespace {

enum Index { curve, scale, add, random, lowest, highest, parameter_count };

class Velocity final : public Processor {
 public:
  explicit Velocity(const Settings& settings) : seed_(settings.seed) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
  }

  void set_parameter(int index, double value) override { values_[static_cast<std::size_t>(index)] = value; }

  void process(const Block& block) override {
    for (midi::Event event : block.events) {
      if (event.kind == midi::EventKind::note_on) event.value = velocity_of(event);
      block.events_out->push_back(event);
    }
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override { list_state(*this, image); }

 private:
  static void list_state(auto& self, auto& image) { image.values(self.values_); }

  std::uint16_t velocity_of(const midi::Event& note) const {
    double v = note.value;
    // A curve of +100 % raises 64 to 90, one of -100 % lowers it to 32.
    if (values_[curve] != 0.0) v = 127.0 * std::pow(v / 127.0, std::exp2(-values_[curve] / 100.0));
    v = v * values_[scale] / 100.0 + values_[add];
    if (values_[random] != 0.0) {
      v += values_[random] * (2.0 * unit_of(random_at(seed_, note.at.count, note.number)) - 1.0);
    }
    const auto [low, high] = std::minmax(values_[lowest], values_[highest]);
    return static_cast<std::uint16_t>(std::clamp(std::floor(v + 0.5), low, high));
  }

  std::uint64_t seed_;
  std::array<double, parameter_count> values_{};
};

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate, const FileFinder&) {
  return std::make_unique<Velocity>(settings);
}

}  // namespace

BuiltIn velocity() {
  return {.type = {.name = "velocity",
                   .title = "Velocity",
                   .about = "Shapes how hard notes are played: curve, scale, offset, chance, limits.",
                   .device_class = DeviceClass::midi_effect,
                   .parameters =
                       {{.name = "curve", .minimum = -100.0, .maximum = 100.0, .unit = Unit::percent},
                        {.name = "scale", .maximum = 400.0, .initial = 100.0, .unit = Unit::percent},
                        {.name = "add", .minimum = -127.0, .maximum = 127.0, .scale = Scale::whole},
                        {.name = "random", .maximum = 127.0, .scale = Scale::whole},
                        {.name = "lowest", .minimum = 1.0, .maximum = 127.0, .initial = 1.0, .scale = Scale::whole},
                        {.name = "highest", .minimum = 1.0, .maximum = 127.0, .initial = 127.0, .scale = Scale::whole}},
                   .files = {},
                   .has_seed = true},
          .facts = no_facts,
          .make = make};
}

}  // namespace firn::devices
