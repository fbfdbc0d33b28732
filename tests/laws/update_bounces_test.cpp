// SPEC D5: bounces that are brought up to date with their sources, by what comes out.
#include "convert/update_bounces.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "convert/bounce.hpp"
#include "convert/bounce_state.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "support/random_song.hpp"

namespace {

using namespace firn;
using convert::BounceRequest;
using convert::PrintState;
using document::AudioClip;
using document::BouncePoint;
using document::Track;
using document::TrackId;
using document::TrackKind;
using time::Beats;
using time::Frames;
using Where = BounceRequest::Where;

// Lead and Bass in a group, ducked by Kick, with a reverb and devices on Main.
struct BouncedSong : tests::Scene {
  BouncedSong() {
    group = add_track(TrackKind::group, "Band");
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    kick = add_midi("Kick", "synth", tests::some_notes(3, 8));
    bass = add_midi("Bass", "synth", tests::some_notes(6, 12));
    lead = add_midi("Lead", "synth", tests::some_notes(5, 12));
    delay = add_device(lead, "delay");
    add_device(lead, "saturator");
    const auto compressor = add_device(bass, "compressor", {{"threshold", -40.0}});
    apply({edit::MoveTrack{lead, {group, {}}}, edit::MoveTrack{bass, {group, {}}},
           edit::SetSideChain{bass, compressor, document::Tap{kick, document::TapPoint::post_fx}},
           edit::SetSendLevel{lead, hall, -6.0}, edit::SetVolume{lead, -4.0}, edit::SetPan{lead, 0.3}});
    add_device(main(), "eq");
    apply(edit::SetVolume{main(), -2.0});
    apply(edit::MoveClip{lead, track(lead).clips[0]->id, lead, Beats::quarters(2)});
  }

