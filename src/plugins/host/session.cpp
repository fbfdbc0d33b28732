#include "plugins/host/session.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "plugins/host/formats.hpp"
#include "plugins/host/state_file.hpp"
#include "plugins/host/value_text.hpp"

namespace firn::plugins::host {
namespace {

using nlohmann::json;

constexpr std::string_view values_kind = "values";  // of a plug-in that keeps nothing but its parameters

Message error_message(const std::string& text) { return {{{"error", text}}, {}}; }

const char* word(Gesture gesture) {
  switch (gesture) {
    case Gesture::begin: return "begin";
    case Gesture::change: return "change";
    case Gesture::end: return "end";
  }
  return "change";
}

}  // namespace

Message Session::answer(const Message& question) {
  try {
    auto answer = answer_or_fail(question);
    return answer ? std::move(*answer) : error_message(answer.error());
  } catch (const std::exception& thrown) {  // a question without what it needs, or no memory
    return error_message(thrown.what());
  }
}

Result<Message> Session::answer_or_fail(const Message& question) {
  const auto ask = question.json.at("ask").get<std::string>();
  if (ask == "load") return load(question);
  if (!plugin_) return fail("No plug-in is loaded.");
  if (ask == "state") return state();
  if (ask == "values") return Message{{{"values", values()}}, {}};
  if (ask == "texts") return texts();
  if (ask == "value") return value(question.json);
  if (ask == "presets") return Message{{{"presets", plugin_->presets()}}, {}};
  if (ask == "preset") return preset(question.json);
  if (ask == "file") return file(question.json);
  if (ask == "open editor") return open_editor(question.json);
  if (ask == "close editor") {
    plugin_->close_editor();
    return Message{json::object(), {}};
  }
  if (ask == "changes") return changes();
  return fail("The host does not know \"" + ask + "\".");
}

Result<Message> Session::load(const Message& question) {
  if (plugin_) return fail("A plug-in is loaded already.");
  format_ = question.json.at("format").get<std::string>();
  const Format* format = find_format(format_);
  if (format == nullptr) return fail("There is no plug-in format \"" + format_ + "\".");
  Setup setup;
  setup.rate = question.json.at("rate").get<int>();
  setup.grid = question.json.at("grid").get<int>();
  setup.side_chain = question.json.value("side_chain", false);
  if (setup.rate < 1 || setup.grid < max_frames / max_grid_blocks || setup.grid > max_frames) {
    return fail("The host can't run at this rate and grid.");
  }

  const Source source{question.json.at("file").get<std::string>(), question.json.at("id").get<std::string>()};
  auto loaded = format->load(source, setup);
  if (!loaded) return tl::unexpected(loaded.error());
  plugin_ = std::move(*loaded);
  if (auto begun = begin_with(question); !begun) {
    plugin_.reset();
    return tl::unexpected(begun.error());
  }
  audio_ = std::make_unique<AudioThread>(exchange_, *plugin_, setup);

  Message answer{to_json(plugin_->description()), {}};
  answer.json["latency"] = plugin_->latency();
  answer.json["tail"] = plugin_->tail();
  answer.json["values"] = values();
  answer.json["files"] = plugin_->file_names();
  return answer;
}

Result<void> Session::begin_with(const Message& question) {
  if (!question.bytes.empty()) {
    if (auto done = restore(question); !done) return done;
  }
  const auto wanted = question.json.value("values", json::array());
  const std::size_t count = std::min(wanted.size(), plugin_->description().parameters.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (!wanted[i].is_number()) continue;
    const int parameter = static_cast<int>(i);
    const double value = from_wire(plugin_->description().parameters[i], wanted[i].get<double>());
    // One that is there already is left alone: even setting a value to itself makes some plug-ins act.
    if (plugin_->value(parameter) != value) plugin_->set_value(parameter, value);
  }
  return plugin_->activate();
}

json Session::values() {
  json values = json::array();
  const auto& parameters = plugin_->description().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    values.push_back(to_wire(parameters[i], plugin_->value(static_cast<int>(i))));
  return values;
}

Result<Message> Session::state() {
  auto own = plugin_->state();
  if (!own) return tl::unexpected(own.error());
  if (*own) return Message{{{"files", (*own)->files}}, text_of({format_, (*own)->bytes})};
  std::string lines;
  const auto& parameters = plugin_->description().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    lines += parameters[i].name + '=' + shortest_text(plugin_->value(static_cast<int>(i))) + '\n';
  }
  return Message{json::object(), text_of({std::string(values_kind), lines})};
}

