// DeviceType and Settings: what a device is, and how one is set. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/box.hpp"
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

  friend bool operator==(const FileSlot&, const FileSlot&) = default;
};

// What names a third-party plug-in, wherever it is installed.
struct PluginOrigin {
  std::string format;   // "vst3", "lv2", "clap" or "ladspa"
  std::string id;       // the format's own: LV2's URI, VST3's class id, ...
  std::string maker;    // may be empty, as may the version
  std::string version;  // of the plug-in that was last seen

  friend bool operator==(const PluginOrigin&, const PluginOrigin&) = default;
};

struct DeviceType {
  std::string name;   // "reverb"; of a plug-in its format and id, "lv2:urn:zamaudio:ZamVerb"
  std::string title;  // "Reverb"
  std::string about;  // one sentence
  DeviceClass device_class = DeviceClass::audio_effect;
  int version = 1;  // of its sound: raise it whenever the same settings give other samples
  std::vector<Parameter> parameters;
  std::vector<FileSlot> files;
  std::vector<std::string> pads = {};  // parts that can be heard alone: a drum rack's file slots, a plug-in's outputs
  bool side_chain = false;             // takes a second audio input
  bool uses_tempo = false;             // its sound depends on the tempo
  bool has_seed = false;               // has random elements
  bool keeps_state = true;             // its state can be saved between any two blocks; false: only where it is at rest
  std::optional<PluginOrigin> plugin = {};  // of a third-party plug-in; none: built in

  friend bool operator==(const DeviceType&, const DeviceType&) = default;
};

// The file slot that holds what a plug-in keeps besides its parameters.
inline constexpr std::string_view state_slot = "state";
// … and those of the files that this refers to, by number from 1: "file1", "file2", … to as many as there may be.
inline constexpr int most_state_files = 999;
std::string state_file_slot(int number);

// Has a device of that type a place for a file of that name? A plug-in has one for each file that its state may refer to.
bool has_file_slot(const DeviceType&, std::string_view name);

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
  std::optional<base::Box<DeviceType>> plugin = {};  // the type, of a third-party plug-in
  int grid = 0;                                      // of a plug-in: the frames that it is given at a time

  friend bool operator==(const Settings&, const Settings&) = default;
};

// A plug-in as a device, but for its parameters and its side-chain: it may depend on the tempo, and its state can't be told between blocks.
DeviceType plugin_type(PluginOrigin, std::string title, DeviceClass);

Settings default_settings(const DeviceType&);
const DeviceType* type_of(const Settings&);  // null for a type that is neither built in nor a plug-in

// What the plan must know of a device before it can place it.
struct Facts {
  time::Frames latency;  // from its input to its output
  time::Frames tail;     // how long it may sound after its input has ended; a bound below, the level rule does the rest
  int version = 1;
  base::Digest build{};                                           // of a plug-in: its version and its program file
  enum class Known { yes, missing, failing } known = Known::yes;  // not on this machine, or it can't be loaded
  std::string why{};                  // if not known, more about that: a clause without a full stop; may be empty
  std::optional<base::Error> lost{};  // a file of its settings is not to be had, and so it could not be asked

  friend bool operator==(const Facts&, const Facts&) = default;
};

// Facts of a built-in device in a song. A type that is not in the catalogue is missing.
Facts facts_of(const Settings&, time::SampleRate, const time::TempoMap&);

}  // namespace firn::devices
