// Lv2Ports: what an LV2 plug-in's bundle says of it: its description, and what each of its ports is for. A value; made by the main thread, of
// Lv2World, with no plug-in loaded.
#pragma once

#include <lilv/lilv.h>

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/host/description.hpp"

namespace firn::plugins::host {

struct Lv2Ports {
  enum class Kind { audio, control, cv, atoms, other };

  struct Port {
    Kind kind = Kind::other;
    bool input = false;
    float initial = 0.0f;  // of a control
    std::uint32_t atom_bytes = 0;
    bool notes = false;     // of atoms: carries MIDI
    bool position = false;  // of atoms: carries where the song stands
    bool patches = false;   // of atoms: carries what properties shall be
  };

  struct File {
    std::string name;      // one word
    std::string property;  // by URI, as the plug-in knows it
  };

  std::vector<Port> ports;                // by index
  std::vector<std::uint32_t> parameters;  // the port of each parameter
  std::vector<std::uint32_t> ins;         // audio ports in the order of the buses: the side-chain's last
  std::vector<std::uint32_t> outs;
  std::vector<int> out_buses;  // channels of each, of `outs` in their order
  bool usable = false;         // it has sound or notes: not only signals for other plug-ins
  std::vector<File> files;     // that it can be told to load
  int main_ins = 0;            // how many of `ins` are none of the side-chain
  int latency = -1;            // ports, -1 for none: the plug-in says there how late it is
  int freewheel = -1;          // … and hears there that nobody waits
};

struct Lv2Plan {
  Description description;
  Lv2Ports ports;
};

Lv2Plan read_lv2_plugin(const LilvPlugin*, int rate);

}  // namespace firn::plugins::host
