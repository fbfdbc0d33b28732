// Notes and controls of a MIDI clip.
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
using document::Track;

namespace {

// A MIDI clip, and how positions in it are counted.
struct TakenMidiClip {
  document::TrackId track;
  document::ClipId clip;
  time::TimeSignature signature;
  const midi::Content& content;
};

TakenMidiClip take_midi_clip(Editing& editing) {
  const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
  const Clip& clip = clip_of(track, editing.arguments.take("CLIP"));
  const auto* midi = std::get_if<document::MidiClip>(&clip.body);
  if (midi == nullptr) refuse(ErrorKind::refused, fmt::format("\"{}\" is an audio clip: it has no notes.", clip.name));
  return {track.id, clip.id, signature_of(clip, editing.project().tempo), *midi->content};
}

// Which notes are meant: those of a key, those that start in a part of the clip.
struct Selection {
  std::optional<std::string> key;
  RangeOptions range;
  bool all = false;

  bool any() const { return all || key || !range.from.empty() || !range.to.empty(); }
};

void add_selection(CLI::App& app, Selection& selection) {
  add_text(app, "--key", selection.key, "KEY", "The notes of this key");
  add_text(app, "--from", selection.range.from, "POS", "The notes from this position in the clip on");
  add_text(app, "--to", selection.range.to, "POS", "The notes before this position in the clip");
  add_flag(app, "--all", selection.all, "All notes of the clip");
}

std::vector<midi::Note> selected(const Selection& selection, const TakenMidiClip& subject) {
  const auto position = [&](const std::string& text) {
    return std::optional(must(parse_inner(text, subject.signature)));
  };
  const auto from = selection.range.from.empty() ? std::nullopt : position(selection.range.from);
  const auto to = selection.range.to.empty() ? std::nullopt : position(selection.range.to);
  const auto key = selection.key ? std::optional(must(parse_key(*selection.key))) : std::nullopt;
  std::vector<midi::Note> notes;
  for (const midi::Note& note : subject.content.notes) {
    if ((!key || note.key == *key) && (!from || note.start >= *from) && (!to || note.start < *to))
      notes.push_back(note);
  }
  if (notes.empty()) refuse(ErrorKind::not_found, "The clip has no such notes. `firn show --track` lists them.");
  return notes;
}

std::vector<midi::Note> parse_notes(const std::vector<std::string>& words, time::TimeSignature signature) {
  std::vector<midi::Note> notes;
  for (const std::string& word : words) notes.push_back(must(parse_note(word, signature)));
  return notes;
}

// The notes named, or those that options select: never an empty choice.
std::vector<midi::Note> take_notes(const Selection& selection, const TakenMidiClip& subject,
                                   const std::vector<std::string>& words) {
  if (selection.any() && !words.empty()) refuse(ErrorKind::usage, "Name notes, or select them by options, not both.");
  if (selection.any()) return selected(selection, subject);
  if (words.empty()) refuse(ErrorKind::usage, "Which notes? Name them, or give --key, --from, --to or --all.");
  return parse_notes(words, subject.signature);
}

Run add_notes(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const TakenMidiClip subject = take_midi_clip(editing);
    return Commands{edit::AddNotes{subject.track, subject.clip,
                                   parse_notes(editing.arguments.take_all("NOTE"), subject.signature)}};
  });
}

struct SelectOptions {
  Selection selection;
  bool json = false;
};

Run remove_notes(CLI::App& app) {
  const auto options = std::make_shared<SelectOptions>();
  add_selection(app, options->selection);
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const TakenMidiClip subject = take_midi_clip(editing);
      return Commands{edit::RemoveNotes{subject.track, subject.clip,
                                        take_notes(options->selection, subject, editing.arguments.take_rest())}};
    });
  };
}

// A number that is added ("+5", "-5") or put in the place of what was there ("5"), kept within its range.
std::uint8_t changed_number(const Setting& setting, std::uint8_t number, int least, int most) {
  const bool relative = !setting.value.empty() && (setting.value.front() == '+' || setting.value.front() == '-');
  const auto given = must(parse_whole(setting.name, setting.value, relative ? -127 : least, most));
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(relative ? number + given : given, least, most));
}

