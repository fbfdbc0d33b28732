// The names of content: what was asked for, what was heard, and a file by its bytes. Values; any thread.
#pragma once

#include <string>

#include "base/digest.hpp"

namespace firn::base {

// The digest of the plan behind a tap: what was asked for. Two renders with one recipe give one sound.
struct RecipeKey {
  Digest digest;
  friend auto operator<=>(const RecipeKey&, const RecipeKey&) = default;
};

// The digest of samples (rate, channels and 32-bit floats): what was heard.
struct AudioKey {
  Digest digest;
  friend auto operator<=>(const AudioKey&, const AudioKey&) = default;
};

// A file that a project refers to. `path` is relative to the project's directory and inside it; or, for a file that
// is shared between projects (a system's SoundFont), a bare name to be looked up on the machine.
struct FileRef {
  std::string path;
  bool shared = false;
  Digest content;  // of the file's bytes

  friend bool operator==(const FileRef&, const FileRef&) = default;
};

}  // namespace firn::base
