// Takes: recordings onto a project's tracks, from their first frame to their clips, even where the process dies in between (SPEC E7, E8).
// One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "session/session.hpp"
#include "store/take_file.hpp"
#include "time/run.hpp"

namespace firn::session {

// What is recorded, and where its clips go: a sound on an audio track, or what is played in on a MIDI track.
struct Take {
  document::TrackId track;  // none: a new one, with this name and input
  std::string name;
  document::Input input = {};
  time::Run run = {};                                 // of the transport
  time::Frames start = {};                            // the first frame recorded, of the run
  time::FrameRange punch{{}, time::Frames::never()};  // positions: clips are made of what lies in them
  // Of what is played in: the lines that its notes are moved to, none at 0; and what becomes of what stood there.
  time::Beats quantise = {};
  edit::Beneath beneath = edit::Beneath::switched_off;
};

struct RecordedTake {
  Take take;
  store::TakeFile file;
  time::Frames length = {};                     // of what was played in; a sound is as long as its file
  std::vector<time::FrameRange> dropouts = {};  // of a sound, in frames from its start
};

// A file to record into; a later session finds it, and what it is. `kind`: take or played.
base::Result<store::TakeFile> begin_take(const Session&, const Take&, store::TakeKind kind = store::TakeKind::take);

// The takes become clips: one step of the history, saved; then their files go. Each pass of a loop is a clip; the last whole one plays, the
// others are switched off. Where it fails, the files stay, and the next session finds them. Those without a frame, or a note or control, in the
// punch range are dropped.
struct KeptTake {
  document::TrackId track;
  std::optional<audio::AudioRef> audio;  // none: of what was played in
  time::Frames length;
  int notes = 0;
};
base::Result<std::vector<KeptTake>> keep_takes(Session&, std::vector<RecordedTake>);

// Keeps the last minutes of what is heard while a song plays, for capture(). One thread at a time.
class Heard {
 public:
  // Of Main along `run`. Forgets what was heard before; nothing of it is there for others. Fails with io.
  static base::Result<Heard> begin(const std::filesystem::path& directory, const time::Run& run, time::SampleRate);
  base::Result<void> write(audio::ConstStereoView);

 private:
  Heard(std::filesystem::path directory, const time::Run&, time::Frames most);
  base::Result<void> go_on();

  std::filesystem::path directory_;
  time::Run run_;
  time::Frames most_;  // in a file; there are two at most
  time::Frames heard_;
  std::optional<store::TakeFile> last_;
  std::optional<store::TakeFile> now_;
};

// What was heard last becomes clips of a new track, where it was played: one step of the history, saved. Fails with not_found where there is
// nothing.
base::Result<std::vector<KeptTake>> capture(Session&);

// What processes recorded that have died since becomes clips, too, one step for each. Says so in sentences; where it can't be done, why.
std::vector<std::string> recover_takes(Session&);

}  // namespace firn::session
