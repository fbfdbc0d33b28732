// Clips on a track: adding one, renewing its audio, and where one ends. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "edit/command.hpp"

namespace firn::edit {

// The position just behind the clip's last beat or frame.
time::Beats end_of(const Project&, const document::Clip&);

// Does the clip play its audio from its first frame; to its last? With a loop, neither.
bool has_start(const document::AudioClip&);
bool has_end(const document::AudioClip&);

// Puts other audio into a bounced clip, as UpdateBounce says.
void renew(const Project&, document::Clip&, const document::AudioRef&, const document::Bounce&);

// Puts the clip onto the track as `next_id`, with the track's name and colour where it has none. Fails (usage) for
// notes or controls out of range.
base::Result<void> add_clip(document::Track&, const NewClip&, std::uint64_t& next_id);

// Switches off what the track's clips play under one of them, but for others with `its` ids; cuts those that reach beyond. The parts are
// numbered from `next_id` on.
void make_way(const Project&, document::Track&, document::ClipId under, std::span<const document::ClipId> its,
              std::uint64_t& next_id);

}  // namespace firn::edit
