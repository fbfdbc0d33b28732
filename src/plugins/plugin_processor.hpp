// PluginProcessor: a plug-in in a process of its own as a Processor: it gathers what comes into whole grid blocks, has them processed as many
// at a time as there are, and gives them back one grid later, so that the plug-in hears the same blocks however the run is cut.
//
// A stereo track's mono effect is run twice, a process for each side.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "devices/processor.hpp"
#include "plugins/loaded_plugin.hpp"

namespace firn::plugins {

// All of what the device adds: the plug-in's own latency, and one grid to gather its blocks.
time::Frames latency_of(const LoadedPlugin&, int grid);
// How many processes a plug-in of that shape takes: 2 where each side has one.
int processes_for(const devices::DeviceType&, int ins, int outs);

class PluginProcessor final : public devices::Processor {
 public:
  // `sides` is as many as processes_for(), all loaded alike. Of the settings it takes the grid and the pad. `name` is the plug-in's, for messages.
  PluginProcessor(std::vector<LoadedPlugin> sides, const devices::Settings&, std::string name);

  void set_parameter(int index, double value) override;
  bool takes_changes() const override { return true; }
  void set_parameter_at(time::Frames, int index, double value) override;
  void set_patience(std::chrono::nanoseconds patience) override { patience_ = patience; }
  void process(const devices::Block&) override;
  bool has_fault() const override { return failure_ != Failure::none; }
  std::optional<base::Error> fault() const override;
  bool save(base::ImageWriter&) const override { return false; }
  void restore(base::ImageReader&) override {}

 private:
  struct Change {
    time::Frames at;
    int parameter;  // the plug-in's number
    double value;
  };

  void begin(time::Frames at);
  void process_part(const devices::Block&, time::Frames at, int offset, int count);
  void gather(const devices::Block&, time::Frames at, int offset, int count);
  // Asks for `frames`, whole grid blocks of what was gathered; what comes of them is collected when it is needed, so that a plug-in has the time
  // of a block.
  void hand_off(const devices::Block&, int frames);
  void collect();
  bool is_free();  // all that was asked has been answered, also what came late
  bool wait();     // for what is asked; false: it is late, or never comes
  struct Told {    // the first so many of what it is to be told
    int events = 0;
    int changes = 0;
  };
  Told ask(Exchange&, const devices::Block&, int frames, int side) const;
  void take_silence(int frames);
  void take(const Exchange&);
  void take_events(const Exchange&, int frames);
  enum class Failure { none, lost, error, latency_changed, no_numbers };
  void fail(Failure, const LoadedPlugin& side);

  std::vector<LoadedPlugin> sides_;
  int grid_;
  int output_;  // as Exchange has it
  std::string name_;
  bool is_midi_effect_;
  bool begun_ = false;
  time::Frames gathered_from_;      // the timeline position of the first gathered frame: a multiple of the grid
  int gathered_ = 0;                // frames
  audio::StereoBuffer in_;          // what was gathered
  audio::StereoBuffer side_chain_;  // likewise
  bool has_side_chain_ = false;
  std::vector<midi::Event> events_;  // in what was gathered and after, sorted
  std::vector<Change> changes_;      // likewise
  audio::StereoBuffer out_;          // a ring of what is to be given back
  std::size_t out_first_ = 0;
  std::size_t out_count_ = 0;
  std::vector<midi::Event> events_out_;  // likewise, by their positions in the plug-in's input
  time::FrameRange asked_;               // and not yet collected
  std::chrono::nanoseconds patience_ = std::chrono::hours(1);
  bool is_late_ = false;
  Failure failure_ = Failure::none;
  const LoadedPlugin* failing_ = nullptr;  // of the sides, which are never moved
  std::int64_t new_latency_ = 0;
  std::array<char, max_reason> reason_{};
};

}  // namespace firn::plugins
