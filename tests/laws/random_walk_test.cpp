// Random walks: whatever is edited, frozen, bounced, taken back and saved, a print that is said to be fresh is what a full render gives,
// bit for bit (SPEC B1, B8, B9, D6). FIRN_WALKS says how many walks there are (20, of 50 steps each); FIRN_WALK is the seed of one that
// is to be taken again, alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <random>

#include "audio/sound_file.hpp"
#include "convert/bounce.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "edit/pads.hpp"
#include "session/session.hpp"
#include "support/random_song.hpp"

namespace {

using namespace firn;
using convert::PrintState;
using document::Project;
using document::Track;
using document::TrackId;
using time::Frames;

constexpr int steps = 50;
constexpr std::size_t most_tracks = 9;

// What the walks came by, lest they only look at nothing.
struct Tally {
  int prints = 0;  // that were compared with a full render
  int found = 0;   // instead of rendered
  int partly = 0;  // of which only what had changed was rendered
};

class Walk {
 public:
  Walk(std::uint32_t seed, Tally& tally) : seed_(seed), song_(seed, 4), tally_(tally) {
    session_.emplace(session::Session::create(song_.directory(), song_.project).value());
    moments_.push_back(song_.project);
  }

  void go() {
    for (int i = 0; i < steps; ++i) {
      step();
      expect(project() == moments_[at_], "the project is what its history should have made it");
      if (song_.below(8) == 0) check_all();
    }
    reopen();
    check_all();
  }

 private:
  const Project& project() const { return session_->project(); }

  // Fails with all that was done, and how to do it again.
  void expect(bool holds, const std::string& what) const {
    if (holds) return;
    std::string path;
    for (const std::string& done : log_) path += "\n  " + done;
    FAIL(fmt::format("{}: not so. FIRN_WALK={} takes the walk again:{}", what, seed_, path));
  }

  convert::Studio studio() {
    convert::Studio studio{session_->store(), plan::facts_of(project(), {})};
    studio.options.threads = 1 + song_.below(2);
    studio.options.block = 512;
    studio.between_points = Frames{4096};
    return studio;
  }

  // ---- Steps ----

  void step() {
    song_.project = project();
    const int choice = song_.below(100);
    if (choice < 28) return edit(song_.any_edit());
    if (choice < 40) return freeze();
    if (choice < 46) return freeze_stale();
    if (choice < 48) return unfreeze();
    if (choice < 66) return rework();
    if (choice < 69) return flatten();
    if (choice < 71) return edit({edit::Unflatten{song_.any_track(), edit::MixerChoice::as_now}}, "unflatten");
    if (choice < 74) return add_or_remove([&] { edit({edit::DuplicateTrack{song_.any_track(), ""}}, "duplicate"); });
    if (choice < 78) return add_or_remove([&] { bounce(); });
    if (choice < 79) return add_or_remove([&] { resample(); });
    if (choice < 87) return go_back(1 + song_.below(4));
    if (choice < 93) return move(&session::Session::redo, 1, "redo");
    if (choice < 95) return save();
    if (choice < 98) return reopen();
    clean();
  }

  std::vector<TrackId> frozen_tracks() const {
    std::vector<TrackId> frozen;
    for (const auto& track : project().tracks) {
      if (track->frozen()) frozen.push_back(track->id);
    }
    return frozen;
  }
  std::string name(TrackId id) const { return document::find(project(), id)->name; }

  // Refused, an edit leaves everything as it was.
  bool dispatch(const std::vector<edit::Command>& commands) {
    const Project before = project();
    const auto done = session_->dispatch(commands);
    if (!done) expect(project() == before, "what is refused changes nothing");
    if (project() == before) return done.has_value();
    moments_.resize(at_ + 1);
    moments_.push_back(project());
    ++at_;
    return true;
  }

  void edit(const std::vector<edit::Command>& commands, const std::string& what = "edit") {
    if (commands.empty()) return;
    log_.push_back(fmt::format("{}: {}", what, edit::describe(project(), commands)));
    if (!dispatch(commands)) log_.back() += " (refused)";
  }

  template <class Add>
  void add_or_remove(Add add) {
    if (project().tracks.size() < most_tracks) return add();
    edit({edit::RemoveTrack{song_.any_track()}}, "remove");
  }

