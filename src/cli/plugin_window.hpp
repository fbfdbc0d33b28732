// A plug-in's own window, opened over a project at the terminal. Fails as a verb does (must.hpp). One thread.
#pragma once

#include "cli/workspace.hpp"

namespace firn::cli {

// Shows the window of a device's plug-in until a person closes it or interrupts the program. Each gesture there becomes a step of the
// project's history, saved at once and passed on as its label.
void show_plugin_window(Call&, session::Session&, document::TrackId, document::DeviceId,
                        const std::function<void(const std::string& step)>& tell);

}  // namespace firn::cli
