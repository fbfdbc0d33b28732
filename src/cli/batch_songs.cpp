#include "cli/batch_songs.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/must.hpp"
#include "cli/program.hpp"
#include "cli/verb.hpp"
#include "files/project_file.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using base::ErrorKind;

namespace {

constexpr std::int64_t longest_list = 64 * 1024 * 1024;

bool is_midi_name(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".mid" || ending == ".midi";
}

// No name is taken for an option.
fs::path as_word(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  const fs::path named = normal.has_filename() ? normal : normal.parent_path();
  return named.native().starts_with('-') ? fs::path("./" + named.native()) : named;
}

// Each project once, in the order of its first mention.
class Songs {
 public:
  void add(BatchSong song) {
    song.midi = song.midi.empty() ? song.midi : as_word(song.midi);
    song.directory = as_word(song.directory);
    std::error_code error;
    const std::string key = fs::weakly_canonical(song.directory, error).string();
    const auto [known, is_new] = at_.try_emplace(key, songs_.size());
    if (is_new) {
      songs_.push_back(std::move(song));
      return;
    }
    BatchSong& first = songs_[known->second];
    if (song.midi.empty() || song.midi == first.midi) return;
    if (!first.midi.empty()) {
      refuse(ErrorKind::usage, fmt::format("{} and {} would both become the project {}. Rename one of them.",
                                           first.name, song.name, song.directory.string()));
    }
    first = std::move(song);
  }

  std::vector<BatchSong> all() { return std::move(songs_); }

 private:
  std::vector<BatchSong> songs_;
  std::map<std::string, std::size_t> at_;  // by the project's canonical path
};

void add_folder(Songs& songs, const fs::path& top, const fs::path& folder, const fs::path& output) {
  if (is_project(folder)) {
    songs.add({folder.string(), {}, folder});
    return;
  }
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    entries.push_back(*entry);
  }
  if (error) throw Failure{base::io_error("read", folder, error.value())};
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    const fs::path& path = entry.path();
    if (path.filename().native().front() == '.') continue;
    if (entry.is_directory(error) && !entry.is_symlink(error)) {
      add_folder(songs, top, path, output);
    } else if (is_midi_name(path) && entry.is_regular_file(error)) {
      const fs::path project = output.empty() ? path : output / path.lexically_relative(top);
      songs.add({path.string(), path, fs::path(project).replace_extension()});
    }
  }
}

std::string text_of_list(const std::string& list) {
  if (list == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  return must(base::read_whole(list, longest_list));
}

void add_listed(Songs& songs, const std::string& list, const fs::path& output) {
  std::string text = text_of_list(list);
  if (text.find('\0') != text.npos) {
    refuse(ErrorKind::malformed,
           fmt::format("{} is not a list: a text with a project's directory or a MIDI file on each line.", list));
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    line.erase(0, std::min(line.find_first_not_of(" \t\r"), line.size()));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line.front() == '#') continue;
    std::error_code error;
    const fs::path path = line;
    if (fs::is_directory(path, error)) {
      songs.add({line, {}, path});
    } else {
      songs.add({line, path, output.empty() ? fs::path(path).replace_extension() : output / path.stem()});
    }
  }
}

// Words as a shell cuts them: quotes keep spaces, and a backslash the next character.
std::vector<std::string> cut(const std::string& text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) refuse(ErrorKind::usage, fmt::format("--each {}: a quote is not closed.", text));
  return words;
}

std::string filled(std::string word, const BatchSong& song) {
  const auto fill = [&](const std::string& mark, const std::string& value) {
    for (auto at = word.find(mark); at != word.npos; at = word.find(mark, at + value.size()))
      word.replace(at, mark.size(), value);
  };
  fill("{name}", song.directory.filename().string());
  fill("{dir}", song.directory.string());
  return word;
}

}  // namespace

std::vector<BatchSong> songs_of(const std::string& list, const fs::path& output) {
  Songs songs;
  std::error_code error;
  if (list != "-" && fs::is_directory(list, error)) {
    const fs::path folder = fs::path(list).lexically_normal();
    add_folder(songs, folder, folder, output);
  } else {
    add_listed(songs, list, output);
  }
  return songs.all();
}

BatchCommand::BatchCommand(std::string text) : text_(std::move(text)) {
  std::vector<std::string> words = cut(text_);
  if (words.empty()) refuse(ErrorKind::usage, "--each is empty: give it a command, such as 'freeze --all'.");
  const Verb* verb = find_verb(words[0]);
  std::ptrdiff_t length = 1;
  if (verb == nullptr && words.size() > 1) {
    verb = find_verb(words[0] + " " + words[1]);
    length = 2;
  }
  if (verb == nullptr || !verb->usage.starts_with("[DIR]")) {
    refuse(ErrorKind::usage, fmt::format("--each {}: there is no such command for a project. `firn help` lists what "
                                         "there is.",
                                         text_));
  }
  verb_.assign(words.begin(), words.begin() + length);
  rest_.assign(words.begin() + length, words.end());
  check_options(*verb, rest_);

  CLI::App app;
  app.set_help_flag();
  const auto run = verb->declare(app);
  const auto says_threads = [](const std::string& word) { return word.starts_with("--threads"); };
  takes_threads_ =
      app.get_option_no_throw("--threads") != nullptr && std::none_of(rest_.begin(), rest_.end(), says_threads);
}

std::vector<std::string> BatchCommand::words(const BatchSong& song, int threads) const {
  std::vector<std::string> words = verb_;
  words.push_back(song.directory.string());
  if (takes_threads_) words.push_back(fmt::format("--threads={}", threads));
  for (const std::string& word : rest_) words.push_back(filled(word, song));
  return words;
}

}  // namespace firn::cli
