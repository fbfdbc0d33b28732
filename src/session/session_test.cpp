#include "session/session.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "files/project_file.hpp"
#include "support/temporary_directory.hpp"

namespace firn::session {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using document::Project;

Session created(const fs::path& directory, HistoryLimits limits = {}) {
  auto session = Session::create(directory, document::make_project({48'000}), limits);
  REQUIRE(session);
  return std::move(*session);
}

Session opened(const fs::path& directory, HistoryLimits limits = {}) {
  auto session = Session::open(directory, limits);
  if (!session) FAIL(session.error().message);
  return std::move(*session);
}

std::vector<edit::Command> tail_of(double seconds) { return {edit::SetTailLimit{seconds}}; }

void do_and_save(Session& session, double seconds) {
  REQUIRE(session.dispatch(tail_of(seconds), "Tail " + std::to_string(static_cast<int>(seconds))));
  REQUIRE(session.save());
}

double tail(const Session& session) { return session.project().tail_limit_seconds; }

std::string content_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

void write(const fs::path& path, const std::string& content) { std::ofstream(path) << content; }

// Runs `body` in another process and gives its exit status.
template <class Body>
int in_another_process(Body&& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a new project is on disk at once, and there only once") {
  const tests::TemporaryDirectory directory;
  const fs::path place = directory.path() / "deep" / "song";
  {
    const Session session = created(place);
    CHECK(session.is_saved());
    CHECK(session.history().labels.empty());
  }
  CHECK(files::read_project(place) == document::make_project({48'000}));
  const auto again = Session::create(place, document::make_project({44'100}));
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::refused);
  CHECK(files::read_project(place)->rate.hertz == 48'000);
}

TEST_CASE("what holds no project is not touched") {
  const tests::TemporaryDirectory directory;
  for (const auto& place : {directory.path(), directory.path() / "missing"}) {
    const auto session = Session::open(place);
    REQUIRE_FALSE(session);
    CHECK(session.error().kind == ErrorKind::not_found);
    CHECK(session.error().message.find("holds no project") != std::string::npos);
  }
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("undo and redo in memory, with structure shared") {
  const tests::TemporaryDirectory directory;
  Session session = created(directory.path());
  REQUIRE(session.dispatch({edit::AddTrack{document::TrackKind::midi, "Bass", {}, {}},
                            edit::AddTrack{document::TrackKind::audio, "Voice", {}, {}}},
                           "Add two tracks"));
  CHECK(session.history().labels == std::vector<std::string>{"Add two tracks"});
  const auto bass = session.project().tracks[0];
  REQUIRE(session.dispatch({edit::SetVolume{session.project().tracks[1]->id, -6.0}}));
  CHECK(session.history().labels.size() == 2);
  CHECK(session.project().tracks[0].shares(bass));

  CHECK(session.undo() == session.history().labels[1]);
  CHECK(session.project().tracks[0].shares(bass));
  CHECK(session.project().tracks[1]->mixer.volume_db == 0.0);
  CHECK(session.undo() == "Add two tracks");
  CHECK(session.project() == document::make_project({48'000}));
  CHECK(session.undo().error().kind == ErrorKind::refused);
  CHECK(session.redo());
  CHECK(session.redo());
  CHECK(session.project().tracks[0].shares(bass));
  CHECK(session.project().tracks[1]->mixer.volume_db == -6.0);
  CHECK(session.redo().error().kind == ErrorKind::refused);
}

TEST_CASE("a dispatch is all or nothing, and no step if it changes nothing") {
  const tests::TemporaryDirectory directory;
  Session session = created(directory.path());
  CHECK_FALSE(session.dispatch({edit::SetTailLimit{30.0}, edit::SetTailLimit{-1.0}}, "x"));
  CHECK(tail(session) == 60.0);
  CHECK(session.dispatch(tail_of(60.0), "x"));
  CHECK(session.history().labels.empty());
  CHECK(session.is_saved());
}

TEST_CASE("undo and redo across runs give the same texts, byte for byte") {
  const tests::TemporaryDirectory directory;
  std::vector<std::string> texts;
  const auto text = [&] { return content_of(directory.path() / "project.json"); };
  {
    Session session = created(directory.path());
    texts.push_back(text());
    for (int i = 1; i <= 3; ++i) {
      do_and_save(session, i);
      texts.push_back(text());
    }
  }
  for (int i = 2; i >= 0; --i) {
    Session session = opened(directory.path());
    CHECK(session.history().at == static_cast<std::size_t>(i + 1));
    CHECK(session.undo() == "Tail " + std::to_string(i + 1));
    CHECK(session.save());
    CHECK(text() == texts[static_cast<std::size_t>(i)]);
  }
  {
    Session session = opened(directory.path());
    CHECK(session.undo().error().kind == ErrorKind::refused);
    for (int i = 1; i <= 3; ++i) CHECK(session.redo());
    CHECK(session.save());
    CHECK(text() == texts[3]);
    CHECK(session.undo());
    do_and_save(session, 9);
    CHECK(session.history().labels == std::vector<std::string>{"Tail 1", "Tail 2", "Tail 9"});
  }
  Session session = opened(directory.path());
  CHECK(session.history().labels == std::vector<std::string>{"Tail 1", "Tail 2", "Tail 9"});
  for (const double expected : {2.0, 1.0, 60.0}) {
    CHECK(session.undo());
    CHECK(tail(session) == expected);
  }
}

TEST_CASE("several steps, undone ones among them, are kept by one save") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    for (int i = 1; i <= 4; ++i) REQUIRE(session.dispatch(tail_of(i), "Tail"));
    REQUIRE(session.undo());
    CHECK_FALSE(session.is_saved());
    REQUIRE(session.save());
    CHECK(session.is_saved());
  }
  Session session = opened(directory.path());
  CHECK(tail(session) == 3.0);
  CHECK(session.history().at == 3);
  CHECK(session.redo());
  CHECK(tail(session) == 4.0);
}

TEST_CASE("an edit after an undo that was not saved keeps the disk's state in the history") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    do_and_save(session, 1);
    do_and_save(session, 2);
    REQUIRE(session.undo());
    REQUIRE(session.dispatch(tail_of(3), "Tail 3"));
  }
  Session session = opened(directory.path());
  CHECK(tail(session) == 1.0);
  CHECK_FALSE(session.history_fault());
}

TEST_CASE("history is bounded, oldest first") {
  const tests::TemporaryDirectory directory;
  const HistoryLimits limits{5, 64 << 20};
  {
    Session session = created(directory.path(), limits);
    for (int i = 1; i <= 8; ++i) do_and_save(session, i);
    for (int i = 9; i <= 20; ++i) REQUIRE(session.dispatch(tail_of(i), "Tail"));
    REQUIRE(session.save());
    CHECK(session.history().labels.size() == 5);
  }
  Session session = opened(directory.path(), limits);
  for (int i = 19; i >= 15; --i) {
    CHECK(session.undo());
    CHECK(tail(session) == i);
  }
  CHECK(session.undo().error().kind == ErrorKind::refused);
  CHECK(std::distance(fs::directory_iterator(directory.path() / ".firn/history"), fs::directory_iterator()) == 11);
}

TEST_CASE("history is bounded in bytes") {
  const tests::TemporaryDirectory directory;
  Session session = created(directory.path(), {500, 400});
  for (int i = 1; i <= 20; ++i) do_and_save(session, i);
  CHECK(session.history().labels.size() < 10);
  CHECK_FALSE(session.history().labels.empty());
}

TEST_CASE("a text changed by hand is opened, kept, and its undo refused until the next edit starts anew") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    do_and_save(session, 7);
  }
  const fs::path file = directory.path() / "project.json";
  const std::string ours = content_of(file);
  std::string theirs = ours;
  theirs.replace(theirs.find("\"tail-limit\": 7"), 15, "\"tail-limit\":  8");
  write(file, theirs);
  {
    Session session = opened(directory.path());
    CHECK(tail(session) == 8.0);
    REQUIRE(session.history_fault());
    CHECK(session.undo().error().kind == ErrorKind::changed);
    CHECK(session.redo().error().message.find("next edit starts a new history") != std::string::npos);
    CHECK(session.files_in_use(InUse::by_project));
    CHECK(session.files_in_use(InUse::by_project_or_history).error().kind == ErrorKind::changed);
  }
  SUBCASE("putting it back makes the history fit again") {
    write(file, ours);
    Session session = opened(directory.path());
    CHECK(session.undo());
    CHECK(tail(session) == 60.0);
  }
  SUBCASE("the next edit starts anew, and can be undone to the very text that was there") {
    {
      Session session = opened(directory.path());
      do_and_save(session, 9);
      CHECK(session.history().labels == std::vector<std::string>{"Tail 9"});
    }
    Session session = opened(directory.path());
    CHECK(session.undo());
    CHECK(session.save());
    CHECK(content_of(file) == theirs);
    CHECK(session.undo().error().kind == ErrorKind::refused);
  }
}

TEST_CASE("a text changed by another program while it is open is not saved over") {
  const tests::TemporaryDirectory directory;
  Session session = created(directory.path());
  const fs::path file = directory.path() / "project.json";
  const std::string theirs = content_of(file) + "\n";
  write(file, theirs);
  REQUIRE(session.dispatch(tail_of(5), "Tail"));
  CHECK(session.save().error().kind == ErrorKind::changed);
  CHECK(content_of(file) == theirs);
  CHECK(tail(session) == 5.0);
  fs::remove(file);
  CHECK(session.save());
  CHECK(files::read_project(directory.path())->tail_limit_seconds == 5.0);
}

TEST_CASE("a history that can't be read is kept: nothing is edited until it can") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    do_and_save(session, 1);
  }
  const fs::path index = directory.path() / ".firn/history/index.json";
  fs::rename(index, directory.path() / "away");
  fs::create_directory(index);
  {
    Session session = opened(directory.path());
    CHECK(tail(session) == 1.0);
    CHECK(session.dispatch(tail_of(5), "Tail").error().kind == ErrorKind::io);
    CHECK(session.files_in_use(InUse::by_project_or_history).error().kind == ErrorKind::io);
  }
  fs::remove(index);
  fs::rename(directory.path() / "away", index);
  Session session = opened(directory.path());
  CHECK(session.undo());
}

TEST_CASE("a damaged history costs the history, never the project") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    do_and_save(session, 1);
    do_and_save(session, 2);
  }
  const fs::path history = directory.path() / ".firn/history";
  SUBCASE("index") {
    for (const char* index : {"", "{}", "{\"firn-history\": 1, \"at\": 9, \"replaced\": \"\", \"steps\": []}", "[1",
                              "{\"firn-history\": 2}"}) {
      write(history / "index.json", index);
      Session session = opened(directory.path());
      CHECK(tail(session) == 2.0);
      REQUIRE(session.history_fault());
      CHECK(session.undo().error().kind == ErrorKind::malformed);
    }
    Session session = opened(directory.path());
    do_and_save(session, 3);
    CHECK(session.undo());
  }
  SUBCASE("delta") {
    write(history / "2.undo", "no delta");
    Session session = opened(directory.path());
    CHECK(session.undo().error().kind == ErrorKind::malformed);
    CHECK(tail(session) == 2.0);
    do_and_save(session, 3);
    CHECK(session.undo());
  }
  SUBCASE("delta of another step, which gives a project, but not the right one") {
    write(history / "2.undo", content_of(history / "1.undo"));
    Session session = opened(directory.path());
    CHECK(session.undo().error().kind == ErrorKind::malformed);
    CHECK(tail(session) == 2.0);
  }
  SUBCASE("delta that is gone") {
    fs::remove(history / "2.undo");
    Session session = opened(directory.path());
    CHECK(session.undo().error().kind == ErrorKind::malformed);
  }
}

TEST_CASE("opening removes what a dead process left") {
  const tests::TemporaryDirectory directory;
  { created(directory.path()); }
  const fs::path firn = directory.path() / ".firn";
  const std::vector<fs::path> left{firn / "project.json.new", firn / "history/index.json.new",
                                   firn / "history/77.undo"};
  for (const auto& path : left) write(path, "half");
  opened(directory.path());
  for (const auto& path : left) CHECK_FALSE(fs::exists(path));
}

TEST_CASE("what another person's project links to is neither removed nor written") {
  const tests::TemporaryDirectory directory;
  const tests::TemporaryDirectory outside;
  const fs::path precious = outside.path() / "precious";
  write(precious, "years of work");
  { created(directory.path()); }
  const fs::path firn = directory.path() / ".firn";

  fs::remove(firn / "lock");
  fs::create_symlink(precious, firn / "lock");
  CHECK(Session::open(directory.path()).error().message.find("is a link") != std::string::npos);
  fs::remove(firn / "lock");
  {
    Session session = opened(directory.path());
    fs::create_symlink(precious, firn / "history/1.undo");
    REQUIRE(session.dispatch(tail_of(1)));
    CHECK_FALSE(session.save());
  }
  fs::remove_all(firn / "history");
  fs::create_directory_symlink(outside.path(), firn / "history");
  CHECK_FALSE(Session::open(directory.path()));
  CHECK(content_of(precious) == "years of work");
}

TEST_CASE("one process at a time; a dead one's lock never blocks") {
  const tests::TemporaryDirectory directory;
  {
    const Session session = created(directory.path());
    CHECK(in_another_process([&] {
            const auto other = Session::open(directory.path());
            const std::string id = "process " + std::to_string(::getppid()) + ")";
            return !other && other.error().kind == ErrorKind::locked &&
                           other.error().message.find(id) != std::string::npos
                       ? 7
                       : 1;
          }) == 7);
    CHECK(files::read_project(directory.path()));
  }
  CHECK(in_another_process([&] {
          auto other = Session::open(directory.path());
          if (!other) return 1;
          ::kill(::getpid(), SIGKILL);
          return 2;
        }) == -1);
  opened(directory.path());
}

TEST_CASE("SPEC A8: files that only a step of the history needs are in use, across runs") {
  const tests::TemporaryDirectory directory;
  document::AudioClip body;
  body.audio = {"Samples/Imported/a.wav", {}, {100}, "Samples/Imported/a.mp3"};
  body.length = {100};
  using Files = std::set<std::string>;
  const Files both{"Samples/Imported/a.mp3", "Samples/Imported/a.wav"};
  {
    Session session = created(directory.path());
    REQUIRE(session.dispatch({edit::AddTrack{document::TrackKind::audio, "Voice", {}, {}}}, "Add"));
    const auto track = session.project().tracks[0]->id;
    const auto added = session.dispatch({edit::AddClip{track, {"", {}, {}, body}}}, "Clip");
    if (!added) FAIL(added.error().message);
    CHECK(*session.files_in_use(InUse::by_project) == both);
    REQUIRE(session.dispatch({edit::RemoveTrack{track}}, "Remove"));
    CHECK(session.files_in_use(InUse::by_project)->empty());
    CHECK(*session.files_in_use(InUse::by_project_or_history) == both);
    REQUIRE(session.save());
  }
  {
    Session session = opened(directory.path());
    CHECK(session.files_in_use(InUse::by_project)->empty());
    CHECK(*session.files_in_use(InUse::by_project_or_history) == both);
    REQUIRE(session.forget_history());
    CHECK(session.files_in_use(InUse::by_project_or_history)->empty());
  }
  Session session = opened(directory.path());
  CHECK(session.history().labels.empty());
  CHECK(session.undo().error().kind == ErrorKind::refused);
}

TEST_CASE("a directory that can't be written is read all the same") {
  const tests::TemporaryDirectory directory;
  { created(directory.path()); }
  ::chmod(directory.path().c_str(), 0755);
  ::chmod((directory.path() / "project.json").c_str(), 0444);
  ::chmod((directory.path() / ".firn/lock").c_str(), 0444);
  CHECK(in_another_process([&] {
          // Root may write anywhere: become someone who may not.
          if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
          if (!files::read_project(directory.path())) return 2;
          const auto session = Session::open(directory.path());
          return !session && session.error().kind == ErrorKind::io ? 7 : 3;
        }) == 7);
}

TEST_CASE("an edit that can't be saved leaves the history as it was") {
  const tests::TemporaryDirectory directory;
  {
    Session session = created(directory.path());
    do_and_save(session, 1);
    do_and_save(session, 2);
    REQUIRE(session.undo());
    REQUIRE(session.save());
  }
  const std::string before = content_of(directory.path() / ".firn/history/index.json");
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) ::chmod(entry.path().c_str(), 0777);
  ::chmod(directory.path().c_str(), 0555);
  CHECK(in_another_process([&] {
          if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
          auto session = Session::open(directory.path());
          if (!session || !session->dispatch(tail_of(5), "Tail")) return 2;
          const auto saved = session->save();
          return !saved && saved.error().kind == ErrorKind::io ? 7 : 3;
        }) == 7);
  ::chmod(directory.path().c_str(), 0755);
  CHECK(content_of(directory.path() / ".firn/history/index.json") == before);
  CHECK_FALSE(fs::exists(directory.path() / ".firn/project.json.new"));
  Session session = opened(directory.path());
  CHECK(session.redo());
  CHECK(tail(session) == 2.0);
}

}  // namespace firn::session
