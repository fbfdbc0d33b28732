#include <array>

#include "devices/midi_effects/midi_effects.hpp"
#include "devices/midi_effects/midi_out.hpp"

namespace firn::devices {
namespace {

// What became of the notes of one key. They end first in, first out, so that those started with another shift, which
// were ended when the shift changed, come first.
struct Key {
  int shift = 0;
  int sounding = 0;  // with `shift`, not yet ended
  int ended = 0;     // whose own note-offs are still to come
};

class Transpose final : public Processor {
 public:
  explicit Transpose(const Settings& settings) { set_parameter(0, settings.values[0]); }

  void set_parameter(int, double value) override { shift_ = static_cast<int>(value); }

  void process(const Block& block) override {
    const std::size_t first = block.events_out->size();
    for (const midi::Event& event : block.events) {
      switch (event.kind) {
        case midi::EventKind::note_on: start(event, *block.events_out); break;
        case midi::EventKind::note_off: end(event, *block.events_out); break;
        case midi::EventKind::key_pressure: {
          const Key& key = keys_[event.number];
          put(event, key.sounding > 0 ? key.shift : shift_, *block.events_out);
          break;
        }
        default: block.events_out->push_back(event);
      }
    }
    put_in_order(*block.events_out, first);
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override { list_state(*this, image); }

 private:
  static void list_state(auto& self, auto& image) {
    image.value(self.shift_);
    image.values(self.keys_);
  }

  void start(const midi::Event& event, std::vector<midi::Event>& out) {
    Key& key = keys_[event.number];
    if (key.shift != shift_) {
      for (; key.sounding > 0; --key.sounding, ++key.ended) {
        midi::Event off = event;
        off.kind = midi::EventKind::note_off;
        off.value = 64;
        put(off, key.shift, out);
      }
      key.shift = shift_;
    }
    ++key.sounding;
    put(event, shift_, out);
  }

  void end(const midi::Event& event, std::vector<midi::Event>& out) {
    Key& key = keys_[event.number];
    if (key.ended > 0) {
      --key.ended;
      return;
    }
    if (key.sounding > 0) --key.sounding;
    put(event, key.shift, out);
  }

  // Nothing if the shifted key is none.
  static void put(midi::Event event, int shift, std::vector<midi::Event>& out) {
    const int key = event.number + shift;
    if (key < 0 || key > 127) return;
    event.number = static_cast<std::uint8_t>(key);
    out.push_back(event);
  }

  int shift_ = 0;
  std::array<Key, 128> keys_;
};

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate, const FileFinder&) {
  return std::make_unique<Transpose>(settings);
}

}  // namespace

BuiltIn transpose() {
  return {.type = {.name = "transpose",
                   .title = "Transpose",
                   .about = "Moves notes up or down; those that leave the 128 keys are dropped.",
                   .device_class = DeviceClass::midi_effect,
                   .parameters = {{.name = "semitones",
                                   .minimum = -48.0,
                                   .maximum = 48.0,
                                   .unit = Unit::semitones,
                                   .scale = Scale::whole}},
                   .files = {}},
          .facts = no_facts,
          .make = make};
}

}  // namespace firn::devices
