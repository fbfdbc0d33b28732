// VoicePlaces: what FluidSynth's voices remember of the notes they have played, and how the voices of a new synth come to remember
// the same. One thread at a time.
//
// A voice's gains, left and right, glide over the first chunk from where they stood when a note last sounded in the same
// place (current_amp in FluidSynth 2.3's fluid_rvoice_mixer.c); in a new synth they stand at 0. No call reads or sets
// them. So the last note of each place is noted, and a new synth plays it, unheard, in that very place. (The gains to the
// effects stay at 0 while the effects are off.)
#pragma once

#include <fluidsynth.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/image.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

// What decides those gains beside the note (sound_font_data.hpp: SoundFontData::gains_follow_notes).
constexpr std::array<std::uint8_t, 2> gain_controllers = {8, 10};  // balance and pan

class VoicePlaces {
 public:
  // Must outlive the synth.
  VoicePlaces(fluid_synth_t*, int channel, int polyphony, time::SampleRate);

  void note_on(int key, int velocity) FIRN_REALTIME;  // FluidSynth has just been told
  void gains_move() FIRN_REALTIME;                    // one of the controllers above is about to get another value
  void rendered() FIRN_REALTIME;                      // a chunk

  // No voice is active, and the gains of all are known.
  bool at_rest() const;

  void save(base::ImageWriter&) const;  // at rest
  // Into a synth that has been told nothing. Leaves it at rest, with another program and other gain controllers.
  void restore(base::ImageReader&);

 private:
  static constexpr std::size_t most = 127;  // places; whoever needs more is never at rest again

  struct Note {
    std::uint32_t order = 0;  // of its start
    int bank = 0;
    int program = 0;
    std::uint8_t key = 0;
    std::uint8_t velocity = 0;
    std::array<std::uint8_t, gain_controllers.size()> gains{};
    std::bitset<most> places;  // of its voices
  };

  struct Place {
    fluid_voice_t* voice = nullptr;
    unsigned id = 0;  // of the note in it
    Note note;
    int chunks_left = 0;  // until it has surely sounded; 0: no longer waited for
    bool known = false;   // its gains are those of `note`
  };

  std::span<fluid_voice_t* const> active() const;  // in the order of their places
  int chunks_until_it_sounds(fluid_voice_t*) const;
  bool play_again(const Note&);
  void block_all(int except_key);
  void render(int chunks);

  struct DeleteSample {
    void operator()(fluid_sample_t* sample) const { delete_fluid_sample(sample); }
  };

  fluid_synth_t* synth_;
  int channel_;
  time::SampleRate rate_;
  mutable std::vector<fluid_voice_t*> active_;
  std::vector<Place>
      places_;  // those that were ever used: always the first ones, as FluidSynth takes the first that is free
  std::unique_ptr<fluid_sample_t, DeleteSample> silence_;
  std::uint32_t started_ = 0;
  int waiting_ = 0;    // places with chunks_left > 0
  bool lost_ = false;  // a voice was stolen: FluidSynth then swaps memories
};

}  // namespace firn::devices
