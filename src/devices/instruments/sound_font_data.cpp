#include "devices/instruments/sound_font_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

#include "devices/instruments/voice_places.hpp"

namespace firn::devices {
namespace {

void discard(int, const char*, void*) {}

fluid_sfont_t* lender_of(fluid_sfont_t* loan) { return static_cast<fluid_sfont_t*>(fluid_sfont_get_data(loan)); }

const char* name_of(fluid_sfont_t* loan) { return fluid_sfont_get_name(lender_of(loan)); }

fluid_preset_t* preset_of(fluid_sfont_t* loan, int bank, int program) {
  return fluid_sfont_get_preset(lender_of(loan), bank, program);
}

int give_back(fluid_sfont_t* loan) {
  delete_fluid_sfont(loan);
  return 0;
}

// Stands after FluidSynth's own loader and takes what that refuses, as an empty SoundFont, before the DLS loader of
// some builds tries it and complains on stderr.
fluid_sfont_t* load_nothing(fluid_sfloader_t*, const char*) {
  return new_fluid_sfont([](fluid_sfont_t*) { return ""; },
                         [](fluid_sfont_t*, int, int) -> fluid_preset_t* { return nullptr; }, nullptr, nullptr,
                         give_back);
}

bool is_nothing(fluid_sfont_t* sound_font) { return fluid_sfont_get_name(sound_font)[0] == '\0'; }

// What a modulator record of the file says (SoundFont 2.04, 7.4 and 8.2): ten bytes, of which the source, the destination and the
// amount's source matter here.
bool leaves_gains(const std::array<std::uint8_t, 10>& record) {
  const auto word = [&](std::size_t at) { return record[at] | record[at + 1] << 8; };
  const auto follows_note = [](int source) {
    const int number = source & 0x7f;
    const bool is_controller = (source & 0x80) != 0;
    if (is_controller) return std::ranges::find(gain_controllers, number) != gain_controllers.end();
    return number == 0 || number == 2 || number == 3;  // none, velocity, key
  };
  const int destination = word(2);
  const bool linked = (destination & 0x8000) != 0;
  if (linked || destination == GEN_VOLENVDELAY) return false;
  return destination != GEN_PAN || (follows_note(word(0)) && follows_note(word(6)));
}

// Walks the chunks of a SoundFont: lists are entered, modulators looked at.
bool modulators_leave_gains(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 8> head{};
  while (file.read(head.data(), head.size())) {
    const std::string_view name(head.data(), 4);
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size |= std::uint32_t{static_cast<std::uint8_t>(head[4 + i])} << (8 * i);
    if (name == "RIFF" || name == "LIST") {
      file.ignore(4);
    } else if (name == "pmod" || name == "imod") {
      for (std::uint32_t done = 0; done + 10 <= size; done += 10) {
        std::array<std::uint8_t, 10> record{};
        if (!file.read(reinterpret_cast<char*>(record.data()), record.size()) || !leaves_gains(record)) return false;
      }
      file.ignore(size % 10 + size % 2);
    } else {
      file.seekg(static_cast<std::streamoff>(size) + size % 2, std::ios::cur);
    }
  }
  return true;
}

}  // namespace

void FluidDelete::operator()(fluid_settings_t* settings) const {
  const auto lock = fluid_lock();
  delete_fluid_settings(settings);
}

void FluidDelete::operator()(fluid_synth_t* synth) const {
  const auto lock = fluid_lock();
  delete_fluid_synth(synth);
}

std::unique_lock<std::recursive_mutex> fluid_lock() {
  static std::recursive_mutex mutex;
  std::unique_lock lock(mutex);
  static const bool prepared = [] {
    for (int level = FLUID_PANIC; level < LAST_LOG_LEVEL; ++level) fluid_set_log_function(level, discard, nullptr);
    const char* no_drivers[] = {nullptr};
    fluid_audio_driver_register(no_drivers);
    return true;
  }();
  static_cast<void>(prepared);
  return lock;
}

SoundFontData::SoundFontData(FluidSettings settings, FluidSynth owner, fluid_sfont_t* sound_font,
                             bool gains_follow_notes)
    : settings_(std::move(settings)),
      owner_(std::move(owner)),
      sound_font_(sound_font),
      gains_follow_notes_(gains_follow_notes) {}

fluid_sfont_t* SoundFontData::lend() const {
  fluid_sfont_t* loan = new_fluid_sfont(name_of, preset_of, nullptr, nullptr, give_back);
  fluid_sfont_set_data(loan, sound_font_);
  return loan;
}

base::Result<std::shared_ptr<const SoundFontData>> load_sound_font(const base::Digest& content,
                                                                   const std::string& path) {
  const auto lock = fluid_lock();
  static std::map<base::Digest, std::weak_ptr<const SoundFontData>> loaded;
  if (auto data = loaded[content].lock()) return data;

  FluidSettings settings(new_fluid_settings());
  fluid_settings_setint(settings.get(), "synth.polyphony", 1);
  fluid_settings_setint(settings.get(), "synth.lock-memory", 0);
  FluidSynth owner(new_fluid_synth(settings.get()));
  fluid_synth_add_sfloader(owner.get(), new_fluid_sfloader(load_nothing, delete_fluid_sfloader));
  fluid_synth_add_sfloader(owner.get(), new_fluid_defsfloader(settings.get()));  // the last one added is asked first
  const int id = fluid_synth_sfload(owner.get(), path.c_str(), 0);
  fluid_sfont_t* sound_font = fluid_synth_get_sfont_by_id(owner.get(), id);
  if (sound_font == nullptr || is_nothing(sound_font)) {
    return base::fail(base::ErrorKind::malformed,
                      fmt::format("\"{}\" can't be read as a SoundFont (.sf2, .sf3): it is damaged, cut short or "
                                  "something else. Choose another.",
                                  std::filesystem::path(path).filename().string()));
  }
  auto data = std::make_shared<const SoundFontData>(std::move(settings), std::move(owner), sound_font,
                                                    modulators_leave_gains(path));
  std::erase_if(loaded, [](const auto& entry) { return entry.second.expired(); });
  loaded[content] = data;
  return data;
}

}  // namespace firn::devices
