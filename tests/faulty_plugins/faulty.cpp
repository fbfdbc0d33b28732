#include "faulty_plugins/faulty.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>

namespace firn::tests::faulty {
namespace {

constexpr std::string_view heading = "faulty 1\n";

// clap/ext/tail.h, which came with CLAP 1.1.2.
constexpr char tail_extension[] = "clap.tail";
struct TailExtension {
  std::uint32_t (*get)(const clap_plugin_t*);
};

std::string text_of(double value) {
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.begin(), digits.end(), value);
  return {digits.begin(), written.ptr};
}

std::optional<double> number_in(std::string_view text) {
  double number = 0.0;
  const auto read = std::from_chars(text.begin(), text.end(), number);
  if (read.ec != std::errc{} || read.ptr != text.end() || !std::isfinite(number)) return std::nullopt;
  return number;
}

template <std::size_t size>
void copy(char (&to)[size], const char* from) {
  std::snprintf(to, size, "%s", from);
}

}  // namespace

// C++ on one side, C on the other.
struct Faulty::Plumbing {
  static Faulty& self(const clap_plugin_t* plugin) { return *static_cast<Faulty*>(plugin->plugin_data); }

  static const clap_plugin_t calls;
  static const clap_plugin_audio_ports_t audio_ports;
  static const clap_plugin_note_ports_t note_ports;
  static const clap_plugin_params_t params;
  static const clap_plugin_state_t state;
  static const clap_plugin_latency_t latency;
  static const TailExtension tail;

  static const void* extension(const Faulty& faulty, std::string_view id) {
    if (id == CLAP_EXT_AUDIO_PORTS) return &audio_ports;
    if (id == CLAP_EXT_NOTE_PORTS) return faulty.shape_.note_input || faulty.shape_.note_output ? &note_ports : nullptr;
    if (id == CLAP_EXT_PARAMS) return &params;
    if (id == CLAP_EXT_STATE) return &state;
    if (id == CLAP_EXT_LATENCY) return &latency;
    if (id == tail_extension) return faulty.tail() > 0 ? &tail : nullptr;
    return nullptr;
  }
};

const clap_plugin_t Faulty::Plumbing::calls{
    .desc = nullptr,
    .plugin_data = nullptr,
    .init = [](const clap_plugin_t* plugin) { return self(plugin).init(); },
    .destroy = [](const clap_plugin_t* plugin) { delete &self(plugin); },
    .activate =
        [](const clap_plugin_t* plugin, double rate, std::uint32_t, std::uint32_t) {
          self(plugin).rate_ = rate;
          self(plugin).clock_.restart(rate);
          return self(plugin).activate();
        },
    .deactivate = [](const clap_plugin_t*) {},
    .start_processing =
        [](const clap_plugin_t* plugin) {
          self(plugin).start();
          return true;
        },
    .stop_processing = [](const clap_plugin_t*) {},
    .reset = [](const clap_plugin_t* plugin) { self(plugin).reset(); },
    .process = [](const clap_plugin_t* plugin, const clap_process_t* block) -> clap_process_status {
      self(plugin).process(*block);
      return self(plugin).tail() > 0 ? CLAP_PROCESS_TAIL : CLAP_PROCESS_CONTINUE;
    },
    .get_extension = [](const clap_plugin_t* plugin, const char* id) { return extension(self(plugin), id); },
    .on_main_thread = [](const clap_plugin_t*) {},
};

const clap_plugin_audio_ports_t Faulty::Plumbing::audio_ports{
    .count = [](const clap_plugin_t* plugin, bool is_input) -> std::uint32_t {
      const Shape& shape = self(plugin).shape_;
      return static_cast<std::uint32_t>((is_input ? shape.inputs : shape.outputs).size());
    },
    .get =
        [](const clap_plugin_t* plugin, std::uint32_t index, bool is_input, clap_audio_port_info_t* info) {
          const Shape& shape = self(plugin).shape_;
          const auto& ports = is_input ? shape.inputs : shape.outputs;
          if (index >= ports.size()) return false;
          info->id = index;
          copy(info->name, ports[index].name);
          info->flags = index == 0 ? CLAP_AUDIO_PORT_IS_MAIN : 0;
          info->channel_count = ports[index].channels;
          info->port_type = ports[index].channels == 1 ? CLAP_PORT_MONO : CLAP_PORT_STEREO;
          info->in_place_pair = CLAP_INVALID_ID;
          return true;
        },
};

