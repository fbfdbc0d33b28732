#include "store/checkpoints.hpp"

#include "store/testing.hpp"

using namespace firn;
using namespace firn::store;
using namespace firn::store::testing;

namespace {

base::Digest digest(int number) { return base::Hasher().number(number).finish(); }

std::vector<std::byte> bytes(int count, int value) {
  return std::vector<std::byte>(static_cast<std::size_t>(count), static_cast<std::byte>(value));
}

// A print with two points, whose states are kept.
Take take_of(Store& store, const audio::AudioRef& audio, int number) {
  Take take{{audio, audio::Ringing{{70}, {5}}}, {}, true, {}};
  for (int point = 1; point <= 2; ++point) {
    const auto states = bytes(1000, number * 10 + point);
    const int id = number * 100 + point;
    take.points.push_back({point, {point * 300}, digest(id), digest(1000 + id), base::digest_of(states)});
    REQUIRE(store.keep_states(take.points.back().states, states));
  }
  REQUIRE(store.checkpoints().add(take));
  return take;
}

}  // namespace

TEST_CASE(
    "Checkpoints are found by what is before them, and by what is behind them with the states, in the next process "
    "too") {
  const Scratch scratch;
  Take take;
  {
    auto store = open(scratch);
    take = take_of(store, print(store, Folder::freeze, "Lead", noise(1000, 1)), 1);
  }
  auto store = open(scratch);
  const auto& checkpoints = store.checkpoints();
  const auto before = checkpoints.find_before(digest(102));
  REQUIRE(before);
  CHECK(*before->take == take);
  CHECK(before->point == take.points[1]);
  const auto after = checkpoints.find_after(digest(1101), take.points[0].states);
  REQUIRE(after);
  CHECK(after->point == take.points[0]);
  CHECK(!checkpoints.find_after(digest(1101), take.points[1].states));
  CHECK(!checkpoints.find_before(digest(7)));
  CHECK(checkpoints.states(take.points[0].states) == bytes(1000, 11));
}

TEST_CASE("States that are not whole are none, and a broken line costs its own points") {
  const Scratch scratch;
  auto store = open(scratch);
  const Take take = take_of(store, print(store, Folder::freeze, "Lead", noise(1000, 1)), 1);
  const fs::path file = scratch.project() / ".firn/checkpoints" / base::hex(take.points[0].states);
  put_bytes(file, bytes_of(file).substr(1));
  CHECK(!store.checkpoints().states(take.points[0].states));
  CHECK(store.checkpoints().states(take.points[1].states));
  const fs::path journal = scratch.project() / ".firn/checkpoints.jsonl";
  put_bytes(journal, "{\"points\": [1, {}]\n[]\n{\"path\": \"x\", \"points\": 3}\n" + bytes_of(journal));
  CHECK(open(scratch).checkpoints().find_before(digest(101)));
}

TEST_CASE("Checkpoints stay within bounds: what was used longest ago goes first") {
  const Scratch scratch;
  auto store = open(scratch);
  const Take take = take_of(store, print(store, Folder::freeze, "Lead", noise(1000, 1)), 1);
  const fs::path folder = scratch.project() / ".firn/checkpoints";
  fs::last_write_time(folder / base::hex(take.points[0].states),
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  fs::last_write_time(folder / base::hex(take.points[1].states),
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  put_bytes(folder / "notes.txt", "a person's own");
  CHECK(store.checkpoints().states(take.points[0].states));  // used just now
  REQUIRE(store.keep_states(digest(9), bytes(50, 9)));       // by a print that came to nothing
  store.checkpoints().trim(2000);
  CHECK(!store.checkpoints().has_states(digest(9)));
  CHECK(store.checkpoints().has_states(take.points[1].states));
  store.checkpoints().trim(1999);
  CHECK(store.checkpoints().has_states(take.points[0].states));
  CHECK(!store.checkpoints().has_states(take.points[1].states));
  store.checkpoints().trim(0);
  CHECK(!store.checkpoints().has_states(take.points[0].states));
  CHECK(fs::exists(folder / "notes.txt"));
}

TEST_CASE("States used in a time to come, by a clock that was wrong, go first") {
  const Scratch scratch;
  auto store = open(scratch);
  const Take take = take_of(store, print(store, Folder::freeze, "Lead", noise(1000, 1)), 1);
  const fs::path folder = scratch.project() / ".firn/checkpoints";
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(folder / base::hex(take.points[0].states), now + std::chrono::hours(24 * 3650));
  fs::last_write_time(folder / base::hex(take.points[1].states), now - std::chrono::hours(1));
  store.checkpoints().trim(1000);
  CHECK(!store.checkpoints().has_states(take.points[0].states));
  CHECK(store.checkpoints().has_states(take.points[1].states));
}

TEST_CASE("Cleaning forgets the checkpoints of prints that are gone, and those of no print") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto kept = print(store, Folder::freeze, "Kept", noise(1000, 1));
  const auto gone = print(store, Folder::freeze, "Gone", noise(1000, 2));
  const Take first = take_of(store, kept, 1);
  const Take second = take_of(store, gone, 2);
  REQUIRE(store.keep_states(digest(9), bytes(50, 9)));
  REQUIRE(store.clean({kept.path}));
  CHECK(store.checkpoints().find_before(digest(101)));
  CHECK(!store.checkpoints().find_before(digest(201)));
  CHECK(open(scratch).checkpoints().find_before(digest(102))->take->print == first.print);
  CHECK(!open(scratch).checkpoints().find_before(digest(202)));
  CHECK(store.checkpoints().has_states(first.points[0].states));
  CHECK(!store.checkpoints().has_states(second.points[0].states));
  CHECK(!store.checkpoints().has_states(digest(9)));
}

TEST_CASE("A link in place of the checkpoints is neither written nor emptied") {
  const Scratch scratch;
  auto store = open(scratch);
  const std::string name = base::hex(digest(1));
  put_bytes(scratch.outside() / name, "another's");
  fs::create_directory_symlink(scratch.outside(), scratch.project() / ".firn/checkpoints");
  CHECK(store.keep_states(digest(2), bytes(10, 1)).error().kind == ErrorKind::malformed);
  store.checkpoints().trim(0);
  REQUIRE(store.clean({}));
  CHECK(fs::exists(scratch.outside() / name));
}
