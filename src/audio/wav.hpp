// The head of a WAV file: plain below 4 GiB, RF64 (EBU Tech 3306) above, of one length for both, so that it can be written first
// and again when the length is known. Any thread.
//
// Firn writes WAV by itself: libsndfile puts a PEAK chunk with the time of day into each float RF64 file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "audio/sound_file.hpp"

namespace firn::audio {

// RIFF or RF64; a JUNK chunk that holds the place of ds64, or ds64; fmt; fact, for floats; and the head of data. The data
// follows, little-endian, interleaved, and a zero byte after it if its length is odd.
std::vector<std::byte> wav_head(const SoundFileSetup&, std::int64_t data_bytes);

// Of one frame in the file.
int frame_bytes(const SoundFileSetup&);

}  // namespace firn::audio
