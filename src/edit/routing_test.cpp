#include "edit/routing.hpp"

#include <algorithm>

#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::Monitor;

TEST_CASE("the signal graph has an edge for each way that audio takes") {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId vox = id_of(project, "Vox");
  const TrackId main = document::main_of(project).id;
  const auto has = [&](const Tap& from, const Tap& to) {
    const auto edges = signal_graph(project);
    return std::find(edges.begin(), edges.end(), SignalEdge{from, to}) != edges.end();
  };
  const Tap vox_in{vox, TapPoint::pre_fx};
  CHECK(has({bass, TapPoint::post_mixer}, {main, TapPoint::pre_fx}));
  CHECK(has({bass, TapPoint::post_mixer}, {id_of(project, "A"), TapPoint::pre_fx}));
  CHECK(has({id_of(project, "Drums"), TapPoint::post_mixer}, {id_of(project, "Bus"), TapPoint::pre_fx}));
  project = must(project, SetSendPoint{bass, id_of(project, "A"), true});
  CHECK(has({bass, TapPoint::post_fx}, {id_of(project, "A"), TapPoint::pre_fx}));
  project = must(project, SetSendOn{bass, id_of(project, "A"), false});
  CHECK_FALSE(has({bass, TapPoint::post_fx}, {id_of(project, "A"), TapPoint::pre_fx}));
  project = must(project, SetInput{vox, Tap{bass, TapPoint::pre_fx}});
  CHECK_FALSE(has({bass, TapPoint::pre_fx}, vox_in));
  project = must(project, SetArmed{vox, true});
  CHECK(has({bass, TapPoint::pre_fx}, vox_in));
  project = must(project, SetMonitor{vox, Monitor::off});
  CHECK_FALSE(has({bass, TapPoint::pre_fx}, vox_in));
  CHECK_FALSE(find_cycle(project).has_value());
}

TEST_CASE("SPEC E1: a routing that would make a cycle can't be chosen, and its path is named") {
  Project project = make_scene();
  const TrackId drums = id_of(project, "Drums");
  const TrackId vox = id_of(project, "Vox");
  const TrackId bus = id_of(project, "Bus");

  SUBCASE("through an input that is heard") {
    project = must(project, SetOutput{vox, document::ToTrack{bus}});
    project = must(project, SetInput{vox, Tap{bus, TapPoint::post_mixer}});  // not heard yet
    const std::string message = refusal(project, SetArmed{vox, true});
    CHECK_MESSAGE((contains(message, "Vox -> Bus -> Vox") || contains(message, "Bus -> Vox -> Bus")), message);
    refusal(project, SetMonitor{vox, Monitor::in});
    project = must(project, SetMonitor{vox, Monitor::off});
    must(project, SetArmed{vox, true});
  }
  SUBCASE("through the group that a track is in") {
    project = must(project, SetMonitor{vox, Monitor::in});
    project = must(project, SetInput{vox, Tap{bus, TapPoint::pre_fx}});
    CHECK(contains(refusal(project, MoveTrack{vox, {bus, {}}}), "Vox"));
  }
  SUBCASE("through an output") {
    project = must(project, SetOutput{bus, document::ToTrack{vox}});
    CHECK(contains(refusal(project, SetOutput{vox, document::ToTrack{bus}}), "Vox"));
    CHECK(contains(refusal(project, SetOutput{vox, document::ToTrack{vox}}), "Vox -> Vox"));
  }
  SUBCASE("through sends, whatever their level, once they are on") {
    project = must(project, track_of(TrackKind::return_, "B"));
    const TrackId a = id_of(project, "A");
    const TrackId b = id_of(project, "B");
    project = must(project, SetSendLevel{a, b, document::Send::minus_infinity()});
    project = must(project, SetSendOn{a, b, false});
    project = must(project, SetSendLevel{b, a, 0.0});
    const std::string message = refusal(project, SetSendOn{a, b, true});
    CHECK_MESSAGE((contains(message, "A -> B -> A") || contains(message, "B -> A -> B")), message);
  }
  SUBCASE("through what is left when a track goes") {
    project = must(project, track_of(TrackKind::audio, "Stop"));
    project = must(project, SetOutput{drums, document::ToTrack{id_of(project, "Stop")}});
    project = must(project, SetOutput{id_of(project, "Stop"), document::SendsOnly{}});
    project = must(project, device_of(drums, "compressor"));
    project = must(project, SetSideChain{drums, track(project, "Drums").devices[0].id, Tap{bus, TapPoint::post_fx}});
    refusal(project, RemoveTrack{id_of(project, "Stop")});
  }
}

TEST_CASE("SPEC E2: a track that takes in Resampling is never monitored") {
  Project project = make_scene();
  const TrackId vox = id_of(project, "Vox");
  project = must(project, SetMonitor{vox, Monitor::in});
  project = must(project, SetInput{vox, document::Resampling{}});
  CHECK(track(project, "Vox").monitor == Monitor::off);
  CHECK(contains(refusal(project, SetMonitor{vox, Monitor::in}), "would hear itself"));
  refusal(project, SetMonitor{vox, Monitor::automatic});
  project = must(project, SetArmed{vox, true});
  CHECK_FALSE(find_cycle(project).has_value());
  const Tap main{document::main_of(project).id, TapPoint::post_mixer};
  CHECK(contains(refusal(project, SetInput{vox, main}), "Resampling"));
}

TEST_CASE("inputs and outputs are for tracks that take them") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId main = document::main_of(project).id;
  refusal(project, SetInput{bass, document::Resampling{}});
  refusal(project, SetInput{bass, Tap{id_of(project, "Vox"), TapPoint::post_fx}});
  refusal(project, SetInput{id_of(project, "Bus"), document::Resampling{}});
  refusal(project, SetInput{id_of(project, "Vox"), Tap{id_of(project, "Vox"), TapPoint::post_fx}});
  refusal(project, SetInput{id_of(project, "Vox"), Tap{{999}, TapPoint::post_fx}}, ErrorKind::not_found);
  refusal(project, SetArmed{id_of(project, "A"), true});
  refusal(project, SetOutput{main, document::SendsOnly{}});
  refusal(project, SetOutput{id_of(project, "Vox"), document::ToTrack{bass}});
  refusal(project, SetOutput{bass, document::ToTrack{{999}}}, ErrorKind::not_found);
  must(project, SetInput{bass, document::ExternalInput{"hw:1"}});
  must(project, SetOutput{id_of(project, "Drums"), document::ToTrack{main}});
}
