#include <algorithm>
#include <array>

#include "devices/midi_effects/midi_effects.hpp"
#include "devices/midi_effects/midi_out.hpp"

namespace firn::devices {
namespace {

enum Index { trigger, unit, milliseconds, beats, gate, parameter_count };
enum class Trigger { note_on, note_off };

Trigger trigger_of(double value) { return value == 0.0 ? Trigger::note_on : Trigger::note_off; }
bool in_time(double unit_value) { return unit_value == 0.0; }

class NoteLength final : public Processor {
 public:
  explicit NoteLength(const Settings& settings) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
  }

  void set_parameter(int index, double value) override { values_[static_cast<std::size_t>(index)] = value; }

  void process(const Block& block) override {
    std::vector<midi::Event>& out = *block.events_out;
    const std::size_t first = out.size();
    for (const midi::Event& event : block.events) {
      end_until((event.at - block.at).count, block);
      if (event.kind == midi::EventKind::note_on) {
        velocities_[event.number] = event.value;
        if (trigger_of(values_[trigger]) == Trigger::note_on) start(event, block);
      } else if (event.kind == midi::EventKind::note_off) {
        if (trigger_of(values_[trigger]) == Trigger::note_off && velocities_[event.number] != 0) start(event, block);
        velocities_[event.number] = 0;
      } else {
        out.push_back(event);
      }
    }
    end_until(block.frames - 1, block);
    stream_ += block.frames;
    put_in_order(out, first);
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override { list_state(*this, image); }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.values_);
    image.values(self.velocities_);
    self.notes_.list_state(image, self.stream_);
  }

  void start(const midi::Event& event, const Block& block) {
    const std::int64_t now = stream_ + (event.at - block.at).count;
    notes_.start(now, event.at, event.number, velocities_[event.number], length_at(event.at, block), *block.events_out);
  }

  // Ends what is due up to a frame of the block, each at its own.
  void end_until(std::int64_t offset, const Block& block) {
    while (notes_.earliest() <= stream_ + offset) {
      const std::int64_t due = notes_.earliest();
      notes_.end_due(due, block.at + time::Frames{due - stream_}, *block.events_out);
    }
  }

  std::int64_t length_at(time::Frames at, const Block& block) const {
    const double share = values_[gate] / 100.0;
    if (in_time(values_[unit])) return time::frames_of({values_[milliseconds] / 1000.0 * share}, block.rate).count;
    const time::Beats value = note_values()[static_cast<std::size_t>(values_[beats])].length;
    const time::Beats length{static_cast<std::int64_t>(static_cast<double>(value.ticks) * share)};
    return (block.frame_at(block.beats_at(at) + length) - at).count;
  }

  std::array<double, parameter_count> values_{};
  std::array<std::uint16_t, 128> velocities_{};  // of the keys that are down; 0 for those that are not
  TimedNotes notes_;
  std::int64_t stream_ = 0;
};

Facts facts(const Settings& settings, const Timing& timing) {
  const double share = settings.values[gate] / 100.0;
  if (in_time(settings.values[unit])) {
    return {.latency = {}, .tail = time::frames_of({settings.values[milliseconds] / 1000.0 * share}, timing.rate)};
  }
  const time::Beats value = note_values()[static_cast<std::size_t>(settings.values[beats])].length;
  return {.latency = {}, .tail = longest_of(value, share, timing)};
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate, const FileFinder&) {
  return std::make_unique<NoteLength>(settings);
}

std::vector<Parameter> parameters() {
  return {{.name = "trigger", .scale = Scale::choice, .choices = {"note-on", "note-off"}},
          {.name = "unit", .scale = Scale::choice, .choices = {"time", "beats"}},
          {.name = "time",
           .minimum = 1.0,
           .maximum = 60'000.0,
           .initial = 250.0,
           .unit = Unit::milliseconds,
           .scale = Scale::logarithmic},
          {.name = "beats",
           .maximum = static_cast<double>(note_values().size() - 1),
           .initial = static_cast<double>(note_value_index("1/16")),
           .scale = Scale::choice,
           .choices = note_value_names()},
          {.name = "gate", .minimum = 1.0, .maximum = 200.0, .initial = 100.0, .unit = Unit::percent}};
}

}  // namespace

BuiltIn note_length() {
  return {.type = {.name = "note_length",
                   .title = "Note Length",
                   .about = "Gives all notes one length, in time or in beats, from their start or from their end.",
                   .device_class = DeviceClass::midi_effect,
                   .parameters = parameters(),
                   .files = {},
                   .uses_tempo = true},
          .facts = facts,
          .make = make};
}

}  // namespace firn::devices
