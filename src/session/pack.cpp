#include "session/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "files/project_file.hpp"
#include "session/pack_parts.hpp"
#include "session/zip_file.hpp"

namespace firn::session {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::FileRef;
using base::Result;
using document::Project;
using Kind = Reference::Kind;
using Need = Reference::Need;

namespace {

// A file that goes into the pack.
struct Wanted {
  Reference reference;
  fs::path file;
  std::string name;  // in the pack
  std::int64_t bytes = 0;
};

Result<fs::path> file_of(const Reference& reference, const store::Store& store) {
  switch (reference.kind) {
    case Kind::audio: return store.path_of(reference.audio);
    case Kind::device: return store.path_of(FileRef{reference.path, reference.shared, reference.content});
    case Kind::original:
    case Kind::other: break;
  }
  return store.path_of(audio::AudioRef{.path = reference.path, .key = {}, .frames = {}, .original = {}});
}

class Packer {
 public:
  Packer(Session& session, const PackRequest& request) : session_(session), request_(request) {}

  Result<Packed> run() {
    if (auto done = choose(); !done) return tl::unexpected(done.error());
    if (auto done = check_sounds(); !done) return tl::unexpected(done.error());
    return write();
  }

 private:
  Result<void> choose() {
    std::vector<std::string> faults;
    for (Reference& reference : references_of(session_.project())) {
      if (!may_be_packed(reference.path) && !reference.shared) {
        faults.push_back(fmt::format("\"{}\" is Firn's own and can't be a project's file", reference.path));
      } else if (request_.extent == PackRequest::Extent::to_play && reference.need == Need::to_go_on) {
        packed_.left_out.push_back(std::move(reference));
      } else if (auto file = file_of(reference, session_.store()); file) {
        add(std::move(reference), *std::move(file));
      } else if (reference.kind == Kind::device && reference.need == Need::to_go_on) {
        packed_.missing.push_back(std::move(reference));
      } else {
        faults.push_back(fmt::format("{} ({})", file.error().message, use_of(reference)));
      }
    }
    if (faults.empty()) return {};
    return base::fail(ErrorKind::not_found,
                      fmt::format("Nothing was packed, for want of {} file{}:\n  {}", faults.size(),
                                  faults.size() == 1 ? "" : "s", fmt::join(faults, "\n  ")));
  }

  void add(Reference reference, fs::path file) {
    std::error_code error;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(file, error));
    std::string name = reference.shared ? std::string() : reference.path;
    wanted_.push_back({std::move(reference), std::move(file), std::move(name), bytes});
  }

  // Each with a name of its own, beside all that the project has, packed or not.
  void name_shared_files() {
    std::set<std::string> taken = files::files_of(session_.project());
    for (Wanted& wanted : wanted_) {
      if (!wanted.reference.shared) continue;
      const auto equal = std::find_if(wanted_.begin(), wanted_.end(), [&](const Wanted& other) {
        return !other.name.empty() && other.reference.content == wanted.reference.content;
      });
      wanted.name = equal != wanted_.end() ? equal->name : free_name(wanted.reference, taken);
      taken.insert(wanted.name);
    }
  }

  static std::string free_name(const Reference& reference, const std::set<std::string>& taken) {
    const fs::path name(reference.path);
    const std::string digits = base::hex(reference.content);
    for (const std::size_t count : {0u, 8u, 16u, 32u}) {
      const std::string ending = count == 0 ? "" : "-" + digits.substr(0, count);
      std::string path =
          fmt::format("Samples/Imported/{}{}{}", name.stem().string(), ending, name.extension().string());
      if (!taken.contains(path)) return path;
    }
    return fmt::format("Samples/Imported/{}", digits);
  }

  // What is written is what can be unpacked: a damaged sound is found here.
  Result<void> check_sounds() {
    std::int64_t total = 0;
    std::int64_t done = 0;
    for (const Wanted& wanted : wanted_) total += wanted.bytes;
    for (const Wanted& wanted : wanted_) {
      if (!request_.progress(checking * static_cast<double>(done) /
                             static_cast<double>(std::max<std::int64_t>(total, 1))))
        return cancelled();
      if (wanted.reference.kind == Kind::audio) {
        if (auto same = check_sound(wanted.reference.audio, wanted.file); !same) return same;
      }
      done += wanted.bytes;
    }
    return {};
  }

  // The project with what the pack holds in the place of what is shared.
  Project project() const {
    return with_device_files(session_.project(), [&](const FileRef& file) {
      const auto packed = std::find_if(wanted_.begin(), wanted_.end(), [&](const Wanted& wanted) {
        return wanted.reference.shared && file.shared && wanted.reference.path == file.path &&
               wanted.reference.content == file.content;
      });
      return packed == wanted_.end() ? file : FileRef{packed->name, false, file.content};
    });
  }

  std::string index() const {
    return session_.store().index([&](const audio::AudioRef& audio) {
      return std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& wanted) {
        return wanted.reference.kind == Kind::audio && wanted.reference.audio == audio;
      });
    });
  }

  Result<Packed> write() {
    name_shared_files();
    std::map<std::string, ZipEntry> entries;
    const auto add = [&](const std::string& name, std::variant<std::string, fs::path> content, std::int64_t bytes) {
      if (entries.try_emplace(name, ZipEntry{name, std::move(content)}).second) packed_.files.push_back({name, bytes});
    };
    const std::string text = files::text_of(project());
    const std::string prints = index();
    add(std::string(files::project_file_name), text, static_cast<std::int64_t>(text.size()));
    if (!prints.empty()) add(std::string(index_name), prints, static_cast<std::int64_t>(prints.size()));
    for (const Wanted& wanted : wanted_) add(wanted.name, wanted.file, wanted.bytes);
    std::sort(packed_.files.begin(), packed_.files.end(),
              [](const PackedFile& a, const PackedFile& b) { return a.path < b.path; });

    std::vector<ZipEntry> sorted;
    for (auto& [name, entry] : entries) sorted.push_back(std::move(entry));
    const auto bytes = write_zip(request_.out, sorted, [&](double fraction) {
      return request_.progress(checking + (1.0 - checking) * fraction);
    });
    if (!bytes) return tl::unexpected(bytes.error());
    packed_.bytes = *bytes;
    return std::move(packed_);
  }

  static constexpr double checking = 0.1;  // of the time, about

  Session& session_;
  const PackRequest& request_;
  std::vector<Wanted> wanted_;
  Packed packed_;
};

// A pack in the place of what it holds would be the end of both.
Result<void> refuse_own_file(const fs::path& out, const fs::path& directory, const Project& project) {
  std::error_code error;
  std::set<std::string> own = files::files_of(project);
  own.emplace(files::project_file_name);
  for (const std::string& file : own) {
    if (!fs::equivalent(out, directory / file, error)) continue;
    return base::fail(ErrorKind::refused,
                      fmt::format("{} is a file of the project itself. Give the pack another name.", out.string()));
  }
  if (fs::is_directory(out, error)) return tl::unexpected(base::io_error("write", out, EISDIR));
  return {};
}

}  // namespace

Result<Packed> pack(Session& session, const PackRequest& request) {
  if (auto free = refuse_own_file(request.out, session.directory(), session.project()); !free)
    return tl::unexpected(free.error());
  return Packer(session, request).run();
}

}  // namespace firn::session
