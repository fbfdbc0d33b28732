#include "edit/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "edit/parts.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using document::TrackKind;

namespace {

Tracks::const_iterator place_of(const Tracks& tracks, TrackId id) {
  return std::find_if(tracks.begin(), tracks.end(), [&](const auto& track) { return track->id == id; });
}

}  // namespace

std::size_t end_of_family(const Tracks& tracks, std::size_t first) {
  std::unordered_set<TrackId> family{tracks[first]->id};
  std::size_t end = first + 1;
  while (end < tracks.size() && family.contains(tracks[end]->group)) family.insert(tracks[end++]->id);
  return end;
}

base::Result<std::pair<std::size_t, std::size_t>> family_of(const Tracks& tracks, TrackId id) {
  const auto found = place_of(tracks, id);
  if (found == tracks.end()) return tl::make_unexpected(no_such_track());
  const auto first = static_cast<std::size_t>(found - tracks.begin());
  return std::pair(first, end_of_family(tracks, first));
}

base::Result<std::size_t> index_of_place(const Tracks& tracks, const Place& place, TrackKind kind) {
  if (kind == TrackKind::return_ && place.group) {
    return base::fail(ErrorKind::refused, "A return stands at the top: it can't be put into a group.");
  }
  if (place.before) {
    const auto before = place_of(tracks, place.before);
    if (before == tracks.end()) return tl::make_unexpected(no_such_track());
    if ((*before)->group != place.group) {
      return base::fail(
          ErrorKind::refused,
          fmt::format("{} doesn't stand directly in the group given, so nothing can be put before it there.",
                      in_quotes((*before)->name)));
    }
    return static_cast<std::size_t>(before - tracks.begin());
  }
  if (place.group) {
    const auto group = place_of(tracks, place.group);
    if (group == tracks.end()) return tl::make_unexpected(no_such_track());
    if ((*group)->kind != TrackKind::group) {
      return base::fail(ErrorKind::refused, fmt::format("{} is {}, not a group: it can't hold other tracks.",
                                                        in_quotes((*group)->name), kind_text((*group)->kind)));
    }
    return end_of_family(tracks, static_cast<std::size_t>(group - tracks.begin()));
  }
  std::size_t index = tracks.size() - 1;
  if (kind != TrackKind::return_) {
    while (index > 0 && tracks[index - 1]->kind == TrackKind::return_) --index;
  }
  return index;
}

}  // namespace firn::edit
