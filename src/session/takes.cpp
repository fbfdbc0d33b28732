#include "session/takes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "store/journal.hpp"
#include "time/tempo_map.hpp"

namespace firn::session {

using audio::AudioRef;
using base::Result;
using document::Project;
using document::TrackId;
using time::FrameRange;
using time::Frames;

namespace {

// ---- What a take is, as a line of text ----

std::string label_of(const Take& take) {
  nlohmann::json line{{"track", take.track.value},          {"name", take.name},
                      {"run", take.run.start().count},      {"start", take.start.count},
                      {"punch-in", take.punch.start.count}, {"punch-out", take.punch.end.count}};
  if (const auto& loop = take.run.loop()) {
    line["loop-start"] = loop->start.count;
    line["loop-end"] = loop->end.count;
  }
  if (std::holds_alternative<document::Resampling>(take.input)) line["input"] = "resampling";
  if (const auto* external = std::get_if<document::ExternalInput>(&take.input)) {
    line["input"] = "external";
    line["from"] = external->name;
  }
  if (const auto* tap = std::get_if<document::Tap>(&take.input)) {
    line["input"] = "tap";
    line["from"] = tap->track.value;
    line["point"] = static_cast<int>(tap->point);
    line["pad"] = tap->pad;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Take> take_of(const std::string& label) {
  const auto line = nlohmann::json::parse(label, nullptr, false);
  if (!line.is_object()) return std::nullopt;
  const auto number = [&](const char* name) { return store::number_at(line, name).value_or(0); };
  Take take;
  take.track = {static_cast<std::uint64_t>(number("track"))};
  take.name = store::text_at(line, "name").value_or("Take");
  std::optional<FrameRange> loop;
  if (line.contains("loop-start")) loop = FrameRange{{number("loop-start")}, {number("loop-end")}};
  take.run = time::Run(Frames{number("run")}, loop);
  take.start = {number("start")};
  take.punch = {{number("punch-in")}, {number("punch-out")}};
  const std::string input = store::text_at(line, "input").value_or("");
  if (input == "resampling") take.input = document::Resampling{};
  if (input == "external") take.input = document::ExternalInput{store::text_at(line, "from").value_or("")};
  if (input == "tap") {
    take.input = document::Tap{{static_cast<std::uint64_t>(number("from"))},
                               static_cast<document::TapPoint>(std::clamp<std::int64_t>(number("point"), 0, 2)),
                               static_cast<int>(number("pad"))};
  }
  return take;
}

// ---- Its clips ----

// A piece of what was recorded that lies on the timeline in one piece.
struct Pass {
  Frames position;
  Frames offset;  // in what was recorded
  Frames length;
  bool is_whole = false;  // once round the loop, as far as it is recorded
};

std::vector<Pass> passes_of(const Take& take, Frames frames) {
  std::vector<Pass> passes;
  for (Frames done; done < frames;) {
    time::Stretch stretch = take.run.from(take.start + done);
    stretch.frames = std::min(stretch.frames, frames - done);
    const Frames first = std::max(stretch.position, take.punch.start);
    const Frames last = std::min(stretch.position + stretch.frames, take.punch.end);
    if (first < last) {
      Pass pass{first, done + (first - stretch.position), last - first};
      if (const auto& loop = take.run.loop())
        pass.is_whole = first <= std::max(loop->start, take.punch.start) && last >= std::min(loop->end, take.punch.end);
      passes.push_back(pass);
    }
    done += stretch.frames;
  }
  return passes;
}

std::vector<edit::NewClip> clips_of(const Project& project, const RecordedTake& recorded, const AudioRef& audio) {
  const std::vector<Pass> passes = passes_of(recorded.take, audio.frames);
  auto chosen = std::ranges::find_if(passes.rbegin(), passes.rend(), [](const Pass& pass) { return pass.is_whole; });
  if (chosen == passes.rend()) chosen = passes.rbegin();
  std::vector<edit::NewClip> clips;
  for (const Pass& pass : passes) {
    document::AudioClip body;
    body.audio = audio;
    body.offset = pass.offset;
    body.length = pass.length;
    for (const FrameRange& dropout : recorded.dropouts) {
      if (dropout.start < pass.offset + pass.length && dropout.end > pass.offset) body.dropouts.push_back(dropout);
    }
    edit::NewClip clip;
    clip.start = project.tempo.beats_at(pass.position, project.rate);
    clip.body = std::move(body);
    clip.active = &pass == &*chosen;
    clips.push_back(std::move(clip));
  }
  return clips;
}

Result<AudioRef> stored(store::Store& store, const store::TakeFile& file, const std::string& name,
                        time::SampleRate rate) {
  auto writer = store.begin(store::Folder::recorded, name, rate);
  if (!writer) return tl::unexpected(writer.error());
  audio::StereoBuffer buffer(1 << 16);
  for (Frames at; at < file.frames();) {
    const auto part =
        buffer.view().part(0, static_cast<int>(std::min<std::int64_t>(buffer.frames(), (file.frames() - at).count)));
    if (auto read = file.read(at, part); !read) return tl::unexpected(read.error());
    if (auto written = writer->write(part); !written) return tl::unexpected(written.error());
    at += Frames{part.frames};
  }
  auto finished = store.finish(std::move(*writer));
  if (!finished) return tl::unexpected(finished.error());
  return finished->audio;
}

// Does a track have the clip of the take's first pass?
bool plays(const Project& project, const Take& take, const AudioRef& audio) {
  const std::vector<Pass> passes = passes_of(take, audio.frames);
  const auto is_it = [&](const auto& clip) {
    const auto* body = std::get_if<document::AudioClip>(&clip->body);
    return body != nullptr && body->audio == audio && !passes.empty() &&
           clip->start == project.tempo.beats_at(passes.front().position, project.rate);
  };
  return std::ranges::any_of(project.tracks,
                             [&](const auto& track) { return std::ranges::any_of(track->clips, is_it); });
}

std::string name_on(const Project& project, const Take& take) {
  const document::Track* track = document::find(project, take.track);
  return track != nullptr ? track->name : take.name;
}

}  // namespace

Result<store::TakeFile> begin_take(const Session& session, const Take& take) {
  return store::TakeFile::create(session.directory(), label_of(take));
}

Result<std::vector<KeptTake>> keep_takes(Session& session, std::vector<RecordedTake> recorded) {
  const std::uint64_t next_id = session.project().next_id;
  std::vector<KeptTake> kept;
  std::vector<edit::Command> commands;
  for (const RecordedTake& each : recorded) {
    const Project& project = session.project();
    const std::string name = name_on(project, each.take);
    if (passes_of(each.take, each.file.frames()).empty()) continue;
    auto audio = each.audio ? *each.audio : stored(session.store(), each.file, name, project.rate);
    if (!audio) return tl::unexpected(audio.error());
    kept.push_back({each.take.track, *audio});
    commands.push_back(edit::RecordTake{each.take.track, name, each.take.input, clips_of(project, each, *audio)});
  }
  if (auto done = session.dispatch(commands); !done) return tl::unexpected(done.error());
  if (auto saved = session.save(); !saved) return tl::unexpected(saved.error());
  // New tracks stand in the order of the commands.
  auto take = kept.begin();
  for (const auto& track : session.project().tracks) {
    if (track->id.value < next_id) continue;
    while (take->track) ++take;
    take->track = track->id;
  }
  for (RecordedTake& each : recorded) each.file.remove();
  return kept;
}

// ---- What was heard ----

Heard::Heard(std::filesystem::path directory, const time::Run& run, Frames most)
    : directory_(std::move(directory)), run_(run), most_(most), heard_(run.start()) {}

Result<Heard> Heard::begin(const std::filesystem::path& directory, const time::Run& run, time::SampleRate rate) {
  constexpr time::Seconds most{300.0};
  for (store::TakeFile& file : store::TakeFile::find_all(directory, store::TakeKind::heard).takes) file.remove();
  Heard heard(directory, run, time::frames_of(most, rate));
  if (auto begun = heard.go_on(); !begun) return tl::unexpected(begun.error());
  return heard;
}

// In another file; the one before the last is forgotten.
Result<void> Heard::go_on() {
  const Take take{{}, "Captured", document::Resampling{}, run_, heard_};
  auto file = store::TakeFile::create(directory_, label_of(take), store::TakeKind::heard);
  if (!file) return tl::unexpected(file.error());
  if (last_) last_->remove();
  last_ = std::move(now_);
  now_ = std::move(*file);
  return {};
}

Result<void> Heard::write(audio::ConstStereoView view) {
  if (now_->frames() >= most_) {
    if (auto gone_on = go_on(); !gone_on) return gone_on;
  }
  heard_ += Frames{view.frames};
  return now_->write(view);
}

Result<std::vector<KeptTake>> capture(Session& session) {
  std::vector<RecordedTake> recorded;
  for (store::TakeFile& file : store::TakeFile::find_all(session.directory(), store::TakeKind::heard).takes) {
    if (auto take = take_of(file.label())) recorded.push_back({std::move(*take), std::move(file)});
  }
  if (recorded.empty()) {
    return base::fail(
        base::ErrorKind::not_found,
        "There is nothing to capture: nothing was played since the last capture. `firn play` keeps what is "
        "heard.");
  }
  // The later file goes onto the track that the earlier one makes.
  for (RecordedTake& each : recorded) {
    if (&each != &recorded.front()) each.take.track = {session.project().next_id};
  }
  return keep_takes(session, std::move(recorded));
}

std::vector<std::string> recover_takes(Session& session) {
  std::vector<std::string> said;
  auto found = store::TakeFile::find_all(session.directory());
  for (const base::Error& error : found.unreadable)
    said.push_back(fmt::format("A take that was being recorded when Firn ended can't be read: {}", error.message));
  for (store::TakeFile& file : found.takes) {
    const std::filesystem::path path = file.path();
    auto take = take_of(file.label());
    if (!take) {
      said.push_back(fmt::format("{} is no take that this Firn can read. It is left as it is.", path.string()));
      continue;
    }
    const Project& project = session.project();
    const document::Track* track = document::find(project, take->track);
    // Its track may be gone by now, or frozen.
    if (track == nullptr || track->kind != document::TrackKind::audio || track->frozen()) {
      take->name = name_on(project, *take);
      take->track = {};
    }
    const auto* tap = std::get_if<document::Tap>(&take->input);
    if (tap != nullptr && document::find(project, tap->track) == nullptr) take->input = document::NoInput{};
    const std::string name = name_on(project, *take);
    const std::string length = time::format_clock(time::seconds_of(file.frames(), project.rate));
    // Killed between the save and the end: it has its clips.
    const auto audio = stored(session.store(), file, name, project.rate);
    if (audio && plays(project, *take, *audio)) {
      file.remove();
      continue;
    }
    std::vector<RecordedTake> one;
    one.push_back({std::move(*take), std::move(file), {}, audio ? std::optional(*audio) : std::nullopt});
    const auto kept = keep_takes(session, std::move(one));
    said.push_back(
        kept ? fmt::format("Firn ended while {} was recorded: the {} that were on the disk are on the track now.", name,
                           length)
             : fmt::format("Firn ended while {} was recorded, and the {} that were on the disk can't be put "
                           "on a track: {} They stay in {}.",
                           name, length, kept.error().message, path.string()));
  }
  return said;
}

}  // namespace firn::session
