#include "cli/options.hpp"

#include <CLI/CLI.hpp>

#include "cli/must.hpp"
#include "time/tempo_map.hpp"

namespace firn::cli {

void add_json(CLI::App& app, bool& json) {
  add_flag(app, "--json", json, "Print the result as JSON (`firn help json`)");
}

void add_render_options(CLI::App& app, RenderOptions& options) {
  app.add_option("--threads", options.threads, "Threads to render on; 0, the default: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""));
  app.add_option("--block", options.block, "Frames to render at a time, 1 to 65536; the sound is the same for all")
      ->type_name("N")
      ->check(CLI::Range(1, 65536).description(""));
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

}  // namespace firn::cli
