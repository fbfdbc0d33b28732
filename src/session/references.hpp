// References: the files that a project refers to, each once, and what they are needed for. Pure; any thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "audio/audio_ref.hpp"
#include "base/content.hpp"
#include "document/project.hpp"

namespace firn::session {

struct Reference {
  enum class Kind {
    audio,     // a clip's or a print's
    original,  // what an audio file was converted from
    device,    // of one of a device's slots
    other,     // in fields that this version does not know
  };
  // What plays now: the prints of frozen tracks; of live ones the clips, and the files of the devices that run. All else is there
  // to go on with: what a print stands for, tracks that only prints hear, originals, sources of flattened tracks, deactivated tracks.
  enum class Need { to_play, to_go_on };

  Kind kind = Kind::audio;
  Need need = Need::to_go_on;
  std::string path;  // relative; or the bare name of a shared file
  bool shared = false;
  audio::AudioRef audio;         // of kind audio
  base::Digest content;          // of kind device
  std::set<std::string> tracks;  // by name, those that refer to it
};

// Sorted by path.
std::vector<Reference> references_of(const document::Project&);

// The project with each device's file in the place of what `replacement(file)` gives, also in its tracks' origins.
using Replacement = std::function<base::FileRef(const base::FileRef&)>;
document::Project with_device_files(document::Project, const Replacement& replacement);

}  // namespace firn::session
