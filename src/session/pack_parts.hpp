// What packing and unpacking share, for this room's own files. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "audio/audio_ref.hpp"
#include "base/result.hpp"
#include "session/references.hpp"

namespace firn::session {

inline constexpr std::string_view index_name = ".firn/prints.jsonl";

// Not the project's text, nor anything of Firn's own folder.
bool may_be_packed(std::string_view path);

// "the SoundFont of Bass, Pad"
std::string use_of(const Reference&);

// Fails with malformed if the file does not hold these samples.
base::Result<void> check_sound(const audio::AudioRef&, const std::filesystem::path& file);

tl::unexpected<base::Error> cancelled();

}  // namespace firn::session
