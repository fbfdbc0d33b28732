#include "files/midi_sequence.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>

namespace firn::files {
namespace {

using time::Beats;

void set_drums(std::vector<MidiTrackContent>& contents) {
  std::map<MidiPlace, bool> told;
  const bool xg_or_gm2 = std::any_of(contents.begin(), contents.end(), [](const auto& c) { return c.xg_or_gm2; });
  for (const auto& content : contents) {
    if (xg_or_gm2) {
      for (const MidiPlace& place : content.xg_drums) told[place] = true;
    }
    for (const auto& [place, drums] : content.drum_parts) told[place] = drums;
  }
  for (auto& content : contents) {
    for (auto& channel : content.track.channels) {
      const auto found = told.find(place_of(channel));
      channel.drums = found != told.end() ? found->second : channel.channel == drum_channel;
    }
  }
}

// Sorted by position; of several at one position the last counts; with `initial` at beat 0 if there is none.
template <class Element>
std::vector<Element> in_order(std::vector<Element> elements, Element initial) {
  elements.insert(elements.begin(), std::move(initial));
  std::stable_sort(elements.begin(), elements.end(), [](const Element& a, const Element& b) { return a.at < b.at; });
  std::vector<Element> kept;
  for (Element& element : elements) {
    if (!kept.empty() && kept.back().at == element.at) kept.pop_back();
    kept.push_back(std::move(element));
  }
  return kept;
}

template <class Element>
void append(std::vector<Element>& to, std::vector<Element>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Whether any were at or after `limit`, where they go.
template <class Element>
bool erase_from(std::vector<Element>& elements, Beats limit) {
  return std::erase_if(elements, [&](const Element& element) { return element.at >= limit; }) > 0;
}

bool cut_track(MidiTrack& track, Beats limit) {
  bool cut = track.end > limit;
  track.end = std::min(track.end, limit);
  for (auto& channel : track.channels) {
    auto& content = channel.content;
    cut = erase_from(content.controls, limit) || cut;
    cut = std::erase_if(content.notes, [&](const midi::Note& note) { return note.start >= limit; }) > 0 || cut;
    for (auto& note : content.notes) {
      if (note.length <= limit - note.start) continue;
      note.length = limit - note.start;
      cut = true;
    }
  }
  return cut;
}

void put_in_order(MidiTrack& track) {
  for (auto& channel : track.channels) {
    std::sort(channel.content.notes.begin(), channel.content.notes.end());
    for (const auto& note : channel.content.notes) track.end = std::max(track.end, note.start + note.length);
  }
  std::erase_if(track.channels,
                [](const MidiChannel& c) { return c.content.notes.empty() && c.content.controls.empty(); });
  std::sort(track.channels.begin(), track.channels.end(),
            [](const MidiChannel& a, const MidiChannel& b) { return place_of(a) < place_of(b); });
}

}  // namespace

MidiSequence MidiSequenceBuilder::build(std::vector<MidiTrackContent> contents) {
  end_hanging_notes(contents);
  end_silenced_notes(contents);
  set_drums(contents);
  MidiSequence sequence;
  std::vector<time::TempoPoint> tempos;
  std::vector<time::TimeSignature> signatures;
  for (auto& content : contents) {
    append(tempos, content.tempos);
    append(signatures, content.signatures);
    append(sequence.locators, content.locators);
  }
  sequence.tempos = in_order(std::move(tempos), time::TempoPoint{});
  sequence.signatures = in_order(std::move(signatures), time::TimeSignature{});
  std::stable_sort(sequence.locators.begin(), sequence.locators.end(),
                   [](const MidiLocator& a, const MidiLocator& b) { return a.at < b.at; });

  const auto map = time::TempoMap::make(sequence.tempos, sequence.signatures);
  assert(map && "the track reader lets nothing through that a tempo map refuses");
  // A whole quarter, so that the limit is exact at every resolution.
  const std::int64_t limit = std::max<std::int64_t>(0, map->beats_at(time::Seconds{seconds_left_}).ticks);
  cut_after(Beats::quarters(limit / Beats::ticks_per_quarter), contents, sequence);
  if (!contents.empty()) sequence.name = contents.front().track.name;
  for (auto& content : contents) {
    put_in_order(content.track);
    sequence.end = std::max(sequence.end, content.track.end);
    sequence.tracks.push_back(std::move(content.track));
  }
  seconds_left_ -= map->seconds_at(length_in_bars(sequence)).count;
  return sequence;
}

Beats length_in_bars(const MidiSequence& sequence) {
  const auto map = time::TempoMap::make(sequence.tempos, sequence.signatures);
  assert(map && "a sequence's tempos and signatures fit a tempo map");
  return map->bar_at_or_after(std::max(sequence.end, Beats{1}));
}

// A note that its own track does not end ends where another track sends a note-off for it, else where its track ends.
void MidiSequenceBuilder::end_hanging_notes(std::vector<MidiTrackContent>& contents) {
  using Key = std::tuple<MidiPlace, std::uint8_t>;
  struct Hanging {
    midi::Note* note = nullptr;
    Beats track_end;
    std::size_t offset = 0;
  };
  std::map<Key, std::vector<Hanging>> hanging;
  std::map<Key, std::vector<StrayNoteOff>> strays;
  for (auto& content : contents) {
    for (const auto& at : content.hanging) {
      MidiChannel& channel = content.track.channels[at.channel];
      midi::Note& note = channel.content.notes[at.note];
      hanging[{place_of(channel), note.key}].push_back({&note, content.track.end, at.offset});
    }
    for (const auto& stray : content.strays) strays[{stray.place, stray.key}].push_back(stray);
  }
  for (auto& [key, notes] : hanging) {
    std::stable_sort(notes.begin(), notes.end(),
                     [](const Hanging& a, const Hanging& b) { return a.note->start < b.note->start; });
    auto& offs = strays[key];
    std::stable_sort(offs.begin(), offs.end(),
                     [](const StrayNoteOff& a, const StrayNoteOff& b) { return a.at < b.at; });
    std::vector<StrayNoteOff> unused;
    auto off = offs.begin();
    for (auto& [note, track_end, offset] : notes) {
      for (; off != offs.end() && off->at <= note->start; ++off) unused.push_back(*off);
      if (off != offs.end()) {
        note->length = off->at - note->start;
        note->release_velocity = off->release_velocity;
        ++off;
      } else {
        const Beats tick{(division_.numerator + division_.denominator - 1) / division_.denominator};
        note->length = std::max(track_end - note->start, tick);
        warnings_.add("a note never ends; it ends with its track", offset);
      }
    }
    unused.insert(unused.end(), off, offs.end());
    offs = std::move(unused);
  }
  for (const auto& [key, offs] : strays) {
    for (const auto& stray : offs) warnings_.add(stray_note_off, stray.offset);
  }
}

// "All notes off" and "all sound off" end the notes of the channel in all tracks.
void MidiSequenceBuilder::end_silenced_notes(std::vector<MidiTrackContent>& contents) {
  std::map<MidiPlace, std::vector<Beats>> silences;
  for (const auto& content : contents) {
    for (const auto& [place, at] : content.silences) silences[place].push_back(at);
  }
  for (auto& [place, times] : silences) std::sort(times.begin(), times.end());
  for (auto& content : contents) {
    for (auto& channel : content.track.channels) {
      const auto found = silences.find(place_of(channel));
      if (found == silences.end()) continue;
      for (auto& note : channel.content.notes) {
        const auto silence = std::upper_bound(found->second.begin(), found->second.end(), note.start);
        if (silence != found->second.end()) note.length = std::min(note.length, *silence - note.start);
      }
    }
  }
}

void MidiSequenceBuilder::cut_after(Beats limit, std::vector<MidiTrackContent>& contents, MidiSequence& sequence) {
  constexpr std::string_view what = "the file goes on after 24 hours; what lies beyond is left out";
  const std::size_t first = contents.empty() ? 0 : contents.front().offset;
  for (auto& content : contents) {
    if (cut_track(content.track, limit)) warnings_.add(what, content.offset);
  }
  limit = std::max(limit, Beats{1});  // what stands at beat 0 stays
  const bool cut_tempos = erase_from(sequence.tempos, limit);
  const bool cut_signatures = erase_from(sequence.signatures, limit);
  if (erase_from(sequence.locators, limit) || cut_tempos || cut_signatures) warnings_.add(what, first);
}

}  // namespace firn::files
