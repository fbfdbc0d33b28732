// Pads: the parts of a track's drum rack, or the outputs of its plug-in where that has several, that can be heard alone. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"

namespace firn::edit {

struct Pad {
  int number = 0;    // as document::Tap has it
  std::string name;  // its file's, without the extension; "kick (pad3)" where several pads have that; the output's
  std::optional<int> key = {};  // that plays it; of a drum rack
};

const document::Device* rack_of(const document::Track&);  // the device that has them; null if there is none

// Those that hold a sound, and all of a plug-in's outputs, in their order; none where the track has no such device.
std::vector<Pad> pads_of(const document::Track&);

// Does the track's rack have this pad, whether or not it holds a sound? A device of a type that is missing here may be the rack.
bool has_pad(const document::Track&, int number);

// Of a track as it is to be: fails (refused) where another in the project, or a device, hears a pad that it would no longer have, and
// names it. `what`: what "can't be" `verb`.
base::Result<void> refuse_if_pads_go(const document::Project&, const document::Track&, std::string_view what,
                                     std::string_view verb);

}  // namespace firn::edit
