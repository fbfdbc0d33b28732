#include "session/takes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "midi/recorded.hpp"
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
                      {"punch-in", take.punch.start.count}, {"punch-out", take.punch.end.count},
                      {"quantise", take.quantise.ticks},    {"overdub", take.beneath == edit::Beneath::kept}};
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
  take.quantise = {std::max<std::int64_t>(number("quantise"), 0)};
  if (line.value("overdub", nlohmann::json()) == true) take.beneath = edit::Beneath::kept;
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

// One for each pass for which make_body(pass) gives a body: the last whole one plays.
template <class MakeBody>
std::vector<edit::NewClip> clips_of(const Project& project, const std::vector<Pass>& passes, MakeBody&& make_body) {
  std::vector<edit::NewClip> clips;
  std::optional<std::size_t> chosen;
  for (const Pass& pass : passes) {
    std::optional<edit::ClipBody> body = make_body(pass);
    if (!body) continue;
    if (pass.is_whole) chosen = clips.size();
    edit::NewClip clip;
    clip.start = project.tempo.beats_at(pass.position, project.rate);
    clip.body = std::move(*body);
    clip.active = false;
    clips.push_back(std::move(clip));
  }
  if (!clips.empty()) clips[chosen.value_or(clips.size() - 1)].active = true;
  return clips;
}

std::vector<edit::NewClip> audio_clips(const Project& project, const RecordedTake& recorded, const AudioRef& audio) {
  return clips_of(project, passes_of(recorded.take, audio.frames),
                  [&](const Pass& pass) -> std::optional<edit::ClipBody> {
                    document::AudioClip body;
                    body.audio = audio;
                    body.offset = pass.offset;
                    body.length = pass.length;
                    for (const FrameRange& dropout : recorded.dropouts) {
                      if (dropout.start < pass.offset + pass.length && dropout.end > pass.offset)
                        body.dropouts.push_back(dropout);
                    }
                    return body;
                  });
}

// A note that belongs on the first line behind a pass, and was a little early, is the next pass's: that goes on where this one ends.
midi::EventList with_early_notes_later(const Project& project, const Take& take, const std::vector<Pass>& passes,
                                       midi::EventList events) {
  const auto beats_at = [&](Frames position) { return project.tempo.beats_at(position, project.rate); };
  for (std::size_t i = 0; i + 1 < passes.size(); ++i) {
    const Pass& pass = passes[i];
    const Frames start = take.start + pass.offset;
    const Frames end = start + pass.length;
    if (passes[i + 1].offset != pass.offset + pass.length) continue;
    for (auto on = events.begin(); on != events.end(); ++on) {
      if (on->kind != midi::EventKind::note_on || on->at < start || on->at >= end) continue;
      const time::Beats line = midi::nearest_line(beats_at(pass.position + (on->at - start)), take.quantise);
      if (line < beats_at(pass.position + pass.length)) continue;
      const auto off = std::find_if(on + 1, events.end(), [&](const midi::Event& event) {
        return event.kind == midi::EventKind::note_off && event.number == on->number;
      });
      if (off != events.end() && off->at <= end) off->at += end - on->at;
      on->at = end;
    }
  }
  std::ranges::stable_sort(events, {}, &midi::Event::at);
  return events;
}