midi::Note with_setting(midi::Note note, const Setting& setting, time::TimeSignature signature) {
  const auto length_of = [&](std::string_view text) {
    const Length length = must(parse_length(text, signature));
    if (!std::holds_alternative<time::Beats>(length)) {
      refuse(ErrorKind::usage,
             fmt::format("{} is musical: give bars.beats.sixteenths, not \"{}\".", setting.name, text));
    }
    return std::get<time::Beats>(length);
  };
  if (setting.name == "key") {
    note.key = static_cast<std::uint8_t>(must(parse_key(setting.value)));
  } else if (setting.name == "transpose") {
    const auto key = note.key + must(parse_whole("transpose", setting.value, -127, 127));
    if (key < 0 || key > 127) {
      refuse(ErrorKind::usage,
             fmt::format("{} can't be transposed by {}: keys go from C-2 to G8.", format_key(note.key), setting.value));
    }
    note.key = static_cast<std::uint8_t>(key);
  } else if (setting.name == "velocity") {
    note.velocity = changed_number(setting, note.velocity, 1, 127);
  } else if (setting.name == "release") {
    note.release_velocity = changed_number(setting, note.release_velocity, 0, 127);
  } else if (setting.name == "start") {
    note.start = must(parse_inner(setting.value, signature));
  } else if (setting.name == "shift") {
    const bool back = !setting.value.empty() && setting.value.front() == '-';
    const bool sign = back || (!setting.value.empty() && setting.value.front() == '+');
    const time::Beats by = length_of(std::string_view(setting.value).substr(sign ? 1 : 0));
    note.start += back ? time::Beats{} - by : by;
  } else if (setting.name == "length") {
    note.length = length_of(setting.value);
  } else {
    refuse(ErrorKind::usage,
           fmt::format("A note has no \"{}\": it has key, transpose, velocity, release, start, shift and length.",
                       setting.name));
  }
  return note;
}

Run change_notes(CLI::App& app) {
  const auto options = std::make_shared<SelectOptions>();
  add_selection(app, options->selection);
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const TakenMidiClip subject = take_midi_clip(editing);
      std::vector<std::string> names;
      std::vector<Setting> settings;
      for (const std::string& word : editing.arguments.take_rest()) {
        if (word.find('=') == std::string::npos) {
          names.push_back(word);
        } else {
          settings.push_back(must(parse_setting(word)));
        }
      }
      if (settings.empty()) refuse(ErrorKind::usage, "Nothing is set: give NAME=VALUE.");
      edit::ChangeNotes command{subject.track, subject.clip, {}};
      for (const midi::Note& note : take_notes(options->selection, subject, names)) {
        midi::Note changed = note;
        for (const Setting& setting : settings) changed = with_setting(changed, setting, subject.signature);
        command.changes.push_back({note, changed});
      }
      return Commands{command};
    });
  };
}

std::vector<midi::Control> take_controls(Editing& editing, const TakenMidiClip& subject) {
  std::vector<midi::Control> controls;
  for (const std::string& word : editing.arguments.take_all("CONTROL"))
    controls.push_back(must(parse_control(word, subject.signature)));
  return controls;
}

Run add_control(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const TakenMidiClip subject = take_midi_clip(editing);
    return Commands{edit::AddControls{subject.track, subject.clip, take_controls(editing, subject)}};
  });
}

Run remove_control(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const TakenMidiClip subject = take_midi_clip(editing);
    return Commands{edit::RemoveControls{subject.track, subject.clip, take_controls(editing, subject)}};
  });
}

}  // namespace

Family note_verbs() {
  return {
      "Notes",
      {{"note add", "[DIR] TRACK CLIP NOTE…", "Add notes to a MIDI clip",
        "A note is KEY,START,LENGTH[,VELOCITY[,RELEASE]]; 1.1.1 is where the clip's content begins.",
        "firn note add song Bass 1 C2,1.1.1,0.1.0,100 G2,1.3.1,0.0.2", add_notes},
       {"note remove", "[DIR] TRACK CLIP NOTE… | --key KEY | --from POS --to POS | --all", "Remove notes", "",
        "firn note remove song Bass 1 C2,1.1.1,0.1.0,100\nfirn note remove song Bass 1 --key C2 --from 3 --to 5",
        remove_notes},
       {"note change", "[DIR] TRACK CLIP NOTE… NAME=VALUE… | --all NAME=VALUE…",
        "Change notes: key, velocity, start, length",
        "    key=D2  transpose=+12  velocity=90  velocity=+10  release=64\n"
        "    start=1.2.1  shift=+0.0.1  shift=-0.1.0  length=0.2.0",
        "firn note change song Bass 1 --all transpose=+12\nfirn note change song Bass 1 --from 5 --to 9 velocity=-10\n"
        "firn note change song Bass 1 C2,1.1.1,0.1.0,100 key=D2 velocity=80",
        change_notes},
       {"control add", "[DIR] TRACK CLIP CONTROL…", "Add controllers, pitch bend, pressure or programs to a MIDI clip",
        "A control is KIND,POSITION,VALUE: cc0 to cc127, bend (-8192 to 8191), pressure, pressure:KEY or program.",
        "firn control add song Bass 1 cc1,1.1.1,64 bend,1.2.1,-2000", add_control},
       {"control remove", "[DIR] TRACK CLIP CONTROL…", "Remove them", "",
        "firn control remove song Bass 1 cc1,1.1.1,64", remove_control}}};
}

}  // namespace firn::cli
