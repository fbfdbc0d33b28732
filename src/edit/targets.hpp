// Targets of automation: what each is called and which values it takes. Pure; any thread.
#pragma once

#include <string>

#include "base/result.hpp"
#include "devices/parameter.hpp"
#include "document/project.hpp"

namespace firn::edit {

// True for what takes steps and never ramps: whole numbers, choices and switches.
bool is_stepped(const devices::Parameter&);

// The values a target takes, in the form of a parameter. Not known where the device's type is missing here: then any.
struct TargetRange {
  bool known = true;
  devices::Parameter parameter;
};

// Fails with not_found if the track has no such thing, with refused if it can't be automated.
base::Result<TargetRange> range_of(const document::Track&, const document::AutomationTarget&);

// "volume of "Bass"", "the send from "Bass" to "A"", "decay of "Reverb" on "Bass""
std::string target_text(const document::Project&, const document::Track&, const document::AutomationTarget&);

}  // namespace firn::edit
