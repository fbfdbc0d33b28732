#include <rapidcheck.h>

#include <set>

#include "edit/guard.hpp"
#include "edit/random_command.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

namespace {

constexpr int steps = 150;

// Runs random commands from the scene on; `check(before, command, after)` sees each, and after what came of it.
template <class Check>
void walk(std::uint32_t seed, Check check) {
  std::mt19937 random(seed);
  Project project = make_scene();
  for (int step = 0; step < steps; ++step) {
    const Command command = RandomCommand(project, random)();
    auto after = edit::apply(project, command);
    check(project, command, after);
    if (after) project = std::move(*after);
  }
}

const document::Clip* find_clip_anywhere(const Project& project, ClipId id) {
  for (const auto& each : project.tracks) {
    for (const auto& clip : each->clips) {
      if (clip->id == id) return clip.get();
    }
  }
  return nullptr;
}

bool changes_notes(const Command& command) {
  return std::holds_alternative<AddNotes>(command) || std::holds_alternative<RemoveNotes>(command) ||
         std::holds_alternative<ChangeNotes>(command) || std::holds_alternative<AddControls>(command) ||
         std::holds_alternative<RemoveControls>(command);
}

}  // namespace

TEST_CASE("no command ever breaks an invariant of the project") {
  CHECK(rc::check("violation_of(apply(p, c)) is nothing", [](std::uint32_t seed) {
    walk(seed, [](const Project& before, const Command& command, const Result<Project>& after) {
      if (!after) return;
      const auto violation = violation_of(*after);
      if (violation) RC_FAIL(describe(before, command) + ": " + *violation);
      RC_ASSERT(after->next_id >= before.next_id);
    });
  }));
}

TEST_CASE("a failing command changes nothing, says why, and fails in a list as a whole") {
  CHECK(rc::check("apply fails with a message and leaves its project alone", [](std::uint32_t seed) {
    walk(seed, [](const Project& before, const Command& command, const Result<Project>& after) {
      if (after) return;
      RC_ASSERT_FALSE(after.error().message.empty());
      const Project same = before;  // NOLINT(performance-unnecessary-copy-initialization): that is what is tested
      const auto list = edit::apply(before, std::vector<Command>{SetTailLimit{12.0}, command});
      RC_ASSERT_FALSE(list.has_value());
      RC_ASSERT(list.error() == after.error());
      RC_ASSERT(before == same);
      RC_ASSERT_FALSE(describe(before, command).empty());
    });
  }));
}

TEST_CASE("notes are never copied by an edit elsewhere") {
  CHECK(rc::check("clips share their content before and after", [](std::uint32_t seed) {
    walk(seed, [](const Project& before, const Command& command, const Result<Project>& after) {
      if (!after || changes_notes(command)) return;
      for (const auto& each : before.tracks) {
        for (const auto& clip : each->clips) {
          const auto* was = std::get_if<document::MidiClip>(&clip->body);
          const auto* now = find_clip_anywhere(*after, clip->id);
          if (was == nullptr || now == nullptr) continue;
          RC_ASSERT(std::get<document::MidiClip>(now->body).content.shares(was->content));
        }
      }
    });
  }));
}

TEST_CASE("SPEC B6: nothing but a conversion changes a frozen track above its freeze line") {
  CHECK(rc::check("a frozen track keeps its clips, devices, their automation and its prints", [](std::uint32_t seed) {
    walk(seed, [](const Project& before, const Command& command, const Result<Project>& after) {
      if (!after || is_conversion(command)) return;
      for (const auto& was : before.tracks) {
        const Track* now = document::find(*after, was->id);
        if (!was->frozen() || now == nullptr) continue;
        RC_ASSERT(now->clips == was->clips);
        RC_ASSERT(now->prints == was->prints);
        RC_ASSERT(now->kind == was->kind);
        const auto count = document::frozen_devices(*was);
        RC_ASSERT(now->devices.size() >= count);
        RC_ASSERT(std::equal(was->devices.begin(), was->devices.begin() + static_cast<std::ptrdiff_t>(count),
                             now->devices.begin()));
      }
    });
  }));
}

TEST_CASE("SPEC B7: freeze and unfreeze give back the very project, from wherever one stands") {
  CHECK(rc::check("unfreeze(freeze(p, t), t) == p", [](std::uint32_t seed) {
    walk(seed, [](const Project& before, const Command&, const Result<Project>&) {
      for (const auto& each : before.tracks) {
        const auto frozen = edit::apply(before, freeze_of(before, each->id));
        if (!frozen) continue;
        const auto back = edit::apply(*frozen, Unfreeze{each->id});
        RC_ASSERT(back.has_value());
        RC_ASSERT(*back == before);
      }
    });
  }));
}

TEST_CASE("a list of commands is one step, in which later ones may name what earlier ones make") {
  const Project project = make_scene();
  const TrackId lead{project.next_id};
  const auto after = edit::apply(project, std::vector<Command>{track_of(TrackKind::midi, "Lead"),
                                                               device_of(lead, "soundfont"), SetVolume{lead, -6.0}});
  REQUIRE(after.has_value());
  CHECK(track(*after, "Lead").devices.size() == 1);
  CHECK(track(*after, "Lead").mixer.volume_db == -6.0);
  CHECK(edit::apply(project, std::vector<Command>{}) == project);
}
