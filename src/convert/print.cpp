#include "convert/print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "convert/punch.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using time::Frames;

constexpr std::int64_t bytes_per_frame = 2 * sizeof(float);

bool is_all(const render::Window& window) { return window.start == Frames{} && window.end == Frames::never(); }

base::RecipeKey windowed(const base::RecipeKey& recipe, const render::Window& window) {
  if (is_all(window)) return recipe;
  base::Hasher hash;
  hash.text("window").digest(recipe.digest).number(window.start.count).number(window.end.count);
  return {hash.finish()};
}

// One print on its way. What a punch leaves out comes from the print there.
struct Making {
  const PrintRequest* request;
  std::optional<Punch::Place> in = {};
  std::optional<store::PrintWriter> writer = {};
  std::vector<store::Checkpoint> points = {};
  Printed made = {};
};

// What the renders will write, but for the tails of open windows. Checkpoints give way to it.
base::Result<void> check_room(const std::vector<Making>& makings, const plan::Plan& plan, store::Store& store) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < makings.size(); ++i) {
    const render::Window& window = makings[i].request->window;
    const Frames end =
        window.end == Frames::never() ? std::max(last_event_of(plan, plan.outputs[i]), window.start) : window.end;
    bytes += (end - window.start).count * bytes_per_frame;
  }
  if (bytes > store.free_bytes()) store.checkpoints().trim(0);
  const std::int64_t free = store.free_bytes();
  if (bytes <= free) return {};
  return base::fail(ErrorKind::io,
                    fmt::format("The disk has too little room at {}: the audio needs at least {} MB, {} MB are free. "
                                "Make room, or convert less at once.",
                                store.directory().string(), bytes / 1'000'000 + 1, free / 1'000'000));
}

base::Result<plan::Plan> plan_of(const Project& project, const std::vector<Making*>& makings, const Studio& studio) {
  std::vector<plan::Point> points;
  for (const Making* making : makings) points.push_back(making->request->point);
  return plan::compile(project, points,
                       {.start = {}, .stop = Frames::never(), .prints = makings.front()->request->prints},
                       studio.facts);
}

// Writes a part of an earlier print into the new one.
base::Result<void> take_over(const store::Take& take, time::FrameRange range, Making& making, const Studio& studio) {
  constexpr Frames at_a_time{1 << 23};
  const auto path = studio.store.path_of(take.print.audio);
  if (!path) return tl::unexpected(path.error());
  for (Frames at = range.start; at < range.end; at += at_a_time) {
    if (studio.options.stop.stop_requested()) return base::fail(ErrorKind::cancelled, "Cancelled.");
    const Frames end = std::min(range.end, at + at_a_time);
    if (auto kept = making.writer->keep(*path, take.blocks, {at, end}); !kept) return kept;
  }
  making.made.kept += range.length();
  return {};
}

// An engine that stands at the point where the makings punch in. If the states there are not whole, they start at the beginning.
base::Result<std::unique_ptr<engine::Engine>> engine_at_start(const Project& project, const plan::Plan& plan,
                                                              const std::vector<Making*>& makings, Studio& studio) {
  auto engine = engine_for(project, plan, studio);
  if (!engine || !makings.front()->in) return engine;
  const Punch punch((*engine)->plan(), studio);
  bool restored = true;
  for (std::size_t i = 0; i < makings.size(); ++i) restored = restored && punch.restore(**engine, i, *makings[i]->in);
  if (restored) return engine;
  for (Making* making : makings) making->in.reset();
  return engine_for(project, plan, studio);
}

