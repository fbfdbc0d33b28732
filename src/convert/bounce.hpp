// Bounce and offline resampling (SPEC D5, E6): a tap over a range becomes a new clip. One thread at a time.
//
// A range is a window on the whole song: what rings into it from before is in it, and it ends sharply at its end. Without a range it is from the
// first clip (bounce) or the start (resampling) to the end of the sound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

// Positions, so that a bounce can tell which of the song it is of at another tempo. Without `to`: until the sound has ended.
struct BounceRange {
  time::Beats from;
  std::optional<time::Beats> to;
};

struct BounceRequest {
  std::vector<document::TrackId> tracks;
  edit::BouncePoint point = edit::BouncePoint::post_fx;
  std::string after;  // for after_device: the device's name or number, on each of the tracks
  std::optional<BounceRange> range;
  enum class Where { new_track, in_place } where = Where::new_track;  // in place takes the whole track: no range
};

// All tracks in one pass, what they share worked out once; but through the returns or Main each by itself, since each is soloed.
base::Result<Outcome> bounce(const document::Project&, const BounceRequest&, Studio&);

struct PadBounceRequest {
  struct Rack {
    document::TrackId track;
    std::vector<int> pads;  // as document::Tap has them
  };
  std::vector<Rack> racks;
  std::optional<BounceRange> range;
};

// Each pad as it leaves its drum rack or plug-in (edit/pads.hpp), in one pass: audio tracks in a group that takes over all that follows the rack, and so sounds as
// the track did. Pads that make no sound are left out, and named.
base::Result<Outcome> bounce_pads(const document::Project&, const PadBounceRequest&, Studio&);

struct ResampleRequest {
  std::vector<document::Input> inputs;  // Resampling or taps; several are recorded in one pass
  std::vector<document::TrackId> solo;  // soloed for the take alone
  std::optional<time::FrameRange> range;
  std::string name;  // of the new track; empty: name_of_take
};

// Of a new track that records an input: "Resampling", or "<track> (<tap or pad>)".
std::string name_of_take(const document::Project&, const document::Input&);

base::Result<Outcome> resample(const document::Project&, const ResampleRequest&, Studio&);

}  // namespace firn::convert
