// Three tracks and what converts them: two synths with effects behind them, an audio track, an EQ on Main.
#pragma once

#include <doctest/doctest.h>

#include "convert/freeze.hpp"
#include "support/scene.hpp"

namespace firn::tests {

using document::TrackId;

struct Band : Scene {
  Band() {
    lead = add_midi("Lead", "synth", tests::some_notes(5));
    bass = add_midi("Bass", "synth", tests::some_notes(6));
    loop = add_audio("Loop", tests::noise(30'000, 7));
    add_device(lead, "delay");
    add_device(bass, "saturator");
    add_device(main(), "eq");
  }

  convert::Outcome freeze(const std::vector<TrackId>& tracks) {
    auto room = studio();
    auto outcome = convert::freeze(project, {tracks}, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }

  std::vector<std::string> files_below(const std::string& folder) const {
    std::vector<std::string> files;
    if (!std::filesystem::exists(directory() / folder)) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory() / folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
    }
    return files;
  }

  TrackId lead, bass, loop;
};

}  // namespace firn::tests
