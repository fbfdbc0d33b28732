// Clips in the Arrangement.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/values.hpp"
#include "cli/workspace.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Clip;
using document::Project;
using document::Track;
using document::TrackId;

namespace {

time::Beats position_of(const Project& project, const std::string& text) {
  return must(time::parse_position(text, project.tempo));
}

// What a clip's settings need to know of it.
struct TakenClip {
  const Project& project;
  TrackId track;
  const Clip& clip;

  bool is_midi() const { return std::holds_alternative<document::MidiClip>(clip.body); }
  time::TimeSignature signature() const { return signature_of(clip, project.tempo); }
  time::Frames frames(const std::string& text) const {
    return frames_of(must(parse_length(text, signature())), clip.start, project.tempo, project.rate);
  }
  // Musical for a MIDI clip, frames for an audio clip.
  edit::Extent extent(const std::string& text) const {
    if (!is_midi()) return frames(text);
    return beats_of(must(parse_length(text, signature())), clip.start, project.tempo);
  }
  edit::Extent offset(const std::string& text) const {
    if (!is_midi()) return frames(text);
    return must(parse_inner(text, signature()));
  }
  edit::ClipLoop loop(const std::string& text) const {
    if (text == "off") return std::monostate{};
    const auto [start, end] = must(parse_pair(text));
    if (!is_midi()) return time::FrameRange{frames(start), frames(end)};
    return time::BeatRange{must(parse_inner(start, signature())), must(parse_inner(end, signature()))};
  }
};

TakenClip take_clip(Editing& editing) {
  const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
  return {editing.project(), track.id, clip_of(track, editing.arguments.take("CLIP"))};
}

Run add_clip(CLI::App& app) {
  struct Options {
    std::string at = "1";
    std::string length = "1";
    std::string name;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--at", options->at, "POS", "Where it begins; 1.1.1 without it");
  add_text(app, "--length", options->length, "LENGTH", "Its length; one bar without it");
  add_text(app, "--name", options->name, "NAME", "Its name; the track's without it");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const Project& project = editing.project();
      const Track& track = track_of(project, editing.arguments.take("TRACK"));
      if (track.kind != document::TrackKind::midi) {
        refuse(ErrorKind::refused,
               fmt::format(
                   "\"{}\" is not a MIDI track. Audio clips come in with `firn import FILE --track TRACK --at POS`.",
                   track.name));
      }
      const time::Beats start = position_of(project, options->at);
      const time::TimeSignature signature = project.tempo.signature_at(start);
      midi::Content content;
      for (const std::string& note : editing.arguments.take_rest())
        content.notes.push_back(must(parse_note(note, signature)));
      std::sort(content.notes.begin(), content.notes.end());
      document::MidiClip body;
      body.length = beats_of(must(parse_length(options->length, signature)), start, project.tempo);
      body.content = std::move(content);
      return Commands{edit::AddClip{track.id, {options->name, std::nullopt, start, body}}};
    });
  };
}

Run remove_clips(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
    Commands commands;
    for (const std::string& name : editing.arguments.take_all("CLIP"))
      commands.push_back(edit::RemoveClip{track.id, clip_of(track, name).id});
    return commands;
  });
}

Run move_clip(CLI::App& app) {
  struct Options {
    std::string to;
    std::string track;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--to", options->to, "POS", "Where it is to begin; where it does, without it");
  add_text(app, "--track", options->track, "TRACK", "The track to move it to, of the same kind");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const TakenClip subject = take_clip(editing);
      if (options->to.empty() && options->track.empty())
        refuse(ErrorKind::usage, "Where to? Give --to POS or --track TRACK.");
      const time::Beats start = options->to.empty() ? subject.clip.start : position_of(editing.project(), options->to);
      const TrackId track = options->track.empty() ? subject.track : track_of(editing.project(), options->track).id;
      return Commands{edit::MoveClip{subject.track, subject.clip.id, track, start}};
    });
  };
}

Run duplicate_clip(CLI::App& app) {
  struct Options {
    std::string at;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--at", options->at, "POS", "Where the copy begins; where the clip ends, without it");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const TakenClip subject = take_clip(editing);
      edit::DuplicateClip command{subject.track, subject.clip.id, std::nullopt};
      if (!options->at.empty()) command.start = position_of(editing.project(), options->at);
      return Commands{command};
    });
  };
}

