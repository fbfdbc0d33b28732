// How a parameter's value reads, and what a text means, where the plug-in itself has no words for it. Any thread.
#pragma once

#include <string>

#include "plugins/host/description.hpp"
#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

std::string shortest_text(double value);                    // that reads back as the same double
std::string text_of_value(const Parameter&, double value);  // the choice nearest to it, or a number with its unit
Result<double> value_of_text(const Parameter&, const std::string& text);

}  // namespace firn::plugins::host
