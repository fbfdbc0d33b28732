// DeviceRunner: a processor, its automation and its switch, as one step of a plan. Audio thread.
//
// It cuts a block at the frames where a parameter changes: at a breakpoint, and where the parameter moves, at each multiple
// of 16 frames of the timeline (SPEC A3).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "devices/plugins.hpp"
#include "devices/processor.hpp"
#include "engine/curve_reader.hpp"
#include "engine/delay_line.hpp"
#include "engine/note_switch.hpp"
#include "engine/signal.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::engine {

class DeviceRunner {
 public:
  static base::Result<DeviceRunner> make(const plan::Process&, const plan::Plan&, const devices::FileFinder&,
                                         const devices::Plugins&);
  // Without a processor: it takes over that of another before its first block.
  static DeviceRunner make_kept(const plan::Process&, const plan::Plan&);

  // Goes on as another runner of the same device, with parameters that may have been moved. `hears_another`: what enters comes from elsewhere
  // from now on.
  void take_over(DeviceRunner& before, bool hears_another);

  // `at` is where in the run the block lies that enters. side_chain may be null.
  void run(const time::Run&, time::Frames at, int frames, const Signal& in, const Signal* side_chain, Signal& out);

  void set_patience(std::chrono::nanoseconds patience) {
    if (processor_) processor_->set_patience(patience);
  }

  // A device that has failed for good makes silence. A plug-in may not even load.
  bool has_fault() const { return has_fault_; }
  std::optional<base::Error> fault() const;

  bool save(base::ImageWriter&) const;  // false: not at this point
  void restore(base::ImageReader&);

 private:
  struct Automated {
    int index;
    CurveReader curve;
    devices::Parameter parameter;
    bool moves_on_knob;  // the curve is in knob travel, not in the parameter's unit
    double last;
  };
  DeviceRunner(const plan::Process&, const plan::Plan&);
  void move_parameters(time::Frames at);
  void end_notes(devices::Block&);
  void count_notes(std::span<const midi::Event>);

  // Each sets what has changed at the first frame of a stretch, and says for how many frames nothing else may change, at most its own.
  int follow_parameters(const time::Stretch&);
  int follow_switch(const time::Stretch&);
  void process(const time::Stretch&, int offset, const Signal& in, const Signal* side_chain, Signal& out);
  void choose_events(const devices::Block&, std::vector<midi::Event>& out);
  std::span<const midi::Event> late(const devices::Block&);  // what entered, the latency later
  void bypass(const devices::Block&);

  std::unique_ptr<devices::Processor> processor_;  // null if it could not be made
  std::optional<base::Error> unmade_;              // why
  bool has_fault_ = false;
  devices::DeviceClass class_ = devices::DeviceClass::audio_effect;
  devices::Facts facts_;
  time::SampleRate rate_;
  base::Box<time::TempoMap> tempo_;
  std::vector<Automated> automated_;
  std::optional<CurveReader> on_;
  bool is_on_ = true;
  std::optional<DelayLine> dry_;  // what a switched-off effect with latency passes
  audio::StereoBuffer dry_block_{512};
  std::vector<midi::Event> made_;  // by a MIDI effect whose switch is automated
  // What a switched-off MIDI effect with latency passes. Such a one is a plug-in, whose state is never saved.
  std::vector<midi::Event> late_;
  std::size_t late_passed_ = 0;  // of them, by the block before
  NoteSwitch notes_;
  bool passes_made_ = true;  // of the two, notes_ passes what the effect makes
  // What another runner leaves to this one.
  std::vector<double> values_;    // of the parameters that are not automated, as the processor knows them
  std::vector<double> moved_to_;  // and as they are to be from the next block on
  bool has_moved_ = false;
  std::array<std::uint8_t, 128> entered_{};  // by key: the notes that have begun and not yet ended in what enters
  bool ends_notes_ = false;                  // those of another stream than what enters now
  std::vector<midi::Event> entering_;        // with their ends
};

}  // namespace firn::engine
