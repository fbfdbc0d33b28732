#include "store/prints.hpp"

#include <utility>

#include "store/journal.hpp"

namespace firn::store {
namespace {

using nlohmann::json;

json line_of(const base::RecipeKey& recipe, const audio::AudioRef& audio) {
  return {{"recipe", base::hex(recipe.digest)},
          {"path", audio.path},
          {"key", base::hex(audio.key.digest)},
          {"frames", audio.frames.count},
          {"original", audio.original}};
}

}  // namespace

Prints::Prints(std::filesystem::path journal) : journal_(std::move(journal)) {
  for (const auto& line : read_journal(journal_)) {
    const auto recipe = digest_at(line, "recipe");
    const auto path = text_at(line, "path");
    const auto key = digest_at(line, "key");
    const auto frames = number_at(line, "frames");
    if (!recipe || !path || !key || !frames || *frames < 0) continue;
    prints_[{*recipe}] = {*path, {*key}, {*frames}, text_at(line, "original").value_or("")};
  }
}

std::optional<audio::AudioRef> Prints::find(const base::RecipeKey& recipe) const {
  const auto found = prints_.find(recipe);
  return found == prints_.end() ? std::nullopt : std::optional(found->second);
}

base::Result<void> Prints::remember(const base::RecipeKey& recipe, const audio::AudioRef& audio) {
  if (find(recipe) == audio) return {};
  prints_[recipe] = audio;
  return add_to_journal(journal_, line_of(recipe, audio));
}

base::Result<void> Prints::rewrite(const std::filesystem::path& temporary) const {
  std::vector<json> lines;
  for (const auto& [recipe, audio] : prints_) lines.push_back(line_of(recipe, audio));
  return replace_journal(journal_, lines, temporary);
}

}  // namespace firn::store
