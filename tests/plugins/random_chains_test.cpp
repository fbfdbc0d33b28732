// Random chains of the plug-ins that are installed, every second one with a plug-in in it that fails in its own way: every freeze ends in a
// print that is what is heard live, or in an error that names a plug-in of the chain (SPEC B1, B13). FIRN_CHAINS says how many there are,
// made by chance (rounded up to sixes); without it there are six, always the same. FIRN_CHAINS_SEED is that of six that are to be made again.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <random>
#include <set>
#include <thread>

#include "convert/freeze.hpp"
#include "convert/verify.hpp"
#include "plugin_scene.hpp"

namespace {

using namespace firn;
using devices::DeviceClass;
using devices::DeviceType;
using document::TrackId;
using tests::difference;
using tests::Listening;
using Words = std::set<std::string>;

constexpr int in_song = 6;  // chains
constexpr Listening freezing{.threads = 4, .block = 2048};

const std::string ours = "org.firn.faulty.";

// Within the half second that their `after` is at most, or when they are loaded.
const Words fail_for_sure{"Faulty Crash",  "Faulty Abort",    "Faulty Loop",     "Faulty Sleep",
                          "Faulty Nan",    "Faulty Infinity", "Faulty Latency",  "Faulty Exit",
                          "Faulty Memory", ours + "init",     ours + "activate", ours + "slow_load"};
// And it is chance what they spoil before.
const Words may_fail{"Faulty Thread", "Faulty Overrun"};

struct Plugins {
  std::vector<DeviceType> installed;
  std::vector<DeviceType> faulty;  // of tests/faulty_plugins; those that a scan found to fail are called by their ids
};

const Plugins& plugins_here() {
  static const Plugins here = [] {
    Plugins found;
    const auto catalogue = tests::machine().catalogue();
    REQUIRE(catalogue);
    for (const plugins::Shelf& shelf : catalogue->shelves) {
      for (const auto& plugin : shelf.plugins)
        (plugin.type.plugin->maker == "Firn" ? found.faulty : found.installed).push_back(plugin.type);
      for (const auto& fault : shelf.faults) {
        if (fault.id.starts_with(ours))
          found.faulty.push_back(
              devices::plugin_type({shelf.format, fault.id, "Firn", ""}, fault.id, DeviceClass::audio_effect));
      }
    }
    return found;
  }();
  return here;
}

// What came of the chains, lest the test only looks at nothing.
struct Tally {
  Words faults;    // that were mixed in
  Words errors;    // of plug-ins that are installed
  Words unsteady;  // plug-ins that do not repeat themselves
  int compared = 0;
  int silent = 0;
};

struct Chain {
  TrackId track;
  const DeviceType* fault;  // null: none is mixed in
};

// Six tracks, each with a chain of its own, frozen together. Seeds that follow on each other go through all faults.
class Song : public tests::PluginScene {
 public:
  Song(std::uint32_t seed, Tally& tally) : seed_(seed), random_(seed), tally_(tally) {
    apply(edit::SetTailLimit{0.5});
    const auto& faulty = plugins_here().faulty;
    std::uint64_t next = std::uint64_t{seed} * (in_song / 2);
    for (int i = 0; i < in_song; ++i)
      chains_.push_back(add_chain(i % 2 == 0 ? nullptr : &faulty[next++ % faulty.size()]));
  }

