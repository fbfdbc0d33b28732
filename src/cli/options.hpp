// Options that several verbs share. Each add_… is called in a verb's declare; the values are there when it runs. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "devices/parameter.hpp"
#include "document/project.hpp"
#include "time/frames.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): of another library
class App;
}

namespace firn::cli {

void add_json(CLI::App&, bool& json);

// --threads and --block.
struct RenderOptions {
  int threads = 0;
  int block = 2048;
};
void add_render_options(CLI::App&, RenderOptions&);

// --from and --to: a range of the timeline; none where neither is given.
struct RangeOptions {
  std::string from;
  std::string to;
};
void add_range_options(CLI::App&, RangeOptions&);
std::optional<time::FrameRange> range_of(const RangeOptions&, const document::Project&);

// One value each time the option is given: --track A --track B.
void add_list(CLI::App&, const std::string& name, std::vector<std::string>& values, const std::string& type,
              const std::string& about);
void add_text(CLI::App&, const std::string& name, std::string& value, const std::string& type,
              const std::string& about);
// The same, where it matters whether it was given.
void add_text(CLI::App&, const std::string& name, std::optional<std::string>& value, const std::string& type,
              const std::string& about);
void add_flag(CLI::App&, const std::string& name, bool& value, const std::string& about);
// A number as docs/values.md has them: `option` is its name, range and unit.
void add_number(CLI::App&, const devices::Parameter& option, const std::string& type, const std::string& about,
                const std::function<void(double)>& take);
// --rate: 8000 to 384000, or 44.1kHz.
void add_rate(CLI::App&, std::optional<time::SampleRate>&, const std::string& about);

}  // namespace firn::cli
