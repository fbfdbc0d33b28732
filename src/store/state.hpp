// What Store and PrintWriter are made of, for this room's own files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audio/audio_hash.hpp"
#include "audio/sound_file.hpp"
#include "base/file.hpp"
#include "store/digests.hpp"
#include "store/prints.hpp"
#include "store/store.hpp"

namespace firn::store {

// A file under .firn/tmp that goes with its owner, unless it has been moved to its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~TemporaryFile();
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Store::State {
  std::filesystem::path directory;
  base::Descriptor lock;
  Prints prints;
  Digests digests;
  std::optional<Checkpoints> checkpoints = {};

  // A fresh, empty file. `extension` starts with a dot, or is empty.
  base::Result<TemporaryFile> temporary(std::string_view extension) const;
  std::filesystem::path temporary_index() const { return directory / ".firn/tmp/index"; }

  // Moves a file, synced already, to the first of `<folder>/<name><extension>` (if `plain`) and `<folder>/<name>-<digits><extension>`,
  // with 8, 16, 32, then 64 of the digest's digits, that is free. Gives its path in the project. Never replaces a file.
  enum class Naming { plain, with_digits };
  base::Result<std::string> settle(TemporaryFile, Folder, std::string_view name, Naming, const base::Digest&,
                                   std::string_view extension) const;
};

struct PrintWriter::State {
  TemporaryFile file;
  Folder folder;
  std::string name;
  audio::SoundWriter writer;
  audio::AudioHasher hasher;
  time::Frames frames;
  std::optional<base::Error> failure;  // of the first write that failed
};

// `path`, which must be relative and stay inside, in the project's directory.
base::Result<std::filesystem::path> inside(const std::filesystem::path& directory, const std::string& path);

// Relative to the project.
std::filesystem::path folder_path(Folder);

// False if one of them can't be read.
bool are_equal(const std::filesystem::path&, const std::filesystem::path&);

audio::SoundFileSetup print_setup(time::SampleRate);

}  // namespace firn::store
