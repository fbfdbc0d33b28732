#include "convert/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include "audio/audio_hash.hpp"
#include "audio/sound_file.hpp"
#include "convert/print_state.hpp"
#include "convert/punch.hpp"
#include "devices/device_type.hpp"
#include "plan/solo.hpp"

namespace firn::convert {
namespace {

using time::Frames;

// Holds a print against fresh renders of its parts, as they come.
class PrintComparison {
 public:
  PrintComparison(const document::Print& print, audio::SoundReader reader)
      : print_(print), reader_(std::move(reader)) {}

  // Is the file what was printed?
  base::Result<bool> has_its_key(time::SampleRate rate) {
    if (reader_.info().frames != print_.audio.frames) return false;
    audio::AudioHasher hasher(rate);
    audio::StereoBuffer buffer(1 << 16);
    for (Frames at; at < print_.audio.frames; at += Frames{buffer.frames()}) {
      const auto left = (print_.audio.frames - at).count;
      const auto part = buffer.view().part(0, static_cast<int>(std::min<std::int64_t>(left, buffer.frames())));
      if (!reader_.read(at, part)) return tl::unexpected(unreadable());
      hasher.add(part);
    }
    return hasher.key() == print_.audio.key;
  }

  Frames frames() const { return print_.audio.frames; }
  // A part that starts so far into the print.
  void start(Frames at) { done_ = at; }

  base::Result<void> add(audio::ConstStereoView fresh) {
    audio::StereoBuffer printed(fresh.frames);  // past the print's end: zeros
    if (!reader_.read(done_, printed.view())) return tl::unexpected(unreadable());
    for (int i = 0; i < fresh.frames; ++i) {
      const bool in_print = done_ + Frames{i} < print_.audio.frames;
      compare(fresh.left[i], printed.left[static_cast<std::size_t>(i)], in_print, i);
      compare(fresh.right[i], printed.right[static_cast<std::size_t>(i)], in_print, i);
    }
    done_ += Frames{fresh.frames};
    compared_ += Frames{fresh.frames};
    return {};
  }

  // The sound has ended.
  void end() {
    if (done_ != print_.audio.frames) differs_at(std::min(done_, print_.audio.frames));
  }

  void tell(Verified& verified) const {
    verified.identical = !first_;
    verified.length = print_.audio.frames;
    verified.compared = std::min(compared_, print_.audio.frames);
    verified.residual_dbfs = residual_ > 0.0 ? 20.0 * std::log10(residual_) : -std::numeric_limits<double>::infinity();
    verified.first_difference = print_.range.start + first_.value_or(print_.audio.frames);
  }

 private:
  base::Error unreadable() const {
    return {base::ErrorKind::io, "The print " + print_.audio.path + " could not be read."};
  }

  void compare(float fresh, float printed, bool in_print, int i) {
    if (in_print && std::bit_cast<std::uint32_t>(fresh) == std::bit_cast<std::uint32_t>(printed)) return;
    differs_at(done_ + Frames{i});
    residual_ = std::max(residual_, std::abs(static_cast<double>(fresh) - static_cast<double>(printed)));
  }

  void differs_at(Frames at) { first_ = first_ ? std::min(*first_, at) : at; }

