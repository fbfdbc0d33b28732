#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/new_folder.hpp"
#include "files/project_file.hpp"
#include "session/pack.hpp"
#include "session/pack_parts.hpp"
#include "session/zip_file.hpp"

namespace firn::session {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using Kind = Reference::Kind;
using Need = Reference::Need;

namespace {

// A pack may grow as sound with much silence in it does, and no more.
constexpr std::int64_t harmless_bytes = std::int64_t{1} << 30;
constexpr std::int64_t most_growth = 200;
constexpr std::int64_t longest_index = 64 * 1024 * 1024;

class Unpacker {
 public:
  Unpacker(const UnpackRequest& request, const ZipReader& zip) : request_(request), zip_(zip) {
    for (const auto& entry : zip.files()) entries_[entry.name] = entry;
  }

  Result<Unpacked> run() {
    if (auto done = read_project(); !done) return tl::unexpected(done.error());
    if (auto done = choose(); !done) return tl::unexpected(done.error());
    auto folder = base::NewFolder::beside(request_.directory);
    if (!folder) return tl::unexpected(folder.error());
    if (auto done = fill(folder->path()); !done) return tl::unexpected(folder->said(done.error()));
    if (auto done = folder->move_to_target(); !done) return tl::unexpected(done.error());
    return std::move(unpacked_);
  }

 private:
  tl::unexpected<base::Error> malformed(const std::string& what) const {
    return base::fail(ErrorKind::malformed, fmt::format("{} {}.", request_.file.string(), what));
  }

  Result<void> read_project() {
    const auto found = entries_.find(std::string(files::project_file_name));
    if (found == entries_.end()) return malformed("holds no project: there is no project.json in it");
    if (found->second.bytes > files::longest_project_text) return malformed("holds a project longer than Firn reads");
    std::string text;
    auto read = zip_.read(found->second, [&](std::span<const std::byte> part) -> Result<void> {
      text.append(reinterpret_cast<const char*>(part.data()), part.size());
      return {};
    });
    if (!read) return read;
    auto project = files::parse_project(text);
    if (!project) {
      return base::fail(project.error().kind,
                        fmt::format("{}: project.json: {}.", request_.file.string(), project.error().message));
    }
    unpacked_.project = *std::move(project);
    chosen_.push_back(found->second);
    return {};
  }

  // What the project refers to, and nothing else.
  Result<void> choose() {
    std::vector<std::string> missed;
    for (Reference& reference : references_of(unpacked_.project)) {
      if (reference.shared) continue;
      if (!may_be_packed(reference.path))
        return malformed(fmt::format("refers to \"{}\", which is Firn's own", reference.path));
      const auto found = entries_.find(reference.path);
      if (found != entries_.end()) {
        if (references_[reference.path].empty()) chosen_.push_back(found->second);
        references_[reference.path].push_back(std::move(reference));
      } else if (reference.need == Need::to_play) {
        missed.push_back(fmt::format("{} ({})", reference.path, use_of(reference)));
      } else {
        unpacked_.absent.push_back(std::move(reference));
      }
    }
    if (!missed.empty()) return malformed(fmt::format("is not whole: it lacks\n  {}", fmt::join(missed, "\n  ")));
    if (const auto index = entries_.find(std::string(index_name));
        index != entries_.end() && index->second.bytes <= longest_index) {
      chosen_.push_back(index->second);
    }
    std::set<std::string> names;
    for (const auto& entry : chosen_) {
      names.insert(entry.name);
      total_ += entry.bytes;
      unpacked_.files.push_back({entry.name, entry.bytes});
      if (total_ > harmless_bytes && total_ / most_growth > zip_.archive_bytes())
        return malformed("would grow to many times its size. Don't trust it");
    }
    for (const auto& [name, entry] : entries_) {
      if (!names.contains(name)) unpacked_.left_out.push_back(name);
    }
    std::sort(unpacked_.files.begin(), unpacked_.files.end(),
              [](const PackedFile& a, const PackedFile& b) { return a.path < b.path; });
    return {};
  }

  Result<void> fill(const fs::path& folder) {
    if (auto done = check_sizes(folder); !done) return done;
    for (const ZipReader::Entry& entry : chosen_) {
      if (auto done = extract(entry, folder); !done) return done;
    }
    return keep_known_prints(folder);
  }

  Result<void> check_sizes(const fs::path& folder) const {
    std::error_code error;
    const auto space = fs::space(folder, error);
    if (error || static_cast<std::uintmax_t>(total_) <= space.available) return {};
    return base::fail(ErrorKind::io,
                      fmt::format("Can't unpack {} to {}: it takes {:.1f} MB, and the disk has {:.1f} MB left. "
                                  "Free some space and try again.",
                                  request_.file.string(), request_.directory.string(),
                                  static_cast<double>(total_) / 1e6, static_cast<double>(space.available) / 1e6));
  }

  Result<void> extract(const ZipReader::Entry& entry, const fs::path& folder) {
    const fs::path path = folder / entry.name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return tl::unexpected(base::io_error("make", path.parent_path(), error.value()));
    const auto file = base::open_to_write(path);
    if (!file) return tl::unexpected(file.error());
    base::Hasher hasher;
    auto read = zip_.read(entry, [&](std::span<const std::byte> part) -> Result<void> {
      hasher.bytes(part);
      done_ += static_cast<std::int64_t>(part.size());
      if (!request_.progress(static_cast<double>(done_) / static_cast<double>(total_))) return cancelled();
      return base::write_all(*file, part, path);
    });
    if (!read) return read;
    if (auto synced = base::sync(*file, path); !synced) return synced;
    return check(entry.name, hasher.finish(), path);
  }

  Result<void> check(const std::string& name, const base::Digest& content, const fs::path& file) {
    for (const Reference& reference : references_[name]) {
      const bool same = reference.kind == Kind::device  ? reference.content == content
                        : reference.kind == Kind::audio ? check_sound(reference.audio, file).has_value()
                                                        : true;
      if (!same) return malformed(fmt::format("is damaged: \"{}\" is not what the project knows by that name", name));
    }
    return {};
  }

  // A print that is no sound of the project has not been checked.
  Result<void> keep_known_prints(const fs::path& folder) {
    auto store = store::Store::open(folder);
    if (!store) return tl::unexpected(store.error());
    return store->retain([&](const audio::AudioRef& audio) {
      const auto& known = references_[audio.path];
      return std::any_of(known.begin(), known.end(), [&](const Reference& reference) {
        return reference.kind == Kind::audio && reference.audio == audio;
      });
    });
  }

  const UnpackRequest& request_;
  const ZipReader& zip_;
  std::map<std::string, ZipReader::Entry> entries_;
  std::map<std::string, std::vector<Reference>> references_;  // by path
  std::vector<ZipReader::Entry> chosen_;
  std::int64_t total_ = 0;
  std::int64_t done_ = 0;
  Unpacked unpacked_;
};

}  // namespace

Result<Unpacked> unpack(const UnpackRequest& request) {
  const auto zip = ZipReader::open(request.file);
  if (!zip) return tl::unexpected(zip.error());
  return Unpacker(request, *zip).run();
}

}  // namespace firn::session
