// Laws 1 to 4 over random songs: whatever tracks, groups, returns, sends, devices, settings and automation there are.
#include "support/random_song.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "convert/freeze.hpp"

namespace {

using namespace firn;
using document::TrackId;
using tests::RandomSong;
using time::Frames;

// By keeping states often enough that short songs have many points.
convert::Studio often(RandomSong& song) {
  auto studio = song.studio(1 + song.below(3), 512);
  studio.between_points = {8192};
  return studio;
}

}  // namespace

TEST_CASE("laws 1, 2 and 3 hold for random songs, with groups, returns, side-chains and freeze lines") {
  CHECK(rc::check("blocks, threads and freezing change no sample of Main; unfreezing gives the project back", [] {
    RandomSong song(*rc::gen::noShrink(rc::gen::arbitrary<std::uint32_t>()));
    const auto reference = song.listen_to_main();
    const tests::Listening other{
        1 + song.below(3), song.any<int>({1 + song.below(40), 64, 8192}), plan::Prints::play, {}};
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");

    const auto before = song.project;
    std::vector<TrackId> some;
    for (const TrackId track : convert::freezable_tracks(song.project, convert::Buses::with)) {
      if (song.maybe()) some.push_back(track);
    }
    const auto is_silent = [](const base::Error& error) {
      return error.message.find("makes no sound") != std::string::npos;
    };
    for (const TrackId track : std::vector(some)) {
      const std::string line = song.any_line(track);
      using Line = convert::FreezeRequest::Line;
      auto studio = song.studio(1 + song.below(3), 1 + song.below(3000));
      auto frozen =
          convert::freeze(song.project, {{track}, line.empty() ? Line::end_of_chain : Line::device, line}, studio);
      if (!frozen && is_silent(frozen.error())) {
        std::erase(some, track);
        continue;
      }
      RC_ASSERT(frozen.has_value());
      song.apply(frozen->commands);
    }
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");

    auto studio = song.studio(1 + song.below(3), 1 + song.below(3000));
    convert::FreezeRequest whole{some};
    whole.silent = convert::FreezeRequest::Silent::leave;
    auto further = convert::freeze(song.project, whole, studio);
    RC_ASSERT(further.has_value());
    song.apply(further->commands);
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");
    RC_ASSERT(convert::stale_tracks(song.project, song.facts(), song.store()).empty());

    auto thawed = convert::unfreeze(song.project, some, convert::Unfreezing::whole);
    RC_ASSERT(thawed.has_value());
    song.apply(thawed->commands);
    RC_ASSERT(song.project == before);
  }));
}

TEST_CASE("SPEC B1: after any edits, a print of which only the changed part was rendered is the full render") {
  int punched = 0;
  CHECK(rc::check("freeze, edit, freeze again", [&] {
    RandomSong song(*rc::gen::noShrink(rc::gen::arbitrary<std::uint32_t>()));
    convert::FreezeRequest all;
    all.silent = convert::FreezeRequest::Silent::leave;
    for (int round = 0; round < 3; ++round) {
      all.tracks = convert::freezable_tracks(song.project, convert::Buses::with);
      auto studio = often(song);
      auto frozen = convert::freeze(song.project, all, studio);
      RC_ASSERT(frozen.has_value());
      song.apply(frozen->commands);
      for (const auto& result : frozen->tracks) punched += result.print.kept > Frames{} ? 1 : 0;
      const auto now = song.project;
      for (const TrackId id : all.tracks) {
        const auto track = song.track(id);
        if (!track.frozen()) continue;
        const auto& print = track.prints.back();
        const auto printed = tests::samples_of(song.directory() / print.audio.path);
        song.project = convert::as_printed(now, id);
        const auto full = song.listen(convert::point_of(track, print), {1, 2048, plan::Prints::ignore, {}});
        RC_ASSERT(tests::difference(full, printed) == "");
      }
      song.project = now;
      for (int edits = 1 + song.below(2); edits > 0; --edits) {
        const TrackId id = song.any(song.sources);
        while (song.track(id).frozen()) song.apply(edit::Unfreeze{id});
        song.try_to(song.edit_of(id));
      }
    }
  }));
  MESSAGE(punched << " prints were partly taken over");
  CHECK(punched > 0);
}
