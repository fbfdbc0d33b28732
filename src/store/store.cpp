#include "store/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include "store/file_name.hpp"
#include "store/state.hpp"
#include "store/take_file.hpp"

namespace firn::store {

namespace fs = std::filesystem;
using base::ErrorKind;

namespace {

base::Error io_error(std::string_view doing, const fs::path& path, const std::error_code& code) {
  return base::io_error(doing, path, code.value());
}

// Makes the folder and those it lies in, each durable.
base::Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  if (auto made = make_folder(folder.parent_path()); !made) return made;
  if (!fs::create_directory(folder, error) && error) return tl::unexpected(io_error("make", folder, error));
  return base::sync_directory(folder.parent_path());
}

// Marks this process as at work in .firn/tmp, and clears that if no other is.
base::Result<base::Descriptor> lock_temporaries(const fs::path& firn) {
  const fs::path path = firn / "tmp.lock";
  base::Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!lock) return tl::unexpected(base::io_error("write", path, errno));
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(firn / "tmp", error)) fs::remove_all(entry.path(), error);
  }
  while (::flock(lock.number(), LOCK_SH) != 0 && errno == EINTR) continue;
  return lock;
}

bool holds_audio(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  constexpr std::array<std::string_view, 15> known = {".wav",  ".rf64", ".w64", ".aif",  ".aiff",
                                                      ".aifc", ".au",   ".caf", ".flac", ".ogg",
                                                      ".oga",  ".opus", ".mp3", ".sf2",  ".sf3"};
  return std::find(known.begin(), known.end(), extension) != known.end();
}

}  // namespace

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

fs::path folder_path(Folder folder) {
  switch (folder) {
    case Folder::freeze: return "Samples/Processed/Freeze";
    case Folder::bounce: return "Samples/Processed/Bounce";
    case Folder::recorded: return "Samples/Recorded";
    case Folder::imported: return "Samples/Imported";
  }
  return {};
}

bool are_equal(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (fs::file_size(one, error) != fs::file_size(other, error) || error) return false;
  const auto first = base::open_to_read(one);
  const auto second = base::open_to_read(other);
  if (!first || !second) return false;
  std::vector<std::byte> beside;
  return read_through(*first, one,
                      [&](std::span<const std::byte> part) -> base::Result<void> {
                        beside.resize(part.size());
                        std::size_t got = 0;
                        while (got < part.size()) {
                          const ssize_t more = ::read(second->number(), beside.data() + got, part.size() - got);
                          if (more <= 0) break;
                          got += static_cast<std::size_t>(more);
                        }
                        const bool same = got == part.size() && std::equal(part.begin(), part.end(), beside.begin());
                        return same ? base::Result<void>() : base::fail(ErrorKind::different, "");
                      })
      .has_value();
}

base::Result<TemporaryFile> Store::State::temporary(std::string_view extension) const {
  const fs::path folder = directory / ".firn/tmp";
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  std::random_device random;
  while (true) {
    const fs::path path = folder / fmt::format("{:08x}{:08x}{}", random(), random(), extension);
    const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file) return TemporaryFile(path);
    if (errno != EEXIST) return tl::unexpected(base::io_error("write", path, errno));
  }
}

base::Result<fs::path> inside(const fs::path& directory, const std::string& path) {
  const fs::path relative(path);
  const bool leads_out = std::find(relative.begin(), relative.end(), "..") != relative.end();
  if (path.empty() || relative.is_absolute() || leads_out || path.find('\0') != std::string::npos) {
    return base::fail(
        ErrorKind::malformed,
        fmt::format("The project names a file outside its folder: \"{}\". Put the file into the folder.", path));
  }
  return directory / relative;
}

base::Result<std::string> Store::State::settle(TemporaryFile file, Folder folder, std::string_view name, Naming naming,
                                               const base::Digest& digest, std::string_view extension) const {
  if (auto made = make_folder(directory / folder_path(folder)); !made) return tl::unexpected(made.error());
  const std::string digits = base::hex(digest);
  for (const std::size_t count : {0u, 8u, 16u, 32u, 64u}) {
    if (count == 0 && naming == Naming::with_digits) continue;
    const std::string ending = count == 0 ? "" : "-" + digits.substr(0, count);
    const fs::path path = folder_path(folder) / fmt::format("{}{}{}", name, ending, extension);
    const fs::path target = directory / path;
    std::error_code error;
    if (fs::exists(fs::symlink_status(target, error))) continue;
    fs::rename(file.path(), target, error);
    if (error && !fs::exists(file.path())) {
      return base::fail(
          ErrorKind::io,
          fmt::format("Can't write {}: what had been written of it was removed from {}. Leave that folder "
                      "alone while Firn is at work, and try again.",
                      target.string(), file.path().parent_path().string()));
    }
    if (error) return tl::unexpected(io_error("write", target, error));
    if (auto synced = base::sync_directory(target.parent_path()); !synced) return tl::unexpected(synced.error());
    return path.generic_string();
  }
  return base::fail(ErrorKind::io, fmt::format("Can't write {} in {}: all its names are taken by other files.", name,
                                               (directory / folder_path(folder)).string()));
}

base::Result<fs::path> own_folder(const fs::path& directory, std::string_view name) {
  const fs::path firn = fs::absolute(directory) / ".firn";
  for (const fs::path& folder : {firn, firn / name}) {
    std::error_code error;
    if (!fs::is_symlink(folder, error)) continue;
    return base::fail(ErrorKind::malformed,
                      fmt::format("{} is a link. Firn removes files there, so it must be a folder "
                                  "of the project's own: remove the link.",
                                  folder.string()));
  }
  return make_folder(firn / name).map([&] { return firn / name; });
}

