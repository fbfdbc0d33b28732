#include "cli/options.hpp"

#include <CLI/CLI.hpp>

#include "cli/must.hpp"
#include "cli/values.hpp"
#include "time/tempo_map.hpp"

namespace firn::cli {

void add_json(CLI::App& app, bool& json) {
  add_flag(app, "--json", json, "Print the result as JSON (`firn help json`)");
}

void add_render_options(CLI::App& app, RenderOptions& options) {
  add_number(app, {.name = "--threads", .maximum = 1024.0, .scale = devices::Scale::whole}, "N",
             "Threads to render on; 0, the default: one for each core",
             [&options](double threads) { options.threads = static_cast<int>(threads); });
  add_number(app, {.name = "--block", .minimum = 1.0, .maximum = 65536.0, .scale = devices::Scale::whole}, "N",
             "Frames to render at a time, 1 to 65536; the sound is the same for all",
             [&options](double block) { options.block = static_cast<int>(block); });
}

void add_range_options(CLI::App& app, RangeOptions& options) {
  add_text(app, "--from", options.from, "POS", "Where to begin: 17.1.1 or 1:02.500");
  add_text(app, "--to", options.to, "POS", "Where to end, sharply; without it, when the sound has ended");
}

std::optional<time::FrameRange> range_of(const RangeOptions& options, const document::Project& project) {
  if (options.from.empty() && options.to.empty()) return std::nullopt;
  const auto frame_of = [&](const std::string& position) {
    return project.tempo.frame_at(must(time::parse_position(position, project.tempo)), project.rate);
  };
  return time::FrameRange{options.from.empty() ? time::Frames{} : frame_of(options.from),
                          options.to.empty() ? time::Frames::never() : frame_of(options.to)};
}

void add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values, const std::string& type,
              const std::string& about) {
  app.add_option(name, values, about)->type_name(type)->allow_extra_args(false);
}

void add_text(CLI::App& app, const std::string& name, std::string& value, const std::string& type,
              const std::string& about) {
  app.add_option(name, value, about)->type_name(type);
}

void add_text(CLI::App& app, const std::string& name, std::optional<std::string>& value, const std::string& type,
              const std::string& about) {
  app.add_option_function<std::string>(
         name, [&value](const std::string& given) { value = given; }, about)
      ->type_name(type);
}

void add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& about) {
  app.add_flag(name, value, about);
}

void add_number(CLI::App& app, const devices::Parameter& option, const std::string& type, const std::string& about,
                const std::function<void(double)>& take) {
  const auto read = [option, take](const std::string& given) { take(must(parse_value(option, given))); };
  app.add_option_function<std::string>(option.name, read, about)->type_name(type);
}

void add_rate(CLI::App& app, std::optional<time::SampleRate>& rate, const std::string& about) {
  add_number(app,
             {.name = "--rate",
              .minimum = 8000.0,
              .maximum = 384'000.0,
              .unit = devices::Unit::hertz,
              .scale = devices::Scale::whole},
             "HZ", about, [&rate](double hertz) { rate = time::SampleRate{static_cast<int>(hertz)}; });
}

}  // namespace firn::cli
