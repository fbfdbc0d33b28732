// Lines: of each stream that crosses the freeze line, what is read ahead of it: the line that is heard, and the one that will be as soon as it
// has caught up.
//
// The control thread's.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/result.hpp"
#include "live/read_ahead.hpp"
#include "live/wanted.hpp"

namespace firn::live {

// Asked of each track whose Post FX is read ahead, with the plan of that: who keeps what is made. It may say nobody.
using KeepOf = std::function<Keep(document::TrackId, const plan::Plan&)>;

class Lines {
 public:
  // Of one stream. The numbers are those of read-ahead; 0: none.
  struct Line {
    int now = 0;            // what is heard
    int next = 0;           // what will be, as soon as it has caught up
    bool is_below = false;  // until it has a line it is made below the line, as it was before; else it is silent
    std::optional<plan::StepKey> stands_in_for = {};  // a file of such a stream: it goes with it
    int latest() const { return next != 0 ? next : now; }
  };
  using ByStream = std::map<plan::StepKey, Line>;  // by the streams' ids

  Lines(ReadAhead& ahead, KeepOf keep) : ahead_(ahead), keep_(std::move(keep)) {}

  // What they are for what is wanted: as now, and another where there is none whose devices go on. What is made below the line until
  // then, in the plan that plays (null: none does yet), has its files from above: these are wanted, too. Nothing is heard of it before it
  // becomes so. Fails as ReadAhead::add does.
  base::Result<ByStream> make_for(Wanted&, const plan::Plan* playing);
  void become(ByStream, const Wanted&);  // each goes on as what is wanted of it
  // True if lines have caught up: they are heard from now on, and the files that stood in for them no longer wanted.
  bool tend(Wanted&);

  bool follow() const;  // is there one that isn't heard yet?
  // The lines that a plan plays, 0 for silence, by the keys that their streams have there; not those that it makes itself.
  std::map<plan::StepKey, int> played(const Wanted&) const;
  std::set<int> all() const;
  // Those that are in no plan, and go on all the same, to be there as soon as they are heard.
  std::set<int> unheard_beside(const std::set<int>& heard) const;
  // Are all of these tracks' lines among `taken`?
  bool are_taken(const std::set<document::TrackId>&, const std::set<int>& taken) const;
  Lags lags() const;  // of all their steps

 private:
  base::Result<void> make(Line&, const plan::Stream&, const engine::Sources&, bool plays);

  ReadAhead& ahead_;
  const KeepOf keep_;
  ByStream lines_;
};

}  // namespace firn::live
