// Processor: a device at work: the only virtual call in the audio path. Made on any thread; process() on one at a time.
//
// A processor is told the place of every sample in the transport's run, starts with the first sample of a run in the state it was made in, and
// gives the same samples however that run is cut into blocks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "base/image.hpp"
#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "midi/event.hpp"
#include "time/tempo_map.hpp"

namespace firn::devices {

// Marks what runs on an audio thread: it allocates nothing, locks nothing, frees nothing, touches no file.
#define FIRN_REALTIME

struct Block {
  time::Frames at;                        // of the first sample, in the run: the next block goes on where this one ends
  int frames = 0;                         // 1 or more, no upper bound promised
  const time::TempoMap* tempo = nullptr;  // for devices with uses_tempo
  time::SampleRate rate;
  time::Frames shift;  // from the run to the timeline, all over the block: 0 until a loop is gone round (time::Run)

  time::Beats beats_at(time::Frames run) const { return tempo->beats_at(run + shift, rate); }
  time::Frames frame_at(time::Beats beats) const { return tempo->frame_at(beats, rate) - shift; }

  std::span<const midi::Event> events;  // for MIDI effects and instruments: sorted, at <= event.at < at + frames
  std::vector<midi::Event>* events_out = nullptr;  // for MIDI effects: append, sorted, within the block; has capacity

  audio::ConstStereoView in;          // for audio effects; never the same memory as out
  audio::ConstStereoView side_chain;  // null planes if nothing is connected
  audio::StereoView out;              // for instruments and audio effects: overwrite, do not add
};

class Processor {
 public:
  virtual ~Processor() = default;

  // Called between blocks; `index` counts the type's parameters. The engine calls it at every multiple of 16 frames of
  // the timeline at which an automated parameter has another value.
  virtual void set_parameter(int index, double value) FIRN_REALTIME = 0;

  // A processor that takes changes is told of all those within the next block before it, each with its frame, and its blocks are not
  // cut at them.
  virtual bool takes_changes() const FIRN_REALTIME { return false; }
  virtual void set_parameter_at(time::Frames, int index, double value) FIRN_REALTIME { set_parameter(index, value); }

  virtual void process(const Block&) FIRN_REALTIME = 0;

  // How long process() may wait for what does not run on its own thread, before the first block. What comes later is silence, and the device
  // goes on as soon as it can; without a limit it is waited for.
  virtual void set_patience(std::chrono::nanoseconds) {}

  // What went wrong for good, naming the device: from then on it is silent. has_fault() is asked on the thread of process(), after a
  // block; fault() once it is true.
  virtual bool has_fault() const FIRN_REALTIME { return false; }
  virtual std::optional<base::Error> fault() const { return std::nullopt; }

  // Writes an image of its state between two blocks. restore() makes it the state of another processor, made from the same settings,
  // at the same rate, by the same build, which goes on from there to the same samples. Equal images mean equal futures; histories that
  // no longer matter leave no trace where that is cheap. False, with nothing of use written, where there is none now
  // (DeviceType::keeps_state).
  virtual bool save(base::ImageWriter&) const = 0;

  // Takes over a state that save() wrote, before the first block. If the reader is not ok() afterwards, the processor is of no use.
  virtual void restore(base::ImageReader&) = 0;
};

// Finds the bytes of a file by its content, as a path that exists. Fails (not_found) with the name a user knows.
using FileFinder = std::function<base::Result<std::string>(const base::Digest& content)>;

// A processor in its initial state. Loads what it needs (files, tables). Fails with not_found or malformed for its files, and
// with unsupported for a type that is not in the catalogue.
base::Result<std::unique_ptr<Processor>> make_processor(const Settings&, time::SampleRate, const FileFinder&);

}  // namespace firn::devices
