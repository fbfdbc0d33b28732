// DeviceType and Settings: which devices there are, and how one of them is set. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "devices/parameter.hpp"
#include "time/frames.hpp"
#include "time/tempo_map.hpp"

namespace firn::devices {

enum class DeviceClass { midi_effect, instrument, audio_effect };

struct FileSlot {
  std::string name;  // "soundfont", "sample", "pad1"
  std::string what;  // "a SoundFont (.sf2, .sf3)", "an audio file"
  bool required = true;
};

struct DeviceType {
  std::string name;   // "reverb"
  std::string title;  // "Reverb"
  std::string about;  // one sentence
  DeviceClass device_class = DeviceClass::audio_effect;
  int version = 1;  // of its sound: raise it whenever the same settings give other samples
  std::vector<Parameter> parameters;
  std::vector<FileSlot> files;
  int pads = 0;             // parts that can be heard alone (Settings::pad): pad k plays the file of slot k
  bool side_chain = false;  // takes a second audio input
  bool uses_tempo = false;  // its sound depends on the tempo
  bool has_seed = false;    // has random elements
  bool keeps_state = true;  // its state can be saved between any two blocks; false: only where it is at rest
};

const std::vector<DeviceType>& catalogue();                   // every built-in device, sorted by class, then name
const DeviceType* find_type(std::string_view name);           // null if there is none
int index_of(const DeviceType&, std::string_view parameter);  // -1 if there is none

// One device as it is set, with nothing of the document in it.
struct Settings {
  std::string type;
  bool on = true;
  std::vector<double> values;                 // one for each of the type's parameters, in their order and unit
  std::map<std::string, base::Digest> files;  // by slot: the content
  std::uint64_t seed = 0;
  bool has_side_chain = false;  // something is connected to the second input
  int pad = 0;                  // of a device with pads: the one that is heard, counted from 1; 0: all of them

  friend bool operator==(const Settings&, const Settings&) = default;
};

Settings default_settings(const DeviceType&);

// What the plan must know of a device before it can place it.
struct Facts {
  time::Frames latency;  // from its input to its output
  time::Frames tail;     // how long it may sound after its input has ended; a bound below, the level rule does the rest
  int version = 1;
  bool known = true;  // false: the type is missing on this machine

  friend bool operator==(const Facts&, const Facts&) = default;
};

// Facts of a built-in device in a song. A type that is not in the catalogue has known == false.
Facts facts_of(const Settings&, time::SampleRate, const time::TempoMap&);

}  // namespace firn::devices
