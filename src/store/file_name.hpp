// File names from any text, that every common file system can hold. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace firn::store {

// UTF-8 is kept; control characters, broken UTF-8 and / \ : * ? " < > | become _; dots and spaces go at both ends; at
// most 120 bytes, cut between characters. "untitled" if nothing is left.
std::string file_name_of(std::string_view text);

}  // namespace firn::store
