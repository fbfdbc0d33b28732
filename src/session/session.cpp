#include "session/session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "document/check.hpp"
#include "files/project_file.hpp"

namespace firn::session {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using document::Project;

struct Paths {
  explicit Paths(const fs::path& directory)
      : project(directory / files::project_file_name),
        lock(directory / ".firn" / "lock"),
        history(directory / ".firn" / "history"),
        new_project(directory / ".firn" / "project.json.new") {}

  fs::path project;
  fs::path lock;
  fs::path history;
  fs::path new_project;  // its text while it is being written
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

base::Error changed_by_hand(const fs::path& project) {
  return {
      ErrorKind::changed,
      fmt::format(
          "{} was changed outside Firn since Firn saved it, so its undo history does not fit any more. To undo, first "
          "put the text back as Firn saved it; or go on: the next edit starts a new history.",
          project.string())};
}

base::Digest digest_at(const HistoryIndex& index, std::size_t moment) {
  return moment == 0 ? index.steps.front().before : index.steps[moment - 1].after;
}

// Where in the history the text is: where the index says, or else as near to it as possible.
std::optional<std::size_t> moment_of(const HistoryIndex& index, const base::Digest& text) {
  std::optional<std::size_t> nearest;
  const auto distance = [&](std::size_t moment) { return std::max(moment, index.at) - std::min(moment, index.at); };
  for (std::size_t moment = 0; moment <= index.steps.size(); ++moment) {
    if (digest_at(index, moment) != text) continue;
    if (!nearest || distance(moment) < distance(*nearest)) nearest = moment;
  }
  return nearest;
}

std::set<std::string> files_of_one_only(const Project& a, const Project& b) {
  const auto left = files::files_of(a);
  const auto right = files::files_of(b);
  std::set<std::string> files;
  std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                std::inserter(files, files.end()));
  return files;
}

}  // namespace

Session::Session(fs::path directory, HistoryLimits limits, Lock lock, store::Store store)
    : directory_(std::move(directory)),
      limits_(limits),
      lock_(std::move(lock)),
      store_(std::move(store)),
      history_(Paths(directory_).history) {}

Result<Session> Session::open(const fs::path& directory, HistoryLimits limits) {
  const Paths paths(directory);
  // Says that there is no project before anything is made there.
  if (!is_there(paths.project)) return tl::unexpected(files::read_project(directory).error());
  if (auto made = store::own_folder(directory, "history"); !made) return tl::unexpected(made.error());
  auto lock = Lock::acquire(paths.lock);
  if (!lock) return tl::unexpected(lock.error());
  std::error_code ignored;
  fs::remove(paths.new_project, ignored);
  auto file = files::read_project_file(directory);
  if (!file) return tl::unexpected(file.error());
  auto store = store::Store::open(directory);
  if (!store) return tl::unexpected(store.error());

  Session session(directory, limits, std::move(*lock), std::move(*store));
  session.saved_ = 0;
  session.saved_text_ = digest_of_text(file->text);
  session.moments_.push_back({std::move(file->project), std::move(file->text)});
  if (auto index = session.history_.read()) {
    session.place_in_history(std::move(*index));
  } else {
    session.fault_ = index.error();
  }
  return session;
}

Result<Session> Session::create(const fs::path& directory, Project project, HistoryLimits limits) {
  const Paths paths(directory);
  if (is_there(paths.project)) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} holds a project already. Choose another directory.", directory.string()));
  }
  if (auto made = store::own_folder(directory, "history"); !made) return tl::unexpected(made.error());
  auto lock = Lock::acquire(paths.lock);
  if (!lock) return tl::unexpected(lock.error());
  auto store = store::Store::open(directory);
  if (!store) return tl::unexpected(store.error());
  Session session(directory, limits, std::move(*lock), std::move(*store));
  session.moments_.push_back({std::move(project), std::nullopt});
  if (auto saved = session.save(); !saved) return tl::unexpected(saved.error());
  return session;
}

