#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "edit/checks.hpp"
#include "edit/parts.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::MidiClip;
using midi::Control;
using midi::Note;

namespace {

// Takes the notes out, one for each given. Fails (not_found) with the first that is not there.
Result<void> take_out(std::vector<Note>& notes, std::vector<Note> gone) {
  std::sort(gone.begin(), gone.end());
  std::vector<Note> missing;
  std::set_difference(gone.begin(), gone.end(), notes.begin(), notes.end(), std::back_inserter(missing));
  if (!missing.empty()) {
    return base::fail(
        ErrorKind::not_found,
        fmt::format("There is no note {} of velocity {} that starts {:.6g} beats into the clip's content.",
                    key_text(missing.front().key), missing.front().velocity, missing.front().start.in_quarters()));
  }
  std::vector<Note> rest;
  rest.reserve(notes.size() - gone.size());
  std::set_difference(notes.begin(), notes.end(), gone.begin(), gone.end(), std::back_inserter(rest));
  notes = std::move(rest);
  return {};
}

void put_in(std::vector<Note>& notes, std::vector<Note> added) {
  std::sort(added.begin(), added.end());
  const auto middle = static_cast<std::ptrdiff_t>(notes.size());
  notes.insert(notes.end(), added.begin(), added.end());
  std::inplace_merge(notes.begin(), notes.begin() + middle, notes.end());
}

bool is_before(const Control& a, const Control& b) { return a.at < b.at; }

Result<void> take_out(std::vector<Control>& controls, const std::vector<Control>& gone) {
  for (const Control& control : gone) {
    const auto [first, end] = std::equal_range(controls.begin(), controls.end(), control, is_before);
    const auto found = std::find(first, end, control);
    if (found == end) {
      return base::fail(
          ErrorKind::not_found,
          fmt::format("There is no such control {:.6g} beats into the clip's content.", control.at.in_quarters()));
    }
    controls.erase(found);
  }
  return {};
}

// Those at a position go behind those that are there.
void put_in(std::vector<Control>& controls, const std::vector<Control>& added) {
  controls.insert(controls.end(), added.begin(), added.end());
  std::stable_sort(controls.begin(), controls.end(), is_before);
}

// Changes a copy of the content, judges it, and puts it in the old one's place.
template <class Change>
Result<Project> changed_content(const Project& project, TrackId track, ClipId clip, Change change) {
  return changed_midi_clip(project, track, clip, [&](MidiClip& body) -> Result<void> {
    midi::Content content = *body.content;
    if (auto done = changed_in_place(change, content); !done) return done;
    if (auto problem = problem_of_content(content)) return tl::make_unexpected(*problem);
    body.content = std::move(content);
    return {};
  });
}

}  // namespace

Result<Project> carry_out(const Project& project, const AddNotes& command) {
  return changed_content(project, command.track, command.clip,
                         [&](midi::Content& content) { put_in(content.notes, command.notes); });
}

Result<Project> carry_out(const Project& project, const RemoveNotes& command) {
  return changed_content(project, command.track, command.clip,
                         [&](midi::Content& content) { return take_out(content.notes, command.notes); });
}

Result<Project> carry_out(const Project& project, const ChangeNotes& command) {
  std::vector<Note> from;
  std::vector<Note> to;
  for (const NoteChange& change : command.changes) {
    from.push_back(change.from);
    to.push_back(change.to);
  }
  return changed_content(project, command.track, command.clip, [&](midi::Content& content) {
    return take_out(content.notes, from).map([&] { put_in(content.notes, to); });
  });
}

Result<Project> carry_out(const Project& project, const AddControls& command) {
  return changed_content(project, command.track, command.clip,
                         [&](midi::Content& content) { put_in(content.controls, command.controls); });
}

Result<Project> carry_out(const Project& project, const RemoveControls& command) {
  return changed_content(project, command.track, command.clip,
                         [&](midi::Content& content) { return take_out(content.controls, command.controls); });
}

}  // namespace firn::edit
