// View: a project with what is known of it beside the document, and how it looks as text and as JSON. Pure but for view_of
// and print_views_of, which look for files; any thread.
//
// The keys of the JSON forms are a promise to scripts: docs/cli.md describes them.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "convert/print_state.hpp"
#include "document/project.hpp"

namespace firn::cli {

using Json = nlohmann::ordered_json;

// Of a frozen track's prints, or a clip's bounced audio: missing is a file of theirs; orphaned, a bounce whose source is gone.
struct PrintView {
  enum class State { live, fresh, stale, orphaned, unknown, missing } state = State::live;
  std::string why;  // of orphaned, unknown and missing; and of a print that is not played
};

struct View {
  std::filesystem::path directory;
  std::string name;  // of the directory
  document::Project project;
  std::map<document::TrackId, PrintView> prints;
  std::map<document::ClipId, PrintView> bounces;             // those of bounced clips
  std::map<document::DeviceId, std::string> obstacles = {};  // of plug-ins that can't be loaded here: why, as a clause
  std::map<document::DeviceId, std::set<std::string>> outside =
      {};  // of plug-ins: files that they refer to past the project
  std::map<document::DeviceId, std::vector<std::string>> texts =
      {};  // of plug-ins: values as they print them, by parameter
};

View view_of(const std::filesystem::path& directory, document::Project, const plan::DeviceFacts&);
std::map<document::TrackId, PrintView> print_views_of(const std::filesystem::path& directory, const document::Project&,
                                                      const plan::DeviceFacts&);

// Of its bounced clips: the state of the one that needs the most attention; live if there are none.
PrintView::State bounce_state_of(const View&, const document::Track&);
// The track that a clip on `track` was bounced from, as it is or, in place, as it was; null if it is gone.
const document::Track* bounced_from(const document::Project&, const document::Track& track, const document::Bounce&);

std::string state_word(PrintView::State);      // "live", "fresh", "stale", "orphaned", "unknown", "missing"
std::string kind_word(document::TrackKind);    // "midi", "audio", "group", "return", "main"
std::string class_word(devices::DeviceClass);  // "midi effect", "instrument", "audio effect"
int number_of(const document::Project&, document::TrackId);  // in display order, from 1
time::Frames length_of(const document::Project&);            // where the last clip or print ends

// What a device's parameters are set to, in the type's order; those it does not know, behind.
struct ParameterView {
  devices::Parameter parameter;
  double value = 0.0;
  std::string text;
  bool known = true;
  bool automated = false;
};
std::vector<ParameterView> parameters_of(const View&, const document::Track&, const document::Device&);

std::string project_text(const View&);
std::string track_text(const View&, const document::Track&);
Json project_json(const View&);
Json made_by(const document::Project& before, const document::Project& after);  // what was not there before
Json track_json(const View&, const document::Track&);
Json type_json(const devices::DeviceType&);
std::string type_text(const devices::DeviceType&);

Json json_of_level(double db);  // a number, or "-inf"

}  // namespace firn::cli
