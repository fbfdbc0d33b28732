#include "devices/instruments/soundfont.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "devices/instruments/file_slot.hpp"
#include "devices/instruments/fluid_channel.hpp"
#include "devices/instruments/ramp.hpp"
#include "devices/instruments/sound_font_data.hpp"
#include "devices/instruments/voice_places.hpp"

namespace firn::devices {
namespace {

constexpr int chunk_frames = 64;  // FLUID_BUFSIZE
constexpr int melodic_channel = 0;
constexpr int drum_channel = 9;

// The rates that FluidSynth renders at.
constexpr int lowest_rate = 8000;
constexpr int highest_rate = 96000;

enum Index { program, bank, drums, gain, reverb, chorus, polyphony };

std::vector<Parameter> parameters() {
  return {
      {.name = "program", .maximum = 127.0, .scale = Scale::whole, .automatable = false},
      // The number in the SoundFont: what bank select MSB (controller 0) chooses.
      {.name = "bank", .maximum = 16383.0, .scale = Scale::whole, .automatable = false},
      {.name = "drums", .scale = Scale::on_off, .automatable = false},
      {.name = "gain", .minimum = -60.0, .maximum = 24.0, .unit = Unit::decibels},
      {.name = "reverb", .scale = Scale::on_off},
      {.name = "chorus", .scale = Scale::on_off},
      // Voices are allocated up front, 11 KB each on top of 750 KB: 2.1 MB a device. Half of it steals notes from a
      // pedalled piano in stereo.
      {.name = "polyphony",
       .minimum = 1.0,
       .maximum = 4096.0,
       .initial = 128.0,
       .scale = Scale::whole,
       .automatable = false},
  };
}

// What a synth is made with. All that are made alike share it: with each of its own, FluidSynth looks for the machine's MIDI ports again.
std::shared_ptr<fluid_settings_t> fluid_settings_for(const Settings& settings, time::SampleRate rate) {
  const auto is_on = [&](Index index) { return settings.values[index] != 0.0 ? 1 : 0; };
  const std::array key{rate.hertz, static_cast<int>(settings.values[polyphony]), is_on(reverb), is_on(chorus)};
  const auto lock = fluid_lock();
  static std::map<std::array<int, 4>, std::weak_ptr<fluid_settings_t>> made;
  if (auto known = made[key].lock()) return known;
  std::shared_ptr<fluid_settings_t> fresh(new_fluid_settings(), FluidDelete());
  fluid_settings_setnum(fresh.get(), "synth.sample-rate", key[0]);
  fluid_settings_setint(fresh.get(), "synth.polyphony", key[1]);
  fluid_settings_setint(fresh.get(), "synth.reverb.active", key[2]);
  fluid_settings_setint(fresh.get(), "synth.chorus.active", key[3]);
  fluid_settings_setint(fresh.get(), "synth.threadsafe-api", 0);  // one thread at a time, and no lock on it
  std::erase_if(made, [](const auto& entry) { return entry.second.expired(); });
  made[key] = fresh;
  return fresh;
}

float amplitude_of(double decibels) { return static_cast<float>(std::pow(10.0, decibels / 20.0)); }

class SoundFontProcessor final : public Processor {
 public:
  SoundFontProcessor(std::shared_ptr<const SoundFontData> data, const Settings& settings, time::SampleRate rate)
      : data_(std::move(data)),
        settings_(fluid_settings_for(settings, rate)),
        synth_(new_fluid_synth(settings_.get())),  // most of the work, and without the lock
        reverb_(settings.values[reverb] != 0.0),
        chorus_(settings.values[chorus] != 0.0),
        had_effects_(reverb_ || chorus_),
        gain_(amplitude_of(settings.values[gain])) {
    const auto lock = fluid_lock();
    fluid_synth_add_sfont(synth_.get(), data_->lend());
    const int channel = settings.values[drums] != 0.0 ? drum_channel : melodic_channel;
    if (channel == melodic_channel) {
      fluid_synth_bank_select(synth_.get(), channel, static_cast<int>(settings.values[bank]));
    }
    fluid_synth_program_change(synth_.get(), channel, static_cast<int>(settings.values[program]));
    channel_.emplace(synth_.get(), channel);
    places_.emplace(synth_.get(), channel, static_cast<int>(settings.values[polyphony]), rate);
  }

  void set_parameter(int index, double value) override {
    if (index == gain) gain_.aim(amplitude_of(value));
    if (index == reverb) fluid_synth_reverb_on(synth_.get(), -1, reverb_ = value != 0.0);
    if (index == chorus) fluid_synth_chorus_on(synth_.get(), -1, chorus_ = value != 0.0);
    had_effects_ = had_effects_ || reverb_ || chorus_;
  }

