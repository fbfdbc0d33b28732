#include "convert/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <mutex>

#include "base/file.hpp"
#include "convert/export_file.hpp"
#include "convert/freeze.hpp"
#include "edit/pads.hpp"
#include "plan/solo.hpp"
#include "store/file_name.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using document::TapPoint;
using document::Track;
using document::TrackId;
using time::Frames;
namespace fs = std::filesystem;

const char* extension_of(audio::FileFormat format) {
  switch (format) {
    case audio::FileFormat::wav: return "wav";
    case audio::FileFormat::aiff: return "aiff";
    case audio::FileFormat::flac: return "flac";
    case audio::FileFormat::ogg: return "ogg";
    case audio::FileFormat::opus: return "opus";
    case audio::FileFormat::mp3: return "mp3";
  }
  return "wav";
}

// Where an export's window and loop lie.
struct Span {
  render::Window window;
  Frames stop = Frames::never();  // of the transport
  Frames loop_frames;
};

Frames last_clip_end(const Project& project) {
  Frames end;
  for (const auto& track : project.tracks) {
    for (const auto& clip : track->clips) {
      const Frames start = project.tempo.frame_at(clip->start, project.rate);
      if (const auto* audio = std::get_if<document::AudioClip>(&clip->body)) end = std::max(end, start + audio->length);
      if (const auto* midi = std::get_if<document::MidiClip>(&clip->body))
        end = std::max(end, project.tempo.frame_at(clip->start + midi->length, project.rate));
    }
  }
  return end;
}

base::Result<Span> span_of(const Project& project, const std::optional<time::FrameRange>& range, Ending ending) {
  if (range && (range->start < Frames{} || range->end <= range->start)) {
    return base::fail(ErrorKind::usage, "The range is empty: its end must lie after its start.");
  }
  if (ending == Ending::with_tail) return range ? Span{{range->start, range->end}, Frames::never(), {}} : Span{};
  const time::FrameRange loop = range.value_or(time::FrameRange{{}, last_clip_end(project)});
  if (loop.length() == Frames{})
    return base::fail(ErrorKind::refused, "There is nothing to loop: the project has no clips.");
  return Span{{loop.start, Frames::never()}, loop.end, loop.length()};
}

plan::Setup setup_of(const Span& span) { return {.start = {}, .stop = span.stop, .prints = plan::Prints::play}; }

base::Result<void> check_target(const fs::path& file) {
  std::error_code ignored;
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(directory, ignored)) {
    return base::fail(ErrorKind::not_found,
                      fmt::format("There is no directory {}. Make it, or export elsewhere.", directory.string()));
  }
  if (fs::is_directory(file, ignored))
    return base::fail(ErrorKind::usage, fmt::format("{} is a directory; name a file.", file.string()));
  return {};
}

void note_clipping(const Exported& exported, ExportReport& report) {
  if (exported.clipped == 0) return;
  report.notes.push_back(
      fmt::format("{}: {} samples lie beyond full scale and were clipped (peak {:+.1f} dBFS). Export with --depth "
                  "float, or --normalise peak.",
                  exported.name, exported.clipped, exported.peak_dbfs));
}

void note_no_sound(ExportReport& report) {
  const auto is_silent = [](const Exported& file) { return std::isinf(file.peak_dbfs); };
  if (std::all_of(report.files.begin(), report.files.end(), is_silent))
    report.notes.emplace_back("Nothing sounds there: what was written is silence.");
}

base::Error nothing_to_export() { return {ErrorKind::refused, "Nothing sounds there: there is nothing to export."}; }

// The largest difference between two streams that arrive in pieces of their own. Where one has ended it is silent.
class Difference {
 public:
  enum Side { first, second };

