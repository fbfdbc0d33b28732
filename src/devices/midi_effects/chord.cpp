#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>

#include "devices/midi_effects/midi_effects.hpp"
#include "devices/midi_effects/midi_out.hpp"

namespace firn::devices {
namespace {

constexpr std::size_t shift_count = 6;

void list_bits(const std::bitset<128>& bits, base::ImageWriter& image) {
  constexpr std::bitset<128> half(~0ull);
  image.value(static_cast<std::uint64_t>((bits & half).to_ullong()));
  image.value(static_cast<std::uint64_t>((bits >> 64).to_ullong()));
}

void list_bits(std::bitset<128>& bits, base::ImageReader& image) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  image.value(low);
  image.value(high);
  bits = std::bitset<128>(high) << 64 | std::bitset<128>(low);
}

// An input key that is held, and the keys that it sounds.
struct Held {
  int count = 0;
  std::int64_t since = -1;  // in the stream; tells notes of one frame from later ones, and is no state between blocks
  std::bitset<128> keys;
};

// An output key, and how many held keys it belongs to. It ends with the last of them.
struct Sounding {
  int count = 0;
  std::int64_t since = -1;
};

class Chord final : public Processor {
 public:
  explicit Chord(const Settings& settings) {
    for (std::size_t i = 0; i < settings.values.size(); ++i) set_parameter(static_cast<int>(i), settings.values[i]);
  }

  void set_parameter(int index, double value) override {
    const auto i = static_cast<std::size_t>(index);
    if (i % 2 == 0) shifts_[i / 2] = static_cast<int>(value);
    if (i % 2 == 1) shares_[i / 2] = value / 100.0;
  }

  void process(const Block& block) override {
    const std::size_t first = block.events_out->size();
    for (const midi::Event& event : block.events) {
      const std::int64_t now = stream_ + (event.at - block.at).count;
      if (event.kind == midi::EventKind::note_on) {
        start(event, now, *block.events_out);
      } else if (event.kind == midi::EventKind::note_off) {
        Held& held = held_[event.number];
        if (held.count > 0 && --held.count == 0) end(held, event, *block.events_out);
      } else {
        block.events_out->push_back(event);
      }
    }
    stream_ += block.frames;
    put_in_order(*block.events_out, first);
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override { list_state(*this, image); }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.shifts_);
    image.values(self.shares_);
    for (auto& held : self.held_) {
      image.value(held.count);
      if (held.count > 0) list_bits(held.keys, image);
    }
    for (auto& sounding : self.sounding_) image.value(sounding.count);
  }

  void start(const midi::Event& note, std::int64_t now, std::vector<midi::Event>& out) {
    Held& held = held_[note.number];
    if (held.count > 0 && held.since == now) {
      ++held.count;
      return;
    }
    if (held.count > 0) end(held, note, out);
    ++held.count;
    held.since = now;
    add(held, note, note.number, note.value, now, out);
    for (std::size_t i = 0; i < shift_count; ++i) {
      if (shifts_[i] == 0) continue;
      const double velocity = std::floor(note.value * shares_[i] + 0.5);
      add(held, note, note.number + shifts_[i], static_cast<int>(std::clamp(velocity, 1.0, 127.0)), now, out);
    }
  }

  void add(Held& held, const midi::Event& note, int key, int velocity, std::int64_t now,
           std::vector<midi::Event>& out) {
    if (key < 0 || key > 127 || held.keys[static_cast<std::size_t>(key)]) return;
    held.keys.set(static_cast<std::size_t>(key));
    Sounding& sounding = sounding_[static_cast<std::size_t>(key)];
    if (sounding.count++ > 0) {
      if (sounding.since == now) return;
      out.push_back(note_off_of(note.at, key));
    }
    sounding.since = now;
    out.push_back(note_on_of(note.at, key, velocity));
  }

  void end(Held& held, const midi::Event& by, std::vector<midi::Event>& out) {
    const int velocity = by.kind == midi::EventKind::note_off ? by.value : midi::Note{}.release_velocity;
    for (std::size_t key = 0; key < held.keys.size(); ++key) {
      if (held.keys[key] && --sounding_[key].count == 0) {
        out.push_back(note_off_of(by.at, static_cast<int>(key), velocity));
      }
    }
    held.keys.reset();
  }

  std::array<int, shift_count> shifts_{};
  std::array<double, shift_count> shares_{};
  std::array<Held, 128> held_;
  std::array<Sounding, 128> sounding_;
  std::int64_t stream_ = 0;
};

std::vector<Parameter> parameters() {
  std::vector<Parameter> list;
  for (std::size_t i = 1; i <= shift_count; ++i) {
    list.push_back({.name = fmt::format("shift{}", i),
                    .minimum = -36.0,
                    .maximum = 36.0,
                    .unit = Unit::semitones,
                    .scale = Scale::whole});
    list.push_back({.name = fmt::format("velocity{}", i),
                    .minimum = 1.0,
                    .maximum = 200.0,
                    .initial = 100.0,
                    .unit = Unit::percent});
  }
  return list;
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate, const FileFinder&) {
  return std::make_unique<Chord>(settings);
}

}  // namespace

BuiltIn chord() {
  return {.type = {.name = "chord",
                   .title = "Chord",
                   .about = "Adds up to six notes to each note; a shift of 0 adds none.",
                   .device_class = DeviceClass::midi_effect,
                   .parameters = parameters(),
                   .files = {}},
          .facts = no_facts,
          .make = make};
}

}  // namespace firn::devices
