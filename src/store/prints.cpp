#include "store/prints.hpp"

#include <utility>

#include "store/journal.hpp"

namespace firn::store {
namespace {

using nlohmann::json;

json line_of(const base::RecipeKey& recipe, const KnownPrint& print) {
  json line = json_of(print);
  line["recipe"] = base::hex(recipe.digest);
  return line;
}

std::optional<audio::Ringing> ringing_in(const json& line) {
  const auto found = line.find("ringing");
  const bool is_pair = found != line.end() && found->is_array() && found->size() == 2 &&
                       (*found)[0].is_number_integer() && (*found)[1].is_number_integer();
  if (!is_pair) return std::nullopt;
  return audio::Ringing{{(*found)[0].get<std::int64_t>()}, {(*found)[1].get<std::int64_t>()}};
}

}  // namespace

json json_of(const KnownPrint& print) {
  json line{{"path", print.audio.path},
            {"key", base::hex(print.audio.key.digest)},
            {"frames", print.audio.frames.count},
            {"original", print.audio.original}};
  if (print.ringing) line["ringing"] = {print.ringing->ended_at.count, print.ringing->tail.count};
  return line;
}

std::optional<KnownPrint> known_print_in(const json& line) {
  const auto path = text_at(line, "path");
  const auto key = digest_at(line, "key");
  const auto frames = number_at(line, "frames");
  if (!path || !key || !frames || *frames < 0) return std::nullopt;
  return KnownPrint{{*path, {*key}, {*frames}, text_at(line, "original").value_or("")}, ringing_in(line)};
}

Prints::Prints(std::filesystem::path journal) : journal_(std::move(journal)) {
  for (const auto& line : read_journal(journal_)) {
    const auto recipe = digest_at(line, "recipe");
    const auto print = known_print_in(line);
    if (recipe && print) prints_[{*recipe}] = *print;
  }
}

std::optional<KnownPrint> Prints::find(const base::RecipeKey& recipe) const {
  const auto found = prints_.find(recipe);
  return found == prints_.end() ? std::nullopt : std::optional(found->second);
}

base::Result<void> Prints::remember(const base::RecipeKey& recipe, const KnownPrint& print) {
  if (find(recipe) == print) return {};
  prints_[recipe] = print;
  return add_to_journal(journal_, line_of(recipe, print));
}

base::Result<void> Prints::retain(const Keep& keep, const std::filesystem::path& temporary) {
  std::erase_if(prints_, [&](const auto& entry) { return !keep(entry.second.audio); });
  std::vector<json> lines;
  for (const auto& [recipe, print] : prints_) lines.push_back(line_of(recipe, print));
  return replace_journal(journal_, lines, temporary);
}

std::string Prints::text(const Keep& keep) const {
  std::string text;
  for (const auto& [recipe, print] : prints_) {
    if (keep(print.audio)) text += line_of(recipe, print).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace firn::store
