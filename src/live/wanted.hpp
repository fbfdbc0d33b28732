// Wanted: what is to be heard, cut in two at the freeze line: what is read ahead of it, and what the mixer's half makes of that.
//
// Of a project that comes out of a print, both are cut, it and what is heard meanwhile. The control thread.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "engine/engine.hpp"
#include "plan/freeze_line.hpp"
#include "plan/plan.hpp"

namespace firn::live {

using Lags = std::map<plan::StepKey, time::Frames>;  // plan::lags_of
void keep_latest(Lags&, const Lags& others);         // of both

struct Wanted {
  document::Project project;
  document::Project meanwhile;  // what is heard until tracks that come out of a print can be; else the same
  std::set<document::TrackId> out_of_prints = {};  // those tracks
  engine::Sources sources;
  plan::DeviceFacts facts;
  plan::Setup setup;                     // of the mixer's half, but for the lines that it plays, and its latencies
  std::vector<plan::Point> points = {};  // that it puts out
  std::map<plan::StepKey, plan::Stream> above = {};  // the line, in either project, by their ids
  std::map<plan::StepKey, plan::StepKey> ids = {};   // by the keys that the streams have in the plans
};

// Cuts `project`, of what is wanted of it so far: its facts, setup and points. Adds the streams that are above the line, with no less latency
// than `lags`, and their ids; those of a project that was cut before stay. Fails as plan::compile does.
base::Result<void> cut_in_two(Wanted&, const document::Project& project, const Lags& lags);

plan::Point post_fx_of(document::TrackId);
// A track's Post FX is the same stream, whether devices make it or a print.
plan::StepKey post_fx_id_of(document::TrackId);
bool is_post_fx(const plan::Stream&);

}  // namespace firn::live
