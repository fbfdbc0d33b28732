#include <algorithm>

#include "edit/parts.hpp"
#include "edit/sends.hpp"
#include "edit/verbs.hpp"

namespace firn::edit {

using base::Result;
using document::Send;
using document::Track;

Send& send_to(Track& track, TrackId to) {
  auto& sends = track.mixer.sends;
  const auto found = std::find_if(sends.begin(), sends.end(), [&](const Send& send) { return send.to == to; });
  if (found != sends.end()) return *found;
  Send send;
  send.to = to;
  return sends.emplace_back(std::move(send));
}

Result<Project> carry_out(const Project& project, const SetVolume& command) {
  return changed_track(project, command.track, [&](Track& track) { track.mixer.volume_db = command.db; });
}

Result<Project> carry_out(const Project& project, const SetPan& command) {
  return changed_track(project, command.track, [&](Track& track) { track.mixer.pan = command.pan; });
}

Result<Project> carry_out(const Project& project, const SetActivator& command) {
  return changed_track(project, command.track, [&](Track& track) { track.mixer.activator = command.on; });
}

Result<Project> carry_out(const Project& project, const SetSolo& command) {
  return changed_track(project, command.track, [&](Track& track) { track.mixer.solo = command.solo; });
}

Result<Project> carry_out(const Project& project, const SetSendLevel& command) {
  return changed_track(project, command.track, [&](Track& track) { send_to(track, command.to).level_db = command.db; });
}

Result<Project> carry_out(const Project& project, const SetSendPoint& command) {
  return changed_track(project, command.track,
                       [&](Track& track) { send_to(track, command.to).pre_fader = command.pre_fader; });
}

Result<Project> carry_out(const Project& project, const SetSendOn& command) {
  return changed_track(project, command.track, [&](Track& track) { send_to(track, command.to).on = command.on; });
}

}  // namespace firn::edit
