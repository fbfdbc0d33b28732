// Lv2Atoms: the memory of an LV2 plug-in's atom port: a list of events with their frames, written before a run or read after it. The audio thread's,
// once made.
#pragma once

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>

#include <cstdint>
#include <vector>

#include "plugins/host/block.hpp"

namespace firn::plugins::host {

class Lv2Atoms {
 public:
  explicit Lv2Atoms(std::uint32_t bytes);

  void* data() { return memory_.data(); }

  void begin_input();  // an empty list to add to
  void add(std::int64_t frame, LV2_URID type, const void* body, std::uint32_t size);
  void begin_output();  // room for the plug-in's list

  // Calls visit(const LV2_Atom_Event&) for each that the plug-in wrote.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const auto* list = reinterpret_cast<const LV2_Atom_Sequence*>(memory_.data());
    if (list->atom.type != sequence_ || list->atom.size > bytes_) return;
    const auto* end = reinterpret_cast<const std::uint8_t*>(&list->body) + list->atom.size;
    const auto* next = reinterpret_cast<const std::uint8_t*>(&list->body + 1);
    while (next + sizeof(LV2_Atom_Event) <= end) {
      const auto* event = reinterpret_cast<const LV2_Atom_Event*>(next);
      if (event->body.size > static_cast<std::size_t>(end - next) - sizeof(LV2_Atom_Event)) return;
      visit(*event);
      next += sizeof(LV2_Atom_Event) + lv2_atom_pad_size(event->body.size);
    }
  }

 private:
  const LV2_URID sequence_;
  const LV2_URID chunk_;
  const std::uint32_t bytes_;          // after the head
  std::vector<std::uint64_t> memory_;  // of 64 bits each, as atoms are aligned
};

// Where the song stands, as LV2 tells it: a time:Position.
class Lv2Position {
 public:
  Lv2Position();

  const LV2_Atom* write(const Block&);  // valid until the next call

 private:
  LV2_Atom_Forge forge_{};
  const LV2_URID position_, frame_, speed_, bar_, bar_beat_, beat_unit_, beats_per_bar_, beats_per_minute_;
  std::vector<std::uint64_t> memory_;
};

}  // namespace firn::plugins::host
