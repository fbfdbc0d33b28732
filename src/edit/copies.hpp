// Copies of tracks under new ids: content, prints and files stay shared. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "document/project.hpp"

namespace firn::edit {

// The tracks, each with new ids for itself, its clips and its devices, numbered from `next_id` on: tracks first, then
// clips and devices track by track. What the tracks say of each other (group, sends, input, output, side-chains) is
// said of the copies.
std::vector<document::Track> copies_of(const std::vector<const document::Track*>&, std::uint64_t& next_id);

// The track as it is, with new ids for its clips and devices alone.
document::Track with_new_parts(document::Track, std::uint64_t& next_id);

}  // namespace firn::edit
