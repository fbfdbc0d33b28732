// kill -9 at random moments while a process edits, undoes, redoes and saves. FIRN_KILLS says how often (40).
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <random>

#include "files/project_file.hpp"
#include "session/session.hpp"
#include "support/random_project.hpp"
#include "support/temporary_directory.hpp"

namespace firn::session {
namespace {

constexpr HistoryLimits small_limits{6, 1 << 20};

// The state of the project is told by one number in it.
double state_of(const document::Project& project) { return project.tail_limit_seconds; }

// What the child is about to turn the text on disk from and into.
struct Announcement {
  double from = 0.0;
  double to = 0.0;
};

// Edits and saves until it is killed; announces each save before it begins.
[[noreturn]] void edit_for_ever(const std::filesystem::path& directory, int pipe, unsigned seed) {
  std::mt19937 random(seed);
  auto session = Session::open(directory, small_limits);
  if (!session) ::_exit(1);
  double saved = state_of(session->project());
  while (true) {
    const auto choice = random() % 6;
    if (choice == 0) {
      (void)session->undo();
    } else if (choice == 1) {
      (void)session->redo();
    } else {
      const double next = 1.0 + static_cast<double>(random() % 500'000) / 1000.0;
      if (!session->is_saved() && !session->save()) ::_exit(2);
      if (!session->dispatch({edit::SetTailLimit{next}}, "Tail")) ::_exit(3);
    }
    const Announcement step{saved, state_of(session->project())};
    if (::write(pipe, &step, sizeof step) != sizeof step) ::_exit(4);
    if (!session->save()) ::_exit(5);
    saved = step.to;
  }
}

// Lets the child work for a while, kills it, and gives its last announcement, if it came to make one.
std::optional<Announcement> kill_one(const std::filesystem::path& directory, unsigned seed) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    edit_for_ever(directory, ends[1], seed);
  }
  ::close(ends[1]);
  ::usleep(seed % 60'000);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  std::optional<Announcement> last;
  Announcement each;
  while (::read(ends[0], &each, sizeof each) == sizeof each) last = each;
  ::close(ends[0]);
  return last;
}

}  // namespace

TEST_CASE("kill -9 at any moment leaves a project that opens whole, before or after the step, with its history") {
  const char* count = std::getenv("FIRN_KILLS");
  const int kills = count ? std::atoi(count) : 40;
  const tests::TemporaryDirectory directory;
  const document::Project project = tests::random_project(1, 12);
  { REQUIRE(Session::create(directory.path(), project, small_limits)); }

  std::mt19937 random(static_cast<unsigned>(::getpid()));
  double known = state_of(project);
  for (int i = 0; i < kills; ++i) {
    const auto last = kill_one(directory.path(), static_cast<unsigned>(random()));
    auto session = Session::open(directory.path(), small_limits);
    if (!session) FAIL(session.error().message);
    const double now = state_of(session->project());
    if (last) {
      CHECK((now == last->from || now == last->to));
    } else {
      CHECK(now == known);
    }
    known = now;
    document::Project expected = project;
    expected.tail_limit_seconds = now;
    CHECK(session->project() == expected);

    // The whole history can be walked, both ways.
    CHECK_FALSE(session->history_fault());
    const HistoryList list = session->history();
    for (std::size_t k = 0; k < list.at; ++k) CHECK(session->undo());
    for (std::size_t k = 0; k < list.labels.size(); ++k) CHECK(session->redo());
    CHECK(session->redo().error().kind == base::ErrorKind::refused);
    CHECK(std::filesystem::exists(directory.path() / ".firn/project.json.new") == false);
  }
}

}  // namespace firn::session
