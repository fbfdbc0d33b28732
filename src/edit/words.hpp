// The words that messages and labels are made of: names in quotes, kinds, values with their unit. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "devices/parameter.hpp"
#include "document/project.hpp"

namespace firn::edit {

std::string in_quotes(std::string_view name);                         // "Bass", with the quotes
std::string kind_text(document::TrackKind);                           // "a MIDI track"
std::string decibels_text(double db);                                 // "-6 dB", "-inf dB"
std::string value_text(const devices::Parameter&, double);            // "2.4 s"
std::string list_text(const std::vector<std::string>& items);         // "A, B and C"
std::string key_text(int key);                                        // "C3" for 60
std::string track_text(const document::Project&, document::TrackId);  // the quoted name; "a track that is gone"

// `at(1)`, `at(2)`, … up to the first that is not taken.
template <class At>
std::string first_free(const std::set<std::string>& taken, At&& at) {
  for (int number = 1;; ++number) {
    std::string name = at(number);
    if (!taken.contains(name)) return name;
  }
}
// "Reverb", "Reverb 2", …
std::string numbered_name(const std::set<std::string>& taken, const std::string& base);
// "Bass (Copy)", "Bass (Copy 2)", …
std::string marked_name(const std::set<std::string>& taken, const std::string& base, std::string_view mark);
std::set<std::string> track_names(const document::Project&);

}  // namespace firn::edit