  const document::Print& print_;
  audio::SoundReader reader_;
  Frames done_;  // where the part has come to
  Frames compared_;
  std::optional<Frames> first_;  // that differs
  double residual_ = 0.0;
};

// One print on its way.
struct Check {
  plan::Point point;
  PrintComparison comparison;
  Verified verified;
};

// A part of a print that is rendered: from a point on to the next, or, where that is the last, to the end of the sound.
struct Part {
  std::size_t check;
  std::optional<Punch::Place> from;  // nothing: the start
  Frames end;
};

constexpr std::size_t parts_of_a_print = 3;

// Parts at random of prints that are what was printed; else all of it.
base::Result<std::vector<Part>> choose_parts(const document::Project& project, std::vector<Check>& checks,
                                             Extent extent, const Studio& studio) {
  std::vector<Part> parts;
  std::optional<plan::Plan> plan;
  std::optional<Punch> punch;
  if (extent == Extent::windows && Punch::works_in(studio)) {
    std::vector<plan::Point> points;
    for (const Check& check : checks) points.push_back(check.point);
    auto compiled = plan::compile(project, points,
                                  {.start = {}, .stop = Frames::never(), .prints = plan::Prints::ignore}, studio.facts);
    if (!compiled) return tl::unexpected(compiled.error());
    plan = std::move(*compiled);
    punch.emplace(*plan, studio);
  }
  std::mt19937 random(std::random_device{}());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    std::vector<Part> possible;
    if (punch && !checks[i].verified.stale) {
      const auto is_whole = checks[i].comparison.has_its_key(project.rate);
      if (!is_whole) return tl::unexpected(is_whole.error());
      const auto known = *is_whole ? punch->all(i) : std::vector<Punch::Place>();
      const auto add = [&](const std::optional<Punch::Place>& from) {
        const Frames end = (from ? from->point.at : Frames{}) + studio.between_points;
        possible.push_back({i, from, end < checks[i].comparison.frames() ? end : Frames::never()});
      };
      if (!known.empty()) add({});
      for (const Punch::Place& place : known) add(place);
    }
    if (possible.empty()) possible.push_back({i, {}, Frames::never()});
    std::ranges::sample(possible, std::back_inserter(parts), parts_of_a_print, random);
  }
  return parts;
}

// Renders parts that all start at one point.
base::Result<void> check_together(const document::Project& project, const std::vector<Part>& parts,
                                  std::vector<Check>& checks, Studio& studio) {
  std::vector<plan::Point> points;
  for (const Part& part : parts) points.push_back(checks[part.check].point);
  auto plan = plan::compile(project, points, {.start = {}, .stop = Frames::never(), .prints = plan::Prints::ignore},
                            studio.facts);
  if (!plan) return tl::unexpected(plan.error());
  std::vector<render::OutputRequest> outputs;
  for (const Part& part : parts) {
    PrintComparison& comparison = checks[part.check].comparison;
    comparison.start(part.from ? part.from->point.at : Frames{});
    outputs.push_back({{{}, part.end}, [&comparison](audio::ConstStereoView view) { return comparison.add(view); }});
  }
  render::Options options = options_for(*plan, outputs, studio);
  auto engine = engine_for(project, std::move(*plan), studio);
  if (!engine) return tl::unexpected(engine.error());
  if (const auto& from = parts.front().from) {
    const Punch punch((*engine)->plan(), studio);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!punch.restore(**engine, i, *parts[i].from)) {
        // They were there a moment ago: then all of it.
        std::vector<Part> whole = parts;
        for (Part& part : whole) part = {part.check, {}, Frames::never()};
        return check_together(project, whole, checks, studio);
      }
    }
    options.every = studio.between_points;
    options.first_point = from->point.point;
  }
  auto report = render::render(**engine, outputs, options);
  if (!report) return tl::unexpected(report.error());
  for (const Part& part : parts) {
    if (part.end == Frames::never()) checks[part.check].comparison.end();
  }
  return {};
}

// `tracks` are frozen and active.
base::Result<std::vector<Verified>> verify_together(const document::Project& project,
                                                    const std::vector<document::TrackId>& tracks, Extent extent,
                                                    Studio& studio) {
  std::vector<Check> checks;
  for (const document::TrackId id : tracks) {
    const document::Track& track = *document::find(project, id);
    const document::Print& print = track.prints.back();
    auto state = print_state(project, id, studio.facts);
    if (!state) return tl::unexpected(state.error());
    auto path = studio.store.path_of(print.audio);
    if (!path) return tl::unexpected(path.error());
    auto reader = audio::SoundReader::open(*path);
    if (!reader) return tl::unexpected(reader.error());
    Check check{point_of(track, print), PrintComparison(print, std::move(*reader)), {}};
    check.verified.track = id;
    check.verified.name = track.name;
    check.verified.stale = *state == PrintState::stale;
    checks.push_back(std::move(check));
  }
  if (checks.empty()) return std::vector<Verified>();

  const auto parts = choose_parts(project, checks, extent, studio);
  if (!parts) return tl::unexpected(parts.error());
  std::map<std::int64_t, std::vector<Part>> by_start;
  for (const Part& part : *parts) by_start[part.from ? part.from->point.point : 0].push_back(part);
  for (const auto& [start, together] : by_start) {
    if (auto checked = check_together(project, together, checks, studio); !checked)
      return tl::unexpected(checked.error());
  }

  std::vector<Verified> verified;
  for (Check& check : checks) {
    check.comparison.tell(check.verified);
    if (!check.verified.identical && !check.verified.stale) {
      auto responsible = first_difference_in_chain(project, check.verified.track, studio, studio);
      if (!responsible) return tl::unexpected(responsible.error());
      check.verified.responsible = std::move(*responsible);
      check.verified.repeats = check.verified.responsible.empty();
      const auto is_as_printed = check.comparison.has_its_key(project.rate);
      if (!is_as_printed) return tl::unexpected(is_as_printed.error());
      check.verified.is_take = !check.verified.repeats && *is_as_printed;
    }
    verified.push_back(std::move(check.verified));
  }
  return verified;
}

