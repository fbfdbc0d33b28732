#include "session/zip_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>

#include "base/file.hpp"
#include "base/work_folder.hpp"
#include "document/check.hpp"

namespace firn::session {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;

namespace {

// 1 January 1980, the earliest that the format knows.
constexpr zip_uint16_t no_date = 1 << 5 | 1;
constexpr zip_uint32_t plain_file = (S_IFREG | 0644u) << 16;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

base::Error write_error(const fs::path& path, const std::vector<ZipEntry>& entries, zip_error_t* error) {
  if (zip_error_code_zip(error) == ZIP_ER_CANCELLED) return {ErrorKind::cancelled, "Cancelled."};
  // It may be a file that goes in that is gone; which one is not said.
  for (const ZipEntry& entry : entries) {
    const auto* file = std::get_if<fs::path>(&entry.content);
    const auto read = file ? base::open_to_read(*file).map([](const base::Descriptor&) {}) : Result<void>();
    if (!read) return read.error();
  }
  if (zip_error_system_type(error) == ZIP_ET_SYS) return base::io_error("write", path, zip_error_code_system(error));
  return {ErrorKind::io, fmt::format("Can't write {}: {}.", path.string(), zip_error_strerror(error))};
}

bool add(zip_t* archive, const ZipEntry& entry) {
  const auto* text = std::get_if<std::string>(&entry.content);
  zip_source_t* source = text ? zip_source_buffer(archive, text->data(), text->size(), 0)
                              : zip_source_file(archive, std::get<fs::path>(entry.content).c_str(), 0, -1);
  if (source == nullptr) return false;
  const zip_int64_t index = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  const auto at = static_cast<zip_uint64_t>(index);
  return zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, text ? 9 : 1) == 0 &&
         zip_file_set_dostime(archive, at, 0, no_date, 0) == 0 &&
         zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, plain_file) == 0;
}

struct Watch {
  const std::function<bool(double)>& progress;
  bool go_on = true;
};

void watch(zip_t* archive, Watch& state) {
  zip_register_progress_callback_with_state(
      archive, 0.002,
      [](zip_t*, double fraction, void* data) {
        auto& to = *static_cast<Watch*>(data);
        to.go_on = to.go_on && to.progress(fraction);
      },
      nullptr, &state);
  zip_register_cancel_callback_with_state(
      archive, [](zip_t*, void* data) { return static_cast<Watch*>(data)->go_on ? 0 : 1; }, nullptr, &state);
}

Result<void> write_part(const fs::path& path, const fs::path& part, const std::vector<ZipEntry>& entries,
                        const std::function<bool(double)>& progress) {
  int code = 0;
  Archive archive(zip_open(part.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) return tl::unexpected(base::io_error("write", path, errno));
  for (const ZipEntry& entry : entries) {
    if (!add(archive.get(), entry)) return tl::unexpected(write_error(path, entries, zip_get_error(archive.get())));
  }
  Watch state{progress};
  watch(archive.get(), state);
  if (zip_close(archive.get()) != 0) return tl::unexpected(write_error(path, entries, zip_get_error(archive.get())));
  static_cast<void>(archive.release());
  const auto written = base::open_to_read(part);
  if (!written) return tl::unexpected(written.error());
  if (auto synced = base::sync(*written, path); !synced) return synced;
  if (std::rename(part.c_str(), path.c_str()) != 0) return tl::unexpected(base::io_error("write", path, errno));
  return base::sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

bool is_plain(zip_t* archive, std::uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
  const zip_uint32_t type = system == ZIP_OPSYS_UNIX ? attributes >> 16 & S_IFMT : 0;
  return type == 0 || type == S_IFREG || type == S_IFDIR;
}

}  // namespace

Result<std::int64_t> write_zip(const fs::path& path, const std::vector<ZipEntry>& entries,
                               const std::function<bool(double)>& progress) {
  const auto folder = base::WorkFolder::beside(path, "write");
  if (!folder) return tl::unexpected(folder.error());
  if (auto written = write_part(path, folder->path() / "part", entries, progress); !written)
    return tl::unexpected(written.error());
  std::error_code error;
  return static_cast<std::int64_t>(fs::file_size(path, error));
}

void ZipReader::Close::operator()(void* archive) const { zip_discard(static_cast<zip_t*>(archive)); }

Result<ZipReader> ZipReader::open(const fs::path& path) {
  const auto file = base::open_to_read(path);  // says what is wrong with a folder, or with what is not there
  if (!file) return tl::unexpected(file.error());
  const auto malformed = [&](const std::string& what) {
    return base::fail(ErrorKind::malformed, fmt::format("{} {}.", path.string(), what));
  };
  ZipReader reader;
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (archive == nullptr) return malformed("is no zip file, or is damaged or cut short. Get a whole copy of it");
  reader.archive_.reset(archive);
  reader.path_ = path;
  std::error_code error;
  reader.archive_bytes_ = static_cast<std::int64_t>(fs::file_size(path, error));

  std::set<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_uint64_t index = 0; index < static_cast<zip_uint64_t>(count); ++index) {
    zip_stat_t about;
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, index, 0, &about) != 0 || (about.valid & needed) != needed)
      return malformed("is damaged. Get a whole copy of it");
    std::string name = about.name;
    const bool is_folder = !name.empty() && name.back() == '/';
    if (is_folder) name.pop_back();
    if (!document::is_inside_project(name) || !document::is_utf8(name) || name.find('\\') != name.npos)
      return malformed(fmt::format("has a file \"{}\", which would lie outside the project. Don't trust it", name));
    if (!is_plain(archive, index))
      return malformed(fmt::format("has a link \"{}\", which may lead anywhere. Don't trust it", name));
    if (!names.insert(name).second) return malformed(fmt::format("has two files \"{}\". Don't trust it", name));
    if (about.encryption_method != ZIP_EM_NONE) {
      return base::fail(ErrorKind::unsupported,
                        fmt::format("{} is encrypted. Unpack it with another program.", path.string()));
    }
    if (about.size > static_cast<zip_uint64_t>(INT64_MAX)) return malformed("declares sizes that no disk has");
    if (!is_folder) reader.files_.push_back({name, static_cast<std::int64_t>(about.size), index});
  }
  return reader;
}

Result<void> ZipReader::read(const Entry& entry,
                             const std::function<Result<void>(std::span<const std::byte>)>& each) const {
  const auto damaged = [&] {
    return base::fail(ErrorKind::malformed,
                      fmt::format("{} is damaged at \"{}\". Get a whole copy of it.", path_.string(), entry.name));
  };
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
      zip_fopen_index(static_cast<zip_t*>(archive_.get()), entry.index, 0), &zip_fclose);
  if (!file) return damaged();
  std::vector<std::byte> part(1 << 18);
  for (std::int64_t left = entry.bytes;;) {
    const zip_int64_t count = zip_fread(file.get(), part.data(), part.size());
    if (count < 0 || count > left) return damaged();
    if (count == 0) return left == 0 ? Result<void>() : damaged();
    left -= count;
    if (auto done = each(std::span(part).first(static_cast<std::size_t>(count))); !done) return done;
  }
}

}  // namespace firn::session
