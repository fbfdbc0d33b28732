// Answer: what a plug-in host says to a question (protocol.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "plugins/json_fields.hpp"

namespace firn::plugins {

struct Answer {
  Json json;
  std::string bytes;
};

}  // namespace firn::plugins
