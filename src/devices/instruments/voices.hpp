// Voices: which voice plays which key: note-offs, the pedal, and who is stolen when there are too many. A flat value;
// one thread at a time.
//
// A stolen voice is cut: it fades within milliseconds beside the new one, in one of as many spare places. The same
// events always steal the same voices.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

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

  // The voices that sound, each in its place, and which started before which.
  static void list_state(auto& self, auto& image) {
    constexpr bool reading = !std::is_const_v<std::remove_reference_t<decltype(self)>>;
    for (auto& voice : self.voices_) {
      image.within(voice.stage, VoicePlace::Stage::off, VoicePlace::Stage::cut);
      if (!voice.sounds()) continue;
      image.within(voice.key, 0, 127);
      std::uint64_t order = self.rank_of(voice);
      image.value(order);
      if constexpr (reading) {
        voice.order = order;
        self.started_ = std::max(self.started_, order);
      }
      Voice::list_state(voice, image);
    }
    image.value(self.pedal_);
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
  // 1 for the voice that sounds longest: all that its order says to the others.
  std::uint64_t rank_of(const Voice& voice) const {
    std::uint64_t rank = 0;
    for (const Voice& other : voices_) rank += other.sounds() && other.order <= voice.order ? 1 : 0;
    return rank;
  }

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