  // What a conversion gives becomes one step; its prints are fresh then, and what a full render gives.
  void convert(const base::Result<convert::Outcome>& outcome) {
    if (!outcome) {
      log_.back() += fmt::format(" (refused: {})", outcome.error().message);
      const bool refused =
          outcome.error().kind == base::ErrorKind::refused || outcome.error().kind == base::ErrorKind::usage;
      return expect(refused, "a conversion is refused, or succeeds");
    }
    std::vector<TrackId> frozen;
    for (const auto& result : outcome->tracks) {
      tally_.found += result.print.found ? 1 : 0;
      tally_.partly += result.print.kept > Frames{} ? 1 : 0;
      frozen.push_back(result.track);
    }
    if (!dispatch(outcome->commands)) log_.back() += " (refused by the edit)";
    check(frozen);
  }

  void freeze() {
    const auto all = convert::freezable_tracks(project(), convert::Buses::with);
    if (all.empty()) return;
    convert::FreezeRequest request{{song_.any(all)}};
    if (song_.maybe()) {
      request.device = song_.any_line(request.tracks.front());
      if (!request.device.empty()) request.line = convert::FreezeRequest::Line::device;
    } else if (song_.maybe()) {
      request.tracks = all;
    }
    freeze(std::move(request));
  }

  void freeze(convert::FreezeRequest request) {
    request.silent = convert::FreezeRequest::Silent::leave;
    log_.push_back(fmt::format("freeze {} of {}{}{}", request.tracks.size(), name(request.tracks.front()),
                               request.device.empty() ? "" : " up to ", request.device));
    auto room = studio();
    convert(convert::freeze(project(), request, room));
  }

  void freeze_stale() {
    convert::FreezeRequest request{convert::stale_tracks(project(), plan::facts_of(project(), {}), session_->store())};
    if (request.tracks.empty()) return;
    request.line = convert::FreezeRequest::Line::as_it_is;
    freeze(std::move(request));
  }

  void unfreeze() {
    const auto frozen = frozen_tracks();
    if (frozen.empty()) return;
    unfreeze(song_.any(frozen), song_.maybe() ? convert::Unfreezing::one_step : convert::Unfreezing::whole);
  }

  void unfreeze(TrackId id, convert::Unfreezing how) {
    log_.push_back("unfreeze " + name(id));
    convert(convert::unfreeze(project(), {id}, how));
  }

  // As people do who want to change a little of what is frozen.
  void rework() {
    const auto frozen = frozen_tracks();
    if (frozen.empty()) return;
    const TrackId id = song_.any(frozen);
    unfreeze(id, convert::Unfreezing::whole);
    song_.project = project();
    edit(song_.edit_of(id));
    freeze({{id}});
  }

  void flatten() {
    const TrackId id = song_.any_track();
    log_.push_back("flatten " + name(id));
    auto room = studio();
    convert(convert::flatten(project(), {id},
                             song_.maybe() ? convert::StalePrints::refuse : convert::StalePrints::refresh, room));
  }

  void bounce() {
    const TrackId id = song_.any_track();
    log_.push_back("bounce " + name(id));
    auto room = studio();
    if (const auto pads = edit::pads_of(*document::find(project(), id)); !pads.empty() && song_.maybe()) {
      convert::PadBounceRequest request{{{id, {}}}, {}};
      for (const edit::Pad& pad : pads) request.racks.front().pads.push_back(pad.number);
      return convert(convert::bounce_pads(project(), request, room));
    }
    convert::BounceRequest request;
    request.tracks = {id};
    request.point = song_.any<edit::BouncePoint>({edit::BouncePoint::pre_fx, edit::BouncePoint::post_fx,
                                                  edit::BouncePoint::post_mixer, edit::BouncePoint::through_returns});
    if (song_.maybe()) request.where = convert::BounceRequest::Where::in_place;
    convert(convert::bounce(project(), request, room));
  }