const clap_plugin_note_ports_t Faulty::Plumbing::note_ports{
    .count = [](const clap_plugin_t* plugin, bool is_input) -> std::uint32_t {
      const Shape& shape = self(plugin).shape_;
      return (is_input ? shape.note_input : shape.note_output) ? 1 : 0;
    },
    .get =
        [](const clap_plugin_t* plugin, std::uint32_t index, bool is_input, clap_note_port_info_t* info) {
          if (index >= note_ports.count(plugin, is_input)) return false;
          info->id = 0;
          info->supported_dialects = CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI;
          info->preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
          copy(info->name, is_input ? "Notes In" : "Notes Out");
          return true;
        },
};

const clap_plugin_params_t Faulty::Plumbing::params{
    .count =
        [](const clap_plugin_t* plugin) { return static_cast<std::uint32_t>(self(plugin).shape_.parameters.size()); },
    .get_info =
        [](const clap_plugin_t* plugin, std::uint32_t index, clap_param_info_t* info) {
          const auto& parameters = self(plugin).shape_.parameters;
          if (index >= parameters.size()) return false;
          const Parameter& parameter = parameters[index];
          *info = {};
          info->id = parameter.id;
          if (parameter.stepped) info->flags |= CLAP_PARAM_IS_STEPPED;
          if (parameter.automatable) info->flags |= CLAP_PARAM_IS_AUTOMATABLE;
          copy(info->name, parameter.name);
          info->min_value = parameter.minimum;
          info->max_value = parameter.maximum;
          info->default_value = parameter.initial;
          return true;
        },
    .get_value =
        [](const clap_plugin_t* plugin, clap_id id, double* value) {
          const Parameter* parameter = self(plugin).find(id);
          if (parameter) *value = self(plugin).value(*parameter);
          return parameter != nullptr;
        },
    .value_to_text =
        [](const clap_plugin_t* plugin, clap_id id, double value, char* text, std::uint32_t size) {
          const Parameter* parameter = self(plugin).find(id);
          if (!parameter) return false;
          const double step = std::round(value);
          const bool named = step >= 0.0 && step < static_cast<double>(parameter->choices.size());
          const std::string shown =
              named ? parameter->choices[static_cast<std::size_t>(step)] : text_of(parameter->stepped ? step : value);
          return std::snprintf(text, size, "%s", shown.c_str()) < static_cast<int>(size);
        },
    .text_to_value =
        [](const clap_plugin_t* plugin, clap_id id, const char* text, double* value) {
          const Parameter* parameter = self(plugin).find(id);
          if (!parameter) return false;
          const auto& choices = parameter->choices;
          const auto choice = std::find(choices.begin(), choices.end(), std::string_view(text));
          const auto number =
              choice != choices.end() ? std::optional<double>(choice - choices.begin()) : number_in(text);
          if (number) *value = *number;
          return number.has_value();
        },
    .flush = [](const clap_plugin_t* plugin, const clap_input_events_t* in,
                const clap_output_events_t* out) { self(plugin).take_all(*in, *out, nullptr); },
};

const clap_plugin_state_t Faulty::Plumbing::state{
    .save =
        [](const clap_plugin_t* plugin, const clap_ostream_t* stream) {
          self(plugin).save();
          const std::string text = self(plugin).text();
          for (std::size_t done = 0; done < text.size();) {
            const std::int64_t written = stream->write(stream, text.data() + done, text.size() - done);
            if (written <= 0) return false;
            done += static_cast<std::size_t>(written);
          }
          return true;
        },
    .load =
        [](const clap_plugin_t* plugin, const clap_istream_t* stream) {
          std::string text;
          std::array<char, 256> piece{};
          std::int64_t size = 0;
          while ((size = stream->read(stream, piece.data(), piece.size())) > 0) {
            text.append(piece.data(), static_cast<std::size_t>(size));
          }
          return size == 0 && self(plugin).set_from(text);
        },
};

const clap_plugin_latency_t Faulty::Plumbing::latency{
    .get = [](const clap_plugin_t* plugin) { return self(plugin).latency(); },
};

const TailExtension Faulty::Plumbing::tail{
    .get = [](const clap_plugin_t* plugin) { return self(plugin).tail(); },
};

Faulty::Faulty(Shape shape) : shape_(std::move(shape)) {
  for (const Parameter& parameter : shape_.parameters) set(parameter, parameter.initial);
}

