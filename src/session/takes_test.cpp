#include "session/takes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "edit/find.hpp"
#include "support/temporary_directory.hpp"

namespace firn::session {
namespace {

using document::TrackId;
using document::TrackKind;
using time::FrameRange;
using time::Frames;
using time::Run;

// A project with the audio tracks Source and Print, and takes onto it.
class Studio {
 public:
  Studio() : session_(Session::create(directory_ / "song", document::make_project({48'000}))) {
    REQUIRE(session_);
    dispatch({edit::AddTrack{TrackKind::audio, "Source", {}, {}}, edit::AddTrack{TrackKind::audio, "Print", {}, {}}});
  }

  Session& session() { return *session_; }
  TrackId id(const char* name) { return *edit::find_track(session().project(), name); }
  const document::Track& track(const char* name) { return *document::find(session().project(), id(name)); }
  std::filesystem::path takes() const { return directory_ / "song/.firn/takes"; }

  void dispatch(const std::vector<edit::Command>& commands) {
    REQUIRE(session().dispatch(commands));
    REQUIRE(session().save());
  }
  // As after the death of the process.
  void open_again() {
    session_ = tl::unexpected(base::Error{});
    session_ = Session::open(directory_ / "song");
    REQUIRE(session_);
  }
  // Records so many frames, whose value is their number.
  store::TakeFile record(const Take& take, int frames) {
    auto file = begin_take(session(), take);
    REQUIRE(file);
    audio::StereoBuffer sound(frames);
    for (int i = 0; i < frames; ++i)
      sound.left[static_cast<std::size_t>(i)] = sound.right[static_cast<std::size_t>(i)] = static_cast<float>(i);
    REQUIRE(file->write(sound.view().part(0, frames / 3)));
    REQUIRE(file->write(sound.view().part(frames / 3, frames - frames / 3)));
    return std::move(*file);
  }

 private:
  tests::TemporaryDirectory directory_;
  base::Result<Session> session_;
};

// A key goes down, and up a quarter (24,000 frames) later.
void press(midi::EventList& events, int key, std::int64_t at) {
  events.push_back({{at}, midi::EventKind::note_on, static_cast<std::uint8_t>(key), 100});
  events.push_back({{at + 24'000}, midi::EventKind::note_off, static_cast<std::uint8_t>(key), 64});
}

store::TakeFile played(const Session& session, const Take& take, const midi::EventList& events) {
  auto file = begin_take(session, take, store::TakeKind::played);
  REQUIRE(file);
  for (const midi::Event& event : events) REQUIRE(file->write(midi::EventList{event}));
  return std::move(*file);
}

// "1.2.1 60@0 62@24 on, …": where each clip is, its keys and where in it, in thousandths of a quarter; and whether it plays.
std::string notes_text(const document::Track& track) {
  std::string text;
  for (const auto& clip : track.clips) {
    text += (text.empty() ? "" : ", ") + time::format_position(clip->start, time::TempoMap());
    for (const midi::Note& note : std::get<document::MidiClip>(clip->body).content->notes) {
      text += " " + std::to_string(note.key) + "@" +
              std::to_string(static_cast<int>(std::lround(1000 * note.start.in_quarters())));
    }
    text += clip->active ? " on" : "";
  }
  return text;
}

// "1.1.1 0+24000 on, …": where each clip is, what of the file it plays, and whether.
std::string clips_text(const document::Track& track) {
  std::string text;
  for (const auto& clip : track.clips) {
    const auto& body = std::get<document::AudioClip>(clip->body);
    text += (text.empty() ? "" : ", ") + time::format_position(clip->start, time::TempoMap()) + " " +
            std::to_string(body.offset.count) + "+" + std::to_string(body.length.count) + (clip->active ? " on" : "");
  }
  return text;
}

}  // namespace

TEST_CASE("SPEC E4: a take becomes a clip for each pass, cut at the punch points, and the last whole one plays") {
  Studio studio;
  const TrackId print = studio.id("Print");
  const auto kept = [&](const Take& take, int frames) {
    std::vector<RecordedTake> takes;
    takes.push_back({take, studio.record(take, frames), {}, {{Frames{30'000}, Frames{30'010}}}});
    REQUIRE(keep_takes(studio.session(), std::move(takes)));
    CHECK(std::filesystem::is_empty(studio.takes()));
    return clips_text(studio.track("Print"));
  };
  const Run loop{Frames{12'000}, FrameRange{{}, {48'000}}};
  SUBCASE("straight on") {
    CHECK(kept({print, "", {}, Run{Frames{24'000}}, Frames{24'000}}, 36'000) == "1.2.1 0+36000 on");
    const auto& body = std::get<document::AudioClip>(studio.track("Print").clips.front()->body);
    CHECK(body.dropouts == std::vector<FrameRange>{{Frames{30'000}, Frames{30'010}}});
    CHECK(studio.session().history().labels.back() == "Record onto Print");
  }
  SUBCASE("round a loop") {
    CHECK(kept({print, "", {}, loop, Frames{12'000}}, 36'000 + 48'000 + 24'000) ==
          "1.1.1 36000+48000 on, 1.1.1 84000+24000, 1.1.3 0+36000");
  }
  SUBCASE("punched in and out, in each pass") {
    CHECK(kept({print, "", {}, loop, Frames{12'000}, {{24'000}, {36'000}}}, 36'000 + 48'000 + 30'000) ==
          "1.2.1 12000+12000, 1.2.1 60000+12000 on, 1.2.1 108000+6000");
  }
  SUBCASE("nothing between the punch points") {
    CHECK(kept({print, "", {}, Run{}, {}, {{50'000}, {60'000}}}, 40'000).empty());
    CHECK(studio.session().history().labels.size() == 1);
  }
}

TEST_CASE("SPEC E8: what a dead process recorded is on its track after the next open, once") {
  Studio studio;
  const document::Tap source{studio.id("Source"), document::TapPoint::post_fx};
  { const auto file = studio.record({studio.id("Print"), "", source, Run{}, {}}, 30'000); }
  SUBCASE("its track is there") {
    studio.open_again();
    CHECK(recover_takes(studio.session()).size() == 1);
    CHECK(clips_text(studio.track("Print")) == "1.1.1 0+30000 on");
  }
  SUBCASE("its track, and what it recorded, are gone") {
    studio.dispatch({edit::RemoveTrack{studio.id("Print")}, edit::RemoveTrack{studio.id("Source")}});
    studio.open_again();
    CHECK(recover_takes(studio.session()).size() == 1);
    REQUIRE(studio.session().project().tracks.size() == 2);
    const document::Track& made = *studio.session().project().tracks.front();
    CHECK(clips_text(made) == "1.1.1 0+30000 on");
    CHECK(std::holds_alternative<document::NoInput>(made.input));
  }
  SUBCASE("it died between the save and the end") {
    const auto path = std::filesystem::directory_iterator(studio.takes())->path();
    std::filesystem::copy(path, studio.takes() / "00000000.take");
    studio.open_again();
    CHECK(recover_takes(studio.session()).size() == 1);
    CHECK(clips_text(studio.track("Print")) == "1.1.1 0+30000 on");
  }
  CHECK(std::filesystem::is_empty(studio.takes()));
  studio.open_again();
  CHECK(recover_takes(studio.session()).empty());
}

TEST_CASE("Files that are no takes are left, or removed where nothing is in them") {
  Studio studio;
  std::filesystem::create_directories(studio.takes());
  std::ofstream(studio.takes() / "1.take") << "{\"track\":1";
  std::ofstream(studio.takes() / "2.take") << "{\"track\":1}\n";
  std::ofstream(studio.takes() / "3.take") << "no take\n0123456789";
  std::filesystem::create_directory(studio.takes() / "4.take");
  const auto said = recover_takes(studio.session());
  CHECK(said.size() == 2);
  CHECK_FALSE(std::filesystem::exists(studio.takes() / "1.take"));
  CHECK_FALSE(std::filesystem::exists(studio.takes() / "2.take"));
  CHECK(std::filesystem::exists(studio.takes() / "3.take"));
  CHECK(std::filesystem::exists(studio.takes() / "4.take"));
  CHECK(studio.session().history().labels.size() == 1);
}

TEST_CASE("What was heard is captured: the last two files of it, where they were played") {
  Studio studio;
  CHECK_FALSE(capture(studio.session()));
  const int most = 300 * 1'000;
  auto begun = Heard::begin(studio.session().directory(), Run{Frames{500}}, {1'000});
  REQUIRE(begun);
  std::optional<Heard> heard(std::move(*begun));
  const audio::StereoBuffer second(1'000);
  for (int i = 0; i < 700; ++i) REQUIRE(heard->write(second.view()));
  const auto kept = capture(studio.session());
  REQUIRE(kept);
  REQUIRE(kept->size() == 2);
  CHECK((*kept)[0].track == (*kept)[1].track);
  CHECK((*kept)[0].length == Frames{most});
  CHECK((*kept)[1].length == Frames{700 * 1'000 - 2 * most});
  const auto& clips = studio.track("Captured").clips;
  REQUIRE(clips.size() == 2);
  const auto& tempo = studio.session().project().tempo;
  CHECK(tempo.frame_at(clips[0]->start, {48'000}) == Frames{500 + most});
  CHECK(tempo.frame_at(clips[1]->start, {48'000}) == Frames{500 + 2 * most});
  // What still plays goes on being kept.
  REQUIRE(heard->write(second.view()));
  const auto again = capture(studio.session());
  REQUIRE(again);
  CHECK((*again)[1].length == Frames{701 * 1'000 - 2 * most});
  heard.reset();
  CHECK(capture(studio.session()));
  CHECK_FALSE(capture(studio.session()));
}

TEST_CASE("What was played in becomes a clip for each pass in which something was, quantised where that is asked for") {
  Studio studio;
  studio.dispatch({edit::AddTrack{TrackKind::midi, "Lead", {}, {}}});
  const TrackId lead = studio.id("Lead");
  const Run loop{{}, FrameRange{{}, {48'000}}};
  const auto kept = [&](const Take& take, std::int64_t length, const midi::EventList& events) {
    std::vector<RecordedTake> takes;
    takes.push_back({take, played(studio.session(), take, events), Frames{length}});
    const auto done = keep_takes(studio.session(), std::move(takes));
    REQUIRE(done);
    CHECK(std::filesystem::is_empty(studio.takes()));
    return notes_text(studio.track("Lead"));
  };
  midi::EventList events;
  SUBCASE("straight on") {
    press(events, 60, 24'100);
    press(events, 62, 60'000);
    Take take{lead, "", document::ExternalInput{"midi"}, Run{Frames{24'000}}, Frames{24'000}};
    CHECK(kept(take, 100'000, events) == "1.2.1 60@4 62@1500 on");
    take.quantise = time::Beats::quarters(1);
    CHECK(kept(take, 100'000, events) == "1.2.1 60@4 62@1500, 1.2.1 60@0 62@2000 on");
  }
  SUBCASE("round a loop: a pass with nothing in it is none, and the last whole one plays") {
    press(events, 60, 12'000);
    press(events, 61, 48'000 + 36'000);  // over the loop's end
    press(events, 62, 3 * 48'000 + 1);   // in a pass that was broken off
    CHECK(kept({lead, "", {}, loop}, 3 * 48'000 + 40'000, events) == "1.1.1 60@500, 1.1.1 61@1500 on, 1.1.1 62@0");
  }
  SUBCASE("round a loop, quantised: what comes a little before the first beat is that pass's") {
    press(events, 60, 1'000);
    press(events, 61, 47'000);
    press(events, 62, 95'000);
    Take take{lead, "", {}, loop};
    take.quantise = time::Beats::quarters(1);
    CHECK(kept(take, 2 * 48'000 + 40'000, events) == "1.1.1 60@0, 1.1.1 61@0 on, 1.1.1 62@0");
  }
  SUBCASE("quantised, with nothing behind it: no note is lost on the line where the clip ends") {
    press(events, 62, 47'000);
    Take take{lead, "", {}, Run{}};
    take.quantise = time::Beats::quarters(1);
    CHECK(kept(take, 48'000, events) == "1.1.1 62@1000 on");
  }
  SUBCASE("beside what stands there") {
    press(events, 60, 0);
    Take take{lead, "", {}, Run{}};
    kept(take, 48'000, events);
    take.beneath = edit::Beneath::kept;
    press(events, 62, 24'000);
    CHECK(kept(take, 48'000, events) == "1.1.1 60@0 on, 1.1.1 60@0 62@1000 on");
  }
  SUBCASE("nothing at all") {
    CHECK(kept({lead, "", {}, Run{}}, 48'000, {}) == "");
    CHECK(studio.session().history().labels.size() == 2);
  }
}

TEST_CASE("SPEC E8: what was played in survives the death of its process") {
  Studio studio;
  midi::EventList events;
  press(events, 60, 24'000);
  played(studio.session(), {{}, "Keys", document::ExternalInput{"midi"}, Run{}}, events);
  studio.open_again();
  const auto said = recover_takes(studio.session());
  REQUIRE(said.size() == 1);
  CHECK(said.front().find("Keys") != std::string::npos);
  CHECK(notes_text(studio.track("Keys")) == "1.1.1 60@1000 on");
  CHECK(studio.track("Keys").kind == document::TrackKind::midi);
  CHECK(recover_takes(studio.session()).empty());
}

}  // namespace firn::session
