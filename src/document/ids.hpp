// The identities in a project, and the small words shared by its parts. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/content.hpp"
#include "base/id.hpp"

namespace firn::document {

using TrackId = base::Id<struct TrackTag>;
using ClipId = base::Id<struct ClipTag>;
using DeviceId = base::Id<struct DeviceTag>;
using LocatorId = base::Id<struct LocatorTag>;

using base::AudioKey;
using base::FileRef;
using base::RecipeKey;

struct Color {
  std::uint32_t rgb = 0x808080;  // 0xRRGGBB
  friend bool operator==(const Color&, const Color&) = default;
};

// Fields that a file held and this version does not know: name -> JSON text. Carried along, never read.
using UnknownFields = std::map<std::string, std::string>;

}  // namespace firn::document
