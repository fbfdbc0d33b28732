// Voices: which voice plays which key: note-offs, the pedal, and who is stolen when there are too many. A flat value;
// one thread at a time.
//
// A stolen voice is cut: it fades within milliseconds beside the new one, in one of as many spare places. The same
// events always steal the same voices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace firn::devices {

// What a voice is to its allocator. A Voice derives from this and has release(), cut() and level().
struct VoicePlace {
  enum class Stage { off, held, sustained, released, cut };

  Stage stage = Stage::off;  // off: set by the voice itself when its envelope has ended
  int key = 0;
  std::uint64_t order = 0;  // of its start

  bool sounds() const { return stage != Stage::off; }
  bool counts() const { return sounds() && stage != Stage::cut; }
};

template <class Voice, int most>
class Voices {
 public:
  // A voice for a new note, with its stage and key set; the caller starts it. At most `limit` others than it go on.
  Voice& start(int key, int limit) {
    for (int counted = count(); counted >= limit; --counted) cut(*victim());
    Voice& voice = free_place();
    voice = Voice{};
    voice.stage = VoicePlace::Stage::held;
    voice.key = key;
    voice.order = ++started_;
    return voice;
  }

  // Ends the oldest note of the key that is held; the pedal may keep it.
  void note_off(int key) {
    Voice* oldest = nullptr;
    for (Voice& voice : voices_) {
      if (voice.stage != VoicePlace::Stage::held || voice.key != key) continue;
      if (oldest == nullptr || voice.order < oldest->order) oldest = &voice;
    }
    if (oldest == nullptr) return;
    if (pedal_) {
      oldest->stage = VoicePlace::Stage::sustained;
    } else {
      release(*oldest);
    }
  }

  void pedal(bool down) {
    pedal_ = down;
    if (down) return;
    for (Voice& voice : voices_) {
      if (voice.stage == VoicePlace::Stage::sustained) release(voice);
    }
  }

  void release_all() {
    for (Voice& voice : voices_) {
      if (voice.stage == VoicePlace::Stage::held || voice.stage == VoicePlace::Stage::sustained) release(voice);
    }
  }

  void cut_all() {
    cut_if([](const Voice&) { return true; });
  }

  template <class Which>
  void cut_if(Which&& which) {
    for (Voice& voice : voices_) {
      if (voice.sounds() && which(voice)) cut(voice);
    }
  }

  // Calls `each` for the voices that sound.
  template <class Each>
  void for_each(Each&& each) {
    for (Voice& voice : voices_) {
      if (voice.sounds()) each(voice);
    }
  }

  // The newest voice that is held or sustained; null if there is none.
  Voice* newest() {
    Voice* found = nullptr;
    for (Voice& voice : voices_) {
      if (voice.stage != VoicePlace::Stage::held && voice.stage != VoicePlace::Stage::sustained) continue;
      if (found == nullptr || voice.order > found->order) found = &voice;
    }
    return found;
  }

 private:
  static void release(Voice& voice) {
    voice.stage = VoicePlace::Stage::released;
    voice.release();
  }

  static void cut(Voice& voice) {
    voice.stage = VoicePlace::Stage::cut;
    voice.cut();
  }

  int count() const {
    int counted = 0;
    for (const Voice& voice : voices_) counted += voice.counts() ? 1 : 0;
    return counted;
  }

  // The quietest of the released ones, else the oldest.
  Voice* victim() {
    Voice* found = nullptr;
    for (Voice& voice : voices_) {
      if (voice.counts() && (found == nullptr || goes_before(voice, *found))) found = &voice;
    }
    return found;
  }

  static bool goes_before(const Voice& a, const Voice& b) {
    const bool a_released = a.stage == VoicePlace::Stage::released;
    const bool b_released = b.stage == VoicePlace::Stage::released;
    if (a_released != b_released) return a_released;
    if (a_released && a.level() != b.level()) return a.level() < b.level();
    return a.order < b.order;
  }

  // A silent place, else that of the quietest voice that was cut.
  Voice& free_place() {
    Voice* found = nullptr;
    for (Voice& voice : voices_) {
      if (!voice.sounds()) return voice;
      if (voice.stage == VoicePlace::Stage::cut && (found == nullptr || voice.level() < found->level())) found = &voice;
    }
    return *found;
  }

  std::array<Voice, std::size_t{2} * most> voices_{};
  std::uint64_t started_ = 0;
  bool pedal_ = false;
};

}  // namespace firn::devices
