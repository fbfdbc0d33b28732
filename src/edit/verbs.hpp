// The verbs: how each command is carried out, one file per family. Room-private; pure.
//
// A verb makes the change and no more. What may be attempted at all (frozen tracks) and whether what came out may
// stand (ranges, kinds, cycles) is judged by apply(), in one place for all.
#pragma once

#include "base/result.hpp"
#include "edit/command.hpp"

namespace firn::edit {

// tracks.cpp
base::Result<Project> carry_out(const Project&, const AddTrack&);
base::Result<Project> carry_out(const Project&, const RemoveTrack&);
base::Result<Project> carry_out(const Project&, const RenameTrack&);
base::Result<Project> carry_out(const Project&, const RecolorTrack&);
base::Result<Project> carry_out(const Project&, const MoveTrack&);
base::Result<Project> carry_out(const Project&, const DuplicateTrack&);
base::Result<Project> carry_out(const Project&, const SetTrackActive&);

// clips.cpp
base::Result<Project> carry_out(const Project&, const AddClip&);
base::Result<Project> carry_out(const Project&, const RemoveClip&);
base::Result<Project> carry_out(const Project&, const MoveClip&);
base::Result<Project> carry_out(const Project&, const ResizeClip&);
base::Result<Project> carry_out(const Project&, const SplitClip&);
base::Result<Project> carry_out(const Project&, const RenameClip&);
base::Result<Project> carry_out(const Project&, const RecolorClip&);
base::Result<Project> carry_out(const Project&, const SetClipActive&);
base::Result<Project> carry_out(const Project&, const SetClipOffset&);
base::Result<Project> carry_out(const Project&, const SetClipLoop&);
base::Result<Project> carry_out(const Project&, const SetClipGain&);
base::Result<Project> carry_out(const Project&, const SetClipFades&);
base::Result<Project> carry_out(const Project&, const DuplicateClip&);

// notes.cpp
base::Result<Project> carry_out(const Project&, const AddNotes&);
base::Result<Project> carry_out(const Project&, const RemoveNotes&);
base::Result<Project> carry_out(const Project&, const ChangeNotes&);
base::Result<Project> carry_out(const Project&, const AddControls&);
base::Result<Project> carry_out(const Project&, const RemoveControls&);

// devices.cpp
base::Result<Project> carry_out(const Project&, const AddDevice&);
base::Result<Project> carry_out(const Project&, const RemoveDevice&);
base::Result<Project> carry_out(const Project&, const MoveDevice&);
base::Result<Project> carry_out(const Project&, const RenameDevice&);
base::Result<Project> carry_out(const Project&, const SetParameters&);
base::Result<Project> carry_out(const Project&, const SetDeviceFile&);
base::Result<Project> carry_out(const Project&, const SetDeviceOn&);
base::Result<Project> carry_out(const Project&, const SetDeviceSeed&);
base::Result<Project> carry_out(const Project&, const SetSideChain&);

// mixer.cpp
base::Result<Project> carry_out(const Project&, const SetVolume&);
base::Result<Project> carry_out(const Project&, const SetPan&);
base::Result<Project> carry_out(const Project&, const SetActivator&);
base::Result<Project> carry_out(const Project&, const SetSolo&);
base::Result<Project> carry_out(const Project&, const SetSendLevel&);
base::Result<Project> carry_out(const Project&, const SetSendPoint&);
base::Result<Project> carry_out(const Project&, const SetSendOn&);

// routing.cpp
base::Result<Project> carry_out(const Project&, const SetInput&);
base::Result<Project> carry_out(const Project&, const SetOutput&);
base::Result<Project> carry_out(const Project&, const SetMonitor&);
base::Result<Project> carry_out(const Project&, const SetArmed&);

// automation.cpp
base::Result<Project> carry_out(const Project&, const SetAutomation&);
base::Result<Project> carry_out(const Project&, const AddPoint&);
base::Result<Project> carry_out(const Project&, const RemovePoint&);
base::Result<Project> carry_out(const Project&, const ClearAutomation&);

// tempo.cpp
base::Result<Project> carry_out(const Project&, const SetTempo&);
base::Result<Project> carry_out(const Project&, const SetTimeSignatures&);
base::Result<Project> carry_out(const Project&, const AddLocator&);
base::Result<Project> carry_out(const Project&, const RemoveLocator&);
base::Result<Project> carry_out(const Project&, const RenameLocator&);
base::Result<Project> carry_out(const Project&, const MoveLocator&);
base::Result<Project> carry_out(const Project&, const SetTailLimit&);
base::Result<Project> carry_out(const Project&, const SetPluginGrid&);

// conversion.cpp
base::Result<Project> carry_out(const Project&, const Freeze&);
base::Result<Project> carry_out(const Project&, const Unfreeze&);
base::Result<Project> carry_out(const Project&, const Flatten&);
base::Result<Project> carry_out(const Project&, const Unflatten&);
base::Result<Project> carry_out(const Project&, const BounceToNewTrack&);
base::Result<Project> carry_out(const Project&, const BouncePads&);
base::Result<Project> carry_out(const Project&, const BounceInPlace&);
base::Result<Project> carry_out(const Project&, const UpdateBounce&);
base::Result<Project> carry_out(const Project&, const RecordTake&);

}  // namespace firn::edit