const clap_plugin_t* Faulty::hand_over(std::unique_ptr<Faulty> faulty, const clap_plugin_descriptor_t& descriptor,
                                       const clap_host_t& host) {
  Faulty& it = *faulty.release();
  it.host_ = &host;
  it.plugin_ = Plumbing::calls;
  it.plugin_.desc = &descriptor;
  it.plugin_.plugin_data = &it;
  return &it.plugin_;
}

const Parameter* Faulty::find(clap_id id) const {
  const auto& parameters = shape_.parameters;
  const auto found = std::find_if(parameters.begin(), parameters.end(), [id](const auto& one) { return one.id == id; });
  return found == parameters.end() ? nullptr : &*found;
}

double Faulty::value(const Parameter& parameter) const {
  const Parameter* ours = find(parameter.id);
  return ours ? values_[static_cast<std::size_t>(ours - shape_.parameters.data())].load() : parameter.initial;
}

void Faulty::set(const Parameter& parameter, double to) {
  const double within = std::clamp(to, parameter.minimum, parameter.maximum);
  values_[static_cast<std::size_t>(&parameter - shape_.parameters.data())] =
      parameter.stepped ? std::round(within) : within;
}

// Where a block is given, it is rendered between the events.
void Faulty::take_all(const clap_input_events_t& in, const clap_output_events_t& out, const clap_process_t* block) {
  std::uint32_t at = 0;
  const auto render_until = [&](std::uint32_t end) {
    if (block && end > at) {
      render({*block, at, end});
      at = end;
    }
  };
  const std::uint32_t count = in.size(&in);
  for (std::uint32_t index = 0; index < count; ++index) {
    const clap_event_header_t& event = *in.get(&in, index);
    if (block) render_until(std::min(event.time, block->frames_count));
    if (event.space_id != CLAP_CORE_EVENT_SPACE_ID) continue;
    if (event.type != CLAP_EVENT_PARAM_VALUE) {
      take(event, out);
      continue;
    }
    const auto& change = reinterpret_cast<const clap_event_param_value_t&>(event);
    if (const Parameter* parameter = find(change.param_id)) set(*parameter, change.value);
  }
  if (block) render_until(block->frames_count);
}

void Faulty::process(const clap_process_t& block) {
  take_all(*block.in_events, *block.out_events, &block);
  if (!find(after_parameter.id)) return;
  const auto moment = clock_.pass(block.audio_outputs[0].data32, block.frames_count, value(after_parameter));
  if (moment) fail(*moment);
}

// A line of each parameter: its name and value.
std::string Faulty::text() const {
  std::string text(heading);
  for (const Parameter& parameter : shape_.parameters) {
    text += std::string(parameter.name) + " " + text_of(value(parameter)) + "\n";
  }
  return text;
}

bool Faulty::set_from(std::string_view text) {
  if (text.substr(0, heading.size()) != heading) return false;
  std::map<std::string_view, double> values;
  for (text.remove_prefix(heading.size()); !text.empty();) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto space = line.find(' ');
    const auto number = space == line.npos ? std::nullopt : number_in(line.substr(space + 1));
    if (!number) return false;
    values[line.substr(0, space)] = *number;
  }
  for (const Parameter& parameter : shape_.parameters) {
    const auto found = values.find(parameter.name);
    set(parameter, found == values.end() ? parameter.initial : found->second);
  }
  return true;
}

void Gain::render(const Stretch& stretch) {
  const auto gain = static_cast<float>(value(gain_parameter));
  for (std::uint32_t channel = 0; channel < channels_; ++channel) {
    const float* in = stretch.input(0, channel);
    float* out = stretch.output(0, channel);
    for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) out[frame] = in[frame] * gain;
  }
}

clap_plugin_descriptor_t describe(const char* id, const char* name, const char* what, const char* feature) {
  static const char* effect[] = {CLAP_PLUGIN_FEATURE_AUDIO_EFFECT, nullptr};
  static const char* instrument[] = {CLAP_PLUGIN_FEATURE_INSTRUMENT, nullptr};
  static const char* note_effect[] = {CLAP_PLUGIN_FEATURE_NOTE_EFFECT, nullptr};
  const std::string_view wanted = feature;
  return {.clap_version = CLAP_VERSION_INIT,
          .id = id,
          .name = name,
          .vendor = "Firn",
          .url = "",
          .manual_url = "",
          .support_url = "",
          .version = "1.0.0",
          .description = what,
          .features = wanted == CLAP_PLUGIN_FEATURE_INSTRUMENT    ? instrument
                      : wanted == CLAP_PLUGIN_FEATURE_NOTE_EFFECT ? note_effect
                                                                  : effect};
}

}  // namespace firn::tests::faulty
