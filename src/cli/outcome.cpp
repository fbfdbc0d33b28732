#include "cli/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "cli/text_table.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"

namespace firn::cli {

using document::Project;

namespace {

double decibels_of(double amplitude) {
  return amplitude > 0.0 ? 20.0 * std::log10(amplitude) : -std::numeric_limits<double>::infinity();
}

std::string level_text(double value, std::string_view unit) {
  return std::isinf(value) ? fmt::format("-inf {}", unit) : fmt::format("{:.1f} {}", value, unit);
}

std::string clock_text(time::Frames frames, time::SampleRate rate) {
  return time::format_clock(time::seconds_of(frames, rate));
}

double speed_of(time::Frames frames, time::SampleRate rate, double seconds) {
  return seconds > 0.0 ? time::seconds_of(frames, rate).count / seconds : 0.0;
}

std::string speed_text(double speed) { return fmt::format("{:.1f}x", speed); }

// The project with a conversion's commands carried out, and where its prints are.
struct After {
  const Project& before;
  const Project& project;
  std::map<document::TrackId, PrintView> prints;
};

std::string state_text(const After& after, document::TrackId id) {
  const document::Track* track = document::find(after.project, id);
  if (track == nullptr) return "audio";  // of a track that the conversion made
  if (!track->active) return "deactivated";
  if (!track->frozen()) return track->kind == document::TrackKind::audio ? "audio" : "live";
  const PrintView::State state = after.prints.at(id).state;
  const std::size_t devices = document::frozen_devices(*track);
  const std::string frozen =
      devices == 0 || devices == track->devices.size() ? "frozen" : "frozen up to " + track->devices[devices - 1].name;
  return state == PrintView::State::fresh ? frozen : frozen + ", " + state_word(state);
}

Json notes_json(const std::vector<std::string>& notes) {
  Json json = Json::array();
  for (const std::string& note : notes) json.push_back(note);
  return json;
}

Json faults_json(const convert::Outcome& outcome) {
  Json json = Json::array();
  for (const auto& fault : outcome.faults)
    json.push_back(Json{{"name", fault.name}, {"id", fault.track.value}, {"message", fault.error.message}});
  return json;
}

Json outcome_json(const convert::Outcome& outcome, const std::string& label, const After& after) {
  Json tracks = Json::array();
  for (const auto& result : outcome.tracks) {
    const convert::Printed& print = result.print;
    const bool printed = print.audio.frames.count > 0;
    Json json{{"name", result.name}, {"id", result.track.value}, {"state", state_text(after, result.track)}};
    json["print"] = printed ? Json{{"path", print.audio.path},
                                   {"frames", print.audio.frames.count},
                                   {"start_frame", print.range.start.count},
                                   {"found", print.found},
                                   {"kept_frames", print.kept.count},
                                   {"cut_short", print.cut_short},
                                   {"peak_dbfs", print.found ? Json(nullptr) : json_of_level(decibels_of(print.peak))}}
                            : Json(nullptr);
    tracks.push_back(std::move(json));
  }
  return Json{{"step", label.empty() ? Json(nullptr) : Json(label)},
              {"made", made_by(after.before, after.project)},
              {"tracks", tracks},
              {"notes", notes_json(outcome.notes)},
              {"faults", faults_json(outcome)},
              {"render_seconds", outcome.render_seconds}};
}

}  // namespace

void print_outcome(Console& console, const convert::Outcome& outcome, const std::string& label,
                   const std::filesystem::path& directory, const Change& change, bool json) {
  const Project& project = change.after;
  const After after{change.before, project, print_views_of(directory, project, change.facts)};
  if (json) {
    console.print_json(outcome_json(outcome, label, after));
    return;
  }
  const bool is_idle = outcome.tracks.empty() && outcome.faults.empty();
  if (!label.empty() || is_idle) console.print(label.empty() ? "Nothing to change." : label);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> kept;
  for (const auto& result : outcome.tracks) {
    const convert::Printed& print = result.print;
    const bool printed = print.audio.frames.count > 0;
    const bool rendered = printed && !print.found;
    if (print.kept > time::Frames{}) {
      kept.push_back(fmt::format("{}: {} of it were as before; only the rest was rendered.", result.name,
                                 clock_text(print.kept, project.rate)));
    }
    rows.push_back({"  " + result.name, printed ? clock_text(print.audio.frames, project.rate) : "",
                    rendered  ? speed_text(speed_of(print.audio.frames, project.rate, outcome.render_seconds))
                    : printed ? "found"
                              : "",
                    rendered ? level_text(decibels_of(print.peak), "dB") : "", state_text(after, result.track)});
  }
  if (!rows.empty()) {
    const std::string table = table_text(
        {{"  Track"}, {"Length", Align::right}, {"Speed", Align::right}, {"Peak", Align::right}, {"State"}}, rows);
    console.print(table);
  }
  for (const std::string& line : kept) console.print(line);
  for (const std::string& note : outcome.notes) console.print(note);
}

void print_report(Console& console, const convert::ExportReport& report, bool json) {
  if (json) {
    Json files = Json::array();
    for (const convert::Exported& file : report.files) {
      Json item{{"file", file.file.string()},
                {"name", file.name},
                {"frames", file.frames.count},
                {"rate", file.rate.hertz},
                {"seconds", time::seconds_of(file.frames, file.rate).count},
                {"peak_dbfs", json_of_level(file.peak_dbfs)},
                {"gain_db", file.gain_db},
                {"clipped", file.clipped}};
      item["loudness_lufs"] = file.loudness ? json_of_level(file.loudness->integrated) : Json(nullptr);
      item["range_lu"] = file.loudness ? Json(file.loudness->range) : Json(nullptr);
      item["true_peak_dbtp"] = file.loudness ? json_of_level(file.loudness->true_peak) : Json(nullptr);
      files.push_back(std::move(item));
    }
    console.print_json(
        Json{{"files", files},
             {"residual_dbfs", report.residual_dbfs ? json_of_level(*report.residual_dbfs) : Json(nullptr)},
             {"notes", notes_json(report.notes)},
             {"render_seconds", report.render_seconds}});
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const convert::Exported& file : report.files) {
    rows.push_back({file.file.string(), clock_text(file.frames, file.rate), fmt::format("{} Hz", file.rate.hertz),
                    speed_text(speed_of(file.frames, file.rate, report.render_seconds)),
                    level_text(file.peak_dbfs, "dB"), file.loudness ? level_text(file.loudness->true_peak, "dBTP") : "",
                    file.loudness ? level_text(file.loudness->integrated, "LUFS") : "",
                    file.loudness ? level_text(file.loudness->range, "LU") : "",
                    file.gain_db == 0.0 ? "" : fmt::format("{:+.1f} dB", file.gain_db),
                    file.clipped == 0 ? "" : fmt::format("{} samples", file.clipped)});
  }
  const std::string table = table_text({{"File"},
                                        {"Length", Align::right},
                                        {"Rate", Align::right},
                                        {"Speed", Align::right},
                                        {"Peak", Align::right},
                                        {"True peak", Align::right},
                                        {"Loudness", Align::right},
                                        {"Range", Align::right},
                                        {"Gain", Align::right},
                                        {"Clipped", Align::right}},
                                       rows);
  console.print(table);
  if (report.residual_dbfs) {
    console.print(
        std::isinf(*report.residual_dbfs)
            ? std::string("The stems sum to Main before its chain, bit for bit.")
            : fmt::format("The stems sum to Main before its chain, but for {:.1f} dBFS.", *report.residual_dbfs));
  }
  for (const std::string& note : report.notes) console.print(note);
}

void print_verified(Console& console, const std::vector<convert::Verified>& verified, time::SampleRate rate,
                    double seconds, bool json) {
  if (json) {
    Json tracks = Json::array();
    for (const convert::Verified& track : verified) {
      tracks.push_back(
          Json{{"name", track.name},
               {"id", track.track.value},
               {"identical", track.identical},
               {"stale", track.stale},
               {"take", track.is_take},
               {"residual_dbfs", json_of_level(track.residual_dbfs)},
               {"first_difference_frame", track.identical ? Json(nullptr) : Json(track.first_difference.count)},
               {"frames", track.length.count},
               {"compared_frames", track.compared.count},
               {"explanation", track.identical ? Json(nullptr) : Json(convert::explanation_of(track))}});
    }
    console.print_json(Json{{"tracks", tracks}, {"render_seconds", seconds}});
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const convert::Verified& track : verified) {
    const std::string at = clock_text(track.first_difference, rate);
    const std::string difference =
        (std::isinf(track.residual_dbfs)
             ? fmt::format("the same until {}, where one of the two ends", at)
             : fmt::format("differs from {} on, by {} at most", at, level_text(track.residual_dbfs, "dBFS"))) +
        (track.stale ? " (stale)" : "");
    const std::string identical = track.compared == track.length ? "bit-identical"
                                                                 : fmt::format("bit-identical in {} of it, at random",
                                                                               clock_text(track.compared, rate));
    rows.push_back({track.name, clock_text(track.length, rate), speed_text(speed_of(track.compared, rate, seconds)),
                    track.identical ? identical + (track.stale ? " (stale)" : "") : difference});
  }
  const std::string table = table_text({{"Track"}, {"Length", Align::right}, {"Speed", Align::right}, {"Print"}}, rows);
  console.print(table);
}

}  // namespace firn::cli
