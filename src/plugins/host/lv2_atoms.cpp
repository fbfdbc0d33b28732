#include "plugins/host/lv2_atoms.hpp"

#include <lv2/time/time.h>

#include <cstring>

#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {
namespace {

constexpr std::uint32_t head_bytes = sizeof(LV2_Atom_Sequence);
constexpr std::size_t words_after = 64;  // of 64 bits: for a plug-in that writes too far

LV2_URID urid(const char* uri) { return Lv2World::instance().map(uri); }

}  // namespace

Lv2Atoms::Lv2Atoms(std::uint32_t bytes)
    : sequence_(urid(LV2_ATOM__Sequence)),
      chunk_(urid(LV2_ATOM__Chunk)),
      bytes_(bytes),
      memory_((head_bytes + bytes) / sizeof(std::uint64_t) + words_after) {}

void Lv2Atoms::begin_input() {
  auto* list = reinterpret_cast<LV2_Atom_Sequence*>(memory_.data());
  list->atom.type = sequence_;
  list->atom.size = sizeof(LV2_Atom_Sequence_Body);
  list->body.unit = 0;  // frames
  list->body.pad = 0;
}

void Lv2Atoms::add(std::int64_t frame, LV2_URID type, const void* body, std::uint32_t size) {
  auto* list = reinterpret_cast<LV2_Atom_Sequence*>(memory_.data());
  const std::uint32_t whole = lv2_atom_pad_size(static_cast<std::uint32_t>(sizeof(LV2_Atom_Event)) + size);
  if (whole > bytes_ || list->atom.size > bytes_ - whole) return;  // no room: it is lost
  auto* event = reinterpret_cast<LV2_Atom_Event*>(reinterpret_cast<std::uint8_t*>(memory_.data()) + sizeof(LV2_Atom) +
                                                  list->atom.size);
  event->time.frames = frame;
  event->body.size = size;
  event->body.type = type;
  std::memcpy(event + 1, body, size);
  list->atom.size += whole;
}

void Lv2Atoms::begin_output() {
  auto* list = reinterpret_cast<LV2_Atom_Sequence*>(memory_.data());
  list->atom.type = chunk_;
  list->atom.size = bytes_;
}

Lv2Position::Lv2Position()
    : position_(urid(LV2_TIME__Position)),
      frame_(urid(LV2_TIME__frame)),
      speed_(urid(LV2_TIME__speed)),
      bar_(urid(LV2_TIME__bar)),
      bar_beat_(urid(LV2_TIME__barBeat)),
      beat_unit_(urid(LV2_TIME__beatUnit)),
      beats_per_bar_(urid(LV2_TIME__beatsPerBar)),
      beats_per_minute_(urid(LV2_TIME__beatsPerMinute)),
      memory_(64) {
  lv2_atom_forge_init(&forge_, Lv2World::instance().map_feature());
}

// LV2's beats are those of the time signature, Firn's are quarter notes.
const LV2_Atom* Lv2Position::write(const Block& block) {
  const WireTransport& song = block.transport;
  const double beats_per_quarter = song.denominator / 4.0;
  LV2_Atom_Forge_Frame object;
  lv2_atom_forge_set_buffer(&forge_, reinterpret_cast<std::uint8_t*>(memory_.data()),
                            memory_.size() * sizeof(std::uint64_t));
  lv2_atom_forge_object(&forge_, &object, 0, position_);
  lv2_atom_forge_key(&forge_, frame_);
  lv2_atom_forge_long(&forge_, block.at);
  lv2_atom_forge_key(&forge_, speed_);
  lv2_atom_forge_float(&forge_, block.playing ? 1.0f : 0.0f);
  lv2_atom_forge_key(&forge_, bar_);
  lv2_atom_forge_long(&forge_, song.bar);
  lv2_atom_forge_key(&forge_, bar_beat_);
  lv2_atom_forge_float(&forge_, static_cast<float>((song.beats - song.bar_start) * beats_per_quarter));
  lv2_atom_forge_key(&forge_, beat_unit_);
  lv2_atom_forge_int(&forge_, song.denominator);
  lv2_atom_forge_key(&forge_, beats_per_bar_);
  lv2_atom_forge_float(&forge_, static_cast<float>(song.numerator));
  lv2_atom_forge_key(&forge_, beats_per_minute_);
  lv2_atom_forge_float(&forge_, static_cast<float>(song.bpm * beats_per_quarter));
  lv2_atom_forge_pop(&forge_, &object);
  return reinterpret_cast<const LV2_Atom*>(memory_.data());
}

}  // namespace firn::plugins::host
