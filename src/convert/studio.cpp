#include "convert/studio.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using time::Frames;

}  // namespace

base::Result<std::unique_ptr<engine::Engine>> engine_for(const Project& project, plan::Plan plan,
                                                         const Studio& studio) {
  const int threads = studio.options.threads > 0 ? studio.options.threads : render::default_threads();
  return engine::Engine::make(std::move(plan), sources_of(project, studio.store, studio.plugins), threads);
}

render::Options options_for(const plan::Plan& plan, const std::vector<render::OutputRequest>& outputs,
                            const Studio& studio) {
  render::Options options = studio.options;
  for (const auto& output : outputs) {
    const bool open = output.window.end == Frames::never();
    options.expected_end = std::max(options.expected_end, open ? plan::last_event_of(plan) : output.window.end);
  }
  return options;
}

engine::Sources sources_of(const Project& project, const store::Store& store, const devices::Plugins& plugins) {
  std::map<base::Digest, base::FileRef> files;
  document::for_each_device(project, [&](const document::Track&, const document::Device& device) {
    for (const auto& [slot, file] : device.files) files[file.content] = file;
  });
  const auto mutex = std::make_shared<std::mutex>();  // engines ask from several threads; a store answers one at a time
  engine::Sources sources;
  sources.plugins = plugins;
  sources.files = [files, mutex, &store](const base::Digest& content) -> base::Result<std::string> {
    const auto file = files.find(content);
    if (file == files.end()) return base::fail(ErrorKind::not_found, "The project names no file with this content.");
    const std::lock_guard lock(*mutex);
    auto path = store.path_of(file->second);
    if (!path) return tl::unexpected(path.error());
    return path->string();
  };
  sources.audio = [mutex, &store](const audio::AudioRef& audio) {
    const std::lock_guard lock(*mutex);
    return store.path_of(audio);
  };
  return sources;
}

}  // namespace firn::convert