Run split_clip(CLI::App& app) {
  struct Options {
    std::string at;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--at", options->at, "POS", "Where to cut, within the clip");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const TakenClip subject = take_clip(editing);
      if (options->at.empty()) refuse(ErrorKind::usage, "Where? Give --at POS.");
      return Commands{edit::SplitClip{subject.track, subject.clip.id, position_of(editing.project(), options->at)}};
    });
  };
}

edit::Command clip_setting(const TakenClip& subject, const Setting& setting) {
  const TrackId track = subject.track;
  const document::ClipId clip = subject.clip.id;
  const std::string& value = setting.value;
  if (setting.name == "name") return edit::RenameClip{track, clip, value};
  if (setting.name == "color") return edit::RecolorClip{track, clip, must(parse_color(value))};
  if (setting.name == "active") return edit::SetClipActive{track, clip, must(parse_switch("active", value))};
  if (setting.name == "length") return edit::ResizeClip{track, clip, subject.extent(value)};
  if (setting.name == "offset") return edit::SetClipOffset{track, clip, subject.offset(value)};
  if (setting.name == "loop") return edit::SetClipLoop{track, clip, subject.loop(value)};
  if (setting.name == "gain") return edit::SetClipGain{track, clip, must(parse_value(clip_gain(), value))};
  refuse(
      ErrorKind::usage,
      fmt::format("A clip has no \"{}\": it has name, color, active, length, offset, loop, gain, fade-in and fade-out.",
                  setting.name));
}

Run set_clip(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const TakenClip subject = take_clip(editing);
    const auto* audio = std::get_if<document::AudioClip>(&subject.clip.body);
    edit::SetClipFades fades{subject.track, subject.clip.id, {}, {}};
    if (audio != nullptr) fades = {subject.track, subject.clip.id, audio->fade_in, audio->fade_out};
    bool sets_fades = false;
    Commands commands;
    for (const std::string& word : editing.arguments.take_all("NAME=VALUE")) {
      const Setting setting = must(parse_setting(word));
      if (setting.name == "fade-in" || setting.name == "fade-out") {
        (setting.name == "fade-in" ? fades.fade_in : fades.fade_out) = subject.frames(setting.value);
        sets_fades = true;
      } else {
        commands.push_back(clip_setting(subject, setting));
      }
    }
    if (sets_fades) commands.push_back(fades);
    return commands;
  });
}

}  // namespace

Family clip_verbs() {
  return {
      "Clips",
      {{"clip add", "[DIR] TRACK [NOTE…] [--at POS] [--length LENGTH]", "Add a MIDI clip, with notes or empty",
        "A note is KEY,START,LENGTH[,VELOCITY[,RELEASE]], counted in the clip. Audio clips come in with `firn import`.",
        "firn clip add song Bass --at 9 --length 4\nfirn clip add song Bass C2,1.1.1,0.1.0,100 G2,1.3.1,0.1.0,90 --at "
        "9",
        add_clip},
       {"clip remove", "[DIR] TRACK CLIP…", "Remove clips", "", "firn clip remove song Bass 2", remove_clips},
       {"clip move", "[DIR] TRACK CLIP [--to POS] [--track TRACK]", "Move a clip in time, or to another track", "",
        "firn clip move song Bass 1 --to 17.1.1\nfirn clip move song Bass 1 --track Lead", move_clip},
       {"clip duplicate", "[DIR] TRACK CLIP [--at POS]", "Copy a clip", "",
        "firn clip duplicate song Bass 1\nfirn clip duplicate song Bass 1 --at 33", duplicate_clip},
       {"clip split", "[DIR] TRACK CLIP --at POS", "Cut a clip in two", "", "firn clip split song Bass 1 --at 13.1.1",
        split_clip},
       {"clip set", "[DIR] TRACK CLIP NAME=VALUE…", "Set a clip's name, length, loop, gain, fades and more",
        "    name=TEXT  color=RRGGBB  active=on|off\n"
        "    length=4.0.0         bars.beats.sixteenths from 0, or 2.4s, 1:02.500\n"
        "    offset=1.3.1         where in the content it starts to play; of audio, a length\n"
        "    loop=1.1.1..3.1.1    in the content, or off; of audio, lengths: 0s..2.4s\n"
        "    gain=-3dB  fade-in=10ms  fade-out=2s     of audio clips",
        "firn clip set song Bass 1 length=8 loop=1..3\nfirn clip set song Voice 1 gain=-3dB fade-in=10ms", set_clip}}};
}

}  // namespace firn::cli
