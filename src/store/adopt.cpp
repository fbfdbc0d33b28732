#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "store/file_name.hpp"
#include "store/state.hpp"

namespace firn::store {

namespace fs = std::filesystem;
using base::ErrorKind;

namespace {

// A file's name in the two parts that settle takes: "Kick 1" and ".wav".
std::pair<std::string, std::string> name_parts(const fs::path& path) {
  const std::string extension = path.extension().string();
  const bool is_usual = extension.size() > 1 && extension.size() <= 16;
  const std::string name = file_name_of(is_usual ? path.stem().string() : path.filename().string());
  return {name, is_usual ? "." + file_name_of(extension) : ""};
}

std::string listed(const std::vector<fs::path>& folders) {
  std::string list;
  for (const auto& folder : folders) list += (list.empty() ? "" : ", ") + folder.string();
  return list;
}

// The first file of `folder`, by name, of which `is_it` is true.
template <class IsIt>
std::optional<fs::path> first_file(const fs::path& folder, const IsIt& is_it) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  const auto found = std::find_if(files.begin(), files.end(), is_it);
  return found == files.end() ? std::nullopt : std::optional(*found);
}

// Of the files of `folder`, one of that size and content.
std::optional<fs::path> equal_file(const fs::path& folder, std::uintmax_t bytes, const base::Digest& content,
                                   Digests& digests) {
  return first_file(folder, [&](const fs::path& file) {
    std::error_code error;
    return fs::file_size(file, error) == bytes && digests.of(file) == content;
  });
}

// Copies a file and says the digest of what was copied, which is on the disk then.
base::Result<base::Digest> copy_to(const fs::path& from, const fs::path& to) {
  const auto source = base::open_to_read(from);
  if (!source) return tl::unexpected(source.error());
  const auto target = base::open_to_write(to);
  if (!target) return tl::unexpected(target.error());
  base::Hasher hasher;
  const auto copied = read_through(*source, from, [&](std::span<const std::byte> part) {
    hasher.bytes(part);
    return base::write_all(*target, part, to);
  });
  if (!copied) return tl::unexpected(copied.error());
  if (auto synced = base::sync(*target, to); !synced) return tl::unexpected(synced.error());
  return hasher.finish();
}

}  // namespace

std::vector<fs::path> shared_folders() {
  std::vector<fs::path> folders;
  if (const char* own = std::getenv("FIRN_SOUNDFONTS")) {
    for (std::string_view rest = own; !rest.empty();) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      if (end > 0) folders.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  for (const char* folder : {"/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts"}) {
    folders.emplace_back(folder);
  }
  return folders;
}

base::Result<base::FileRef> Store::adopt(const fs::path& path) {
  const auto ref_to = [&](const fs::path& file, const base::Digest& digest) {
    return base::FileRef{file.lexically_relative(state_->directory).generic_string(), false, digest};
  };
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  const auto has_size = [&](const fs::path& file) {
    std::error_code ignored;
    return fs::file_size(file, ignored) == bytes;
  };

  // An equal file may be there. Reading is needed only where the size is equal too.
  const fs::path folder = state_->directory / folder_path(Folder::imported);
  if (!error && first_file(folder, has_size)) {
    const auto digest = state_->digests.of(path);
    if (!digest) return tl::unexpected(digest.error());
    if (const auto equal = equal_file(folder, bytes, *digest, state_->digests)) return ref_to(*equal, *digest);
  }

  auto file = state_->temporary("");
  if (!file) return tl::unexpected(file.error());
  const auto digest = copy_to(path, file->path());
  if (!digest) return tl::unexpected(digest.error());
  const auto parts = name_parts(path);
  auto settled =
      state_->settle(std::move(*file), Folder::imported, parts.first, State::Naming::plain, *digest, parts.second);
  if (!settled) return tl::unexpected(settled.error());
  return base::FileRef{std::move(*settled), false, *digest};
}

base::Result<base::FileRef> Store::adopt_bytes(std::string_view bytes, const std::string& name) {
  const base::Digest digest = base::digest_of(std::as_bytes(std::span(bytes)));
  const fs::path folder = state_->directory / folder_path(Folder::imported);
  if (const auto equal = equal_file(folder, bytes.size(), digest, state_->digests))
    return base::FileRef{equal->lexically_relative(state_->directory).generic_string(), false, digest};
  auto file = state_->temporary("");
  if (!file) return tl::unexpected(file.error());
  const fs::path named = file->path().parent_path() / file_name_of(name);
  if (auto written = base::write_whole(file->path(), bytes, named); !written) return tl::unexpected(written.error());
  const auto parts = name_parts(named);
  auto settled =
      state_->settle(std::move(*file), Folder::imported, parts.first, State::Naming::plain, digest, parts.second);
  if (!settled) return tl::unexpected(settled.error());
  return base::FileRef{std::move(*settled), false, digest};
}

base::Result<base::FileRef> Store::share(const fs::path& path) {
  const auto digest = state_->digests.of(path);
  if (!digest) return tl::unexpected(digest.error());
  base::FileRef ref{path.filename().string(), true, *digest};
  if (!path_of(ref)) {
    return base::fail(
        ErrorKind::refused,
        fmt::format("{} can't be shared: it lies in none of the machine's folders ({}). Add its folder to "
                    "FIRN_SOUNDFONTS, or copy it into the project.",
                    path.string(), listed(shared_folders())));
  }
  return ref;
}

base::Result<fs::path> Store::path_of(const base::FileRef& ref) const {
  return store::path_of(ref, state_->directory, state_->digests);
}

base::Result<fs::path> path_of(const base::FileRef& ref, const fs::path& directory, Digests& digests) {
  const fs::path extension = fs::path(ref.path).extension();
  const auto may_be_it = [&](const fs::path& file) {
    return file.extension() == extension && digests.of(file) == ref.content;
  };
  std::error_code error;

  if (!ref.shared) {
    auto path = inside(directory, ref.path);
    if (!path) return path;
    const auto digest = digests.of(*path);
    if (digest == ref.content) return path;
    if (auto moved = first_file(directory / folder_path(Folder::imported), may_be_it)) return *moved;
    if (digest) {
      return base::fail(ErrorKind::not_found,
                        fmt::format("{} has changed since the project took it in. Put the file back as it was, or "
                                    "add it to the project again.",
                                    path->string()));
    }
    if (digest.error().kind != ErrorKind::not_found) return tl::unexpected(digest.error());
    return base::fail(ErrorKind::not_found, fmt::format("{} is missing. Put it back.", path->string()));
  }

  const auto folders = shared_folders();
  const fs::path name = fs::path(ref.path).filename();
  std::optional<base::Result<base::Digest>> other;  // what a file of that name gave
  for (const auto& folder : folders) {
    if (!fs::is_regular_file(folder / name, error)) continue;
    other = digests.of(folder / name);
    if (*other == ref.content) return folder / name;
  }
  for (const auto& folder : folders) {
    if (auto renamed = first_file(folder, may_be_it)) return *renamed;
  }
  if (other && !*other) return tl::unexpected(other->error());
  return base::fail(ErrorKind::not_found,
                    fmt::format("{} {} in {}. Install it, or add its folder to FIRN_SOUNDFONTS.", name.string(),
                                other ? "is of another version than the project's" : "is not", listed(folders)));
}

}  // namespace firn::store
