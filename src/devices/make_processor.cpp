#include <fmt/format.h>

#include "devices/built_in.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

base::Result<std::unique_ptr<Processor>> make_processor(const Settings& settings, time::SampleRate rate,
                                                        const FileFinder& find_file) {
  const BuiltIn* built_in = find_built_in(settings.type);
  if (built_in == nullptr) {
    return base::fail(
        base::ErrorKind::unsupported,
        fmt::format("There is no device \"{}\" in this version of Firn; `firn devices` lists them.", settings.type));
  }
  return built_in->make(completed(settings, built_in->type), rate, find_file);
}

}  // namespace firn::devices
