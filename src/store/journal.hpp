// Journal: a file of JSON objects, one on each line, that grows at its end. One thread at a time; several processes may add.
//
// An index that can be lost: a line that can't be read, such as the last before a crash, is passed over.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::store {

// Every object in the file; none if it can't be read.
std::vector<nlohmann::json> read_journal(const std::filesystem::path&);

// Adds a line.
base::Result<void> add_to_journal(const std::filesystem::path&, const nlohmann::json&);

// Replaces the file, whole (base::replace_file).
base::Result<void> replace_journal(const std::filesystem::path&, const std::vector<nlohmann::json>&,
                                   const std::filesystem::path& temporary);

// A member of an object, if it is there and of that type.
std::optional<std::string> text_at(const nlohmann::json&, const char* name);
std::optional<std::int64_t> number_at(const nlohmann::json&, const char* name);
std::optional<base::Digest> digest_at(const nlohmann::json&, const char* name);

}  // namespace firn::store
