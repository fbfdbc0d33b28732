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

bool plays(const Project& project, const AudioRef& audio) {
  return std::ranges::any_of(project.tracks, [&](const auto& track) {
    return std::ranges::any_of(track->clips, [&](const auto& clip) {
      const auto* body = std::get_if<document::AudioClip>(&clip->body);
      return body != nullptr && body->audio == audio;
    });
  });
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
    auto audio = stored(session.store(), each.file, name, project.rate);
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

std::vector<std::string> recover_takes(Session& session) {
  std::vector<std::string> said;
  for (store::TakeFile& file : store::TakeFile::find_all(session.directory())) {
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
    const std::string name = name_on(project, *take);
    const std::string length = time::format_clock(time::seconds_of(file.frames(), project.rate));
    // Killed between the save and the end: it has its clips.
    const auto audio = stored(session.store(), file, name, project.rate);
    if (audio && plays(project, *audio)) {
      file.remove();
      continue;
    }
    std::vector<RecordedTake> one;
    one.push_back({std::move(*take), std::move(file)});
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