Result<void> Session::restore(const Message& question) {
  auto state = read_state_file(question.bytes);
  if (!state) return tl::unexpected(state.error());
  if (state->kind == values_kind) {
    restore_values(state->bytes);
    return {};
  }
  if (state->kind != format_) {
    return fail("The state is one of a " + state->kind + " plug-in, not of a " + format_ + " one.");
  }
  return plugin_->restore({std::move(state->bytes), question.json.value("files", std::vector<std::string>{})});
}

// Names that the plug-in does not have (any more) are passed over, and parameters that are not named are left.
void Session::restore_values(const std::string& lines) {
  const auto& parameters = plugin_->description().parameters;
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& p) { return line.compare(0, equals, p.name) == 0; });
    double value = 0.0;
    const char* end = line.data() + line.size();
    if (found == parameters.end() || std::from_chars(line.data() + equals + 1, end, value).ptr != end) continue;
    plugin_->set_value(static_cast<int>(found - parameters.begin()), value);
  }
}

const Parameter* Session::find_parameter(int number) const {
  const auto& parameters = plugin_->description().parameters;
  const bool exists = number >= 0 && number < static_cast<int>(parameters.size());
  return exists ? &parameters[static_cast<std::size_t>(number)] : nullptr;
}

Message Session::texts() {
  json texts = json::array();
  for (int i = 0; i < static_cast<int>(plugin_->description().parameters.size()); ++i)
    texts.push_back(plugin_->text(i, plugin_->value(i)));
  return {{{"texts", std::move(texts)}}, {}};
}

Result<Message> Session::value(const json& question) {
  const int number = question.at("parameter").get<int>();
  const Parameter* parameter = find_parameter(number);
  if (parameter == nullptr) return fail("There is no such parameter.");
  return plugin_->value_of_text(number, question.at("text").get<std::string>()).map([&](double value) {
    return Message{{{"value", to_wire(*parameter, value)}, {"said", plugin_->text(number, value)}}, {}};
  });
}

Result<Message> Session::preset(const json& question) {
  const auto name = question.at("name").get<std::string>();
  {
    const auto pause = audio_->pause();
    if (auto applied = plugin_->apply_preset(name); !applied) return tl::unexpected(applied.error());
  }
  return Message{{{"values", values()}}, {}};
}

// A plug-in that can't use a file keeps silent about it: what it keeps tells.
Result<Message> Session::file(const json& question) {
  const auto name = question.at("name").get<std::string>();
  const auto path = question.at("path").get<std::string>();
  const auto before = plugin_->state();
  {
    const auto pause = audio_->pause();
    if (auto loaded = plugin_->load_file(name, path); !loaded) return tl::unexpected(loaded.error());
  }
  const auto now = plugin_->state();
  if (!now) return tl::unexpected(now.error());
  const bool is_same = before && *before && *now && (*before)->bytes == (*now)->bytes;
  const bool refers_to_it = *now && std::find((*now)->files.begin(), (*now)->files.end(), path) != (*now)->files.end();
  if (is_same && !refers_to_it) return fail("It can't load " + path + ".");
  return Message{{{"values", values()}}, {}};
}

Result<Message> Session::open_editor(const json& question) {
  static_cast<void>(plugin_->moves().take());  // what has moved so far has not moved in it
  return plugin_->open_editor(question.value("title", plugin_->description().name)).map([](Size size) {
    return Message{{{"width", size.width}, {"height", size.height}}, {}};
  });
}

Result<Message> Session::changes() {
  const Moves::Report report = plugin_->moves().take();
  json changes = json::array();
  for (const Move& move : report.moves) {
    const Parameter* parameter = find_parameter(move.parameter);
    if (parameter == nullptr) continue;
    json change{{"parameter", move.parameter}, {"gesture", word(move.gesture)}};
    if (move.gesture == Gesture::change) change["value"] = to_wire(*parameter, move.value);
    changes.push_back(std::move(change));
  }
  return Message{{{"changes", changes}, {"closed", report.closed}, {"state_changed", report.state_changed}}, {}};
}

}  // namespace firn::plugins::host
