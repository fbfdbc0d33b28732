#include "convert/played_prints.hpp"

#include "convert/freeze.hpp"
#include "convert/print.hpp"

namespace firn::convert {

using document::Project;
using document::TrackId;
using time::Frames;

struct PlayedPrints::Print {
  base::RecipeKey recipe;
  store::PrintWriter writer;
  Frames frames = {};
  bool is_whole = false;
  bool has_failed = false;
};

PlayedPrints::PlayedPrints(const Project& project, Studio& studio) : project_(project), studio_(studio) {}
PlayedPrints::~PlayedPrints() = default;

live::Keep PlayedPrints::keep(TrackId id, const plan::Plan& plan) {
  const document::Track& track = *document::find(project_, id);
  if (plan.start != Frames{} || plan.loop || track.frozen() || !freeze_obstacle(project_, track).empty()) return {};
  const auto request = print_request(project_, plan.outputs.front().point, {}, plan::Prints::ignore,
                                     store::Folder::freeze, studio_.facts);
  // A print that it hears in place of devices makes it another recipe.
  if (!request || request->recipe != plan::recipe_of(plan, plan.outputs.front())) return {};
  if (studio_.store.find(request->recipe)) return {};
  auto writer = studio_.store.begin(store::Folder::freeze, track.name, project_.rate);
  if (!writer) return {};
  auto print = std::make_shared<Print>(Print{request->recipe, std::move(*writer)});
  prints_[id] = print;
  return [print](audio::ConstStereoView part, bool is_last) {
    if (print->has_failed) return;
    if (!print->writer.write(part)) print->has_failed = true;
    print->frames += Frames{part.frames};
    print->is_whole = is_last;
  };
}

std::vector<TrackId> PlayedPrints::finish() {
  std::vector<TrackId> kept;
  for (auto& [id, print] : prints_) {
    if (!print->is_whole || print->has_failed || print->frames == Frames{}) continue;
    auto finished = studio_.store.finish(std::move(print->writer));
    if (finished && studio_.store.remember(print->recipe, {finished->audio})) kept.push_back(id);
  }
  prints_.clear();
  return kept;
}

}  // namespace firn::convert
