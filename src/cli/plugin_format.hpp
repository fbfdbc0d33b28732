// A plug-in in another format. Fails as a verb does (must.hpp). One thread.
#pragma once

#include "cli/workspace.hpp"

namespace firn::cli {

// Puts `to`, another format of its plug-in, in a device's place, with all that both have; notes what is lost. `to` is loaded once.
Commands format_changed(Editing&, const document::Track&, const document::Device&, const devices::DeviceType& to);

}  // namespace firn::cli