  void resample() {
    log_.push_back("resample");
    auto room = studio();
    convert(convert::resample(project(), {{document::Resampling{}}, {}, time::FrameRange{{0}, {30'000}}, ""}, room));
  }

  void go_back(int by) {
    for (; by > 0; --by) move(&session::Session::undo, -1, "undo");
  }

  // Undo and redo go where they came from, prints and all.
  void move(base::Result<std::string> (session::Session::*way)(), int by, const char* what) {
    const bool possible = by < 0 ? at_ > 0 : at_ + 1 < moments_.size();
    const auto moved = (*session_.*way)();
    log_.push_back(fmt::format("{} {}", what, moved ? *moved : "(refused)"));
    expect(moved.has_value() == possible, "undo and redo go as far as the history does");
    if (moved) at_ = by < 0 ? at_ - 1 : at_ + 1;
  }

  void save() {
    log_.emplace_back("save");
    expect(session_->save().has_value(), "the project can be saved");
  }

  void reopen() {
    save();
    log_.emplace_back("reopen");
    session_.reset();
    auto opened = session::Session::open(song_.directory());
    expect(opened.has_value(), "the project can be opened");
    session_.emplace(std::move(*opened));
  }

  void clean() {
    save();
    auto in_use = session::InUse::by_project_or_history;
    if (song_.below(4) == 0) {
      in_use = session::InUse::by_project;
      expect(session_->forget_history().has_value(), "the history can be forgotten");
      moments_ = {project()};
      at_ = 0;
    }
    log_.push_back(in_use == session::InUse::by_project ? "clean, with the history" : "clean");
    const auto kept = session_->files_in_use(in_use);
    expect(kept && session_->store().clean(*kept), "the project can be cleaned");
  }

  // ---- Checks ----

  // Of those tracks that are frozen, each print that is said to be fresh.
  void check(const std::vector<TrackId>& ids) {
    const auto states = convert::print_states(project(), plan::facts_of(project(), {}));
    std::vector<const Track*> active;
    for (const TrackId id : ids) {
      const Track* track = document::find(project(), id);
      if (!track || !track->frozen()) continue;
      const auto& state = states.at(id);
      expect(state.has_value(), "it is known whether the print of " + track->name + " is fresh");
      if (*state != PrintState::fresh) continue;
      if (track->active) {
        active.push_back(track);
      } else {
        compare({track});
      }
    }
    if (!active.empty()) compare(active);
  }

  void check_all() {
    std::vector<TrackId> all;
    for (const auto& track : project().tracks) all.push_back(track->id);
    check(all);
    song_.project = project();
    const auto stale = convert::stale_tracks(project(), song_.facts(), session_->store());
    if (!stale.empty()) return;
    const auto played = song_.listen_to_main({1, 1 + song_.below(2000), plan::Prints::play, {}});
    const auto reference = song_.listen_to_main({1, 1 + song_.below(2000), plan::Prints::ignore, {}});
    expect(tests::difference(reference, played) == "", "Main sounds with prints as it does without");
  }

  // With a full render, from the start and without any print, of the project as they are printed from it.
  void compare(const std::vector<const Track*>& tracks) {
    song_.project = convert::as_printed(project(), tracks.front()->id);
    std::vector<plan::Point> points;
    for (const Track* track : tracks) points.push_back(convert::point_of(*track, track->prints.back()));
    const auto full =
        song_.listen_to_all(points, {1 + song_.below(2), 1 + song_.below(3000), plan::Prints::ignore, {}});
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      ++tally_.prints;
      const auto difference = tests::difference(full[i], print_of(*tracks[i]));
      expect(difference.empty(),
             fmt::format("the print of {} is what a full render gives ({})", tracks[i]->name, difference));
    }
  }

  audio::StereoBuffer print_of(const Track& track) {
    const auto& audio = track.prints.back().audio;
    const auto path = session_->store().path_of(audio);
    expect(path.has_value(), audio.path + " is there");
    auto reader = audio::SoundReader::open(*path);
    expect(reader.has_value(), audio.path + " can be read");
    audio::StereoBuffer samples(static_cast<int>(audio.frames.count));
    expect(reader->read({}, samples.view()), audio.path + " is whole");
    return samples;
  }

  const std::uint32_t seed_;
  tests::RandomSong song_;
  Tally& tally_;
  std::optional<session::Session> session_;
  std::vector<Project> moments_;  // what the history should hold
  std::size_t at_ = 0;            // where in it the project should be
  std::vector<std::string> log_;
};

}  // namespace

TEST_CASE("SPEC B1, B9, D6: after any walk of edits, freezes, undos and saves, a fresh print is the full render") {
  Tally tally;
  if (const char* seed = std::getenv("FIRN_WALK")) {
    Walk(static_cast<std::uint32_t>(std::stoul(seed)), tally).go();
    return;
  }
  const char* given = std::getenv("FIRN_WALKS");
  std::random_device any;
  for (int walks = given ? std::atoi(given) : 20; walks > 0; --walks) Walk(any(), tally).go();
  MESSAGE(tally.prints << " prints compared; " << tally.found << " found, " << tally.partly << " partly taken over");
  CHECK(tally.prints > 0);
  CHECK(tally.found > 0);
  CHECK(tally.partly > 0);
}
