// Finding things by what people call them: a name, or a number counted from 1 in display order. Pure; any thread.
//
// A name that fits whole wins over one that fits but for its case, and that over a number. Fails with not_found or
// ambiguous; the message lists what there is.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "document/project.hpp"

namespace firn::edit {

base::Result<document::TrackId> find_track(const document::Project&, std::string_view name_or_number);
base::Result<document::DeviceId> find_device(const document::Track&, std::string_view name_or_number);
// Among pads_of() the track, by the pad's own number; and as "pad3", whether or not it holds a sound.
base::Result<int> find_pad(const document::Track&, std::string_view name_or_number);
base::Result<document::ClipId> find_clip(const document::Track&, std::string_view name_or_number);
base::Result<document::LocatorId> find_locator(const document::Project&, std::string_view name_or_number);

}  // namespace firn::edit
