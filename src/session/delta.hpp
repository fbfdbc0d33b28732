// Delta: what makes one text out of another, in little more space than their difference. Pure; any thread.
//
// Layout: three 64-bit little-endian numbers: the bytes kept at the start, the bytes kept at the end, the bytes between
// them; then those as one zstd frame (RFC 8878), made with the corresponding part of the old text as its prefix.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace firn::session {

std::string delta_of(std::string_view from, std::string_view to);

// `to`, from `from` and their delta. Fails with `malformed`; a text that is not the one the delta was made from gives garbage
// or an error, so the caller compares digests.
base::Result<std::string> apply_delta(std::string_view from, std::string_view delta);

}  // namespace firn::session