  void process(const Block& block) override {
    if (!started_) start(block.at);
    auto event = block.events.begin();
    // What is told before a chunk is rendered sounds from its start, what is told after it from the next.
    const auto tell_until = [&](std::int64_t offset) {
      for (; event != block.events.end() && (event->at - block.at).count < offset; ++event) tell(*event);
    };
    for (int done = 0; done < block.frames;) {
      if (used_ == chunk_frames) {
        tell_until(done + 1);
        render();
      }
      const int count = std::min(chunk_frames - used_, block.frames - done);
      for (int i = 0; i < count; ++i) {
        const float by = gain_.next();
        block.out.left[done + i] = left_[static_cast<std::size_t>(used_ + i)] * by;
        block.out.right[done + i] = right_[static_cast<std::size_t>(used_ + i)] * by;
      }
      used_ += count;
      done += count;
      tell_until(done);
    }
  }

  bool save(base::ImageWriter& image) const override {
    const bool chunk_is_over = used_ == chunk_frames && left_ == Chunk{} && right_ == Chunk{};
    if (!data_->gains_follow_notes() || had_effects_ || !chunk_is_over || !channel_->is_clear() ||
        !places_->at_rest()) {
      return false;
    }
    image.value(started_);
    Ramp::list_state(gain_, image);
    places_->save(image);
    channel_->save(image);
    return true;
  }

  void restore(base::ImageReader& image) override {
    image.value(started_);
    Ramp::list_state(gain_, image);
    places_->restore(image);
    channel_->restore(image);
  }

 private:
  // A run that starts between two boundaries starts in a chunk of which the first part is past; it is silent.
  void start(time::Frames at) {
    started_ = true;
    const auto past = static_cast<int>(((at.count % chunk_frames) + chunk_frames) % chunk_frames);
    if (past == 0) return;
    render();
    used_ = past;
  }

  void render() {
    left_.fill(0.0f);
    right_.fill(0.0f);
    std::array<float*, 4> planes{left_.data(), right_.data(), left_.data(), right_.data()};
    const int effects = reverb_ || chorus_ ? 4 : 0;
    fluid_synth_process(synth_.get(), chunk_frames, effects, planes.data(), 2, planes.data());
    used_ = 0;
    places_->rendered();
  }

  void tell(const midi::Event& event) {
    const bool moves_gains = event.kind == midi::EventKind::controller &&
                             std::ranges::find(gain_controllers, event.number) != gain_controllers.end();
    if (moves_gains && !channel_->has(event)) places_->gains_move();
    channel_->tell(event);
    if (event.kind == midi::EventKind::note_on) places_->note_on(event.number, event.value);
  }

  std::shared_ptr<const SoundFontData> data_;  // outlives the synth that borrows from it
  std::optional<VoicePlaces> places_;          // outlives the synth, which may still play its silence
  std::shared_ptr<fluid_settings_t> settings_;
  FluidSynth synth_;
  std::optional<FluidChannel> channel_;
  bool reverb_;
  bool chorus_;
  bool had_effects_;  // the reverb's and the chorus's own memory can't be told
  Ramp gain_;
  using Chunk = std::array<float, chunk_frames>;
  Chunk left_{};
  Chunk right_{};
  int used_ = chunk_frames;  // of the chunk
  bool started_ = false;
};

// How long a SoundFont's notes release is known to its voices alone: the level rule follows them.
Facts facts(const Settings&, const Timing&) { return {.latency = {}, .tail = {chunk_frames}}; }

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate rate,
                                              const FileFinder& find_file) {
  if (rate.hertz < lowest_rate || rate.hertz > highest_rate) {
    return base::fail(
        base::ErrorKind::unsupported,
        fmt::format(
            "The device \"soundfont\" plays at {} to {} Hz; this project is at {} Hz. Choose another instrument, or "
            "a project at a lower rate.",
            lowest_rate, highest_rate, rate.hertz));
  }
  return path_of(settings, "soundfont", find_file)
      .and_then([&](const std::string& path) { return load_sound_font(settings.files.at("soundfont"), path); })
      .map([&](std::shared_ptr<const SoundFontData> data) -> std::unique_ptr<Processor> {
        return std::make_unique<SoundFontProcessor>(std::move(data), settings, rate);
      });
}

}  // namespace

BuiltIn soundfont() {
  return {.type = {.name = "soundfont",
                   .title = "SoundFont",
                   .about = "Plays a SoundFont: General MIDI instruments and drums, by FluidSynth.",
                   .device_class = DeviceClass::instrument,
                   .parameters = parameters(),
                   .files = {{.name = "soundfont", .what = "a SoundFont (.sf2, .sf3)"}},
                   .keeps_state = false},
          .facts = facts,
          .make = make};
}

}  // namespace firn::devices
