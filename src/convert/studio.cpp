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

constexpr std::int64_t bytes_per_frame = 2 * sizeof(float);

base::RecipeKey windowed(const base::RecipeKey& recipe, const render::Window& window) {
  if (window.start == Frames{} && window.end == Frames::never()) return recipe;
  base::Hasher hash;
  hash.text("window").digest(recipe.digest).number(window.start.count).number(window.end.count);
  return {hash.finish()};
}

// What a render will write, but for the tails of open windows.
base::Result<void> check_room(const std::vector<render::OutputRequest>& outputs, Frames last_event,
                              const store::Store& store) {
  std::int64_t bytes = 0;
  for (const auto& output : outputs) {
    const render::Window& window = output.window;
    const Frames end = window.end == Frames::never() ? std::max(last_event, window.start) : window.end;
    bytes += (end - window.start).count * bytes_per_frame;
  }
  const std::int64_t free = store.free_bytes();
  if (bytes <= free) return {};
  return base::fail(ErrorKind::io,
                    fmt::format("The disk has too little room at {}: the audio needs at least {} MB, {} MB are free. "
                                "Make room, or convert less at once.",
                                store.directory().string(), bytes / 1'000'000 + 1, free / 1'000'000));
}

struct Making {
  std::size_t request;  // the first of those that ask for it
  std::optional<store::PrintWriter> writer;
};

}  // namespace

base::Result<PrintRequest> print_request(const Project& project, const plan::Point& point, const render::Window& window,
                                         plan::Prints prints, store::Folder folder, const plan::DeviceFacts& facts) {
  auto plan = plan::compile(project, {point}, {.start = {}, .stop = Frames::never(), .prints = prints}, facts);
  if (!plan) return tl::unexpected(plan.error());
  const document::Track* track = document::find(project, point.tap.track);
  return PrintRequest{point,  window,      prints,
                      folder, track->name, windowed(plan::recipe_of(*plan, plan->outputs.front()), window)};
}

base::Result<std::vector<Printed>> print(const Project& project, const std::vector<PrintRequest>& requests,
                                         Studio& studio) {
  std::vector<Printed> printed(requests.size());
  std::map<base::RecipeKey, std::size_t> places;  // in `makings`
  std::vector<Making> makings;
  std::vector<plan::Point> points;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto found = studio.store.find(requests[i].recipe)) {
      printed[i].audio = found->audio;
      printed[i].ringing = found->ringing;
      printed[i].found = true;
    } else if (places.try_emplace(requests[i].recipe, makings.size()).second) {
      makings.push_back({i, std::nullopt});
      points.push_back(requests[i].point);
    }
  }

  if (!makings.empty()) {
    auto plan = plan::compile(project, points,
                              {.start = {}, .stop = Frames::never(), .prints = requests.front().prints}, studio.facts);
    if (!plan) return tl::unexpected(plan.error());
    std::vector<render::OutputRequest> outputs;
    for (Making& making : makings) {
      const PrintRequest& request = requests[making.request];
      auto writer = studio.store.begin(request.folder, request.name, project.rate);
      if (!writer) return tl::unexpected(writer.error());
      making.writer = std::move(*writer);
      outputs.push_back(
          {request.window, [&writer = *making.writer](audio::ConstStereoView view) { return writer.write(view); }});
    }
    if (auto room = check_room(outputs, plan::last_event_of(*plan), studio.store); !room)
      return tl::unexpected(room.error());
    const render::Options options = options_for(*plan, outputs, studio);
    auto engine = engine_for(project, std::move(*plan), studio);
    if (!engine) return tl::unexpected(engine.error());
    auto report = render::render(**engine, outputs, options);
    if (!report) return tl::unexpected(report.error());
    for (std::size_t i = 0; i < makings.size(); ++i) {
      Printed& made = printed[makings[i].request];
      auto audio = studio.store.finish(std::move(*makings[i].writer));
      if (!audio) return tl::unexpected(audio.error());
      made.audio = *audio;
      if (requests[makings[i].request].point.ending == plan::Ending::silent) made.ringing = report->outputs[i].ringing;
      if (auto kept = studio.store.remember(requests[makings[i].request].recipe, {made.audio, made.ringing}); !kept)
        return tl::unexpected(kept.error());
      made.cut_short = report->outputs[i].cut_short;
      made.peak = report->outputs[i].peak;
    }
  }

  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto place = places.find(requests[i].recipe); place != places.end())
      printed[i] = printed[makings[place->second].request];
    printed[i].range = {requests[i].window.start, requests[i].window.start + printed[i].audio.frames};
  }
  return printed;
}

base::Result<std::unique_ptr<engine::Engine>> engine_for(const Project& project, plan::Plan plan,
                                                         const Studio& studio) {
  const int threads = studio.options.threads > 0 ? studio.options.threads : render::default_threads();
  return engine::Engine::make(std::move(plan), sources_of(project, studio.store), threads);
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

engine::Sources sources_of(const Project& project, const store::Store& store) {
  std::map<base::Digest, base::FileRef> files;
  for (const auto& track : project.tracks) {
    for (const auto& device : track->devices) {
      for (const auto& [slot, file] : device.files) files[file.content] = file;
    }
  }
  const auto mutex = std::make_shared<std::mutex>();  // engines ask from several threads; a store answers one at a time
  engine::Sources sources;
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