// None for passes in which nothing was played.
std::vector<edit::NewClip> midi_clips(const Project& project, const Take& take, midi::EventList played, Frames length) {
  const std::vector<Pass> passes = passes_of(take, length);
  if (take.quantise > time::Beats{}) played = with_early_notes_later(project, take, passes, std::move(played));
  return clips_of(project, passes, [&](const Pass& pass) -> std::optional<edit::ClipBody> {
    const Frames shift = pass.position - (take.start + pass.offset);
    midi::EventList events = played;
    for (midi::Event& event : events) event.at += shift;
    const FrameRange range{pass.position, pass.position + pass.length};
    midi::Content content = midi::recorded(events, range, project.tempo, project.rate);
    const bool is_played = std::ranges::any_of(
        events, [&](const midi::Event& event) { return event.at >= range.start && event.at < range.end; });
    if (!is_played || (content.notes.empty() && content.controls.empty())) return std::nullopt;
    const time::Beats start = project.tempo.beats_at(range.start, project.rate);
    document::MidiClip body;
    body.length = project.tempo.beats_at(range.end, project.rate) - start;
    if (take.quantise > time::Beats{}) midi::quantise(content, start, body.length, take.quantise);
    body.content = std::move(content);
    return body;
  });
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

std::string name_on(const Project& project, const Take& take) {
  const document::Track* track = document::find(project, take.track);
  return track != nullptr ? track->name : take.name;
}

// What a take becomes.
struct Made {
  KeptTake kept;
  std::vector<edit::NewClip> clips;  // none: there is nothing in it
};

document::TrackKind kind_of(const store::TakeFile& file) {
  return file.kind() == store::TakeKind::played ? document::TrackKind::midi : document::TrackKind::audio;
}

Result<Made> made_of(Session& session, const RecordedTake& recorded) {
  const Project& project = session.project();
  Made made{{recorded.take.track, std::nullopt, recorded.length, 0}, {}};
  if (recorded.file.kind() == store::TakeKind::played) {
    const auto events = recorded.file.events();
    if (!events) return tl::unexpected(events.error());
    made.clips = midi_clips(project, recorded.take, *events, recorded.length);
    for (const edit::NewClip& clip : made.clips)
      made.kept.notes += static_cast<int>(std::get<document::MidiClip>(clip.body).content->notes.size());
    return made;
  }
  made.kept.length = recorded.file.frames();
  if (passes_of(recorded.take, made.kept.length).empty()) return made;
  const auto audio = stored(session.store(), recorded.file, name_on(project, recorded.take), project.rate);
  if (!audio) return tl::unexpected(audio.error());
  made.kept.audio = *audio;
  made.clips = audio_clips(project, recorded, *audio);
  return made;
}

// Does a track have the first of these clips?
bool plays(const Project& project, const std::vector<edit::NewClip>& clips) {
  if (clips.empty()) return false;
  const auto is_it = [&](const auto& clip) {
    if (clip->start != clips.front().start) return false;
    const auto* sound = std::get_if<document::AudioClip>(&clip->body);
    const auto* wanted = std::get_if<document::AudioClip>(&clips.front().body);
    if (sound != nullptr && wanted != nullptr) return sound->audio == wanted->audio;
    const auto* midi = std::get_if<document::MidiClip>(&clip->body);
    const auto* played = std::get_if<document::MidiClip>(&clips.front().body);
    return midi != nullptr && played != nullptr && *midi->content == *played->content;
  };
  return std::ranges::any_of(project.tracks,
                             [&](const auto& track) { return std::ranges::any_of(track->clips, is_it); });
}

Result<std::vector<KeptTake>> keep(Session& session, std::vector<RecordedTake> recorded, std::vector<Made> made) {
  const std::uint64_t next_id = session.project().next_id;
  std::vector<KeptTake> kept;
  std::vector<edit::Command> commands;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (made[i].clips.empty()) continue;
    const Take& take = recorded[i].take;
    kept.push_back(std::move(made[i].kept));
    commands.push_back(edit::RecordTake{take.track, name_on(session.project(), take), take.input,
                                        std::move(made[i].clips), kind_of(recorded[i].file), take.beneath});
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

}  // namespace

Result<store::TakeFile> begin_take(const Session& session, const Take& take, store::TakeKind kind) {
  return store::TakeFile::create(session.directory(), label_of(take), kind);
}

Result<std::vector<KeptTake>> keep_takes(Session& session, std::vector<RecordedTake> recorded) {
  std::vector<Made> made;
  for (const RecordedTake& each : recorded) {
    auto one = made_of(session, each);
    if (!one) return tl::unexpected(one.error());
    made.push_back(std::move(*one));
  }
  return keep(session, std::move(recorded), std::move(made));
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

namespace {

// Says what has become of it; empty: it was a take already.
std::string recover(Session& session, store::TakeFile file) {
  const std::filesystem::path path = file.path();
  auto take = take_of(file.label());
  if (!take) return fmt::format("{} is no take that this Firn can read. It is left as it is.", path.string());
  const Project& project = session.project();
  const document::Track* track = document::find(project, take->track);
  // Its track may be gone by now, or frozen.
  if (track == nullptr || track->kind != kind_of(file) || track->frozen()) {
    take->name = name_on(project, *take);
    take->track = {};
  }
  const auto* tap = std::get_if<document::Tap>(&take->input);
  if (tap != nullptr && document::find(project, tap->track) == nullptr) take->input = document::NoInput{};
  const std::string name = name_on(project, *take);
  std::vector<RecordedTake> one;
  one.push_back({std::move(*take), std::move(file)});
  if (one.front().file.kind() == store::TakeKind::played) {
    const auto events = one.front().file.events();
    if (events && !events->empty()) one.front().length = events->back().at + Frames{1} - one.front().take.start;
  }
  auto made = made_of(session, one.front());
  // Killed between the save and the end: it has its clips.
  if (made && plays(project, made->clips)) {
    one.front().file.remove();
    return {};
  }
  const Frames frames = made ? made->kept.length : Frames{};
  const std::string length = time::format_clock(time::seconds_of(frames, project.rate));
  const auto kept = made.and_then([&](Made& each) { return keep(session, std::move(one), {std::move(each)}); });
  if (kept)
    return fmt::format("Firn ended while {} was recorded: the {} that were on the disk are on the track now.", name,
                       length);
  return fmt::format(
      "Firn ended while {} was recorded, and what was on the disk can't be put on a track: {} It stays in {}.", name,
      kept.error().message, path.string());
}

}  // namespace

std::vector<std::string> recover_takes(Session& session) {
  std::vector<std::string> said;
  auto found = store::TakeFile::find_all(session.directory());
  auto played = store::TakeFile::find_all(session.directory(), store::TakeKind::played);
  std::ranges::move(played.takes, std::back_inserter(found.takes));
  for (const base::Error& error : found.unreadable)  // of both kinds alike
    said.push_back(fmt::format("A take that was being recorded when Firn ended can't be read: {}", error.message));
  for (store::TakeFile& file : found.takes) said.push_back(recover(session, std::move(file)));
  std::erase(said, "");
  return said;
}

}  // namespace firn::session
