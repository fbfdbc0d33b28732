#include "plugins/plugin_processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plugins/answer.hpp"

namespace firn::plugins {
namespace {

using devices::DeviceClass;
using midi::Event;
using midi::EventKind;
using time::Frames;

constexpr int part = max_frames / 2;  // of a block that is worked on at a time
constexpr std::size_t roomy = 65536;  // events and changes that may wait without an allocation

std::uint8_t status_of(EventKind kind) {
  switch (kind) {
    case EventKind::note_off: return 0x80;
    case EventKind::note_on: return 0x90;
    case EventKind::key_pressure: return 0xa0;
    case EventKind::controller: return 0xb0;
    case EventKind::program: return 0xc0;
    case EventKind::channel_pressure: return 0xd0;
    case EventKind::pitch_bend: return 0xe0;
  }
  return 0;
}

WireEvent wire_event_of(const Event& event, std::int32_t offset) {
  const auto low = static_cast<std::uint8_t>(event.value & 0x7f);
  WireEvent wire{offset, {status_of(event.kind), event.number, low}, 3};
  if (event.kind == EventKind::program || event.kind == EventKind::channel_pressure) {
    wire.bytes[1] = low;
    wire.length = 2;
  } else if (event.kind == EventKind::pitch_bend) {
    wire.bytes[1] = low;
    wire.bytes[2] = static_cast<std::uint8_t>(event.value >> 7);
  }
  return wire;
}

// Nothing for what is no message that Firn knows.
std::optional<Event> event_of(const WireEvent& wire, Frames at) {
  const std::uint8_t one = wire.bytes[1] & 0x7f;
  const std::uint8_t two = wire.bytes[2] & 0x7f;
  switch (wire.bytes[0] & 0xf0) {
    case 0x80: return Event{at, EventKind::note_off, one, two};
    case 0x90:
      if (two == 0) return Event{at, EventKind::note_off, one, 64};
      return Event{at, EventKind::note_on, one, two};
    case 0xa0: return Event{at, EventKind::key_pressure, one, two};
    case 0xb0: return Event{at, EventKind::controller, one, two};
    case 0xc0: return Event{at, EventKind::program, 0, one};
    case 0xd0: return Event{at, EventKind::channel_pressure, 0, one};
    case 0xe0: return Event{at, EventKind::pitch_bend, 0, static_cast<std::uint16_t>(one | two << 7)};
    default: return std::nullopt;
  }
}

// The order of an EventList at one frame: note-offs, then programs and controls, then note-ons.
int rank_of(const Event& event) {
  return event.kind == EventKind::note_off ? 0 : event.kind == EventKind::note_on ? 2 : 1;
}

WireTransport transport_at(Frames at, const devices::Block& block) {
  WireTransport transport;
  const time::TempoMap& tempo = *block.tempo;
  const time::Beats beats = block.beats_at(at);
  const time::Beats bar = tempo.bar_at_or_before(std::max(beats, time::Beats{}));
  const auto signature = tempo.signature_at(bar);
  transport.bpm = tempo.bpm_at(beats);
  transport.beats = beats.in_quarters();
  transport.bar_start = bar.in_quarters();
  transport.bar = tempo.position_of(bar).bar - 1;
  transport.numerator = signature.numerator;
  transport.denominator = signature.denominator;
  return transport;
}

Frames floor_to(Frames at, int grid) {
  const std::int64_t rest = ((at.count % grid) + grid) % grid;
  return at - Frames{rest};
}

}  // namespace

Frames latency_of(const LoadedPlugin& plugin, int grid) { return plugin.latency + Frames{grid}; }

int processes_for(const devices::DeviceType& type, int ins, int outs) {
  return type.device_class == DeviceClass::audio_effect && ins == 1 && outs == 1 ? 2 : 1;
}

PluginProcessor::PluginProcessor(std::vector<LoadedPlugin> sides, const devices::Settings& settings, std::string name)
    : sides_(std::move(sides)),
      grid_(settings.grid),
      output_(settings.pad),
      name_(std::move(name)),
      is_midi_effect_(sides_.front().type.device_class == DeviceClass::midi_effect),
      in_(max_frames),
      side_chain_(max_frames),
      out_(max_frames + settings.grid) {
  events_.reserve(roomy);
  changes_.reserve(roomy);
  events_out_.reserve(roomy);
}

void PluginProcessor::set_parameter(int index, double value) {
  set_parameter_at(gathered_from_ + Frames{gathered_}, index, value);
}

void PluginProcessor::set_parameter_at(Frames at, int index, double value) {
  const LoadedPlugin& plugin = sides_.front();
  const auto number = static_cast<std::size_t>(index);
  const int place = number < plugin.places.size() ? plugin.places[number] : -1;
  if (place >= 0 && !has_fault()) changes_.push_back({at, place, plugin.value_here(number, value)});
}

void PluginProcessor::begin(Frames at) {
  begun_ = true;
  gathered_from_ = floor_to(at, grid_);
  gathered_ = static_cast<int>((at - gathered_from_).count);
  audio::clear(in_.view().part(0, gathered_));
  audio::clear(side_chain_.view().part(0, gathered_));
  // Silence until the first block comes back, a grid after it began.
  out_count_ = static_cast<std::size_t>(grid_ - gathered_);
}

void PluginProcessor::process(const devices::Block& block) {
  if (!begun_) begin(block.at);
  for (int done = 0; done < block.frames; done += part)
    process_part(block, block.at + Frames{done}, done, std::min(part, block.frames - done));
}

void PluginProcessor::process_part(const devices::Block& block, Frames at, int offset, int count) {
  collect();
  if (!has_fault()) gather(block, at, offset, count);
  const bool is_wanted_now =
      is_midi_effect_ ? asked_.start < at + Frames{count - grid_} : out_count_ < static_cast<std::size_t>(count);
  if (is_wanted_now) collect();
  if (has_fault()) {
    if (!is_midi_effect_) audio::clear(block.out.part(offset, count));
    return;
  }
  if (is_midi_effect_) {
    // An event that came out at q belongs to the output a grid later, on a timeline that is later by the plug-in's latency.
    const Frames end = at + Frames{count - grid_};
    const auto due = std::find_if(events_out_.begin(), events_out_.end(), [&](const Event& e) { return e.at >= end; });
    for (auto event = events_out_.begin(); event != due; ++event) {
      block.events_out->push_back(*event);
      block.events_out->back().at -= sides_.front().latency;
    }
    events_out_.erase(events_out_.begin(), due);
    return;
  }
  const auto size = static_cast<std::size_t>(out_.frames());
  for (int i = 0; i < count; ++i) {
    block.out.left[offset + i] = out_.left[out_first_];
    block.out.right[offset + i] = out_.right[out_first_];
    out_first_ = (out_first_ + 1) % size;
  }
  out_count_ -= static_cast<std::size_t>(count);
}

void PluginProcessor::gather(const devices::Block& block, Frames at, int offset, int count) {
  const auto before = [](const Event& event, Frames frame) { return event.at < frame; };
  const auto first = std::lower_bound(block.events.begin(), block.events.end(), at, before);
  const auto last = std::lower_bound(first, block.events.end(), at + Frames{count}, before);
  events_.insert(events_.end(), first, last);
  const audio::StereoView in = in_.view().part(gathered_, count);
  if (block.in.left) {
    audio::copy(block.in.part(offset, count), in);
  } else {
    audio::clear(in);
  }
  has_side_chain_ = block.side_chain.left != nullptr;
  const audio::StereoView side = side_chain_.view().part(gathered_, count);
  if (has_side_chain_) {
    audio::copy(block.side_chain.part(offset, count), side);
  } else {
    audio::clear(side);
  }
  gathered_ += count;
  const int whole = gathered_ / grid_ * grid_;
  if (whole > 0) hand_off(block, whole);
}

void PluginProcessor::hand_off(const devices::Block& block, int frames) {
  // What does not fit into the shared memory at once is handed over block by block.
  const bool fits = events_.size() <= max_events && changes_.size() <= max_changes;
  const int at_once = fits ? frames : grid_;
  for (int done = 0; done < frames; done += at_once) {
    collect();
    const bool asks = is_free();
    if (has_fault()) return;
    const Frames end = gathered_from_ + Frames{at_once};
    if (asks) {
      Told told;
      for (std::size_t side = 0; side < sides_.size(); ++side) {
        told = ask(sides_[side].process->exchange(), block, at_once, static_cast<int>(side));
        sides_[side].process->hand_off();
      }
      asked_ = {gathered_from_, end};
      // What it is not told now it is told later: no note may hang.
      events_.erase(events_.begin(), events_.begin() + told.events);
      changes_.erase(changes_.begin(), changes_.begin() + told.changes);
    } else {
      take_silence(at_once);
    }
    const auto keep = [&](audio::StereoBuffer& buffer) {
      std::copy(buffer.left.begin() + at_once, buffer.left.begin() + gathered_, buffer.left.begin());
      std::copy(buffer.right.begin() + at_once, buffer.right.begin() + gathered_, buffer.right.begin());
    };
    keep(in_);
    keep(side_chain_);
    gathered_ -= at_once;
    gathered_from_ = end;
  }
}

bool PluginProcessor::is_free() {
  if (!is_late_) return true;
  is_late_ = false;
  for (const LoadedPlugin& side : sides_) {
    const auto answered = side.process->wait({});
    is_late_ |= answered == HostProcess::Answered::late;
    if (answered == HostProcess::Answered::lost) fail(Failure::lost, side);
  }
  return !is_late_ && !has_fault();
}

void PluginProcessor::collect() {
  if (asked_.length() == Frames{}) return;
  if (wait()) {
    take(sides_.front().process->exchange());
  } else if (!has_fault()) {
    take_silence(static_cast<int>(asked_.length().count));
  }
  asked_ = {};
}

bool PluginProcessor::wait() {
  for (const LoadedPlugin& side : sides_) {
    switch (side.process->wait(patience_)) {
      case HostProcess::Answered::yes: break;
      case HostProcess::Answered::late: is_late_ = true; continue;
      case HostProcess::Answered::lost: fail(Failure::lost, side); return false;
    }
    const Exchange& exchange = side.process->exchange();
    if (exchange.fault == WireFault::failed) {
      std::copy_n(exchange.reason, reason_.size() - 1, reason_.begin());
      fail(Failure::error, side);
    }
    if (exchange.fault == WireFault::latency_changed) {
      new_latency_ = exchange.latency;
      fail(Failure::latency_changed, side);
    }
  }
  return !is_late_ && !has_fault();
}

void PluginProcessor::take_silence(int frames) {
  if (is_midi_effect_) return;
  const auto size = static_cast<std::size_t>(out_.frames());
  for (int i = 0; i < frames; ++i) {
    const std::size_t place = (out_first_ + out_count_++) % size;
    out_.left[place] = 0.0f;
    out_.right[place] = 0.0f;
  }
}

PluginProcessor::Told PluginProcessor::ask(Exchange& exchange, const devices::Block& block, int frames,
                                           int side) const {
  exchange.at = gathered_from_.count;
  exchange.frames = frames;
  exchange.grid = grid_;
  exchange.output = output_;
  exchange.has_side_chain = has_side_chain_ ? 1 : 0;
  exchange.playing = 1;
  for (int i = 0; i < frames / grid_; ++i)
    exchange.transport[i] = transport_at(gathered_from_ + Frames{std::int64_t{i} * grid_}, block);
  const auto offset_of = [&](Frames at) {
    return static_cast<std::int32_t>(std::max<std::int64_t>((at - gathered_from_).count, 0));
  };
  Told told;
  for (const Event& event : events_) {
    if (offset_of(event.at) >= frames || told.events == max_events) break;
    exchange.events[told.events++] = wire_event_of(event, offset_of(event.at));
  }
  for (const Change& change : changes_) {
    if (offset_of(change.at) >= frames || told.changes == max_changes) break;
    exchange.changes[told.changes++] = {offset_of(change.at), change.parameter, change.value};
  }
  exchange.event_count = told.events;
  exchange.change_count = told.changes;
  const bool mono = sides_.size() == 2;
  const auto& left = mono && side == 1 ? in_.right : in_.left;
  const auto& right = mono && side == 0 ? in_.left : in_.right;
  std::copy_n(left.begin(), frames, exchange.in[0]);
  std::copy_n(right.begin(), frames, exchange.in[1]);
  std::copy_n(side_chain_.left.begin(), frames, exchange.side_chain[0]);
  std::copy_n(side_chain_.right.begin(), frames, exchange.side_chain[1]);
  return told;
}

void PluginProcessor::take(const Exchange& exchange) {
  const auto frames = static_cast<int>(asked_.length().count);
  if (is_midi_effect_) return take_events(exchange, frames);
  const float* left = exchange.out[0];
  const float* right = sides_.size() == 2 ? sides_.back().process->exchange().out[0] : exchange.out[1];
  const auto size = static_cast<std::size_t>(out_.frames());
  bool are_numbers = true;
  for (int i = 0; i < frames; ++i) {
    const std::size_t place = (out_first_ + out_count_++) % size;
    out_.left[place] = left[i];
    out_.right[place] = right[i];
    are_numbers = are_numbers && std::isfinite(out_.left[place]) && std::isfinite(out_.right[place]);
  }
  if (!are_numbers) fail(Failure::no_numbers, sides_.front());
}

void PluginProcessor::take_events(const Exchange& exchange, int frames) {
  const auto first = static_cast<std::ptrdiff_t>(events_out_.size());
  const std::int32_t said = exchange.event_out_count;
  const int count = std::clamp(said, 0, max_events);
  for (int i = 0; i < count; ++i) {
    const WireEvent wire = exchange.events_out[i];
    const Frames at = asked_.start + Frames{std::clamp(wire.offset, 0, frames - 1)};
    if (const auto event = event_of(wire, at)) events_out_.push_back(*event);
  }
  std::stable_sort(events_out_.begin() + first, events_out_.end(), [](const Event& a, const Event& b) {
    return std::pair(a.at, rank_of(a)) < std::pair(b.at, rank_of(b));
  });
}

void PluginProcessor::fail(Failure failure, const LoadedPlugin& side) {
  failure_ = failure;
  failing_ = &side;
  events_.clear();
  changes_.clear();
}

std::optional<base::Error> PluginProcessor::fault() const {
  std::string what;
  switch (failure_) {
    case Failure::none: return std::nullopt;
    case Failure::lost: what = failing_->process->end(); break;
    case Failure::error: what = reason_.front() == '\0' ? "it reported an error" : clause_of(reason_.data()); break;
    case Failure::no_numbers: what = "it made samples that are no numbers (NaN or infinity)"; break;
    case Failure::latency_changed:
      what = fmt::format("it changed its latency from {} to {} samples while it played; set it so before",
                         failing_->latency.count, new_latency_);
      break;
  }
  if (what.empty()) what = "it failed";
  return base::Error{base::ErrorKind::device, fmt::format("the plug-in {} failed: {}.", name_, what)};
}

}  // namespace firn::plugins
