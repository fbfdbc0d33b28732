#include "bare_lv2.hpp"

#include <lv2/midi/midi.h>

#include <array>

#include "must.hpp"
#include "plugins/host/lv2_world.hpp"

namespace firn::bench {

using namespace plugins::host;
using midi::EventKind;
using Kind = Lv2Ports::Kind;

namespace {

// A song of 4/4 at 120 bpm.
Block block_at(time::Frames at, time::SampleRate rate) {
  Block block;
  block.at = at.count;
  block.transport.beats = 2.0 * static_cast<double>(at.count) / rate.hertz;
  block.transport.bar = static_cast<std::int64_t>(block.transport.beats / 4.0);
  block.transport.bar_start = 4.0 * static_cast<double>(block.transport.bar);
  return block;
}

}  // namespace

BareLv2::BareLv2(const std::string& uri, time::SampleRate rate, int grid)
    : rate_(rate),
      grid_(grid),
      silence_(static_cast<std::size_t>(grid)),
      unheard_(static_cast<std::size_t>(grid)),
      midi_(Lv2World::instance().map(LV2_MIDI__MidiEvent)) {
  const LilvPlugin* plugin = Lv2World::instance().find(uri);
  if (plugin == nullptr) give_up("There is no LV2 plug-in " + uri);
  ports_ = read_lv2_plugin(plugin, rate.hertz).ports;
  auto made = Lv2Instance::make(plugin, {.rate = rate.hertz, .grid = grid});
  if (!made) give_up(made.error());
  instance_ = std::move(*made);
  controls_.resize(ports_.ports.size());
  atoms_.resize(ports_.ports.size());
  for (std::uint32_t i = 0; i < ports_.ports.size(); ++i) {
    const Lv2Ports::Port& port = ports_.ports[i];
    controls_[i] = static_cast<int>(i) == ports_.freewheel ? 1.0f : port.initial;
    if (port.kind == Kind::control) instance_->connect(i, &controls_[i]);
    if (port.kind != Kind::atoms) continue;
    atoms_[i] = std::make_unique<Lv2Atoms>(port.atom_bytes);
    instance_->connect(i, atoms_[i]->data());
  }
  connect(ports_.ins, {silence_.data(), silence_.data()}, silence_);
  instance_->activate();
}

void BareLv2::connect(const std::vector<std::uint32_t>& ports, std::array<float*, 2> sides, std::vector<float>& rest) {
  for (std::size_t i = 0; i < ports.size(); ++i) instance_->connect(ports[i], i < 2 ? sides[i] : rest.data());
}

void BareLv2::run(time::Frames at, std::span<const midi::Event> events, audio::ConstStereoView in,
                  audio::StereoView out) {
  if (in.left != nullptr) connect(ports_.ins, {const_cast<float*>(in.left), const_cast<float*>(in.right)}, silence_);
  connect(ports_.outs, {out.left, out.right}, unheard_);
  write_atoms(at, events);
  instance_->run(grid_);
}

void BareLv2::write_atoms(time::Frames at, std::span<const midi::Event> events) {
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    if (!atoms_[i]) continue;
    if (!ports_.ports[i].input) {
      atoms_[i]->begin_output();
      continue;
    }
    atoms_[i]->begin_input();
    if (ports_.ports[i].position) {
      const LV2_Atom* position = position_.write(block_at(at, rate_));
      atoms_[i]->add(0, position->type, position + 1, position->size);
    }
    if (!ports_.ports[i].notes) continue;
    for (const midi::Event& event : events) {
      const std::array<std::uint8_t, 3> bytes{static_cast<std::uint8_t>(event.kind == EventKind::note_on ? 0x90 : 0x80),
                                              event.number, static_cast<std::uint8_t>(event.value)};
      atoms_[i]->add((event.at - at).count, midi_, bytes.data(), bytes.size());
    }
  }
}

}  // namespace firn::bench
