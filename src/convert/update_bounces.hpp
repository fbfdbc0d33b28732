// Bounces brought up to date with their sources (SPEC D5). One thread at a time.
#pragma once

#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

// The tracks that hold bounced audio.
std::vector<document::TrackId> bounced_tracks(const document::Project&);

struct UpdateRequest {
  std::vector<document::TrackId> tracks;  // a group stands for the bounces in it
  enum class Impossible {
    refuse,
    leave
  } impossible = Impossible::refuse;  // what of those whose source is gone or silent
};

// Prints again what the tracks' clips were bounced from, where it has changed or the audio is lost: sample for sample what a bounce of the
// same would give now. Those that hear none of the others share a pass, but for what is soloed or in place. What was done to the bounced tracks since is kept.
base::Result<Outcome> update_bounces(const document::Project&, const UpdateRequest&, Studio&);

}  // namespace firn::convert
