#include <algorithm>
#include <array>

#include "devices/midi_effects/midi_effects.hpp"
#include "devices/midi_effects/midi_out.hpp"
#include "devices/random.hpp"

namespace firn::devices {
namespace {

enum Index { style, rate, gate, octaves, hold, sync, parameter_count };
enum Style { up, down, up_down, down_up, as_played, random_order, all_at_once };

struct HeldKey {
  std::uint8_t key = 0;
  std::uint16_t velocity = 0;
  bool down = true;  // false: let go of, but held on to
};

// The keys that the pattern is made of, in the order they were played.
class HeldKeys {
 public:
  int size() const { return size_; }
  const HeldKey& played(int i) const { return keys_[static_cast<std::size_t>(i)]; }
  const HeldKey& sorted(int i) const { return keys_[by_pitch_[static_cast<std::size_t>(i)]]; }
  bool none_down() const {
    return std::none_of(keys_.begin(), keys_.begin() + size_, [](const HeldKey& held) { return held.down; });
  }

  void clear() { size_ = 0; }

  void press(const HeldKey& key) {
    remove([&](const HeldKey& held) { return held.key == key.key; });
    keys_[static_cast<std::size_t>(size_++)] = key;
    sort();
  }

  void release(int key, bool keep) {
    for (int i = 0; i < size_; ++i) {
      if (played(i).key == key) keys_[static_cast<std::size_t>(i)].down = false;
    }
    if (!keep) let_go();
  }

  static void list_state(auto& self, auto& image) {
    image.within(self.size_, 0, 128);
    for (int i = 0; i < self.size_; ++i) {
      auto& held = self.keys_[static_cast<std::size_t>(i)];
      image.within(held.key, 0, 127);
      image.value(held.velocity);
      image.value(held.down);
    }
  }

  // Drops the keys that are not down.
  void let_go() {
    remove([](const HeldKey& held) { return !held.down; });
    sort();
  }

  void sort() {
    for (int i = 0; i < size_; ++i) by_pitch_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
    std::sort(by_pitch_.begin(), by_pitch_.begin() + size_,
              [&](std::uint8_t a, std::uint8_t b) { return keys_[a].key < keys_[b].key; });
  }

 private:
  template <class Which>
  void remove(Which which) {
    const auto end = std::remove_if(keys_.begin(), keys_.begin() + size_, which);
    size_ = static_cast<int>(end - keys_.begin());
  }

  std::array<HeldKey, 128> keys_;
  std::array<std::uint8_t, 128> by_pitch_{};
  int size_ = 0;
};

class Arpeggiator final : public Processor {
 public:
  explicit Arpeggiator(const Settings& settings) : seed_(settings.seed) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
  }

  void set_parameter(int index, double value) override {
    values_[static_cast<std::size_t>(index)] = value;
    if (index == hold && value == 0.0) keys_.let_go();
  }

  void process(const Block& block) override {
    const std::size_t first = block.events_out->size();
    if (block.at != expected_ || block.shift != shift_) next_step_at_ = block.at;  // the first block, or round a loop
    shift_ = block.shift;
    const time::Frames end = block.at + time::Frames{block.frames};
    auto event = block.events.begin();
    for (time::Frames at = block.at; at < end;) {
      for (; event != block.events.end() && event->at == at; ++event) take(*event, block);
      const time::Frames step = next_step(at, block);
      const std::int64_t now = stream_ + (at - block.at).count;
      notes_.end_due(now, at, *block.events_out);
      if (step == at) play(at, now, block);

      time::Frames next = end;
      if (event != block.events.end()) next = std::min(next, event->at);
      if (notes_.earliest() != TimedNotes::never) {
        next = std::min(next, at + time::Frames{notes_.earliest() - now});
      }
      at = std::min(next, next_step(at, block));
    }
    stream_ += block.frames;
    expected_ = end;
    put_in_order(*block.events_out, first);
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override {
    list_state(*this, image);
    keys_.sort();
    next_step_at_ = expected_;
  }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.values_);
    HeldKeys::list_state(self.keys_, image);
    self.notes_.list_state(image, self.stream_);
    image.value(self.expected_);
    if (self.keys_.size() == 0) return;  // the next key begins a phrase
    image.value(self.anchor_);
    image.value(self.steps_);
  }

  void take(const midi::Event& event, const Block& block) {
    if (event.kind == midi::EventKind::note_on) {
      if (values_[hold] != 0.0 && keys_.none_down()) keys_.clear();
      if (keys_.size() == 0) begin(event.at, block);
      keys_.press({event.number, event.value});
    } else if (event.kind == midi::EventKind::note_off) {
      keys_.release(event.number, values_[hold] != 0.0);
    } else {
      if (ends_all_notes(event)) keys_.clear();
      block.events_out->push_back(event);
    }
  }

  // The first key of a phrase. In sync, steps lie on the beats of the timeline, else they count from here.
  void begin(time::Frames at, const Block& block) {
    steps_ = 0;
    anchor_ = values_[sync] != 0.0 ? time::Beats{} : block.beats_at(at);
    next_step_at_ = at;
  }

