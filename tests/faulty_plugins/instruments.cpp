// What notes go into: two instruments and a MIDI effect. Every formula is exact: a test can expect each sample.
#include <numbers>

#include "faulty_plugins/faulty.hpp"

namespace firn::tests::faulty {
namespace {

constexpr int keys = 128;

struct Note {
  bool on;
  int key;
  double velocity;  // 0 to 1
};

bool is_key(int key) { return key >= 0 && key < keys; }

// A note-on or note-off, of either dialect.
std::optional<Note> note_in(const clap_event_header_t& event) {
  std::optional<Note> note;
  if (event.type == CLAP_EVENT_NOTE_ON || event.type == CLAP_EVENT_NOTE_OFF) {
    const auto& it = reinterpret_cast<const clap_event_note_t&>(event);
    note = Note{event.type == CLAP_EVENT_NOTE_ON, it.key, it.velocity};
  } else if (event.type == CLAP_EVENT_MIDI) {
    const auto& data = reinterpret_cast<const clap_event_midi_t&>(event).data;
    const int status = data[0] & 0xF0;
    if (status == 0x90 || status == 0x80) note = Note{status == 0x90 && data[2] > 0, data[1], data[2] / 127.0};
  }
  return note && is_key(note->key) ? note : std::nullopt;
}

// A voice for each key. A key that is struck again starts afresh.
struct Voice {
  bool sounds = false;
  bool held = false;
  double velocity = 0.0;
  std::int64_t age = 0;       // frames since its note-on
  std::int64_t released = 0;  // frames since its note-off
};

class Instrument : public Faulty {
 public:
  using Faulty::Faulty;

 protected:
  void reset() override { voices_ = {}; }

  bool activate() override {
    reset();
    return true;
  }

  void take(const clap_event_header_t& event, const clap_output_events_t&) override {
    const auto note = note_in(event);
    if (!note) return;
    Voice& voice = voices_[static_cast<std::size_t>(note->key)];
    if (note->on) {
      voice = {true, true, note->velocity, 0, 0};
    } else {
      voice.held = false;
    }
  }

  std::array<Voice, keys> voices_;
};

// A sine for each key, in tune with A = 440 Hz, as loud as its velocity; after its end a line to silence in 50 ms.
class Synth : public Instrument {
 public:
  Synth() : Instrument({{gain_parameter, after_parameter, fault}, {}, {{"Out", 2}}, true, false}) {}

 protected:
  void render(const Stretch& stretch) override {
    const double gain = value(gain_parameter);
    for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) {
      double sum = 0.0;
      for (int key = 0; key < keys; ++key) sum += next(voices_[static_cast<std::size_t>(key)], key);
      for (std::uint32_t side = 0; side < 2; ++side) stretch.output(0, side)[frame] = static_cast<float>(sum * gain);
    }
  }

  void fail(const Moment& moment) override {
    if (value(fault) == 1.0) crash(moment);
  }

 private:
  inline static const Parameter fault{9, "Fault", 0.0, 1.0, 0.0, true, true, {"none", "crash"}};

  double next(Voice& voice, int key) const {
    if (!voice.sounds) return 0.0;
    const double level = voice.velocity * (1.0 - static_cast<double>(voice.released) / (0.05 * rate()));
    if (level <= 0.0) {
      voice.sounds = false;
      return 0.0;
    }
    const double frequency = 440.0 * std::pow(2.0, (key - 69) / 12.0);
    const double phase = 2.0 * std::numbers::pi * frequency * static_cast<double>(voice.age) / rate();
    ++voice.age;
    if (!voice.held) ++voice.released;
    return level * std::sin(phase);
  }
};

// Key 36 + k clicks on output k: as loud as its velocity at once, a 2.7th each 10 ms after, nothing after 200 ms.
class Pads : public Instrument {
 public:
  Pads() : Instrument({{}, {}, {{"Pad 1", 2}, {"Pad 2", 2}, {"Pad 3", 2}, {"Pad 4", 2}}, true, false}) {}

 protected:
  void render(const Stretch& stretch) override {
    for (std::uint32_t pad = 0; pad < 4; ++pad) {
      Voice& voice = voices_[36 + pad];
      for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) {
        const auto sample = static_cast<float>(next(voice));
        for (std::uint32_t side = 0; side < 2; ++side) stretch.output(pad, side)[frame] = sample;
      }
    }
  }

 private:
  double next(Voice& voice) const {
    const double seconds = static_cast<double>(voice.age) / rate();
    if (!voice.sounds || seconds >= 0.2) return 0.0;
    ++voice.age;
    return voice.velocity * std::exp(-seconds / 0.01);
  }
};

// Every note by so many semitones, and its end as its start was; those that leave the keyboard are left out. All else passes.
class Transpose : public Faulty {
 public:
  Transpose() : Faulty({{semitones}, {}, {}, true, true}) {}

 protected:
  bool activate() override {
    reset();
    return true;
  }

  void render(const Stretch&) override {}

  void reset() override { sounding_.fill(none); }

  void take(const clap_event_header_t& event, const clap_output_events_t& out) override {
    const auto note = note_in(event);
    if (!note) {
      out.try_push(&out, &event);
      return;
    }
    const int shift = static_cast<int>(value(semitones));
    int& sounding = sounding_[static_cast<std::size_t>(note->key)];
    const int to = note->on || sounding == none ? note->key + shift : sounding;
    sounding = note->on ? to : none;
    if (is_key(to)) push(event, to, out);
  }

 private:
  inline static const Parameter semitones{10, "Semitones", -24.0, 24.0, 0.0, true};
  static constexpr int none = -1000;

  static void push(const clap_event_header_t& event, int key, const clap_output_events_t& out) {
    if (event.type == CLAP_EVENT_MIDI) {
      auto midi = reinterpret_cast<const clap_event_midi_t&>(event);
      midi.data[1] = static_cast<std::uint8_t>(key);
      out.try_push(&out, &midi.header);
    } else {
      auto note = reinterpret_cast<const clap_event_note_t&>(event);
      note.key = static_cast<std::int16_t>(key);
      out.try_push(&out, &note.header);
    }
  }

  std::array<int, keys> sounding_{};  // what each key that is down became
};

}  // namespace

std::vector<Kind> instrument_kinds() {
  return {
      kind<Synth>("org.firn.faulty.synth", "Faulty Synth", "A sine for each key", CLAP_PLUGIN_FEATURE_INSTRUMENT),
      kind<Transpose>("org.firn.faulty.transpose", "Faulty Transpose", "Transposes notes",
                      CLAP_PLUGIN_FEATURE_NOTE_EFFECT),
      kind<Pads>("org.firn.faulty.pads", "Faulty Pads", "Four clicks on four outputs", CLAP_PLUGIN_FEATURE_INSTRUMENT),
  };
}

}  // namespace firn::tests::faulty
