#include "cli/view.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/values.hpp"
#include "convert/bounce_state.hpp"
#include "devices/device_type.hpp"
#include "plan/plan.hpp"
#include "plan/solo.hpp"

namespace firn::cli {

using document::Project;
using document::Track;

namespace {

time::Frames end_of(const Project& project, const document::Clip& clip) {
  if (const auto* midi = std::get_if<document::MidiClip>(&clip.body)) {
    return project.tempo.frame_at(clip.start + midi->length, project.rate);
  }
  return project.tempo.frame_at(clip.start, project.rate) + std::get<document::AudioClip>(clip.body).length;
}

PrintView print_view_of(const std::filesystem::path& directory, const Track& track,
                        const base::Result<convert::PrintState>& state) {
  using State = PrintView::State;
  for (const document::Print& print : track.prints) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(directory / print.audio.path, error)) {
      return {State::missing, print.audio.path + " is missing"};
    }
  }
  if (!state) return {State::unknown, state.error().message};
  switch (*state) {
    case convert::PrintState::live: return {State::live, {}};
    case convert::PrintState::fresh: return {State::fresh, {}};
    case convert::PrintState::stale: break;
  }
  return {State::stale, {}};
}

PrintView bounce_view_of(const std::filesystem::path& directory, const document::AudioClip& clip,
                         const base::Result<convert::PrintState>& state) {
  using State = PrintView::State;
  std::error_code error;
  if (!std::filesystem::is_regular_file(directory / clip.audio.path, error))
    return {State::missing, clip.audio.path + " is missing"};
  if (state) return {*state == convert::PrintState::fresh ? State::fresh : State::stale, {}};
  return {state.error().kind == base::ErrorKind::not_found ? State::orphaned : State::unknown, state.error().message};
}

std::map<document::ClipId, PrintView> bounce_views_of(const std::filesystem::path& directory, const Project& project,
                                                      const plan::DeviceFacts& facts) {
  std::map<document::ClipId, PrintView> views;
  const auto states = convert::bounce_states(project, facts);
  for (const auto& track : project.tracks) {
    for (const auto& clip : track->clips) {
      const auto found = states.find(clip->id);
      if (found == states.end()) continue;
      views[clip->id] = bounce_view_of(directory, std::get<document::AudioClip>(clip->body), found->second);
    }
  }
  return views;
}

}  // namespace

std::map<document::TrackId, PrintView> print_views_of(const std::filesystem::path& directory, const Project& project,
                                                      const plan::DeviceFacts& facts) {
  std::map<document::TrackId, PrintView> views;
  const auto states = convert::print_states(project, facts);
  const plan::Audibility audibility(project);
  for (const auto& track : project.tracks) views[track->id] = print_view_of(directory, *track, states.at(track->id));
  for (const auto& track : project.tracks) {
    if (!track->frozen() || !audibility.is_solo_upstream(project, *track)) continue;
    views[track->id].why =
        "its print holds more than what is soloed, so it plays its devices until the solo is off or it is unfrozen";
  }
  return views;
}

PrintView::State bounce_state_of(const View& view, const Track& track) {
  PrintView::State worst = PrintView::State::live;
  for (const auto& clip : track.clips) {
    const auto found = view.bounces.find(clip->id);
    if (found != view.bounces.end()) worst = std::max(worst, found->second.state);
  }
  return worst;
}

const Track* bounced_from(const Project& project, const Track& track, const document::Bounce& bounce) {
  if (bounce.source) return document::find(project, bounce.source);
  return track.origin.empty() ? nullptr : track.origin.front().source.get();
}

View view_of(const std::filesystem::path& directory, Project project, const plan::DeviceFacts& facts) {
  View view{directory, {}, std::move(project), {}, {}, {}, {}};
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(directory, error);
  view.name = (error ? directory : whole).filename().string();
  view.prints = print_views_of(directory, view.project, facts);
  view.bounces = bounce_views_of(directory, view.project, facts);
  return view;
}

std::string state_word(PrintView::State state) {
  switch (state) {
    case PrintView::State::live: return "live";
    case PrintView::State::fresh: return "fresh";
    case PrintView::State::stale: return "stale";
    case PrintView::State::unknown: return "unknown";
    case PrintView::State::orphaned: return "orphaned";
    case PrintView::State::missing: return "missing";
  }
  return {};
}

std::string kind_word(document::TrackKind kind) {
  switch (kind) {
    case document::TrackKind::midi: return "midi";
    case document::TrackKind::audio: return "audio";
    case document::TrackKind::group: return "group";
    case document::TrackKind::return_: return "return";
    case document::TrackKind::main: return "main";
  }
  return {};
}

int number_of(const Project& project, document::TrackId id) {
  const auto found =
      std::find_if(project.tracks.begin(), project.tracks.end(), [&](const auto& track) { return track->id == id; });
  return static_cast<int>(found - project.tracks.begin()) + 1;
}

time::Frames length_of(const Project& project) {
  time::Frames end;
  for (const auto& track : project.tracks) {
    for (const auto& clip : track->clips) end = std::max(end, end_of(project, *clip));
    for (const auto& print : track->prints) end = std::max(end, print.range.end);
  }
  return end;
}

namespace {

// As the plug-in says it. Where that is a bare number, it is one in the parameter's unit, or in one that the plug-in alone knows.
std::string text_of(const devices::Parameter& parameter, double value, const std::string& said) {
  if (said.empty()) return format_value(parameter, value);
  double number = 0.0;
  const char* const end = said.data() + said.size();
  const auto read = std::from_chars(said.data(), end, number);
  if (read.ec != std::errc()) return said;
  // "12.000000 ms": not to so many places.
  if (*read.ptr == ' ' && parameter.unit == devices::Unit::normalised) return format_value({}, number) + read.ptr;
  if (read.ptr != end) return said;
  const bool is_named = parameter.scale == devices::Scale::choice || parameter.scale == devices::Scale::on_off;
  if (is_named) return format_value(parameter, value);
  devices::Parameter printed;
  if (parameter.unit != devices::Unit::normalised) printed.unit = parameter.unit;
  return format_value(printed, number);
}

}  // namespace

std::vector<ParameterView> parameters_of(const View& view, const Track& track, const document::Device& device) {
  const auto automated = [&](const std::string& name) {
    const document::AutomationTarget target = document::DeviceTarget{device.id, name};
    return std::any_of(track.automation.begin(), track.automation.end(),
                       [&](const document::Automation& automation) { return automation.target == target; });
  };
  std::vector<ParameterView> views;
  const devices::DeviceType* type = document::type_of(device);
  if (type != nullptr) {
    const auto said = view.texts.find(device.id);
    for (std::size_t i = 0; i < type->parameters.size(); ++i) {
      const devices::Parameter& parameter = type->parameters[i];
      const auto set = device.parameters.find(parameter.name);
      const double value = set == device.parameters.end() ? parameter.initial : set->second;
      const bool is_asked = said != view.texts.end() && i < said->second.size();
      views.push_back({parameter, value, text_of(parameter, value, is_asked ? said->second[i] : ""), true,
                       automated(parameter.name)});
    }
  }
  for (const auto& [name, value] : device.parameters) {
    if (type == nullptr || devices::index_of(*type, name) < 0) {
      const devices::Parameter unknown{.name = name, .minimum = value, .maximum = value};
      views.push_back({unknown, value, format_value(unknown, value), false, automated(name)});
    }
  }
  return views;
}

Json json_of_level(double db) { return db == document::Send::minus_infinity() ? Json("-inf") : Json(db); }

}  // namespace firn::cli
