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

SequencerInputs::SequencerInputs(midi::Ports& names) : names_(names) {
  messages_.reserve(1024);
  look();
}

SequencerInputs::~SequencerInputs() = default;

// False where it has gone again.
bool SequencerInputs::open(Port& port, const std::string& name) {
  auto input = open_sequencer();
  for (unsigned i = 0; input && i < input->getPortCount(); ++i) {
    if (input->getPortName(i) != name) continue;
    try {
      input->setErrorCallback([](RtMidiError::Type, const std::string&, void*) {});
      input->setCallback(&SequencerInputs::arrive, &port);
      input->openPort(i, "in");
    } catch (const RtMidiError&) {
      return false;
    }
    port.input = std::move(input);
    return true;
  }
  return false;
}

Plugged SequencerInputs::look() {
  Plugged plugged;
  const std::vector<std::string> there = names();
  for (int number = 0; number < count_; ++number) {
    Port& port = *ports_[static_cast<std::size_t>(number)];
    if (!port.input || std::ranges::find(there, names_.name(number)) != there.end()) continue;
    port.input.reset();  // it writes no more
    port.has_gone.store(true, std::memory_order_release);
    plugged.went.push_back(names_.name(number));
  }
  for (const std::string& name : there) {
    const auto number = names_.add(name);
    if (!number) continue;
    auto& port = ports_[static_cast<std::size_t>(*number)];
    if (!port) {
      port = std::make_unique<Port>();
      port->number = *number;
      count_.store(*number + 1, std::memory_order_release);
    }
    if (!port->input && open(*port, name)) plugged.came.push_back(name);
  }
  return plugged;
}

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
  const int count = count_.load(std::memory_order_acquire);
  if (count == 0) return messages_;
  const Clock::time_point now = Clock::now();
  for (int number = 0; number < count; ++number) {
    Port& port = *ports_[static_cast<std::size_t>(number)];
    const bool has_gone = port.has_gone.exchange(false, std::memory_order_acquire);
    unsigned taken = port.taken.load(std::memory_order_relaxed);
    for (const unsigned written = port.written.load(std::memory_order_acquire);
         taken != written && messages_.size() < messages_.capacity(); ++taken) {
      const Arrived& arrived = port.ring[taken % port.ring.size()];
      const double ago = std::chrono::duration<double>(now - arrived.at).count() * rate.hertz;
      messages_.push_back(arrived.message);
      messages_.back().frame = std::clamp(frames - static_cast<int>(ago), 0, frames - 1);
      port.held.note(arrived.message);
    }
    port.taken.store(taken, std::memory_order_release);
    if (has_gone && !port.held.let_go(frames - 1, number, messages_))
      port.has_gone.store(true, std::memory_order_relaxed);
  }
  // A stable sort of a few, in place.
  for (std::size_t i = 1; i < messages_.size(); ++i) {
    for (std::size_t k = i; k > 0 && messages_[k].frame < messages_[k - 1].frame; --k)
      std::swap(messages_[k], messages_[k - 1]);
  }
  return messages_;
}

}  // namespace firn::hardware
