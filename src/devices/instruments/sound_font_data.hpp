// SoundFontData: one parsed SoundFont with its samples, shared by every device of the process that plays it. Any
// thread.
#pragma once

#include <fluidsynth.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace firn::devices {

// Deletes what FluidSynth made, under the lock of fluid_lock().
struct FluidDelete {
  void operator()(fluid_settings_t*) const;
  void operator()(fluid_synth_t*) const;
};
using FluidSettings = std::unique_ptr<fluid_settings_t, FluidDelete>;
using FluidSynth = std::unique_ptr<fluid_synth_t, FluidDelete>;

// FluidSynth keeps tables, a sample cache and a log function for the whole process and guards them only in part:
// whoever makes, loads or deletes holds this lock; but new_fluid_synth needs none where another synth lives, and playing never. The first call
// silences the log, and has FluidSynth leave the machine's sound cards alone.
std::unique_lock<std::recursive_mutex> fluid_lock();

// Parsing FluidR3 takes 10 MB and 65 ms besides its samples, so a SoundFont is parsed once and its presets are lent to
// many synths. FluidSynth counts their use in plain integers; synths on several threads may make those counts wrong,
// and nothing reads them but the deletion of a SoundFont, which then keeps its memory rather than free what may be in
// use.
class SoundFontData {
 public:
  SoundFontData(FluidSettings, FluidSynth, fluid_sfont_t*, bool gains_follow_notes);

  // A SoundFont for one synth, which takes it over (fluid_synth_add_sfont). It must not outlive this.
  fluid_sfont_t* lend() const;

  // How much of a voice goes to each side is decided by its note and by the controllers for balance and pan alone.
  bool gains_follow_notes() const { return gains_follow_notes_; }

 private:
  FluidSettings settings_;
  FluidSynth owner_;
  fluid_sfont_t* sound_font_;
  bool gains_follow_notes_;
};

// The data of the file at `path`, whose content is `content`: what a living device already holds, or else loaded.
// Fails with malformed for what is not a whole SoundFont (.sf2, .sf3).
base::Result<std::shared_ptr<const SoundFontData>> load_sound_font(const base::Digest& content,
                                                                   const std::string& path);

}  // namespace firn::devices