// Expects the project of the directory as the only moment.
void Session::place_in_history(HistoryIndex index) {
  history_.tidy(index);
  for (const Step& step : index.steps) next_number_ = std::max(next_number_, step.number + 1);
  if (index.steps.empty()) return;
  const auto moment = moment_of(index, saved_text_);
  if (!moment) {
    // A save that was cut short after it had dropped the step that the project's text belongs to is no one's change by hand.
    if (index.replaced != saved_text_) fault_ = changed_by_hand(Paths(directory_).project);
    return;
  }
  at_ = *moment;
  saved_ = at_;
  steps_ = std::move(index.steps);
  Moment here = std::move(moments_.front());
  moments_ = std::vector<Moment>(steps_.size() + 1);
  moments_[at_] = std::move(here);
}

// Makes the current moment the first and only one.
void Session::start_history() {
  Moment here = std::move(moments_[at_]);
  moments_.clear();
  moments_.push_back(std::move(here));
  steps_.clear();
  saved_ = saved_ == at_ ? std::optional<std::size_t>(0) : std::nullopt;
  at_ = 0;
  fault_.reset();
}

Result<void> Session::dispatch(const std::vector<edit::Command>& commands, std::string label) {
  auto after = edit::apply(project(), commands);
  if (!after) return tl::unexpected(after.error());
  if (*after == project()) return {};
  // What is on disk is about to be dropped from the history: first put the undone state there.
  if (saved_ && *saved_ > at_) {
    if (auto saved = save(); !saved) return saved;
  }
  if (fault_ && fault_->kind == ErrorKind::io) return tl::unexpected(*fault_);
  if (fault_) start_history();
  if (label.empty()) label = edit::describe(project(), commands);
  steps_.resize(at_);
  moments_.resize(at_ + 1);
  steps_.emplace_back();
  steps_.back().label = document::is_utf8(label) ? std::move(label) : "Edit";
  moments_.push_back({std::move(*after), std::nullopt});
  ++at_;
  return {};
}

Result<std::string> Session::undo() { return move(Direction::undo); }
Result<std::string> Session::redo() { return move(Direction::redo); }

Result<std::string> Session::move(Direction direction) {
  const bool back = direction == Direction::undo;
  if (fault_) return tl::unexpected(*fault_);
  if (at_ == (back ? 0 : steps_.size())) {
    return base::fail(ErrorKind::refused, back ? "There is nothing to undo." : "There is nothing to redo.");
  }
  const std::size_t to = back ? at_ - 1 : at_ + 1;
  const Step& step = steps_[std::min(at_, to)];
  Moment& moment = moments_[to];
  if (!moment.project) {
    auto text = history_.apply(step, direction, text_at(at_));
    if (!text) return text;
    auto project = files::parse_project(*text);
    if (!project) return tl::unexpected(project.error());
    moment = {std::move(*project), std::move(*text)};
  }
  at_ = to;
  return step.label;
}

HistoryList Session::history() const {
  HistoryList list;
  for (const Step& step : steps_) list.labels.push_back(step.label);
  list.at = at_;
  return list;
}

bool Session::is_saved() const {
  const auto on_disk = [](const Step& step) { return step.number != 0; };
  return saved_ == at_ && std::all_of(steps_.begin(), steps_.end(), on_disk);
}

// What takes room on the disk comes first, so that a full one changes nothing. The order makes every moment safe: deltas and the new
// text, which nothing names; an index that names the deltas, in which the text on disk is either one of the moments or `replaced`; then
// the new text in the old one's place.
Result<void> Session::save() {
  if (is_saved()) return {};
  if (auto kept = document::check(project()); !kept) {
    return base::fail(kept.error().kind,
                      fmt::format("The project is not saved, because it could not be opened again: {}. Undo "
                                  "the last edit.",
                                  kept.error().message));
  }
  if (auto unchanged = ensure_unchanged_on_disk(); !unchanged) return unchanged;
  if (auto made = store::own_folder(directory_, "history"); !made) return tl::unexpected(made.error());
  if (auto stored = store_steps(); !stored) return stored;
  drop_what_exceeds_limits();
  const HistoryIndex index{steps_, at_, saved_text_};
  if (auto written = write_project_and(index); !written) return written;
  saved_ = at_;
  history_.tidy(index);
  return {};
}

