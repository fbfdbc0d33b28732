#include "devices/instruments/voice_places.hpp"

#include <algorithm>
#include <cmath>

namespace firn::devices {
namespace {

constexpr int chunk_frames = 64;
constexpr float shortest_delay = -12'000.0f;  // timecents, as FluidSynth bounds them
constexpr float longest_delay = 5'000.0f;
constexpr float longest_known_delay = 2'400.0f;  // 4 s, far below the blockers' 18

int controller_of(fluid_synth_t* synth, int channel, int number) {
  int value = 0;
  fluid_synth_get_cc(synth, channel, number, &value);
  return value;
}

}  // namespace

VoicePlaces::VoicePlaces(fluid_synth_t* synth, int channel, int polyphony, time::SampleRate rate)
    : synth_(synth), channel_(channel), rate_(rate), active_(static_cast<std::size_t>(polyphony) + 1) {
  places_.reserve(most);
}

std::span<fluid_voice_t* const> VoicePlaces::active() const {
  fluid_synth_get_voicelist(synth_, active_.data(), static_cast<int>(active_.size()), -1);
  return {active_.begin(), std::find(active_.begin(), active_.end(), nullptr)};
}

// Past its delay a voice that is still there has been mixed, with the gains it will have to its end. One chunk more, for rounding.
int VoicePlaces::chunks_until_it_sounds(fluid_voice_t* voice) const {
  const float delay = std::max(fluid_voice_gen_get(voice, GEN_VOLENVDELAY), shortest_delay);
  if (delay > longest_known_delay) return 0;
  return 2 + static_cast<int>(rate_.hertz * std::exp2(delay / 1200.0f) / chunk_frames);
}

void VoicePlaces::note_on(int key, int velocity) {
  const auto voices = active();
  lost_ = lost_ || voices.size() + 1 == active_.size() || voices.size() > most;
  fluid_preset_t* preset = fluid_synth_get_channel_preset(synth_, channel_);
  if (lost_ || preset == nullptr) return;

  Note note;
  note.order = ++started_;
  note.bank = fluid_preset_get_banknum(preset);
  note.program = fluid_preset_get_num(preset);
  note.key = static_cast<std::uint8_t>(key);
  note.velocity = static_cast<std::uint8_t>(velocity);
  for (std::size_t i = 0; i < gain_controllers.size(); ++i) {
    note.gains[i] = static_cast<std::uint8_t>(controller_of(synth_, channel_, gain_controllers[i]));
  }
  std::size_t place = 0;
  for (fluid_voice_t* voice : voices) {
    while (place < places_.size() && places_[place].voice != voice) ++place;
    const bool unused = place == places_.size();
    if (unused) places_.emplace_back().voice = voice;
    Place& here = places_[place];
    const unsigned id = fluid_voice_get_id(voice);
    if (!unused && here.id == id) continue;
    if (here.chunks_left > 0) --waiting_;
    here.id = id;
    here.known = false;
    here.chunks_left = chunks_until_it_sounds(voice);
    if (here.chunks_left > 0) ++waiting_;
    note.places.set(place);
  }
  for (place = 0; place < places_.size(); ++place) {
    if (note.places[place]) places_[place].note = note;
  }
}

void VoicePlaces::gains_move() {
  for (fluid_voice_t* voice : active()) {
    for (Place& place : places_) {
      if (place.voice != voice) continue;
      if (place.chunks_left > 0) --waiting_;
      place.chunks_left = 0;
      place.known = false;
    }
  }
}

void VoicePlaces::rendered() {
  if (waiting_ == 0) return;
  const auto voices = active();
  for (Place& place : places_) {
    if (place.chunks_left == 0) continue;
    const bool there = std::find(voices.begin(), voices.end(), place.voice) != voices.end();
    if (there && --place.chunks_left > 0) continue;
    place.known = there;
    place.chunks_left = 0;
    --waiting_;
  }
}

bool VoicePlaces::at_rest() const {
  return !lost_ && active().empty() && std::ranges::all_of(places_, [](const Place& place) { return place.known; });
}

void VoicePlaces::save(base::ImageWriter& image) const {
  std::vector<std::uint32_t> orders;
  for (const Place& place : places_) orders.push_back(place.note.order);
  std::ranges::sort(orders);
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  image.value(static_cast<std::uint32_t>(places_.size()));
  for (const Place& place : places_) {
    const Note& note = place.note;
    const auto order = std::ranges::lower_bound(orders, note.order) - orders.begin();
    image.value(static_cast<std::uint32_t>(order));
    image.value(note.bank);
    image.value(note.program);
    image.value(note.key);
    image.value(note.velocity);
    image.values(note.gains);
    for (std::size_t i = 0; i < most; ++i) image.value(static_cast<bool>(note.places[i]));
  }
}

void VoicePlaces::restore(base::ImageReader& image) {
  std::uint32_t count = 0;
  image.within(count, 0, static_cast<std::uint32_t>(std::min(most, active_.size() - 2)));
  places_.resize(count);
  for (Place& place : places_) {
    Note& note = place.note;
    image.within(note.order, 0, count);
    image.within(note.bank, 0, 16'383);
    image.within(note.program, 0, 127);
    image.within(note.key, 0, 127);
    image.within(note.velocity, 1, 127);
    image.values(note.gains);
    for (std::size_t i = 0; i < most; ++i) {
      bool used = false;
      image.value(used);
      note.places[i] = used;
    }
    place.known = true;
  }
  for (; image.ok() && started_ <= count; ++started_) {
    const auto found = std::ranges::find(places_, started_, [](const Place& place) { return place.note.order; });
    if (found != places_.end() && !play_again(found->note)) image.fail();
  }
}

// In its places: the others are blocked by voices that wait for their attack, and so are never mixed.
bool VoicePlaces::play_again(const Note& note) {
  block_all(note.key);
  auto voices = active();
  if (voices.size() != places_.size()) return false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    places_[i].voice = voices[i];
    places_[i].id = fluid_voice_get_id(voices[i]);
    if (note.places[i]) fluid_synth_noteoff(synth_, channel_, fluid_voice_get_key(voices[i]));
  }
  const std::size_t others = places_.size() - note.places.count();
  for (int i = 0; i < 100 && active().size() > others; ++i) render(1);  // FluidSynth makes each note last 10 ms

  fluid_synth_bank_select(synth_, channel_, note.bank);
  fluid_synth_program_change(synth_, channel_, note.program);
  for (std::size_t i = 0; i < gain_controllers.size(); ++i) {
    fluid_synth_cc(synth_, channel_, gain_controllers[i], note.gains[i]);
  }
  fluid_synth_noteon(synth_, channel_, note.key, note.velocity);
  voices = active();
  int chunks = 0;
  bool all_there = voices.size() == places_.size();
  for (std::size_t i = 0; all_there && i < voices.size(); ++i) {
    all_there = voices[i] == places_[i].voice;
    if (note.places[i]) chunks = std::max(chunks, chunks_until_it_sounds(voices[i]));
  }
  render(chunks);
  all_there = all_there && active().size() == places_.size();
  fluid_synth_noteoff(synth_, channel_, note.key);
  fluid_synth_all_sounds_off(synth_, channel_);
  render(1);
  return all_there && active().empty();
}

void VoicePlaces::block_all(int except_key) {
  if (silence_ == nullptr) {
    silence_.reset(new_fluid_sample());
    std::array<short, 64> zeros{};
    fluid_sample_set_sound_data(silence_.get(), zeros.data(), nullptr, zeros.size(), 44'100, 1);
  }
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const int key = static_cast<int>(i) + (static_cast<int>(i) >= except_key ? 1 : 0);
    fluid_voice_t* voice = fluid_synth_alloc_voice(synth_, silence_.get(), channel_, key, 127);
    if (voice == nullptr) return;
    fluid_voice_gen_set(voice, GEN_VOLENVDELAY, longest_delay);
    fluid_synth_start_voice(synth_, voice);
  }
}

void VoicePlaces::render(int chunks) {
  std::array<float, chunk_frames> left{};
  std::array<float, chunk_frames> right{};
  std::array<float*, 2> planes{left.data(), right.data()};
  for (int i = 0; i < chunks; ++i) fluid_synth_process(synth_, chunk_frames, 0, nullptr, 2, planes.data());
}

}  // namespace firn::devices
