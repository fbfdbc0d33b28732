// SPEC, plug-ins and real time: what a plug-in may do to what plays is to silence its own track, until it is loaded anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "plugin_scene.hpp"
#include "support/playing.hpp"

namespace {

using namespace firn;
using document::TrackId;
using document::TrackKind;
using tests::Playing;
using tests::PluginScene;
using time::Frames;

// Two tracks, each heard on a side of its own. The second has a plug-in: before its mixer, or in a group, on the audio thread.
struct Sides : PluginScene {
  Sides(const std::string& plugin, bool is_in_group, double after) {
    well = add_audio("Well", tests::noise(600'000, 1));
    bad = add_audio("Bad", tests::noise(600'000, 2));
    holder = bad;
    if (is_in_group) {
      holder = add_track(TrackKind::group, "Group");
      apply(edit::MoveTrack{bad, {holder, {}}});
    }
    device = add_plugin(holder, plugin, {{"after", after}}, "clap");
    apply({edit::SetPan{well, -1.0}, edit::SetPan{holder, 1.0}});
  }
  TrackId well, bad;
  TrackId holder;  // of the plug-in
  document::DeviceId device;
};

bool is_silent(const std::vector<float>& side, int from, int until) {
  return std::all_of(side.begin() + from, side.begin() + until, [](float sample) { return sample == 0.0f; });
}

// As fast as a sound card asks for it: a plug-in has the time that it would have.
void hear_paced(Playing& playing, int frames) {
  for (const int until = playing.frames() + frames; playing.frames() < until;) {
    playing.hear(256);
    std::this_thread::sleep_for(std::chrono::microseconds(5'300));
  }
}

}  // namespace

TEST_CASE("A plug-in that fails while it plays silences its own track at once, and no other; an edit loads it anew") {
  for (const bool is_in_group : {false, true}) {
    for (const char* name : {"Faulty Crash", "Faulty Nan"}) {
      CAPTURE(is_in_group);
      CAPTURE(name);
      Sides song(name, is_in_group, 0.5);
      Playing playing(song);
      hear_paced(playing, 30'000);
      const auto& heard = playing.heard();
      const auto reference = tests::noise(600'000, 1);
      const float gain = heard.left[1'000] / reference.left[1'000];
      for (std::size_t i = 0; i < 30'000; ++i) REQUIRE(heard.left[i] == doctest::Approx(gain * reference.left[i]));
      const auto bad = tests::noise(600'000, 2);
      for (std::size_t i = 0; i < 24'000 - 1'024; ++i) REQUIRE(heard.right[i] == doctest::Approx(gain * bad.right[i]));
      CHECK(is_silent(heard.right, 24'000 + 256, 30'000));
      REQUIRE(playing.performance().faults().size() == 1);
      CHECK(playing.performance().faults().front().message.find(name) != std::string::npos);
      // It is loaded anew, and fails later this time.
      song.apply(edit::SetParameters{song.holder, song.device, {{"after", 60.0}}});
      playing.follow();
      for (int i = 0; playing.performance().follows() && i < 2'000; ++i) hear_paced(playing, 256);
      hear_paced(playing, 20'000);  // what was read ahead is silent
      CHECK(playing.performance().faults().empty());
      CHECK_FALSE(is_silent(playing.heard().right, playing.frames() - 5'000, playing.frames()));
      CHECK(playing.performance().missed() == 0);
    }
  }
}

TEST_CASE("A plug-in that hangs on the audio thread is waited for no longer than a moment; one that was late goes on") {
  for (const char* name : {"Faulty Hesitate", "Faulty Sleep"}) {
    CAPTURE(name);
    Sides song(name, true, 0.25);
    Playing playing(song, {}, 256, {});
    float longest = 0.0f;
    while (playing.frames() < 48'000) {
      const auto begin = std::chrono::steady_clock::now();
      hear_paced(playing, 256);
      const std::chrono::duration<float> took = std::chrono::steady_clock::now() - begin;
      longest = std::max(longest, took.count());
    }
    const auto reference = tests::noise(600'000, 1);
    const float gain = playing.heard().left[1'000] / reference.left[1'000];
    for (std::size_t i = 0; i < 48'000; ++i)
      REQUIRE(playing.heard().left[i] == doctest::Approx(gain * reference.left[i]));
    CHECK(longest < 5.0f);  // it is given up after ten
    CHECK(is_silent(playing.heard().right, 13'000, 14'000));
    CHECK(is_silent(playing.heard().right, 40'000, 48'000) == (std::string(name) == "Faulty Sleep"));
    CHECK(playing.performance().faults().empty());
  }
}