  base::Result<void> add(Side side, audio::ConstStereoView view) {
    const std::lock_guard lock(mutex_);
    Stream& own = streams_[side];
    Stream& other = streams_[1 - side];
    for (int i = 0; i < view.frames; ++i) {
      const Frame frame{view.left[i], view.right[i]};
      if (!other.waiting.empty()) {
        compare(frame, other.waiting.front());
        other.waiting.pop_front();
      } else if (other.ended) {
        compare(frame, {});
      } else {
        own.waiting.push_back(frame);
      }
    }
    return {};
  }

  void end(Side side) {
    const std::lock_guard lock(mutex_);
    streams_[side].ended = true;
    auto& waiting = streams_[1 - side].waiting;
    for (const Frame& frame : waiting) compare(frame, {});
    waiting.clear();
  }

  // Of what has been compared: of all, once both have ended.
  double dbfs() const { return 20.0 * std::log10(largest_); }

 private:
  struct Frame {
    float left = 0.0f;
    float right = 0.0f;
  };
  struct Stream {
    std::deque<Frame> waiting;  // for the other's
    bool ended = false;
  };

  void compare(Frame a, Frame b) {
    largest_ = std::max({largest_, std::abs(static_cast<double>(a.left) - static_cast<double>(b.left)),
                         std::abs(static_cast<double>(a.right) - static_cast<double>(b.right))});
  }

  std::mutex mutex_;
  Stream streams_[2];
  double largest_ = 0.0;
};

// What is silent without being asked to be: `tracks` that nobody hears, and those that play a live input. False if there is none.
bool note_silence(const Project& project, const std::vector<TrackId>& tracks, ExportReport& report) {
  const plan::Audibility audibility(project);
  const std::size_t notes_before = report.notes.size();
  for (const TrackId id : tracks) {
    const Track* track = document::find(project, id);
    if (audibility.is_heard(*track)) continue;
    report.notes.push_back(
        fmt::format("{} is not heard in the mix (muted, deactivated or not soloed): here it is silent.", track->name));
  }
  for (const auto& track : project.tracks) {
    if (track->clips.empty() || !audibility.is_heard(*track) || !hears_live_input(*track)) continue;
    report.notes.push_back(
        fmt::format("{} plays its live input instead of its clips, so it is silent here. Disarm it, or set its monitor "
                    "to off.",
                    track->name));
  }
  return report.notes.size() > notes_before;
}

std::vector<TrackId> default_stems(const Project& project, ExportReport& report) {
  const plan::Audibility audibility(project);
  std::vector<TrackId> tracks;
  for (const auto& track : project.tracks) {
    if (std::holds_alternative<document::PastMain>(track->output) && audibility.is_heard(*track)) {
      report.notes.push_back(fmt::format("{} joins the mix past Main's devices: it has no stem.", track->name));
    }
    if (plan::destination_of(project, *track) != document::main_of(project).id) continue;
    if (audibility.is_heard(*track)) {
      tracks.push_back(track->id);
    } else {
      report.notes.push_back(
          fmt::format("{} is not heard in the mix (muted, deactivated or not soloed): it has no stem.", track->name));
    }
  }
  return tracks;
}

// One file of the stems.
struct Stem {
  plan::Point point;
  std::string name;
  std::size_t number = 0;  // of the track

  bool is_pad() const { return point.tap.pad != 0; }
};

// The tracks, and behind each the pads of its rack if they are asked for.
base::Result<std::vector<Stem>> stems_of(const Project& project, const std::vector<TrackId>& tracks,
                                         StemsRequest::Pads pads) {
  std::vector<Stem> stems;
  std::size_t number = 0;
  for (const TrackId id : tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    stems.push_back({{{id, TapPoint::post_mixer}, {}}, track->name, ++number});
    if (pads == StemsRequest::Pads::leave) continue;
    for (const edit::Pad& pad : edit::pads_of(*track)) {
      stems.push_back({{{id, TapPoint::pre_fx, pad.number}, {}}, fmt::format("{} {}", track->name, pad.name), number});
    }
  }
  return stems;
}