// Renders prints that all punch in at one point, or start at the beginning.
base::Result<void> make_together(const Project& project, const std::vector<Making*>& makings, Studio& studio) {
  auto plan = plan_of(project, makings, studio);
  if (!plan) return tl::unexpected(plan.error());
  auto engine = engine_at_start(project, *plan, makings, studio);
  if (!engine) return tl::unexpected(engine.error());
  Punch punch((*engine)->plan(), studio);

  std::vector<render::OutputRequest> outputs;
  for (std::size_t i = 0; i < makings.size(); ++i) {
    Making& making = *makings[i];
    auto writer = studio.store.begin(making.request->folder, making.request->name, project.rate);
    if (!writer) return tl::unexpected(writer.error());
    making.writer = std::move(*writer);
    render::OutputRequest output{making.request->window,
                                 [&making](audio::ConstStereoView view) { return making.writer->write(view); }};
    if (is_all(making.request->window)) {
      output.at_point = [&making, &punch, i](const render::Snapshot& snapshot) {
        return punch.pass(i, snapshot, making.made.kept + snapshot.delivered);
      };
    }
    outputs.push_back(std::move(output));
    if (!making.in) continue;
    const auto& [take, point] = *making.in;
    if (auto taken = take_over(*take, {{}, point.at}, making, studio); !taken) return taken;
  }

  render::Options options = options_for((*engine)->plan(), outputs, studio);
  options.faults = render::Faults::end_own;
  if (Punch::works_in(studio)) options.every = studio.between_points;
  if (makings.front()->in) options.first_point = makings.front()->in->point.point;
  auto report = render::render(**engine, outputs, options);
  if (!report) return tl::unexpected(report.error());

  for (std::size_t i = 0; i < makings.size(); ++i) {
    Making& making = *makings[i];
    making.made.fault = report->outputs[i].fault;
    if (making.made.fault) continue;
    making.made.cut_short = report->outputs[i].cut_short;
    making.made.ringing = report->outputs[i].ringing;
    auto passed = punch.passed(i, making.in);
    making.points = std::move(passed.points);
    if (!passed.out) continue;
    const auto& [take, point] = *passed.out;
    making.made.cut_short = take->cut_short;
    making.made.ringing = take->print.ringing;
    if (auto taken = take_over(*take, {point.at, take->print.audio.frames}, making, studio); !taken) return taken;
  }
  return {};
}

// Makes the file whole and remembers it.
base::Result<void> finish(Making& making, Studio& studio) {
  if (making.made.fault) return {};
  auto made = studio.store.finish(std::move(*making.writer));
  if (!made) return tl::unexpected(made.error());
  making.made.audio = made->audio;
  for (const audio::AudioBlock& block : made->blocks) making.made.peak = std::max(making.made.peak, block.peak);
  if (making.request->point.ending != plan::Ending::silent) making.made.ringing.reset();
  const store::KnownPrint print{made->audio, making.made.ringing};
  if (auto kept = studio.store.remember(making.request->recipe, print); !kept) return kept;
  // Without its points, the next print starts earlier: nothing to fail for.
  static_cast<void>(studio.store.checkpoints().add(
      {print, std::move(made->blocks), making.made.cut_short, std::move(making.points)}));
  return {};
}

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
  auto printed = print_what_works(project, requests, studio);
  if (!printed) return printed;
  for (const Printed& each : *printed) {
    if (each.fault) return tl::unexpected(*each.fault);
  }
  return printed;
}

base::Result<std::vector<Printed>> print_what_works(const Project& project, const std::vector<PrintRequest>& requests,
                                                    Studio& studio) {
  std::vector<Printed> printed(requests.size());
  std::map<base::RecipeKey, std::size_t> places;  // in `makings`
  std::vector<Making> makings;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto found = studio.store.find(requests[i].recipe)) {
      printed[i].audio = found->audio;
      printed[i].ringing = found->ringing;
      printed[i].found = true;
    } else if (places.try_emplace(requests[i].recipe, makings.size()).second) {
      makings.push_back({&requests[i]});
    }
  }

  if (!makings.empty()) {
    std::vector<Making*> all;
    for (Making& making : makings) all.push_back(&making);
    const auto plan = plan_of(project, all, studio);
    if (!plan) return tl::unexpected(plan.error());
    if (auto room = check_room(makings, *plan, studio.store); !room) return tl::unexpected(room.error());
    std::map<std::int64_t, std::vector<Making*>> by_start;  // what punches in at one point shares a pass
    if (Punch::works_in(studio)) {
      Punch punch(*plan, studio);
      for (std::size_t i = 0; i < makings.size(); ++i) {
        if (is_all(makings[i].request->window)) makings[i].in = punch.in(i);
      }
    }
    for (Making& making : makings) by_start[making.in ? making.in->point.point : 0].push_back(&making);
    base::Result<void> made;
    for (const auto& [start, together] : by_start) {
      if (made) made = make_together(project, together, studio);
    }
    for (Making& making : makings) {
      if (made) made = finish(making, studio);
    }
    Punch::tidy(studio.store);
    if (!made) return tl::unexpected(made.error());
  }

  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto place = places.find(requests[i].recipe); place != places.end())
      printed[i] = makings[place->second].made;
    printed[i].range = {requests[i].window.start, requests[i].window.start + printed[i].audio.frames};
  }
  return printed;
}

}  // namespace firn::convert
