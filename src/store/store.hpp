// Store: the files of one project's directory: audio found by what was asked for and by what is heard, other files by
// their bytes. One thread at a time, but for PrintWriter: one thread each.
//
//   Samples/Processed/Freeze|Bounce, Samples/Recorded, Samples/Imported   audio and other files, named for people
//   .firn/prints.jsonl       recipe -> audio file: an index that can be lost; a lost entry costs one render
//   .firn/digests.jsonl      file digests by size, time of change and inode, so that an unchanged file is read once
//   .firn/checkpoints…       where prints can be gone on with (checkpoints.hpp)
//   .firn/tmp/               what is being written; what a dead process left here goes at the next open
//   .firn/tmp.lock           held while a process has the store open
//
// Whenever the process dies, a file under Samples is whole. Paths in the values given are checked: none leads out of the project.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audio/audio_ref.hpp"
#include "audio/buffer.hpp"
#include "base/content.hpp"
#include "base/result.hpp"
#include "store/checkpoints.hpp"
#include "store/prints.hpp"
#include "time/frames.hpp"

namespace firn::store {

enum class Folder { freeze, bounce, recorded, imported };

// Writes one print as it is rendered: WAV (RF64 past 4 GiB), 32-bit float, stereo. Destroyed unfinished, it leaves nothing.
class PrintWriter {
 public:
  ~PrintWriter();
  PrintWriter(PrintWriter&&) noexcept;
  PrintWriter& operator=(PrintWriter&&) noexcept;

  base::Result<void> write(audio::ConstStereoView);  // io: disk full, with the path and what to do
  // Adds frames of an earlier print, where they stand in this one too: `range` starts where this one has come to. What lies in whole
  // `blocks`, which are that print's or none, is copied unread.
  base::Result<void> keep(const std::filesystem::path&, const std::vector<audio::AudioBlock>& blocks, time::FrameRange);

 private:
  friend class Store;
  struct State;
  base::Result<void> keep_samples(const std::filesystem::path&, time::FrameRange);
  explicit PrintWriter(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Where a machine keeps the files that projects share: FIRN_SOUNDFONTS, a ':'-separated list, then /usr/share/sounds/sf2,
// /usr/share/sounds/sf3, /usr/share/soundfonts.
std::vector<std::filesystem::path> shared_folders();

// Makes the folder `name` in a project's .firn if it is missing. A link in place of either is refused (malformed): Firn removes
// what it finds there, and a link may lead anywhere.
base::Result<std::filesystem::path> own_folder(const std::filesystem::path& directory, std::string_view name);

class Store {
 public:
  // `directory` must exist. Makes .firn if it is missing, and clears .firn/tmp.
  static base::Result<Store> open(std::filesystem::path directory);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  const std::filesystem::path& directory() const;  // absolute
  std::int64_t free_bytes() const;                 // on its disk

  // Prints. `begin` picks a temporary file, where the folder can be written; `finish` makes it durable and moves it to `<folder>/<name>-<8 hex>.wav`, where the digits
  // come from its AudioKey. An equal file that is there already is used instead. `name` is any text: what a file name can't hold is replaced.
  base::Result<PrintWriter> begin(Folder, const std::string& name, time::SampleRate);
  struct Finished {
    audio::AudioRef audio;
    std::vector<audio::AudioBlock> blocks;
  };
  base::Result<Finished> finish(PrintWriter);
  std::optional<KnownPrint> find(const base::RecipeKey&) const;  // only if the file is still there, whole
  bool is_whole(const audio::AudioRef&) const;                   // as far as its length tells; any thread
  base::Result<void> remember(const base::RecipeKey&, const KnownPrint&);
  // The index of prints as its file's text, sorted, with those alone for which keep(AudioRef) is true; and the index cut down to those.
  using Keep = std::function<bool(const audio::AudioRef&)>;
  std::string index(const Keep& keep) const;
  base::Result<void> retain(const Keep& keep);

  // Read from disk when first asked for.
  Checkpoints& checkpoints();
  // Checkpoints::keep_states. Any thread.
  base::Result<void> keep_states(const base::Digest&, std::span<const std::byte>);

  // Where an audio file is; not_found with its path if it vanished, io if its folder can't be read.
  base::Result<std::filesystem::path> path_of(const audio::AudioRef&) const;

  // Brings a file of any kind into Samples/Imported (equal bytes once only) and says how to refer to it.
  base::Result<base::FileRef> adopt(const std::filesystem::path&);
  // The same with bytes that no file has yet; `name` is for people, with its extension.
  base::Result<base::FileRef> adopt_bytes(std::string_view bytes, const std::string& name);
  // Refers to a file of the machine by name, without copying it: a system's SoundFont. Refused outside the shared folders.
  base::Result<base::FileRef> share(const std::filesystem::path&);
  // The path of a file with that content: in the project, or, if shared, in the shared folders.
  base::Result<std::filesystem::path> path_of(const base::FileRef&) const;

  // Converts an audio file once, whole, to stereo 32-bit float at `rate` in Samples/Imported, with the original kept beside it.
  // What is that already is adopted as it is, and has no other original. progress(0 to 1) may return false to cancel.
  using Progress = std::function<bool(double)>;
  base::Result<audio::AudioRef> import_audio(const std::filesystem::path&, time::SampleRate, const Progress&);

  // Removes every audio file and SoundFont under Samples that `keep` (relative paths) does not name, index entries without a
  // file, checkpoints of no print, and what was heard (take_file.hpp). Where an imported file that it names is missing, those that could be it under another name stay.
  struct Cleaned {
    std::vector<std::string> files;
    std::int64_t bytes = 0;
  };
  base::Result<Cleaned> clean(const std::set<std::string>& keep);

 private:
  struct State;
  explicit Store(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Store::path_of for who only looks at the project in `directory`, and opens no store for that.
class Digests;  // store/digests.hpp
base::Result<std::filesystem::path> path_of(const base::FileRef&, const std::filesystem::path& directory, Digests&);

}  // namespace firn::store