base::Result<Store> Store::open(fs::path directory) {
  std::error_code error;
  directory = fs::canonical(directory, error);
  if (error) return tl::unexpected(io_error("open", directory, error));
  if (!fs::is_directory(directory, error)) return tl::unexpected(base::io_error("open", directory, ENOTDIR));
  const fs::path firn = directory / ".firn";
  if (auto made = own_folder(directory, "tmp"); !made) return tl::unexpected(made.error());
  auto lock = lock_temporaries(firn);
  if (!lock) return tl::unexpected(lock.error());
  return Store(std::unique_ptr<State>(new State{directory, std::move(*lock), Prints(firn / "prints.jsonl"),
                                                Digests(firn / "digests.jsonl", directory)}));
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

const fs::path& Store::directory() const { return state_->directory; }

std::int64_t Store::free_bytes() const {
  std::error_code error;
  const auto space = fs::space(state_->directory, error);
  return error ? 0 : static_cast<std::int64_t>(space.available);
}

std::optional<KnownPrint> Store::find(const base::RecipeKey& recipe) const {
  const auto known = state_->prints.find(recipe);
  return known && is_whole(known->audio) ? known : std::nullopt;
}

bool Store::is_whole(const audio::AudioRef& audio) const {
  const auto path = path_of(audio);
  if (!path) return false;
  const auto reader = audio::SoundReader::open(*path);
  return reader && reader->info().frames == audio.frames;
}

Checkpoints& Store::checkpoints() {
  if (!state_->checkpoints) state_->checkpoints.emplace(state_->directory / ".firn");
  return *state_->checkpoints;
}

base::Result<void> Store::keep_states(const base::Digest& name, std::span<const std::byte> bytes) {
  if (auto made = own_folder(state_->directory, "checkpoints"); !made) return tl::unexpected(made.error());
  const auto file = state_->temporary("");
  if (!file) return tl::unexpected(file.error());
  return checkpoints().keep_states(name, bytes, file->path());
}

base::Result<void> Store::remember(const base::RecipeKey& recipe, const KnownPrint& print) {
  return state_->prints.remember(recipe, print);
}

std::string Store::index(const Keep& keep) const { return state_->prints.text(keep); }

base::Result<void> Store::retain(const Keep& keep) { return state_->prints.retain(keep, state_->temporary_index()); }

base::Result<fs::path> Store::path_of(const audio::AudioRef& audio) const {
  auto path = inside(state_->directory, audio.path);
  if (!path) return path;
  std::error_code error;
  if (fs::is_regular_file(*path, error)) return path;
  if (error == std::errc::permission_denied) return tl::unexpected(io_error("read", *path, error));
  return base::fail(
      ErrorKind::not_found,
      fmt::format(
          "The audio file {} is missing. Put it back; if it is a print, freeze its track again; if it was bounced, "
          "`firn bounce --update` prints it again.",
          path->string()));
}

base::Result<Store::Cleaned> Store::clean(const std::set<std::string>& keep) {
  std::set<std::string> kept;
  std::set<fs::path>
      missed;  // extensions of files that a person may have renamed: path_of finds those by their content
  for (const auto& name : keep) {
    const fs::path path = fs::path(name).lexically_normal();
    kept.insert(path.generic_string());
    std::error_code ignored;
    const bool may_be_renamed = path.parent_path() == folder_path(Folder::imported);
    if (may_be_renamed && !fs::exists(state_->directory / path, ignored)) missed.insert(path.extension());
  }

  Cleaned cleaned;
  const fs::path samples = state_->directory / "Samples";
  std::error_code error;
  if (fs::is_symlink(samples, error)) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} is a link to a folder elsewhere, which may hold more than this "
                                  "project's files: clean up there by hand.",
                                  samples.string()));
  }
  if (fs::is_directory(samples, error)) {
    for (fs::recursive_directory_iterator entry(samples, error), end; !error && entry != end; entry.increment(error)) {
      if (!fs::is_regular_file(entry->symlink_status(error)) || !holds_audio(entry->path())) continue;
      const fs::path path = entry->path().lexically_relative(state_->directory);
      const bool may_be_missed =
          path.parent_path() == folder_path(Folder::imported) && missed.contains(path.extension());
      if (!may_be_missed && !kept.contains(path.generic_string())) cleaned.files.push_back(path.generic_string());
    }
    if (error) return tl::unexpected(io_error("read", samples, error));
  }
  std::sort(cleaned.files.begin(), cleaned.files.end());
  for (const auto& file : cleaned.files) {
    const fs::path path = state_->directory / file;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(path, error));
    if (error || !fs::remove(path, error)) return tl::unexpected(io_error("remove", path, error));
    cleaned.bytes += bytes;
  }

  for (TakeFile& heard : TakeFile::find_all(state_->directory, TakeKind::heard).takes) {
    cleaned.bytes += static_cast<std::int64_t>(fs::file_size(heard.path(), error));
    heard.remove();
  }

  // Indexes for which a full disk has no room are cut down another time: what they name and is not there is never found.
  const auto is_there = [&](const audio::AudioRef& audio) { return path_of(audio).has_value(); };
  static_cast<void>(retain(is_there));
  cleaned.bytes += checkpoints().retain(is_there, state_->temporary_index()).value_or(0);
  static_cast<void>(state_->digests.tidy(state_->temporary_index()));
  return cleaned;
}

}  // namespace firn::store
