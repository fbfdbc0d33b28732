#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "edit/copies.hpp"
#include "edit/layout.hpp"
#include "edit/parts.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::Track;
using document::TrackKind;

namespace {

std::string default_name(const Project& project, TrackKind kind) {
  const std::set<std::string> taken = track_names(project);
  if (kind == TrackKind::return_) {
    return first_free(taken, [](int number) {
      return number <= 26 ? std::string(1, static_cast<char>('A' + number - 1)) : fmt::format("Return {}", number);
    });
  }
  const std::string_view word = kind == TrackKind::midi ? "MIDI" : kind == TrackKind::audio ? "Audio" : "Group";
  return first_free(taken, [&](int number) { return fmt::format("{} {}", word, number); });
}

Result<void> refuse_main(const Project& project, TrackId id, std::string_view verb) {
  if (document::main_of(project).id != id) return {};
  return base::fail(ErrorKind::refused, fmt::format("{} is in every project and can't be {}.",
                                                    in_quotes(document::main_of(project).name), verb));
}

using Family = std::unordered_set<TrackId>;

// Removes every mention of the tracks in `gone`. False if there was none.
bool forget(Track& track, const Family& gone) {
  bool changed = std::erase_if(track.mixer.sends, [&](const auto& send) { return gone.contains(send.to); }) > 0;
  if (const auto* input = std::get_if<document::Tap>(&track.input); input != nullptr && gone.contains(input->track)) {
    track.input = document::NoInput{};
    changed = true;
  }
  if (const auto* to = std::get_if<document::ToTrack>(&track.output); to != nullptr && gone.contains(to->track)) {
    track.output = document::ToParent{};
    changed = true;
  }
  for (auto& device : track.devices) {
    if (!device.side_chain || !gone.contains(device.side_chain->track)) continue;
    device.side_chain.reset();
    changed = true;
  }
  const auto automates_what_is_gone = [&](const document::Automation& automation) {
    const auto* send = std::get_if<document::SendTarget>(&automation.target);
    return send != nullptr && gone.contains(send->to);
  };
  return std::erase_if(track.automation, automates_what_is_gone) > 0 || changed;
}

}  // namespace

Result<Project> carry_out(const Project& project, const AddTrack& command) {
  if (command.kind == TrackKind::main) {
    return base::fail(ErrorKind::refused, "A project has one Main track and can't have another.");
  }
  return index_of_place(project.tracks, command.place, command.kind).map([&](std::size_t index) {
    Project after = project;
    Track track;
    track.id = {after.next_id++};
    track.kind = command.kind;
    track.name = command.name.empty() ? default_name(project, command.kind) : command.name;
    track.color = command.color;
    track.group = command.place.group;
    after.tracks.insert(after.tracks.begin() + static_cast<std::ptrdiff_t>(index), std::move(track));
    return after;
  });
}

Result<Project> carry_out(const Project& project, const RemoveTrack& command) {
  return refuse_main(project, command.track, "removed")
      .and_then([&] { return family_of(project.tracks, command.track); })
      .map([&](std::pair<std::size_t, std::size_t> family) {
        Project after = project;
        const auto first = after.tracks.begin() + static_cast<std::ptrdiff_t>(family.first);
        const auto end = after.tracks.begin() + static_cast<std::ptrdiff_t>(family.second);
        Family gone;
        std::for_each(first, end, [&](const auto& track) { gone.insert(track->id); });
        after.tracks.erase(first, end);
        for (auto& box : after.tracks) {
          Track track = *box;
          if (forget(track, gone)) box = std::move(track);
        }
        return after;
      });
}

Result<Project> carry_out(const Project& project, const RenameTrack& command) {
  return changed_track(project, command.track, [&](Track& track) { track.name = command.name; });
}

Result<Project> carry_out(const Project& project, const RecolorTrack& command) {
  return changed_track(project, command.track, [&](Track& track) { track.color = command.color; });
}

Result<Project> carry_out(const Project& project, const MoveTrack& command) {
  if (auto allowed = refuse_main(project, command.track, "moved"); !allowed)
    return tl::make_unexpected(allowed.error());
  const auto family = family_of(project.tracks, command.track);
  if (!family) return tl::make_unexpected(family.error());
  const auto first = project.tracks.begin() + static_cast<std::ptrdiff_t>(family->first);
  const auto end = project.tracks.begin() + static_cast<std::ptrdiff_t>(family->second);
  const auto goes_along = [&](TrackId id) {
    return id && std::any_of(first, end, [&](const auto& track) { return track->id == id; });
  };
  if (goes_along(command.place.group) || goes_along(command.place.before)) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} can't be moved into or before itself.", in_quotes((*first)->name)));
  }
  Tracks moved(first, end);
  Tracks rest(project.tracks.begin(), first);
  rest.insert(rest.end(), end, project.tracks.end());
  return index_of_place(rest, command.place, (*first)->kind).map([&](std::size_t index) {
    if (moved.front()->group != command.place.group) {
      moved.front() = base::changed(moved.front(), [&](Track& track) { track.group = command.place.group; });
    }
    rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(index), moved.begin(), moved.end());
    Project after = project;
    after.tracks = std::move(rest);
    return after;
  });
}

Result<Project> carry_out(const Project& project, const DuplicateTrack& command) {
  return refuse_main(project, command.track, "duplicated")
      .and_then([&] { return family_of(project.tracks, command.track); })
      .map([&](std::pair<std::size_t, std::size_t> family) {
        std::vector<const Track*> originals;
        for (std::size_t i = family.first; i < family.second; ++i) originals.push_back(project.tracks[i].get());
        Project after = project;
        std::set<std::string> names = track_names(project);
        std::vector<Track> copies = copies_of(originals, after.next_id);
        for (Track& copy : copies) {
          const bool named = &copy == &copies.front() && !command.name.empty();
          copy.name = named ? command.name : marked_name(names, copy.name, "Copy");
          copy.armed = false;
          names.insert(copy.name);
        }
        after.tracks.insert(after.tracks.begin() + static_cast<std::ptrdiff_t>(family.second), copies.begin(),
                            copies.end());
        return after;
      });
}

Result<Project> carry_out(const Project& project, const SetTrackActive& command) {
  return changed_track(project, command.track, [&](Track& track) { track.active = command.active; });
}

}  // namespace firn::edit
