#include "edit/words.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace firn::edit {

std::string in_quotes(std::string_view name) { return fmt::format("\"{}\"", name); }

std::string kind_text(document::TrackKind kind) {
  switch (kind) {
    case document::TrackKind::midi: return "a MIDI track";
    case document::TrackKind::audio: return "an audio track";
    case document::TrackKind::group: return "a group";
    case document::TrackKind::return_: return "a return";
    case document::TrackKind::main: return "Main";
  }
  return {};
}

std::string decibels_text(double db) {
  return std::isinf(db) ? fmt::format("{}inf dB", db < 0 ? "-" : "") : fmt::format("{:.6g} dB", db);
}

std::string value_text(const devices::Parameter& parameter, double value) {
  using devices::Scale;
  if (parameter.scale == Scale::on_off && (value == 0.0 || value == 1.0)) return value == 1.0 ? "on" : "off";
  if (parameter.scale == Scale::choice && value >= 0.0 && value < static_cast<double>(parameter.choices.size())) {
    return parameter.choices[static_cast<std::size_t>(value)];
  }
  static constexpr std::array<std::string_view, 10> suffixes = {"",   " Hz", " dB", " s",     " ms",
                                                                " %", " st", " ct", " beats", "°"};
  return fmt::format("{:.6g}{}", value, suffixes[static_cast<std::size_t>(parameter.unit)]);
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::string key_text(int key) {
  static constexpr std::array<std::string_view, 12> names = {"C",  "C#", "D",  "D#", "E",  "F",
                                                             "F#", "G",  "G#", "A",  "A#", "B"};
  return fmt::format("{}{}", names[static_cast<std::size_t>(key % 12)], key / 12 - 2);
}

std::string track_text(const document::Project& project, document::TrackId id) {
  const document::Track* track = document::find(project, id);
  return track == nullptr ? "a track that is gone" : in_quotes(track->name);
}

std::string numbered_name(const std::set<std::string>& taken, const std::string& base) {
  return first_free(taken, [&](int number) { return number == 1 ? base : fmt::format("{} {}", base, number); });
}

std::string marked_name(const std::set<std::string>& taken, const std::string& base, std::string_view mark) {
  return first_free(taken, [&](int number) {
    return number == 1 ? fmt::format("{} ({})", base, mark) : fmt::format("{} ({} {})", base, mark, number);
  });
}

std::set<std::string> track_names(const document::Project& project) {
  std::set<std::string> names;
  for (const auto& track : project.tracks) names.insert(track->name);
  return names;
}

}  // namespace firn::edit