// "01 Drums.wav", and behind it "01.03 Drums kick.wav".
std::string file_name_of(const Stem& stem, audio::FileFormat format) {
  const std::string pad = stem.is_pad() ? fmt::format(".{:02}", stem.point.tap.pad) : "";
  return fmt::format("{:02}{} {}.{}", stem.number, pad, store::file_name_of(stem.name), extension_of(format));
}

}  // namespace

base::Result<ExportReport> export_mix(const Project& project, const ExportRequest& request, Studio& studio) {
  if (auto target = check_target(request.file); !target) return tl::unexpected(target.error());
  auto span = span_of(project, request.range, request.format.ending);
  if (!span) return tl::unexpected(span.error());
  std::vector<plan::Point> points;
  std::string name;
  for (const TrackId id : request.tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    points.push_back({{id, TapPoint::post_mixer}, {}});
    name += (name.empty() ? "" : ", ") + track->name;
  }
  if (points.empty()) {
    points.push_back({{document::main_of(project).id, TapPoint::post_mixer}, {}});
    name = document::main_of(project).name;
  }
  auto plan = plan::compile(project, points, setup_of(*span), studio.facts);
  if (!plan) return tl::unexpected(plan.error());
  if (points.size() > 1) plan = plan::summed(std::move(*plan));

  auto file = ExportFile::create(request.file, request.format, project.rate, span->loop_frames);
  if (!file) return tl::unexpected(file.error());
  const std::vector<render::OutputRequest> outputs{
      {span->window, [&](audio::ConstStereoView view) { return file->add(view); }}};
  const render::Options options = options_for(*plan, outputs, studio);
  const Stopwatch stopwatch;
  auto engine = engine_for(project, std::move(*plan), studio);
  if (!engine) return tl::unexpected(engine.error());
  auto rendered = render::render(**engine, outputs, options);
  if (!rendered) return tl::unexpected(rendered.error());
  ExportReport report;
  const bool may_be_silent = note_silence(project, request.tracks, report) || span->loop_frames > Frames{};
  if (file->added() == Frames{} && !may_be_silent) return tl::unexpected(nothing_to_export());
  auto exported = file->finish();
  if (!exported) return tl::unexpected(exported.error());
  if (auto committed = file->commit(); !committed) return tl::unexpected(committed.error());

  exported->name = name;
  report.files.push_back(*exported);
  report.render_seconds = stopwatch.seconds();
  note_no_sound(report);
  note_clipping(*exported, report);
  for (const std::string& tail : rendered->cut_tails)
    report.notes.push_back(fmt::format("{}: it still sounded at the project's tail limit and was faded out.", tail));
  return report;
}

