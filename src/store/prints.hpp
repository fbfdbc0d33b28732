// Prints: which audio file a recipe gave. One thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "audio/audio_ref.hpp"
#include "base/content.hpp"
#include "base/result.hpp"

namespace firn::store {

struct KnownPrint {
  audio::AudioRef audio;
  std::optional<audio::Ringing> ringing = {};  // of a print that was not cut where it became inaudible

  friend bool operator==(const KnownPrint&, const KnownPrint&) = default;
};

// A print in a journal: {"path", "key", "frames", "original", "ringing"?}, and nothing from an object that holds none.
nlohmann::json json_of(const KnownPrint&);
std::optional<KnownPrint> known_print_in(const nlohmann::json&);

// In a journal, one line each: the print with its "recipe"; a later line beats an earlier one.
class Prints {
 public:
  explicit Prints(std::filesystem::path journal);

  std::optional<KnownPrint> find(const base::RecipeKey&) const;
  base::Result<void> remember(const base::RecipeKey&, const KnownPrint&);

  // Forgets each print for which keep(AudioRef) is false, and tidies the file.
  using Keep = std::function<bool(const audio::AudioRef&)>;
  base::Result<void> retain(const Keep& keep, const std::filesystem::path& temporary);
  // The file's text as retain would leave it.
  std::string text(const Keep& keep) const;

 private:
  std::filesystem::path journal_;
  std::map<base::RecipeKey, KnownPrint> prints_;
};

}  // namespace firn::store