  void check() {
    CAPTURE(seed_);
    std::vector<TrackId> tracks;
    for (const Chain& chain : chains_) tracks.push_back(chain.track);
    const convert::Outcome outcome = freeze(tracks, freezing.threads);
    Words files;
    for (const auto& result : outcome.tracks) files.insert(result.print.audio.path);
    CHECK(tests::files_in(directory() / "Samples/Processed/Freeze") == static_cast<int>(files.size()));
    CHECK(tests::files_in(directory() / ".firn/tmp") == 0);
    for (const Chain& chain : chains_) {
      const std::string devices = text_of(chain);
      CAPTURE(devices);
      if (const base::Error* error = tests::fault_of(outcome, chain.track)) {
        check_error(chain, *error);
      } else {
        check_print(chain, tests::print_of(outcome, chain.track));
      }
    }
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool maybe() { return below(2) == 0; }
  template <class Value>
  const Value& any(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }

  // ---- Chains ----

  Chain add_chain(const DeviceType* fault) {
    const auto fails_as = [&](DeviceClass of) { return fault && fault->device_class == of; };
    const bool has_midi_effect = fails_as(DeviceClass::midi_effect) || below(4) == 0;
    const bool has_notes = has_midi_effect || fails_as(DeviceClass::instrument) || below(3) == 0;
    std::vector<DeviceClass> classes;
    if (has_midi_effect) classes.push_back(DeviceClass::midi_effect);
    if (has_notes) classes.push_back(DeviceClass::instrument);
    for (int i = 1 + below(has_notes ? 2 : 4); i > 0; --i) classes.push_back(DeviceClass::audio_effect);

    std::vector<const DeviceType*> types;
    std::vector<std::size_t> places;  // that the fault could take
    for (const DeviceClass of : classes) {
      if (fails_as(of)) places.push_back(types.size());
      types.push_back(&any_installed(of));
    }
    if (fault) types[any(places)] = fault;

    const TrackId track = has_notes ? add_notes() : add_audio("Noise", tests::noise(40'000, seed()));
    for (const DeviceType* type : types) add_plugin(track, *type, any_values(*type));
    if (fault) tally_.faults.insert(fault->name);
    return {track, fault};
  }

  unsigned seed() { return static_cast<unsigned>(1 + below(1000)); }

  // A second of them.
  TrackId add_notes() {
    auto notes = tests::some_notes(seed(), 6);
    for (auto& note : notes) note.start = {note.start.ticks / 4};
    const TrackId id = add_midi("Notes", "synth", notes);
    apply(edit::RemoveDevice{id, track(id).devices.front().id});
    return id;
  }

  const DeviceType& any_installed(DeviceClass of) {
    std::vector<const DeviceType*> types;
    for (const DeviceType& type : plugins_here().installed) {
      if (type.device_class == of) types.push_back(&type);
    }
    REQUIRE_FALSE(types.empty());
    return *any(types);
  }

  std::map<std::string, double> any_values(const DeviceType& type) {
    std::map<std::string, double> values;
    for (const auto& parameter : type.parameters) {
      if (maybe())
        values[parameter.name] = devices::nearest_of(parameter, devices::value_of(parameter, below(101) / 100.0));
    }
    if (type.plugin->maker == "Firn" && devices::index_of(type, "after") >= 0) values["after"] = below(51) / 100.0;
    return values;
  }

  std::string text_of(const Chain& chain) const {
    std::vector<std::string> texts;
    for (const auto& device : track(chain.track).devices) texts.push_back(document::type_of(device)->name);
    return fmt::format("{}", fmt::join(texts, " > "));
  }

  // ---- What became of them ----

  void check_error(const Chain& chain, const base::Error& error) {
    CAPTURE(error.message);
    CHECK(error.kind == base::ErrorKind::device);
    const auto names = [&](const DeviceType& type) { return error.message.find(type.title) != std::string::npos; };
    const auto& devices = track(chain.track).devices;
    CHECK(std::any_of(devices.begin(), devices.end(),
                      [&](const auto& device) { return names(*document::type_of(device)); }));
    if (!chain.fault || !names(*chain.fault)) tally_.errors.insert(error.message);
  }

  void check_print(const Chain& chain, const convert::Printed* print) {
    if (chain.fault) {
      CHECK_FALSE(fail_for_sure.contains(chain.fault->title));
      if (may_fail.contains(chain.fault->title)) return;
    }
    print ? ++tally_.compared : ++tally_.silent;
    const auto printed = print ? tests::samples_of(directory() / print->audio.path) : audio::StereoBuffer{};
    const Listening other{.threads = 1 + below(3), .block = any<int>({1 + below(40), 64, 8192})};
    const std::string differs = difference(hear(chain.track, other), printed);
    if (differs.empty()) return;
    // Does it repeat itself as it was printed? Some plug-ins seed their chance with the time, in seconds.
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    const Listening as_printed{.threads = freezing.threads, .block = freezing.block};
    if (difference(hear(chain.track, as_printed), printed).empty()) {
      FAIL_CHECK(fmt::format("in blocks of {}: {}", other.block, differs));
      return;
    }
    auto same = studio(freezing.threads, freezing.block);
    const auto unsteady = convert::first_difference_in_chain(project, chain.track, same, same);
    REQUIRE(unsteady);
    tally_.unsteady.insert(unsteady->empty() ? text_of(chain) : *unsteady);
  }

  const std::uint32_t seed_;
  std::mt19937 random_;
  Tally& tally_;
  std::vector<Chain> chains_;
};

}  // namespace

TEST_CASE(
    "SPEC B1, B13: every freeze of a random chain of plug-ins ends in what is heard live, or in an error that names "
    "one of them") {
  Tally tally;
  if (const char* seed = std::getenv("FIRN_CHAINS_SEED")) {
    Song(static_cast<std::uint32_t>(std::stoul(seed)), tally).check();
    return;
  }
  const char* given = std::getenv("FIRN_CHAINS");
  const int chains = given ? std::atoi(given) : in_song;
  std::uint32_t seed = given ? std::random_device{}() : 1;
  for (int done = 0; done < chains; done += in_song) Song(seed++, tally).check();
  MESSAGE(tally.compared << " prints compared, " << tally.silent << " chains were silent, " << tally.faults.size()
                         << " faults mixed in");
  MESSAGE(fmt::format("errors of plug-ins that are installed:\n{}", fmt::join(tally.errors, "\n")));
  MESSAGE(fmt::format("do not repeat themselves: {}", fmt::join(tally.unsteady, ", ")));
  CHECK(tally.compared > 0);
  if (chains >= 100) CHECK(tally.faults.size() == plugins_here().faulty.size());
}