  time::Beats rate_beats() const { return note_values()[static_cast<std::size_t>(values_[rate])].length; }

  // The first step at `at` or later that has not been played; never if there is nothing to play.
  time::Frames next_step(time::Frames at, const Block& block) const {
    if (keys_.size() == 0) return time::Frames::never();
    const time::Frames from = std::max(at, next_step_at_);
    const std::int64_t length = rate_beats().ticks;
    const std::int64_t since = (block.beats_at(from) - anchor_).ticks;
    std::int64_t n = since / length - (since % length < 0 ? 1 : 0);
    while (frame_of(n, block) < from) ++n;
    return frame_of(n, block);
  }

  time::Frames frame_of(std::int64_t step, const Block& block) const {
    return block.frame_at(anchor_ + rate_beats() * step);
  }

  void play(time::Frames at, std::int64_t now, const Block& block) {
    const double share = values_[gate] / 100.0;
    const time::Beats sounding{static_cast<std::int64_t>(static_cast<double>(rate_beats().ticks) * share)};
    const time::Beats here = block.beats_at(at);
    const std::int64_t length = (block.frame_at(here + sounding) - at).count;
    const auto start = [&](const HeldKey& held, int octave) {
      const int key = held.key + 12 * octave;
      if (key <= 127) notes_.start(now, at, key, held.velocity, length, *block.events_out);
    };
    const int octave_count = static_cast<int>(values_[octaves]);
    const int count = keys_.size() * octave_count;
    const auto chosen = static_cast<Style>(values_[style]);
    if (chosen == all_at_once) {
      for (int i = 0; i < keys_.size(); ++i) start(keys_.sorted(i), static_cast<int>(steps_ % octave_count));
    } else {
      const int place = place_of(chosen, count, at + block.shift);
      const int i = place % keys_.size();
      start(chosen == as_played ? keys_.played(i) : keys_.sorted(i), place / keys_.size());
    }
    ++steps_;
    next_step_at_ = at + time::Frames{1};
  }

  // Which of the pattern's `count` notes, lowest octave first, this step plays.
  int place_of(Style chosen, int count, time::Frames position) const {
    const auto forward = static_cast<int>(steps_ % count);
    const int turn = std::max(1, 2 * count - 2);  // up and down again, without repeating the ends
    const auto there = static_cast<int>(steps_ % turn);
    const int back = there < count ? there : turn - there;
    switch (chosen) {
      case down: return count - 1 - forward;
      case up_down: return back;
      case down_up: return count - 1 - back;
      case random_order: return static_cast<int>(unit_of(random_at(seed_, position.count, 0)) * count);
      default: return forward;
    }
  }

  std::uint64_t seed_;
  std::array<double, parameter_count> values_{};
  HeldKeys keys_;
  TimedNotes notes_;
  time::Beats anchor_;
  std::int64_t steps_ = 0;     // since the phrase began
  time::Frames next_step_at_;  // between blocks `expected_` or before
  time::Frames expected_ = time::Frames::never();
  time::Frames shift_;
  std::int64_t stream_ = 0;
};

// What is held on to goes on by itself.
Facts facts(const Settings& settings, const Timing& timing) {
  if (settings.values[hold] != 0.0) return {.latency = {}, .tail = time::frames_of({longest_tail}, timing.rate)};
  const time::Beats length = note_values()[static_cast<std::size_t>(settings.values[rate])].length;
  return {.latency = {}, .tail = longest_of(length, settings.values[gate] / 100.0, timing)};
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate, const FileFinder&) {
  return std::make_unique<Arpeggiator>(settings);
}

std::vector<Parameter> parameters() {
  return {{.name = "style",
           .maximum = 6.0,
           .scale = Scale::choice,
           .choices = {"up", "down", "up-down", "down-up", "as-played", "random", "chord"}},
          {.name = "rate",
           .maximum = static_cast<double>(note_values().size() - 1),
           .initial = static_cast<double>(note_value_index("1/8")),
           .scale = Scale::choice,
           .choices = note_value_names()},
          {.name = "gate", .minimum = 1.0, .maximum = 200.0, .initial = 50.0, .unit = Unit::percent},
          {.name = "octaves", .minimum = 1.0, .maximum = 6.0, .initial = 1.0, .scale = Scale::whole},
          {.name = "hold", .scale = Scale::on_off},
          {.name = "sync", .initial = 1.0, .scale = Scale::on_off}};
}

}  // namespace

BuiltIn arpeggiator() {
  return {.type = {.name = "arpeggiator",
                   .title = "Arpeggiator",
                   .about = "Plays the held keys one after another, in time.",
                   .device_class = DeviceClass::midi_effect,
                   .parameters = parameters(),
                   .files = {},
                   .uses_tempo = true,
                   .has_seed = true},
          .facts = facts,
          .make = make};
}

}  // namespace firn::devices
