// Packs: a project and the files it refers to as one zip file, which plays on a machine with none of its devices' files. One thread.
//
//   project.json           in which no file is shared that the pack holds
//   Samples/…              as in the project's directory; shared files under Samples/Imported
//   .firn/prints.jsonl     what is known of the prints among them, so that they are found again
//
// The same project gives the same bytes. Unpacked by another program, a pack is a project too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "session/references.hpp"
#include "session/session.hpp"

namespace firn::session {

using PackProgress = std::function<bool(double)>;  // 0 to 1; may return false to cancel

struct PackRequest {
  std::filesystem::path out;
  // to_play: without what is there only to go on with (Reference::Need).
  enum class Extent { whole, to_play } extent = Extent::whole;
  PackProgress progress;
};

struct PackedFile {
  std::string path;  // in the pack
  std::int64_t bytes = 0;
};

struct Packed {
  std::vector<PackedFile> files;  // sorted by path
  std::int64_t bytes = 0;         // of the zip file
  std::vector<Reference> left_out;
  std::vector<Reference> missing;  // files of devices that nothing plays now
};

// All or nothing. Fails with not_found, naming every file that is missed; with malformed where a sound is not what it was.
base::Result<Packed> pack(Session&, const PackRequest&);

struct UnpackRequest {
  std::filesystem::path file;
  std::filesystem::path directory;  // missing, or empty
  PackProgress progress;
};

struct Unpacked {
  document::Project project;
  std::vector<PackedFile> files;      // sorted by path
  std::vector<Reference> absent;      // what the pack does not hold: nothing plays it
  std::vector<std::string> left_out;  // files of the pack that the project does not refer to
};

// All or nothing, and each file checked against the project's digest of it. Fails with malformed where the pack is damaged, incomplete
// or not to be trusted; with refused where the directory is full.
base::Result<Unpacked> unpack(const UnpackRequest&);

}  // namespace firn::session
