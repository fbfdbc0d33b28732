#include "convert/verify.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "audio/sound_file.hpp"
#include "convert/print_state.hpp"
#include "plan/solo.hpp"

namespace firn::convert {
namespace {

using time::Frames;

// Holds a print against a fresh render, as it comes.
class PrintComparison {
 public:
  PrintComparison(const document::Print& print, audio::SoundReader reader)
      : print_(print), reader_(std::move(reader)) {}

  base::Result<void> add(audio::ConstStereoView fresh) {
    audio::StereoBuffer printed(fresh.frames);  // past the print's end: zeros
    if (!reader_.read(done_, printed.view()))
      return base::fail(base::ErrorKind::io, "The print " + print_.audio.path + " could not be read.");
    for (int i = 0; i < fresh.frames; ++i) {
      const bool in_print = done_ + Frames{i} < print_.audio.frames;
      compare(fresh.left[i], printed.left[static_cast<std::size_t>(i)], in_print, i);
      compare(fresh.right[i], printed.right[static_cast<std::size_t>(i)], in_print, i);
    }
    done_ += Frames{fresh.frames};
    return {};
  }

  void tell(Verified& verified) const {
    const bool as_long = done_ == print_.audio.frames;
    verified.identical = identical_ && as_long;
    verified.length = print_.audio.frames;
    verified.residual_dbfs =
        verified.identical ? -std::numeric_limits<double>::infinity() : 20.0 * std::log10(residual_);
    verified.first_difference = print_.range.start + (identical_ ? std::min(done_, print_.audio.frames) : first_);
  }

 private:
  void compare(float fresh, float printed, bool in_print, int i) {
    if (in_print && std::bit_cast<std::uint32_t>(fresh) == std::bit_cast<std::uint32_t>(printed)) return;
    if (identical_) first_ = done_ + Frames{i};
    identical_ = false;
    residual_ = std::max(residual_, std::abs(static_cast<double>(fresh) - static_cast<double>(printed)));
  }

  const document::Print& print_;
  audio::SoundReader reader_;
  Frames done_;
  Frames first_;
  bool identical_ = true;
  double residual_ = 0.0;
};

// `tracks` are frozen and active.
base::Result<std::vector<Verified>> verify_together(const document::Project& project,
                                                    const std::vector<document::TrackId>& tracks, Studio& studio) {
  std::vector<Verified> verified;
  std::vector<plan::Point> points;
  std::vector<PrintComparison> comparisons;
  for (const document::TrackId id : tracks) {
    const document::Track& track = *document::find(project, id);
    const document::Print& print = track.prints.back();
    auto state = print_state(project, id, studio.facts);
    if (!state) return tl::unexpected(state.error());
    auto path = studio.store.path_of(print.audio);
    if (!path) return tl::unexpected(path.error());
    auto reader = audio::SoundReader::open(*path);
    if (!reader) return tl::unexpected(reader.error());
    points.push_back(point_of(track, print));
    comparisons.emplace_back(print, std::move(*reader));
    Verified one;
    one.track = id;
    one.name = track.name;
    one.stale = *state == PrintState::stale;
    verified.push_back(std::move(one));
  }
  if (points.empty()) return verified;

  auto plan = plan::compile(project, points, {.start = {}, .stop = Frames::never(), .prints = plan::Prints::ignore},
                            studio.facts);
  if (!plan) return tl::unexpected(plan.error());
  std::vector<render::OutputRequest> outputs;
  for (PrintComparison& comparison : comparisons) {
    outputs.push_back({{}, [&comparison](audio::ConstStereoView view) { return comparison.add(view); }});
  }
  const render::Options options = options_for(*plan, outputs, studio);
  auto engine = engine_for(project, std::move(*plan), studio);
  if (!engine) return tl::unexpected(engine.error());
  auto report = render::render(**engine, outputs, options);
  if (!report) return tl::unexpected(report.error());
  for (std::size_t i = 0; i < verified.size(); ++i) comparisons[i].tell(verified[i]);
  return verified;
}

}  // namespace

base::Result<std::vector<Verified>> verify(const document::Project& project,
                                           const std::vector<document::TrackId>& tracks, Studio& studio) {
  std::vector<const document::Track*> frozen;
  std::vector<document::TrackId> active;
  for (const document::TrackId id : tracks) {
    const document::Track* track = document::find(project, id);
    if (!track || !track->frozen()) continue;
    frozen.push_back(track);
    if (track->active) active.push_back(id);
  }
  auto verified = verify_together(plan::with_solo(project, {}), active, studio);
  for (std::size_t i = 0; verified && i < frozen.size(); ++i) {
    if (frozen[i]->active) continue;
    auto alone = verify_together(as_printed(project, frozen[i]->id), {frozen[i]->id}, studio);
    if (!alone) return alone;
    verified->insert(verified->begin() + static_cast<std::ptrdiff_t>(i), std::move(alone->front()));
  }
  return verified;
}

base::Result<void> verify_freeze(const document::Project& before, const Outcome& outcome, Studio& studio) {
  document::Project after = before;
  for (const edit::Command& command : outcome.commands) {
    auto changed = edit::apply(after, command);
    if (!changed) return tl::unexpected(changed.error());
    after = std::move(*changed);
  }
  std::vector<document::TrackId> tracks;
  for (const auto& result : outcome.tracks) tracks.push_back(result.track);
  const auto verified = verify(after, tracks, studio);
  if (!verified) return tl::unexpected(verified.error());
  std::string names;
  for (const Verified& track : *verified) {
    if (!track.identical) names += (names.empty() ? "" : ", ") + track.name;
  }
  if (names.empty()) return {};
  return base::fail(
      base::ErrorKind::different,
      "A second render gave another sound: " + names +
          ". Nothing was frozen. Either a device does not repeat itself, or an earlier print was changed on "
          "disk: `firn clean` takes away those that nothing refers to.");
}

}  // namespace firn::convert
