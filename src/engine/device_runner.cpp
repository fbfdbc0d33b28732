#include "engine/device_runner.hpp"

#include <algorithm>

namespace firn::engine {
namespace {

using devices::DeviceClass;
using time::Frames;

constexpr std::int64_t grid = 16;

// A run that was shifted may come from before the timeline's start.
Frames next_on_grid(Frames at) {
  const std::int64_t into = ((at.count % grid) + grid) % grid;
  return at + Frames{grid - into};
}

// So that what is silent is the same bits, whether a device or the end of a print made it.
void give_zeros_one_sign(audio::StereoView view) {
  for (int i = 0; i < view.frames; ++i) view.left[i] += 0.0f;
  for (int i = 0; i < view.frames; ++i) view.right[i] += 0.0f;
}

// What of a stretch is left behind its first frames.
time::Stretch behind(const time::Stretch& stretch, int frames) {
  const Frames done{frames};
  return {stretch.run + done, stretch.position + done, stretch.frames - done};
}

bool moves(const plan::Curve& curve) {
  return std::any_of(curve.segments.begin(), curve.segments.end(),
                     [](const auto& segment) { return !segment.constant(); });
}

}  // namespace

DeviceRunner::DeviceRunner(const plan::Process& work, const plan::Plan& plan)
    : class_(work.device_class),
      facts_(work.facts),
      rate_(plan.rate),
      tempo_(plan.tempo),
      values_(work.settings.values) {
  made_.reserve(1024);
  late_.reserve(1024);
  entering_.reserve(1024);
  const auto* type = devices::type_of(work.settings);
  for (const auto& automated : work.automated) {
    const auto& parameter = type->parameters[static_cast<std::size_t>(automated.index)];
    const bool on_knob = moves(automated.curve);
    const auto map = [&](double value) { return on_knob ? devices::knob_of(parameter, value) : value; };
    CurveReader curve(automated.curve, map);
    const double first = curve.at(plan.start + plan.shift).value;
    const double value = on_knob ? devices::value_of(parameter, first) : first;
    values_[static_cast<std::size_t>(automated.index)] = value;
    automated_.push_back({automated.index, std::move(curve), parameter, on_knob, value});
  }
  if (work.on) {
    on_.emplace(*work.on, [](double value) { return value; });
    if (work.facts.latency > Frames{}) dry_.emplace(work.facts.latency);
  }
}

DeviceRunner DeviceRunner::make_kept(const plan::Process& work, const plan::Plan& plan) { return {work, plan}; }

base::Result<DeviceRunner> DeviceRunner::make(const plan::Process& work, const plan::Plan& plan,
                                              const devices::FileFinder& files, const devices::Plugins& plugins) {
  DeviceRunner runner(work, plan);
  devices::Settings settings = work.settings;
  settings.values = runner.values_;
  if (settings.plugin) {
    auto plugin = plugins.make(settings, plan.rate, files);
    if (plugin) {
      runner.processor_ = std::move(*plugin);
    } else {
      runner.unmade_ = plugin.error();
      runner.has_fault_ = true;
    }
    return runner;
  }
  auto processor = devices::make_processor(settings, plan.rate, files);
  if (!processor) return tl::unexpected(processor.error());
  runner.processor_ = std::move(*processor);
  return runner;
}

void DeviceRunner::take_over(DeviceRunner& before, bool hears_another) {
  std::swap(processor_, before.processor_);
  std::swap(unmade_, before.unmade_);
  has_fault_ = before.has_fault_;
  for (const Automated& automated : before.automated_)
    before.values_[static_cast<std::size_t>(automated.index)] = automated.last;
  for (Automated& automated : automated_) automated.last = before.values_[static_cast<std::size_t>(automated.index)];
  std::swap(values_, before.values_);
  std::swap(moved_to_, before.values_);
  has_moved_ = true;
  if (dry_ && before.dry_) std::swap(dry_, before.dry_);
  std::swap(late_, before.late_);
  late_passed_ = before.late_passed_;
  notes_ = before.notes_;
  passes_made_ = before.passes_made_;
  entered_ = before.entered_;
  ends_notes_ = hears_another && class_ != DeviceClass::audio_effect;
}

void DeviceRunner::move_parameters(Frames at) {
  for (std::size_t i = 0; i < moved_to_.size(); ++i) {
    const int index = static_cast<int>(i);
    if (moved_to_[i] == values_[i] ||
        std::ranges::any_of(automated_, [&](const auto& each) { return each.index == index; }))
      continue;
    processor_->set_parameter_at(at, index, moved_to_[i]);
    values_[i] = moved_to_[i];
  }
  has_moved_ = false;
}

void DeviceRunner::run(const time::Run& run, Frames at, int frames, const Signal& in, const Signal* side_chain,
                       Signal& out) {
  out.ended_at = in.ended_at;
  out.tail = in.tail + facts_.tail;
  out.silent = false;
  if (!processor_) {
    if (class_ != DeviceClass::midi_effect) audio::clear(out.audio.part(0, frames));
    return;
  }
  if (has_moved_) move_parameters(at);
  time::for_each_stretch(run, at, frames, [&](const time::Stretch& stretch, int offset) {
    for (time::Stretch rest = stretch; rest.frames > Frames{};) {
      time::Stretch piece = rest;
      piece.frames = Frames{follow_switch(piece)};
      if (processor_->takes_changes()) {
        for (time::Stretch part = piece; part.frames > Frames{};) part = behind(part, follow_parameters(part));
      } else {
        piece.frames = Frames{follow_parameters(piece)};
      }
      process(piece, offset + static_cast<int>((rest.run - stretch.run).count), in, side_chain, out);
      rest = behind(rest, static_cast<int>(piece.frames.count));
    }
  });
  has_fault_ = processor_->has_fault();
  if (class_ != DeviceClass::midi_effect) give_zeros_one_sign(out.audio.part(0, frames));
}

std::optional<base::Error> DeviceRunner::fault() const { return processor_ ? processor_->fault() : unmade_; }

bool DeviceRunner::save(base::ImageWriter& image) const {
  if (!processor_ || !processor_->save(image)) return false;
  for (const Automated& automated : automated_) image.value(automated.last);
  image.value(passes_made_);
  notes_.save(image);
  if (dry_) dry_->save(image);
  return true;
}

void DeviceRunner::restore(base::ImageReader& image) {
  if (!processor_) return;
  processor_->restore(image);
  for (Automated& automated : automated_) image.value(automated.last);
  image.value(passes_made_);
  notes_.restore(image);
  if (dry_) dry_->restore(image);
}

int DeviceRunner::follow_parameters(const time::Stretch& stretch) {
  const Frames at = stretch.position;
  Frames until = at + stretch.frames;
  for (Automated& automated : automated_) {
    const auto now = automated.curve.at(at);
    until = std::min(until, now.moving ? std::min(next_on_grid(at), now.until) : now.until);
    if (now.moving && at.count % grid != 0 && at != now.since && !stretch.jumps)
      continue;  // where a block happens to begin is no place to change
    const double value = automated.moves_on_knob ? devices::value_of(automated.parameter, now.value) : now.value;
    if (value == automated.last) continue;
    automated.last = value;
    processor_->set_parameter_at(stretch.run, automated.index, value);
  }
  return static_cast<int>((until - at).count);
}

int DeviceRunner::follow_switch(const time::Stretch& stretch) {
  Frames until = stretch.position + stretch.frames;
  if (on_) {
    const auto now = on_->at(stretch.position);
    until = std::min(until, now.until);
    is_on_ = now.value >= 0.5;
  }
  return static_cast<int>((until - stretch.position).count);
}

void DeviceRunner::process(const time::Stretch& stretch, int offset, const Signal& in, const Signal* side_chain,
                           Signal& out) {
  const Frames at = stretch.run;
  const int count = static_cast<int>(stretch.frames.count);
  devices::Block block;
  block.at = at;
  block.frames = count;
  block.tempo = tempo_.get();
  block.rate = rate_;
  block.shift = stretch.position - stretch.run;
  if (in.events) {
    const auto before = [](const midi::Event& event, Frames frame) { return event.at < frame; };
    const auto first = std::lower_bound(in.events->begin(), in.events->end(), at, before);
    const auto last = std::lower_bound(first, in.events->end(), at + Frames{count}, before);
    block.events = std::span<const midi::Event>(in.events->data() + (first - in.events->begin()),
                                                static_cast<std::size_t>(last - first));
    if (ends_notes_) end_notes(block);
    count_notes(block.events);
  }
  if (class_ == DeviceClass::audio_effect) block.in = audio::ConstStereoView(in.audio).part(offset, count);
  if (side_chain) block.side_chain = audio::ConstStereoView(side_chain->audio).part(offset, count);
  if (class_ == DeviceClass::midi_effect) {
    made_.clear();
    block.events_out = on_ ? &made_ : out.events;
  } else {
    block.out = out.audio.part(offset, count);
  }
  processor_->process(block);
  if (!on_) return;
  if (class_ == DeviceClass::midi_effect) {
    choose_events(block, *out.events);
  } else {
    bypass(block);
  }
}

// What has begun in the stream before ends where the next one begins.
void DeviceRunner::end_notes(devices::Block& block) {
  ends_notes_ = false;
  entering_.clear();
  for (std::size_t key = 0; key < entered_.size(); ++key) {
    for (; entered_[key] > 0; --entered_[key])
      entering_.push_back({block.at, midi::EventKind::note_off, static_cast<std::uint8_t>(key), 64});
  }
  entering_.insert(entering_.end(), block.events.begin(), block.events.end());
  block.events = entering_;
}

void DeviceRunner::count_notes(std::span<const midi::Event> events) {
  for (const midi::Event& event : events) {
    std::uint8_t& count = entered_[event.number & 127];
    if (event.kind == midi::EventKind::note_on) ++count;
    if (event.kind == midi::EventKind::note_off && count > 0) --count;
  }
}

void DeviceRunner::choose_events(const devices::Block& block, std::vector<midi::Event>& out) {
  if (passes_made_ != is_on_) notes_.change(block.at - facts_.latency, out);
  passes_made_ = is_on_;
  const std::span<const midi::Event> dry = late(block);
  notes_.pass(is_on_ ? std::span<const midi::Event>(made_) : dry, out);
}

std::span<const midi::Event> DeviceRunner::late(const devices::Block& block) {
  if (facts_.latency == Frames{}) return block.events;
  late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(late_passed_));
  late_.insert(late_.end(), block.events.begin(), block.events.end());
  const Frames end = block.at + Frames{block.frames} - facts_.latency;
  const auto due = std::find_if(late_.begin(), late_.end(), [&](const midi::Event& event) { return event.at >= end; });
  late_passed_ = static_cast<std::size_t>(due - late_.begin());
  return std::span(late_).first(late_passed_);
}

// The device goes on underneath, so that it is in its right state when it is switched on again.
void DeviceRunner::bypass(const devices::Block& block) {
  if (class_ == DeviceClass::instrument) {
    if (!is_on_) audio::clear(block.out);
    return;
  }
  if (!dry_) {
    if (!is_on_) audio::copy(block.in, block.out);
    return;
  }
  for (int done = 0; done < block.frames; done += dry_block_.frames()) {
    const int part = std::min(dry_block_.frames(), block.frames - done);
    const audio::StereoView delayed = dry_block_.view().part(0, part);
    dry_->pass(block.in.part(done, part), delayed);
    if (!is_on_) audio::copy(delayed, block.out.part(done, part));
  }
}

}  // namespace firn::engine