base::Result<std::vector<base::AudioKey>> keys_of(const document::Project& project,
                                                  const std::vector<plan::Point>& points, Studio& studio) {
  auto plan = plan::compile(project, points, {.start = {}, .stop = Frames::never(), .prints = plan::Prints::ignore},
                            studio.facts);
  if (!plan) return tl::unexpected(plan.error());
  std::vector<audio::AudioHasher> hashers;
  for (std::size_t i = 0; i < points.size(); ++i) hashers.emplace_back(project.rate);
  std::vector<render::OutputRequest> outputs;
  for (audio::AudioHasher& hasher : hashers) {
    outputs.push_back({{}, [&hasher](audio::ConstStereoView view) -> base::Result<void> {
                         hasher.add(view);
                         return {};
                       }});
  }
  const render::Options options = options_for(*plan, outputs, studio);
  auto engine = engine_for(project, std::move(*plan), studio);
  if (!engine) return tl::unexpected(engine.error());
  if (auto report = render::render(**engine, outputs, options); !report) return tl::unexpected(report.error());
  std::vector<base::AudioKey> keys;
  for (audio::AudioHasher& hasher : hashers) keys.push_back(hasher.key());
  return keys;
}

}  // namespace

base::Result<std::string> first_difference_in_chain(const document::Project& project, document::TrackId id, Studio& one,
                                                    Studio& other) {
  const document::Track& track = *document::find(project, id);
  std::vector<plan::Point> points;
  std::vector<std::string> names;
  if (track.kind != document::TrackKind::midi) {
    points.push_back({{id, document::TapPoint::pre_fx}, {}});
    names.push_back("what plays into " + track.name);
  }
  for (std::size_t i = 0; i < track.devices.size(); ++i) {
    const auto* type = document::type_of(track.devices[i]);
    if (!type || type->device_class == devices::DeviceClass::midi_effect) continue;
    points.push_back(point_after(track, i + 1));
    names.push_back(track.devices[i].name);
  }
  const auto keys = keys_of(project, points, one);
  if (!keys) return tl::unexpected(keys.error());
  const auto others = keys_of(project, points, other);
  if (!others) return tl::unexpected(others.error());
  for (std::size_t i = 0; i < points.size(); ++i) {
    if ((*keys)[i] != (*others)[i]) return names[i];
  }
  return std::string();
}

std::string explanation_of(const Verified& verified) {
  if (verified.stale) return "It is stale: `firn freeze --stale` prints it again.";
  if (verified.is_take) {
    return fmt::format(
        "Two fresh renders differ from {} on: that does not repeat itself. With --keep its print is kept as the one "
        "take that there is.",
        verified.responsible);
  }
  if (!verified.repeats) {
    return fmt::format(
        "Two fresh renders differ from {} on: that does not repeat itself. And its file was changed since it was "
        "printed.",
        verified.responsible);
  }
  return "Two fresh renders are equal: its file was changed, or another build of Firn made it. Remove the file, and "
         "freeze again.";
}

std::string note_of_take(const Verified& verified) {
  return fmt::format("{} is a take, kept as it was printed: {} does not repeat itself.", verified.name,
                     verified.responsible);
}

base::Result<std::vector<Verified>> verify(const document::Project& project,
                                           const std::vector<document::TrackId>& tracks, Extent extent,
                                           Studio& studio) {
  std::vector<const document::Track*> frozen;
  std::vector<document::TrackId> active;
  for (const document::TrackId id : tracks) {
    const document::Track* track = document::find(project, id);
    if (!track || !track->frozen()) continue;
    frozen.push_back(track);
    if (track->active) active.push_back(id);
  }
  auto verified = verify_together(plan::with_solo(project, {}), active, extent, studio);
  for (std::size_t i = 0; verified && i < frozen.size(); ++i) {
    if (frozen[i]->active) continue;
    auto alone = verify_together(as_printed(project, frozen[i]->id), {frozen[i]->id}, extent, studio);
    if (!alone) return alone;
    verified->insert(verified->begin() + static_cast<std::ptrdiff_t>(i), std::move(alone->front()));
  }
  return verified;
}

base::Result<std::vector<std::string>> verify_freeze(const document::Project& before, const Outcome& outcome,
                                                     Extent extent, Takes takes, Studio& studio) {
  document::Project after = before;
  for (const edit::Command& command : outcome.commands) {
    auto changed = edit::apply(after, command);
    if (!changed) return tl::unexpected(changed.error());
    after = std::move(*changed);
  }
  std::vector<document::TrackId> tracks;
  for (const auto& result : outcome.tracks) tracks.push_back(result.track);
  const auto verified = verify(after, tracks, extent, studio);
  if (!verified) return tl::unexpected(verified.error());
  std::string differences;
  std::vector<std::string> notes;
  for (const Verified& track : *verified) {
    if (track.is_take && takes == Takes::keep) {
      notes.push_back(note_of_take(track));
    } else if (!track.identical)
      differences += fmt::format("\n  {}: {}", track.name, explanation_of(track));
  }
  if (differences.empty()) return notes;
  return base::fail(
      base::ErrorKind::different,
      "A second render gave another sound. Nothing was frozen; `firn clean` takes away prints that nothing "
      "refers to." +
          differences);
}

}  // namespace firn::convert
