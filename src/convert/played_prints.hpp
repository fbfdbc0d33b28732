// PlayedPrints: prints of tracks that were played through (SPEC, "the freeze line"): what was read ahead of them is what a freeze would render.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "convert/studio.hpp"
#include "live/performance.hpp"

namespace firn::convert {

class PlayedPrints {
 public:
  // Both outlive it.
  PlayedPrints(const document::Project&, Studio&);
  ~PlayedPrints();
  PlayedPrints(const PlayedPrints&) = delete;
  PlayedPrints& operator=(const PlayedPrints&) = delete;

  // For live::Setup. Keeps the tracks that can be frozen, of a run that starts at the beginning and goes round no loop.
  live::Keep keep(document::TrackId, const plan::Plan&);

  // When the performance has gone: remembers what was played to its end, so that a freeze finds it. Which tracks these are; a device that
  // failed, or a full disk, leaves its track out.
  std::vector<document::TrackId> finish();

 private:
  struct Print;
  const document::Project& project_;
  Studio& studio_;
  std::map<document::TrackId, std::shared_ptr<Print>> prints_;
};

}  // namespace firn::convert