Result<std::set<std::string>> Session::files_in_use(InUse in_use) const {
  auto files = files::files_of(project());
  if (in_use == InUse::by_project) return files;
  if (fault_) {
    return base::fail(
        fault_->kind,
        fmt::format("{} Until then nobody knows which files it needs, so none is removed. To remove them all "
                    "the same, forget the history (`firn clean --history`).",
                    fault_->message));
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool on_disk = steps_[i].number != 0;
    files.merge(on_disk ? std::set(steps_[i].files)
                        : files_of_one_only(*moments_[i].project, *moments_[i + 1].project));
  }
  return files;
}

Result<void> Session::forget_history() {
  if (auto saved = save(); !saved) return saved;
  start_history();
  return history_.forget();
}

std::string Session::text_at(std::size_t moment) const {
  return moments_[moment].text ? *moments_[moment].text : files::text_of(*moments_[moment].project);
}

Result<void> Session::ensure_unchanged_on_disk() const {
  const fs::path path = Paths(directory_).project;
  const auto text = base::read_whole(path, files::longest_project_text);
  if (!text && text.error().kind == ErrorKind::not_found) return {};
  if (!text) return tl::unexpected(text.error());
  if (digest_of_text(*text) == saved_text_) return {};
  return base::fail(
      ErrorKind::changed,
      fmt::format("{} was changed by another program while Firn had it open, so Firn does not save over it. Open the "
                  "project again to go on from that change, or move the file away to keep this one.",
                  path.string()));
}

// Puts on disk what the steps of this run need to be undone and redone by another.
Result<void> Session::store_steps() {
  std::string before;
  bool has_before = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (step.number != 0) {
      has_before = false;
      continue;
    }
    if (!has_before) before = text_at(i);
    std::string after = text_at(i + 1);
    step.before = digest_of_text(before);
    step.after = digest_of_text(after);
    step.files = files_of_one_only(*moments_[i].project, *moments_[i + 1].project);
    if (auto written = history_.write_deltas(step, next_number_, before, after); !written) return written;
    ++next_number_;
    before = std::move(after);
    has_before = true;
  }
  return {};
}

// The oldest go first; when everything is undone, the last to be redone.
void Session::drop_what_exceeds_limits() {
  std::int64_t bytes = std::accumulate(steps_.begin(), steps_.end(), std::int64_t{0},
                                       [](std::int64_t sum, const Step& step) { return sum + step.bytes; });
  while (steps_.size() > limits_.steps || bytes > limits_.bytes) {
    const bool oldest = at_ > 0;
    bytes -= oldest ? steps_.front().bytes : steps_.back().bytes;
    steps_.erase(oldest ? steps_.begin() : steps_.end() - 1);
    moments_.erase(oldest ? moments_.begin() : moments_.end() - 1);
    if (oldest) --at_;
    if (saved_ && oldest) saved_ = *saved_ > 0 ? std::optional(*saved_ - 1) : std::nullopt;
    if (saved_ && *saved_ > steps_.size()) saved_.reset();
  }
}

Result<void> Session::write_project_and(const HistoryIndex& index) {
  const std::string text = text_at(at_);
  const base::Digest digest = digest_of_text(text);
  if (digest == saved_text_) return history_.write(index);
  const Paths paths(directory_);
  if (::faccessat(AT_FDCWD, directory_.c_str(), W_OK, AT_EACCESS) != 0)
    return tl::unexpected(base::io_error("write", paths.project, errno));
  auto written = base::write_whole(paths.new_project, text, paths.project)
                     .and_then([&] { return history_.write(index); })
                     .and_then([&] { return base::put_in_place(paths.new_project, paths.project); });
  if (!written) {
    std::error_code ignored;
    fs::remove(paths.new_project, ignored);
    return written;
  }
  saved_text_ = digest;
  return {};
}

}  // namespace firn::session