  convert::Outcome bounce(const std::vector<TrackId>& tracks, BouncePoint point = BouncePoint::post_fx,
                          const std::optional<convert::BounceRange>& range = {}, Where where = Where::new_track) {
    auto room = studio();
    const std::string after = point == BouncePoint::after_device ? "Delay" : "";
    auto outcome = convert::bounce(project, {tracks, point, after, range, where}, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }

  base::Result<convert::Outcome> try_update(
      const std::vector<TrackId>& tracks,
      convert::UpdateRequest::Impossible impossible = convert::UpdateRequest::Impossible::refuse) {
    auto room = studio();
    return convert::update_bounces(project, {tracks, impossible}, room);
  }
  convert::Outcome update(const std::vector<TrackId>& tracks) {
    auto outcome = try_update(tracks);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }

  void freeze(TrackId id) {
    auto room = studio();
    auto outcome = convert::freeze(project, {{id}}, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
  }

  TrackId id_of(const std::string& name) const {
    for (const auto& track : project.tracks) {
      if (track->name == name) return track->id;
    }
    FAIL(name);
    return {};
  }
  const AudioClip& clip_on(TrackId id, std::size_t index = 0) const {
    return std::get<AudioClip>(track(id).clips.at(index)->body);
  }
  audio::StereoBuffer sound_on(TrackId id, std::size_t index = 0) {
    return tests::samples_of(directory() / clip_on(id, index).audio.path);
  }
  PrintState state_on(TrackId id, std::size_t index = 0) const {
    const auto states = convert::bounce_states(project, facts());
    const auto& state = states.at(track(id).clips.at(index)->id);
    if (!state) FAIL(state.error().message);
    return *state;
  }

  void add_late_note() {
    apply(edit::AddNotes{lead, track(lead).clips[0]->id, {{Beats::quarters(5), Beats::quarters(1), 60, 100, 64}}});
  }

  TrackId group, hall, kick, bass, lead;
  document::DeviceId delay;
};

bool says(const convert::Outcome& outcome, const std::string& part) {
  return std::any_of(outcome.notes.begin(), outcome.notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

constexpr BouncePoint all_points[] = {BouncePoint::pre_fx,     BouncePoint::after_device,    BouncePoint::post_fx,
                                      BouncePoint::post_mixer, BouncePoint::through_returns, BouncePoint::through_main};

}  // namespace

TEST_CASE("SPEC D5: an updated bounce is, sample for sample, what one gives that is made now") {
  const std::optional<convert::BounceRange> ranges[] = {
      {}, convert::BounceRange{Beats::quarters(3), Beats::quarters(5)}, convert::BounceRange{Beats::quarters(3), {}}};
  for (const BouncePoint point : all_points) {
    for (const auto& range : ranges) {
      CAPTURE(static_cast<int>(point));
      CAPTURE(&range - ranges);
      BouncedSong song, fresh;
      song.bounce({song.lead}, point, range);
      const TrackId bounced = song.id_of("Lead (Bounce)");
      CHECK(song.state_on(bounced) == PrintState::fresh);
      for (BouncedSong* each : {&song, &fresh}) {
        each->add_late_note();
        each->apply({edit::SetParameters{each->lead, each->delay, {{"feedback", 30.0}}}, edit::SetPan{each->lead, -0.5},
                     edit::SetTempo{{{Beats{}, 132.0, false}}},
                     edit::MoveClip{each->lead, each->track(each->lead).clips[0]->id, each->lead, Beats::quarters(1)}});
      }
      CHECK(song.state_on(bounced) == PrintState::stale);
      const auto outcome = song.update({bounced});
      CHECK(outcome.tracks.size() == 1);
      CHECK_FALSE(outcome.tracks[0].print.found);
      CHECK(song.state_on(bounced) == PrintState::fresh);
      fresh.bounce({fresh.lead}, point, range);
      const TrackId other = fresh.id_of("Lead (Bounce)");
      CHECK(tests::difference(fresh.sound_on(other), song.sound_on(bounced)) == "");
      CHECK(song.clip_on(bounced) == fresh.clip_on(other));
      CHECK(song.track(bounced).clips[0]->start == fresh.track(other).clips[0]->start);
    }
  }
}

TEST_CASE("SPEC D5: what has not changed is not printed again; what was taken back is found") {
  BouncedSong song;
  song.bounce({song.lead, song.bass});
  const TrackId lead = song.id_of("Lead (Bounce)");
  const TrackId bass = song.id_of("Bass (Bounce)");
  const auto unchanged = song.update({lead, bass});
  CHECK(unchanged.commands.empty());
  CHECK(unchanged.tracks.empty());
  CHECK(says(unchanged, "Lead (Bounce) is up to date"));
  const auto before = song.project;
  song.add_late_note();
  song.update({lead});
  CHECK(song.clip_on(lead).audio.key != std::get<AudioClip>(document::find(before, lead)->clips[0]->body).audio.key);
  song.apply(edit::RemoveNotes{
      song.lead, song.track(song.lead).clips[0]->id, {{Beats::quarters(5), Beats::quarters(1), 60, 100, 64}}});
  CHECK(song.state_on(lead) == PrintState::stale);
  const auto back = song.update({lead});
  CHECK(back.tracks.at(0).print.found);
  CHECK(song.project == before);
}

TEST_CASE("SPEC D5: an update of many bounces makes of each what it makes of one") {
  const auto edited = [](BouncedSong& song) {
    song.bounce({song.lead, song.bass, song.kick});
    song.bounce({song.group}, BouncePoint::through_main);
    song.add_late_note();
    song.apply({edit::SetParameters{song.bass, song.track(song.bass).devices[0].id, {{"filter-cutoff", 900.0}}},
                edit::SetVolume{song.main(), -7.0}});
  };
  BouncedSong together, alone;
  edited(together);
  edited(alone);
  const auto tracks = convert::bounced_tracks(together.project);
  REQUIRE(tracks.size() == 4);
  const auto outcome = together.update(tracks);
  CHECK(outcome.commands.size() == 3);
  CHECK(says(outcome, "Kick (Bounce) is up to date"));
  for (const TrackId id : tracks) alone.update({id});
  CHECK(together.project == alone.project);
  for (const TrackId id : tracks) CHECK(together.state_on(id) == PrintState::fresh);

  // Kick ducks Bass, but sleeps: that it is printed in the same pass must not be heard.
  for (BouncedSong* each : {&together, &alone}) each->apply(edit::SetTempo{{{Beats{}, 132.0, false}}});
  CHECK(together.update(tracks).commands.size() == 4);
  for (const TrackId id : tracks) alone.update({id});
  CHECK(together.project == alone.project);
}

TEST_CASE("SPEC D5: a bounce of a bounce is updated after that, and what is soloed for one hears no other") {
  for (const BouncePoint point : {BouncePoint::through_returns, BouncePoint::through_main}) {
    BouncedSong song;
    song.bounce({song.lead}, point);
    song.bounce({song.kick}, point);
    const TrackId lead = song.id_of("Lead (Bounce)");
    song.bounce({lead});
    song.add_late_note();
    const auto outcome = song.update(convert::bounced_tracks(song.project));
    CHECK(outcome.tracks.size() == 2);
    CHECK_FALSE(says(outcome, "its own bounce"));
    for (const TrackId id : convert::bounced_tracks(song.project)) CHECK(song.state_on(id) == PrintState::fresh);
  }
}

TEST_CASE("SPEC D5: bounces that hear one another in a circle are each updated once") {
  BouncedSong song;
  song.bounce({song.lead, song.kick});
  const TrackId lead = song.id_of("Lead (Bounce)");
  const TrackId kick = song.id_of("Kick (Bounce)");
  for (const auto& [source, from] : {std::pair{song.lead, kick}, std::pair{song.kick, lead}}) {
    const auto compressor = song.add_device(source, "compressor", {{"threshold", -40.0}});
    song.apply(edit::SetSideChain{source, compressor, document::Tap{from, document::TapPoint::post_fx}});
  }
  CHECK(song.update({lead, kick}).tracks.size() == 2);
}

TEST_CASE("SPEC D5: a deactivated source and a print that hear one another sound as they would if it were active") {
  BouncedSong song;
  song.apply(edit::SetSideChain{song.lead, song.add_device(song.lead, "compressor", {{"threshold", -40.0}}),
                                document::Tap{song.kick, document::TapPoint::post_fx}});
  song.apply(edit::SetSideChain{song.kick, song.add_device(song.kick, "compressor", {{"threshold", -40.0}}),
                                document::Tap{song.lead, document::TapPoint::pre_fx}});
  song.bounce({song.lead});
  const TrackId bounced = song.id_of("Lead (Bounce)");
  song.apply(edit::SetTrackActive{song.lead, false});
  CHECK(song.state_on(bounced) == PrintState::fresh);
  song.freeze(song.kick);  // without the lead
  CHECK(song.state_on(bounced) == PrintState::stale);
  song.update({bounced});
  CHECK(song.state_on(bounced) == PrintState::fresh);
  const auto updated = song.sound_on(bounced);
  song.apply({edit::SetTrackActive{song.lead, true}, edit::RenameTrack{bounced, "Before"}});
  CHECK(song.state_on(bounced) == PrintState::fresh);
  song.bounce({song.lead});
  CHECK(tests::difference(song.sound_on(song.id_of("Lead (Bounce)")), updated) == "");
}

TEST_CASE("SPEC D5: a stale print is named where it is heard, and nowhere else") {
  BouncedSong song;
  song.freeze(song.lead);
  song.freeze(song.hall);
  song.apply(edit::SetTempo{{{Beats{}, 90.0, false}}});
  const auto stale_in = [&](BouncePoint point, const std::string& name) {
    const auto before = song.project;
    const bool said = says(song.bounce({song.lead}, point), name + " is frozen, and its print is stale");
    song.project = before;
    return said;
  };
  CHECK_FALSE(stale_in(BouncePoint::pre_fx, "Lead"));
  CHECK_FALSE(stale_in(BouncePoint::after_device, "Lead"));
  CHECK(stale_in(BouncePoint::post_fx, "Lead"));
  CHECK_FALSE(stale_in(BouncePoint::post_fx, "Hall"));
  CHECK(stale_in(BouncePoint::through_returns, "Hall"));
  const auto notes = song.bounce({song.lead, song.bass}, BouncePoint::through_returns).notes;
  CHECK(std::ranges::count(notes, "Hall is frozen, and its print is stale: that print was bounced, as it is heard.") ==
        1);
}

TEST_CASE("SPEC D5: a return that sleeps by now is named when what went through it is updated") {
  for (const std::string name : {"Hall", "Band"}) {
    BouncedSong song;
    song.bounce({song.lead}, BouncePoint::through_returns);
    song.apply(edit::SetTrackActive{song.id_of(name), false});
    CHECK(says(song.update({song.id_of("Lead (Bounce)")}), "Lead goes through " + name + ", which is deactivated"));
  }
}

TEST_CASE("SPEC D5: what ended with the audio does so after that was too short for it; a loop that is cut is named") {
  BouncedSong song;
  const auto first = song.track(song.lead).clips[0]->id;
  song.apply(edit::DuplicateClip{song.lead, first, Beats::quarters(60)});
  song.bounce({song.lead});
  const TrackId id = song.id_of("Lead (Bounce)");
  song.apply(edit::SplitClip{id, song.track(id).clips[0]->id, Beats::quarters(59)});
  const auto tail = song.track(id).clips[1]->id;
  song.apply(edit::DuplicateClip{id, tail, Beats::quarters(100)});
  const auto looped = song.track(id).clips[2]->id;
  const auto end = song.clip_on(id).audio.frames;
  song.apply(edit::SetClipLoop{id, looped, time::FrameRange{end - Frames{9'000}, end}});
  song.apply(edit::RemoveClip{song.lead, song.track(song.lead).clips[1]->id});
  CHECK(says(song.update({id}), "Lead (Bounce): the loop of"));
  song.apply(edit::DuplicateClip{song.lead, first, Beats::quarters(64)});
  song.update({id});
  CHECK(song.clip_on(id, 1).offset + song.clip_on(id, 1).length == song.clip_on(id, 1).audio.frames);
}

TEST_CASE("SPEC D5: a source is printed as it plays now; what it listens to and is deactivated is named") {
  BouncedSong song;
  song.bounce({song.kick, song.bass});
  const TrackId bass = song.id_of("Bass (Bounce)");
  const auto ducked = song.sound_on(bass);
  CHECK(song.state_on(bass) == PrintState::stale);  // Kick, which ducked it, sleeps since
  CHECK(says(song.update({bass}), "Bass listens to Kick, which is deactivated"));
  CHECK(tests::difference(ducked, song.sound_on(bass)) != "");
  song.apply(edit::SetTrackActive{song.kick, true});
  CHECK_FALSE(says(song.update({bass}), "listens to"));
  CHECK(tests::difference(ducked, song.sound_on(bass)) == "");
}

TEST_CASE("SPEC D5: a source that hears its own bounce is stale again with each update, and that is said") {
  BouncedSong song;
  song.bounce({song.lead});
  const TrackId id = song.id_of("Lead (Bounce)");
  const auto compressor = song.add_device(song.lead, "compressor", {{"threshold", -40.0}});
  CHECK_FALSE(says(song.update({id}), "its own bounce"));
  song.apply(edit::SetSideChain{song.lead, compressor, document::Tap{id, document::TapPoint::post_fx}});
  CHECK(says(song.update({id}), "Lead hears Lead (Bounce), its own bounce"));
  CHECK(song.state_on(id) == PrintState::stale);
}

TEST_CASE("SPEC D5, ADR 6: solo changes no bounce, and makes none stale") {
  BouncedSong song, soloed;
  soloed.apply({edit::SetSolo{soloed.kick, true}, edit::SetSolo{soloed.bass, true}});
  for (const BouncePoint point : all_points) {
    for (BouncedSong* each : {&song, &soloed}) {
      each->apply(edit::SetTrackActive{each->lead, true});
      each->bounce({each->lead}, point);
    }
  }
  for (BouncedSong* each : {&song, &soloed}) each->bounce({each->group});
  for (const TrackId id : convert::bounced_tracks(soloed.project)) {
    CHECK(tests::difference(song.sound_on(id), soloed.sound_on(id)) == "");
    CHECK(song.state_on(id) == soloed.state_on(id));
  }
}

TEST_CASE("SPEC D5: freezing the source makes no bounce stale; a stale print that was bounced does") {
  BouncedSong song, frozen;
  frozen.freeze(frozen.lead);
  for (BouncedSong* each : {&song, &frozen}) each->bounce({each->lead});
  const TrackId bounced = song.id_of("Lead (Bounce)");
  CHECK(song.clip_on(bounced).bounce == frozen.clip_on(bounced).bounce);
  CHECK(tests::difference(song.sound_on(bounced), frozen.sound_on(bounced)) == "");
  CHECK(frozen.state_on(bounced) == PrintState::fresh);
  frozen.apply(edit::Unfreeze{frozen.lead});
  CHECK(frozen.state_on(bounced) == PrintState::fresh);
  song.apply(edit::SetTrackActive{song.lead, true});
  song.freeze(song.lead);
  CHECK(song.state_on(bounced) == PrintState::fresh);

  song.apply(edit::SetTempo{{{Beats{}, 90.0, false}}});
  CHECK(says(song.bounce({song.lead}), "its print is stale: that print was bounced, as it is heard"));
  const TrackId old = song.id_of("Lead (Bounce 2)");
  CHECK(song.state_on(old) == PrintState::fresh);
  song.apply(edit::Unfreeze{song.lead});
  CHECK(song.state_on(old) == PrintState::stale);
}

TEST_CASE("SPEC D5: an update keeps what was done to the bounce, and undo brings the old audio back") {
  BouncedSong song;
  song.bounce({song.lead});
  const TrackId id = song.id_of("Lead (Bounce)");
  song.add_device(id, "chorus");
  song.apply({edit::RenameTrack{id, "Riff"}, edit::SetVolume{id, -9.0}, edit::MoveTrack{id, {{}, {}}},
              edit::SplitClip{id, song.track(id).clips[0]->id, Beats::quarters(4)}});
  const auto right = song.track(id).clips.at(1)->id;
  song.apply({edit::MoveClip{id, right, id, Beats::quarters(6)}, edit::SetClipGain{id, right, -3.0},
              edit::DuplicateClip{id, right, Beats::quarters(20)}});
  const auto before = song.project;
  song.add_late_note();
  const auto edited = song.project;
  song.update({id});
  const auto sound = song.sound_on(id);
  document::Track kept = song.track(id);
  REQUIRE(kept.clips.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& was = *document::find(before, id)->clips[i];
    const auto& is = *kept.clips[i];
    CHECK(is.start == was.start);
    CHECK(song.clip_on(id, i).offset == std::get<AudioClip>(was.body).offset);
    CHECK(song.clip_on(id, i).gain_db == std::get<AudioClip>(was.body).gain_db);
    CHECK(song.clip_on(id, i).audio == song.clip_on(id, 0).audio);
    CHECK(song.state_on(id, i) == PrintState::fresh);
  }
  CHECK(song.clip_on(id, 1).offset + song.clip_on(id, 1).length == song.clip_on(id, 1).audio.frames);
  kept.clips = document::find(before, id)->clips;
  CHECK(kept == *document::find(before, id));

  // The source's first clip comes later: what begins with the audio goes along, what was cut stays in place.
  song.project = edited;
  song.apply(edit::MoveClip{song.lead, song.track(song.lead).clips[0]->id, song.lead, Beats::quarters(3)});
  song.update({id});
  CHECK(song.track(id).clips[0]->start == Beats::quarters(3));
  CHECK(song.track(id).clips[1]->start == Beats::quarters(6));
  const int quarter = 24'000;
  const auto first = song.sound_on(id, 0);
  const auto second = song.sound_on(id, 1);
  REQUIRE(second.frames() == first.frames() + quarter);
  for (std::size_t i = 0; i < first.left.size(); ++i) REQUIRE(second.left[i + quarter] == first.left[i]);
}

TEST_CASE("SPEC D5: in place, the source is the track as it was; unflatten brings that back") {
  for (const BouncePoint point : all_points) {
    CAPTURE(static_cast<int>(point));
    BouncedSong song, fresh;
    song.freeze(song.lead);
    const auto before = song.track(song.lead);
    song.bounce({song.lead}, point, {}, Where::in_place);
    CHECK(song.state_on(song.lead) == PrintState::fresh);
    song.apply(edit::SetVolume{song.lead, -20.0});
    CHECK(song.state_on(song.lead) == PrintState::fresh);
    for (BouncedSong* each : {&song, &fresh}) each->apply(edit::SetTempo{{{Beats{}, 132.0, false}}});
    CHECK(song.state_on(song.lead) == PrintState::stale);
    song.update({song.lead});
    fresh.bounce({fresh.lead}, point, {}, Where::in_place);
    CHECK(tests::difference(fresh.sound_on(fresh.lead), song.sound_on(song.lead)) == "");
    CHECK(song.clip_on(song.lead) == fresh.clip_on(fresh.lead));
    CHECK(song.track(song.lead).mixer.volume_db == -20.0);
    const auto copy = edit::apply(song.project, edit::DuplicateTrack{song.lead, "Twin"});
    REQUIRE(copy);
    song.apply(edit::Unflatten{song.lead, edit::MixerChoice::as_was});
    CHECK(song.track(song.lead) == before);

    // With the source's own parts in use again, the copy still knows its own.
    song.project = *copy;
    const TrackId twin = song.id_of("Twin");
    song.apply({edit::Unflatten{song.lead, edit::MixerChoice::as_was}, edit::SetTempo{{{Beats{}, 100.0, false}}}});
    fresh.apply(edit::SetTempo{{{Beats{}, 100.0, false}}});
    song.update({twin});
    fresh.update({fresh.lead});
    CHECK(tests::difference(fresh.sound_on(fresh.lead), song.sound_on(twin)) == "");
  }
}

TEST_CASE("SPEC D5: a bounce that can't be updated says why, and is left as it is") {
  BouncedSong song;
  using Impossible = convert::UpdateRequest::Impossible;
  song.bounce({song.lead}, BouncePoint::after_device);
  song.bounce({song.kick});
  const TrackId lead = song.id_of("Lead (Bounce)");
  const TrackId kick = song.id_of("Kick (Bounce)");
  const auto before = song.project;
  const auto refusal = [&](TrackId id) {
    const auto outcome = song.try_update({id});
    REQUIRE(!outcome);
    CHECK(outcome.error().kind == base::ErrorKind::refused);
    return outcome.error().message;
  };
  CHECK(refusal(song.lead).find("Lead holds no bounced audio. Its bounces are \"Lead (Bounce)\"") != std::string::npos);
  CHECK(refusal(song.hall).find("Hall holds no bounced audio: there is nothing to update") != std::string::npos);
  SUBCASE("the source is gone, and comes back") {
    song.apply(edit::RemoveTrack{song.lead});
    CHECK(refusal(lead).find("the track that it was bounced from is gone") != std::string::npos);
    song.apply(edit::SetTempo{{{Beats{}, 90.0, false}}});
    const auto rest = song.try_update({lead, kick}, Impossible::leave);
    REQUIRE(rest);
    CHECK(rest->tracks.size() == 1);
    CHECK(says(*rest, "Lead (Bounce): the track that it was bounced from is gone"));
    song.project = before;
    CHECK(song.state_on(lead) == PrintState::fresh);
  }
  SUBCASE("the device is gone") {
    song.apply(edit::RemoveDevice{song.lead, song.delay});
    CHECK(refusal(lead).find("the device of Lead after which it was bounced is gone") != std::string::npos);
  }
  SUBCASE("the source makes no sound any more") {
    song.bounce({song.bass}, BouncePoint::post_fx, convert::BounceRange{Beats::quarters(3), {}});
    const TrackId bass = song.id_of("Bass (Bounce)");
    song.apply({edit::RemoveClip{song.bass, song.track(song.bass).clips[0]->id},
                edit::RemoveClip{song.lead, song.track(song.lead).clips[0]->id}});
    CHECK(refusal(bass).find("what it was bounced from makes no sound any more") != std::string::npos);
    const auto rest = song.try_update({lead, bass, kick}, Impossible::leave);
    REQUIRE(rest);
    CHECK(rest->commands.size() == 1);
    CHECK(says(*rest, "Bass (Bounce): what it was bounced from makes no sound any more. Its audio stays as it is."));
    CHECK(says(*rest, "Lead (Bounce): what it was bounced from makes no sound there any more"));
  }
}

TEST_CASE(
    "SPEC B9, D5: a frozen bounce is updated below its print, which is stale then; a flattened one is no bounce") {
  BouncedSong song;
  song.bounce({song.lead});
  const TrackId id = song.id_of("Lead (Bounce)");
  song.add_device(id, "chorus");
  song.freeze(id);
  CHECK(convert::print_state(song.project, id, song.facts()).value() == PrintState::fresh);
  song.add_late_note();
  CHECK(says(song.update({id}), "its print is stale now"));
  CHECK(song.track(id).frozen());
  CHECK(convert::print_state(song.project, id, song.facts()).value() == PrintState::stale);
  auto room = song.studio();
  const auto flat = convert::flatten(song.project, {id}, convert::StalePrints::refresh, room);
  REQUIRE(flat);
  song.apply(flat->commands);
  CHECK(convert::bounced_tracks(song.project).empty());
  song.apply(edit::Unflatten{id});
  CHECK(song.state_on(id) == PrintState::fresh);
}

TEST_CASE("SPEC D5: lost audio is printed again, though nothing has changed") {
  BouncedSong song;
  song.bounce({song.lead});
  const TrackId id = song.id_of("Lead (Bounce)");
  const auto before = song.project;
  const auto sound = song.sound_on(id);
  std::filesystem::remove(song.directory() / song.clip_on(id).audio.path);
  CHECK(says(song.update({id}), "its audio was lost, and is printed again"));
  CHECK(song.project == before);
  CHECK(tests::difference(sound, song.sound_on(id)) == "");
}

TEST_CASE("SPEC D5: whatever is edited, an updated bounce is what a full render of its source gives") {
  int changed = 0;
  CHECK(rc::check("bounce, edit, update", [&](std::uint32_t seed) {
    tests::RandomSong song(seed);
    std::vector<TrackId> tracks = song.sources;
    tracks.insert(tracks.end(), song.groups.begin(), song.groups.end());
    tracks.insert(tracks.end(), song.returns.begin(), song.returns.end());
    const TrackId source = song.any(tracks);
    std::vector<std::string> places{""};
    for (const auto& device : song.track(source).devices) places.push_back(device.name);
    const std::string after = song.any(places);
    const auto point = after.empty()
                           ? song.any<BouncePoint>({BouncePoint::pre_fx, BouncePoint::post_fx, BouncePoint::post_mixer,
                                                    BouncePoint::through_returns, BouncePoint::through_main})
                           : BouncePoint::after_device;
    std::optional<convert::BounceRange> range;
    if (song.maybe()) range = {Beats::fraction(song.below(12), 7), {}};
    if (range && song.maybe()) range->to = range->from + Beats::fraction(1 + song.below(20), 7);
    auto studio = song.studio();
    const auto bounced = convert::bounce(song.project, {{source}, point, after, range, Where::new_track}, studio);
    if (!bounced) return;  // a MIDI effect, silence
    song.apply(bounced->commands);
    const TrackId id = convert::bounced_tracks(song.project).at(0);
    for (int edits = 1 + song.below(4); edits > 0; --edits)
      song.try_to(song.maybe() ? song.edit_of(source) : song.any_edit());
    if (!document::find(song.project, id) || convert::bounced_tracks(song.project).empty()) return;
    auto now = song.studio();
    const auto updated = convert::update_bounces(song.project, {{id}}, now);
    if (!updated) return;  // its device is gone, or all its sound
    song.apply(updated->commands);
    if (says(*updated, "its own bounce")) return;  // another sound by now
    changed += updated->commands.empty() ? 0 : 1;
    for (const auto& clip : song.track(id).clips) {
      const auto& body = std::get<AudioClip>(clip->body);
      if (!body.bounce) continue;
      const auto of = convert::source_of(song.project, song.track(id), *clip);
      RC_ASSERT(of.has_value());
      auto target = convert::target_of(of->project, of->track, of->bounce);
      const auto printed = tests::samples_of(song.directory() / body.audio.path);
      std::swap(song.project, target.project);
      const auto full = song.listen(target.point, {1, 333, plan::Prints::play, of->window});
      std::swap(song.project, target.project);
      RC_ASSERT(tests::difference(full, printed) == "");
    }
  }));
  MESSAGE(changed << " bounces had changed");
  CHECK(changed > 0);
}
