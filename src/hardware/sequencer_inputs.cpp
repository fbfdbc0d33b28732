#include "hardware/sequencer_inputs.hpp"

#include <alsa/asoundlib.h>
#include <rtmidi/RtMidi.h>

#include <algorithm>

namespace firn::hardware {
namespace {

// Null where no sequencer runs: RtMidi would say so to the terminal, and throw.
std::unique_ptr<RtMidiIn> open_sequencer() {
  snd_seq_t* sequencer = nullptr;
  if (snd_seq_open(&sequencer, "default", SND_SEQ_OPEN_INPUT, 0) < 0) return nullptr;
  snd_seq_close(sequencer);
  try {
    return std::make_unique<RtMidiIn>(RtMidi::LINUX_ALSA, "Firn");
  } catch (const RtMidiError&) {
    return nullptr;
  }
}

}  // namespace

SequencerInputs::Port::~Port() = default;

std::vector<std::string> SequencerInputs::names() {
  std::vector<std::string> names;
  const auto input = open_sequencer();
  for (unsigned i = 0; input && i < input->getPortCount(); ++i) names.push_back(input->getPortName(i));
  return names;
}

SequencerInputs::SequencerInputs() {
  unsigned place = 0;
  for (const std::string& name : names()) {
    const unsigned number = place++;
    auto port = std::make_unique<Port>();
    port->number = static_cast<int>(open_.size());
    port->input = open_sequencer();
    if (!port->input) continue;
    try {
      port->input->setErrorCallback([](RtMidiError::Type, const std::string&, void*) {});
      port->input->setCallback(&SequencerInputs::arrive, port.get());
      port->input->openPort(number, "in");
    } catch (const RtMidiError&) {  // it has gone again
      continue;
    }
    ports_.push_back(name);
    open_.push_back(std::move(port));
  }
  messages_.reserve(1024);
}

SequencerInputs::~SequencerInputs() = default;

void SequencerInputs::arrive(double, std::vector<unsigned char>* bytes, void* self) {
  auto& port = *static_cast<Port*>(self);
  auto message = midi::message_of(*bytes);
  if (!message) return;
  message->port = port.number;
  const unsigned written = port.written.load(std::memory_order_relaxed);
  if (written - port.taken.load(std::memory_order_acquire) == port.ring.size()) return;
  port.ring[written % port.ring.size()] = {Clock::now(), *message};
  port.written.store(written + 1, std::memory_order_release);
}

std::span<const midi::Message> SequencerInputs::take(int frames, time::SampleRate rate) {
  messages_.clear();
  if (open_.empty()) return messages_;
  const Clock::time_point now = Clock::now();
  for (const auto& port : open_) {
    unsigned taken = port->taken.load(std::memory_order_relaxed);
    for (const unsigned written = port->written.load(std::memory_order_acquire);
         taken != written && messages_.size() < messages_.capacity(); ++taken) {
      const Arrived& arrived = port->ring[taken % port->ring.size()];
      const double ago = std::chrono::duration<double>(now - arrived.at).count() * rate.hertz;
      messages_.push_back(arrived.message);
      messages_.back().frame = std::clamp(frames - static_cast<int>(ago), 0, frames - 1);
    }
    port->taken.store(taken, std::memory_order_release);
  }
  // A stable sort of a few, in place.
  for (std::size_t i = 1; i < messages_.size(); ++i) {
    for (std::size_t k = i; k > 0 && messages_[k].frame < messages_[k - 1].frame; --k)
      std::swap(messages_[k], messages_[k - 1]);
  }
  return messages_;
}

}  // namespace firn::hardware
