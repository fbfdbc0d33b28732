// Fields of JSON that may hold anything: what is not there, or of another kind, is nothing. Any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace firn::plugins {

using Json = nlohmann::ordered_json;

std::string text_in(const Json&, const char* key);
double number_in(const Json&, const char* key, double otherwise);  // finite, unless `otherwise` is not
std::int64_t whole_in(const Json&, const char* key);
bool flag_in(const Json&, const char* key, bool otherwise);
std::vector<std::string> texts_in(const Json&, const char* key);  // an empty one for each entry that is no text

}  // namespace firn::plugins