base::Result<ExportReport> export_stems(const Project& project, const StemsRequest& request, Studio& studio) {
  auto span = span_of(project, request.range, request.format.ending);
  if (!span) return tl::unexpected(span.error());
  ExportReport report;
  const std::vector<TrackId> tracks = request.tracks.empty() ? default_stems(project, report) : request.tracks;
  if (tracks.empty())
    return base::fail(ErrorKind::refused, "There is nothing to export: no track is heard in the mix.");
  const auto stems = stems_of(project, tracks, request.pads);
  if (!stems) return tl::unexpected(stems.error());
  const bool may_be_silent = note_silence(project, request.tracks, report) || span->loop_frames > Frames{};
  std::vector<plan::Point> points;
  for (const Stem& stem : *stems) points.push_back(stem.point);
  // The stems; and, to compare the tracks' sum with it, Main before its chain.
  points.push_back({{document::main_of(project).id, TapPoint::pre_fx}, {}});
  auto plan = plan::compile(project, points, setup_of(*span), studio.facts);
  if (!plan) return tl::unexpected(plan.error());
  const plan::Output main = plan->outputs.back();
  plan->outputs.pop_back();
  std::vector<plan::Output> written = plan->outputs;
  std::erase_if(plan->outputs, [](const plan::Output& output) { return output.point.tap.pad != 0; });
  plan = plan::summed(std::move(*plan));
  written.push_back(plan->outputs.front());
  written.push_back(main);
  plan->outputs = std::move(written);

  std::error_code error;
  const bool made_directory = fs::create_directories(request.directory, error);
  if (error) return tl::unexpected(base::io_error("make", request.directory, error.value()));
  const auto leave_nothing = [&](const base::Error& reason) -> base::Result<ExportReport> {
    std::error_code ignored;
    if (made_directory) fs::remove(request.directory, ignored);
    return tl::unexpected(reason);
  };

  std::vector<ExportFile> files;
  files.reserve(stems->size());
  for (const Stem& stem : *stems) {
    const fs::path path = request.directory / file_name_of(stem, request.format.format);
    auto file = ExportFile::create(path, request.format, project.rate, span->loop_frames);
    if (!file) {
      files.clear();
      return leave_nothing(file.error());
    }
    files.push_back(std::move(*file));
  }
  Difference difference;
  std::vector<render::OutputRequest> outputs;
  for (ExportFile& file : files)
    outputs.push_back({span->window, [&file](audio::ConstStereoView view) { return file.add(view); }});
  for (const auto side : {Difference::first, Difference::second}) {
    outputs.push_back({span->window,
                       [&difference, side](audio::ConstStereoView view) { return difference.add(side, view); },
                       [&difference, side] { difference.end(side); }});
  }

  const render::Options options = options_for(*plan, outputs, studio);
  const Stopwatch stopwatch;
  const auto finish = [&]() -> base::Result<void> {
    auto engine = engine_for(project, std::move(*plan), studio);
    if (!engine) return tl::unexpected(engine.error());
    auto rendered = render::render(**engine, outputs, options);
    if (!rendered) return tl::unexpected(rendered.error());
    Frames longest;
    for (const ExportFile& file : files) longest = std::max(longest, file.added());
    if (longest == Frames{} && !may_be_silent) return tl::unexpected(nothing_to_export());
    const audio::StereoBuffer silence(16384);
    std::vector<ExportFile*> whole;
    for (std::size_t i = 0; i < files.size(); ++i) {
      while (files[i].added() < longest) {
        const auto missing = std::min<std::int64_t>(silence.frames(), (longest - files[i].added()).count);
        if (auto added = files[i].add(silence.view().part(0, static_cast<int>(missing))); !added) return added;
      }
      auto exported = files[i].finish();
      if (!exported) return tl::unexpected(exported.error());
      exported->name = (*stems)[i].name;
      if ((*stems)[i].is_pad() && std::isinf(exported->peak_dbfs)) {
        report.notes.push_back(fmt::format("{} makes no sound there: it has no file.", exported->name));
        continue;
      }
      note_clipping(*exported, report);
      report.files.push_back(std::move(*exported));
      whole.push_back(&files[i]);
    }
    for (ExportFile* file : whole) {
      if (auto committed = file->commit(); !committed) return committed;
    }
    return {};
  };
  if (auto finished = finish(); !finished) {
    files.clear();
    return leave_nothing(finished.error());
  }
  report.render_seconds = stopwatch.seconds();
  report.residual_dbfs = difference.dbfs();
  note_no_sound(report);
  if (!request.tracks.empty())
    report.notes.push_back("These are not all the stems that feed Main, so their sum need not be the mix.");
  if (std::any_of(stems->begin(), stems->end(), [](const Stem& stem) { return stem.is_pad(); })) {
    report.notes.push_back(
        "Pads are as they leave their device, before those behind it and the mixer; their track's own stem holds "
        "them too.");
  } else if (request.pads == StemsRequest::Pads::add) {
    report.notes.push_back(
        "No stem is of a track with a drum rack or a plug-in with several outputs: there are no pads.");
  }
  if (request.format.normalise.to != Normalise::To::nothing)
    report.notes.push_back("Each stem was normalised by itself: their sum is no longer the mix.");
  return report;
}

}  // namespace firn::convert
