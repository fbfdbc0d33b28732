#include "cli/batch_journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "cli/must.hpp"
#include "files/project_file.hpp"
#include "store/journal.hpp"

namespace firn::cli {

namespace fs = std::filesystem;

namespace {

nlohmann::json json_of(const std::optional<store::FileStamp>& stamp) {
  if (!stamp) return nullptr;
  return {{"bytes", stamp->bytes}, {"changed", stamp->changed}, {"inode", stamp->inode}};
}

std::optional<store::FileStamp> stamp_at(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_object()) return std::nullopt;
  const auto bytes = store::number_at(*found, "bytes");
  const auto changed = store::number_at(*found, "changed");
  const auto inode = store::number_at(*found, "inode");
  return bytes && changed && inode ? std::optional(store::FileStamp{*bytes, *changed, *inode}) : std::nullopt;
}

std::vector<std::string> texts_of(const nlohmann::json& list) {
  std::vector<std::string> texts;
  for (const nlohmann::json& text : list) texts.push_back(text.is_string() ? text : "");
  return texts;
}

// That opened the project for editing; 0 if nobody knows.
std::int64_t last_process(const fs::path& project) {
  const auto text = base::read_whole(project / ".firn/lock", 100);
  std::int64_t process = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), process);
  return process;
}

}  // namespace

std::optional<store::FileStamp> stamp_now(const fs::path& path) {
  const auto file = base::open_to_read(path);
  if (!file) return std::nullopt;
  const auto stamp = store::stamp_of(*file, path, store::Changed::content);
  return stamp ? std::optional(*stamp) : std::nullopt;
}

BatchJournal::BatchJournal(const fs::path& path) : path_(path) {
  if (path.empty()) return;
  lock_ = base::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!lock_) throw Failure{base::io_error("write", path, errno)};
  if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw Failure{base::io_error("lock", path, errno)};
    refuse(base::ErrorKind::locked,
           fmt::format("Another batch is at work on these songs: it has {} open. Wait until it is done, or stop it.",
                       path.string()));
  }
  for (const nlohmann::json& line : store::read_journal(path)) {
    const auto song = store::text_at(line, "song");
    const auto done = store::number_at(line, "done");
    const auto commands = line.find("commands");
    if (!song || !done || *done < 0 || commands == line.end() || !commands->is_array()) continue;
    BatchNote note{.midi = stamp_at(line, "midi"),
                   .made_with = texts_of(line.value("made_with", nlohmann::json::array())),
                   .project = stamp_at(line, "project"),
                   .commands = texts_of(*commands),
                   .message = {}};
    note.done = std::min(static_cast<std::size_t>(*done), note.commands.size());
    note.process = store::number_at(line, "process").value_or(0);
    notes_[*song] = std::move(note);
  }
}

std::string BatchJournal::key_of(const BatchSong& song) {
  std::error_code error;
  return fs::weakly_canonical(song.directory, error).string();
}

std::size_t BatchJournal::done(const BatchSong& song, const std::vector<std::string>& commands) const {
  const auto found = notes_.find(key_of(song));
  if (found == notes_.end()) return 0;
  const BatchNote& note = found->second;
  if (!note.project || (!song.midi.empty() && note.midi != stamp_now(song.midi))) return 0;
  std::size_t done = note.done;
  if (note.project != stamp_now(song.directory / files::project_file_name)) {
    if (done == note.commands.size() || note.process == 0 || note.process != last_process(song.directory)) return 0;
    ++done;
  }
  const bool is_start =
      done <= commands.size() &&
      std::equal(note.commands.begin(), note.commands.begin() + static_cast<std::ptrdiff_t>(done), commands.begin());
  return is_start ? done : 0;
}

bool BatchJournal::is_outdated(const BatchSong& song) const {
  const auto found = notes_.find(key_of(song));
  return found != notes_.end() && found->second.midi && !song.midi.empty() &&
         found->second.midi != stamp_now(song.midi);
}

std::vector<std::string> BatchJournal::made_with(const BatchSong& song) const {
  const auto found = notes_.find(key_of(song));
  return found == notes_.end() ? std::vector<std::string>() : found->second.made_with;
}

bool BatchJournal::is_made_with(const BatchSong& song, const std::vector<std::string>& options) const {
  const auto known = made_with(song);
  for (auto option = options.begin(); option != options.end(); option += 2) {
    if (std::search(known.begin(), known.end(), option, option + 2) == known.end()) return false;
  }
  return true;
}

void BatchJournal::add(const BatchSong& song, BatchNote note) {
  const std::string key = key_of(song);
  if (!path_.empty()) {
    must(store::add_to_journal(path_, {{"song", key},
                                       {"midi", json_of(note.midi)},
                                       {"made_with", note.made_with},
                                       {"project", json_of(note.project)},
                                       {"commands", note.commands},
                                       {"done", note.done},
                                       {"process", note.process},
                                       {"exit", note.exit},
                                       {"message", note.message}}));
  }
  notes_[key] = std::move(note);
}

}  // namespace firn::cli
