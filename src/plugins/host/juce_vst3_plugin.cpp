#include "plugins/host/juce_vst3_plugin.hpp"

#include <pluginterfaces/vst/ivstcomponent.h>
#include <pluginterfaces/vst/ivsteditcontroller.h>

#include <algorithm>
#include <set>

#include "plugins/host/process_limits.hpp"

namespace firn::plugins::host {
namespace {

// What JUCE shows of a VST3 plug-in only to a visitor.
struct Visitor final : juce::ExtensionsVisitor {
  explicit Visitor(std::function<void(const VST3Client&)> the_visit) : visit(std::move(the_visit)) {}
  void visitVST3Client(const VST3Client& client) override { visit(client); }

  std::function<void(const VST3Client&)> visit;
};

// The plug-in's own controller, asked about what JUCE does not tell. Null where it is an object apart from the component.
Steinberg::Vst::IEditController* controller_of(const juce::ExtensionsVisitor::VST3Client& client) {
  void* found = nullptr;
  client.getIComponentPtr()->queryInterface(Steinberg::Vst::IEditController_iid, &found);
  return static_cast<Steinberg::Vst::IEditController*>(found);
}

// The ids of parameters that are none to turn: meters, stand-ins for MIDI controllers, and the program, whose values are the presets. Where nobody
// says, those that can't be automated are taken for such.
std::set<juce::String> hidden_parameters(const juce::AudioPluginInstance& instance) {
  std::set<juce::String> hidden;
  const auto ask = [&](const juce::ExtensionsVisitor::VST3Client& client) {
    using Steinberg::Vst::ParameterInfo;
    auto* controller = controller_of(client);
    if (controller == nullptr) {
      for (auto* parameter : instance.getParameters()) {
        if (parameter->isAutomatable()) continue;
        hidden.insert(instance.getHostedParameter(parameter->getParameterIndex())->getParameterID());
      }
      return;
    }
    for (Steinberg::int32 i = 0; i < controller->getParameterCount(); ++i) {
      ParameterInfo info{};
      if (controller->getParameterInfo(i, info) != Steinberg::kResultOk) continue;
      if ((info.flags & (ParameterInfo::kIsReadOnly | ParameterInfo::kIsHidden | ParameterInfo::kIsProgramChange)) != 0)
        hidden.insert(juce::String(info.id));
    }
    controller->release();
  };
  Visitor visitor(ask);
  instance.getExtensions(visitor);
  return hidden;
}

constexpr int longest_text = 256;

// The one whose choices are the programs, where nobody says which it is. JUCE knows of no programs where there is but one: then it is the one that is
// called so, and shows the same whatever its value.
bool is_program(juce::AudioPluginInstance& instance, const juce::AudioProcessorParameter& parameter,
                const Parameter& described) {
  const int programs = instance.getNumPrograms();
  if (programs < 1) {
    return parameter.getName(longest_text).containsIgnoreCase("program") &&
           parameter.getText(0.0f, longest_text) == parameter.getText(1.0f, longest_text);
  }
  if (static_cast<int>(described.choices.size()) != programs) return false;
  for (int i = 0; i < programs; ++i) {
    if (described.choices[static_cast<std::size_t>(i)] != instance.getProgramName(i).toStdString()) return false;
  }
  return true;
}

Parameter describe_parameter(const juce::AudioProcessorParameter& parameter) {
  constexpr int most_choices = 128;
  Parameter described;
  described.title = parameter.getName(longest_text).toStdString();
  described.initial = parameter.getDefaultValue();
  described.automatable = parameter.isAutomatable();
  if (!parameter.isDiscrete()) return described;
  described.steps = parameter.getNumSteps();
  if (described.steps < 2 || described.steps > most_choices) return described;
  bool in_words = false;  // numbers need no list
  for (int step = 0; step < described.steps; ++step) {
    const auto value = static_cast<float>(step) / static_cast<float>(described.steps - 1);
    const juce::String text = parameter.getText(value, longest_text);
    in_words = in_words || !text.containsOnly("-+0123456789. ");
    described.choices.push_back(text.toStdString());
  }
  if (!in_words) described.choices.clear();
  return described;
}

// JUCE passes over a state that it can't read, and says nothing.
bool holds_component(const void* state, std::size_t size) {
  const auto read = juce::AudioProcessor::getXmlFromBinary(state, static_cast<int>(size));
  juce::MemoryBlock component;
  return read != nullptr && component.fromBase64Encoding(read->getChildElementAllSubText("IComponent", {}));
}

}  // namespace

Vst3Plugin::Vst3Plugin(std::unique_ptr<juce::AudioPluginInstance> instance, const juce::PluginDescription& about,
                       const Setup& setup)
    : instance_(std::move(instance)), setup_(setup) {
  choose_buses();
  describe(about);
  instance_->setNonRealtime(true);
  instance_->setRateAndBufferSizeDetails(setup.rate, setup.grid);
  instance_->setPlayHead(this);
  instance_->addListener(this);
  midi_.ensureSize(max_events * 16);
}

Vst3Plugin::~Vst3Plugin() {
  close_editor();
  instance_->removeListener(this);
  instance_->releaseResources();
}

// The plug-in's own choice, with the side-chain as it is connected.
void Vst3Plugin::choose_buses() {
  if (auto* side_chain = instance_->getBus(true, 1)) {
    description_.side_chain = std::min(side_chain->getLastEnabledLayout().size(), 2);
    side_chain->enable(setup_.side_chain);
  }
  Buses::Layout layout;
  std::vector<std::string> names;
  for (int i = 0; i < instance_->getBusCount(true); ++i)
    layout.ins.push_back(instance_->getBus(true, i)->getNumberOfChannels());
  for (int i = 0; i < instance_->getBusCount(false); ++i) {
    auto* bus = instance_->getBus(false, i);
    bus->enable();  // further outputs of an instrument may start switched off
    layout.outs.push_back(bus->getNumberOfChannels());
    names.push_back(bus->getName().toStdString());
  }
  description_.outputs = pair_names(layout.outs, names);
  layout.side_chain = 1;
  buses_ = std::make_unique<Buses>(layout, setup_.grid);
  for (int i = 0; i < std::max(buses_->in_count(), buses_->out_count()); ++i) {
    channels_.push_back(i < buses_->out_count() ? buses_->outs()[i] : buses_->ins()[i]);
  }
}

void Vst3Plugin::describe(const juce::PluginDescription& about) {
  const auto first = [](const std::vector<int>& channels) { return channels.empty() ? 0 : std::min(channels[0], 2); };
  description_.format = "vst3";
  description_.id = vst3_class_id(*instance_);
  description_.file = about.fileOrIdentifier.toStdString();
  description_.name = about.name.toStdString();
  description_.maker = about.manufacturerName.toStdString();
  description_.version = about.version.toStdString();
  description_.ins = first(buses_->layout().ins);
  description_.outs = first(buses_->layout().outs);
  description_.plugin_class = about.isInstrument
                                  ? PluginClass::instrument
                                  : class_by_ports(instance_->acceptsMidi(), description_.ins, description_.outs);
  const auto hidden = hidden_parameters(*instance_);
  for (auto* parameter : instance_->getParameters()) {
    const int index = parameter->getParameterIndex();
    described_as_.push_back(-1);
    if (hidden.count(instance_->getHostedParameter(index)->getParameterID()) > 0) continue;
    Parameter described = describe_parameter(*parameter);
    if (is_program(*instance_, *parameter, described)) continue;
    described_as_.back() = static_cast<int>(parameters_.size());
    parameters_.push_back(parameter);
    description_.parameters.push_back(std::move(described));
  }
  name_parameters(description_.parameters);
}

Result<void> Vst3Plugin::restore(const PluginState& state) {
  if (!holds_component(state.bytes.data(), state.bytes.size())) return fail("The plug-in can't read the state.");
  instance_->setStateInformation(state.bytes.data(), static_cast<int>(state.bytes.size()));
  return {};
}

void Vst3Plugin::set_value(int index, double value) { parameter(index).setValue(static_cast<float>(value)); }

// What the plug-in begins with reaches it in a first call that is not heard; then it is reset, so that nothing glides there.
Result<void> Vst3Plugin::activate() {
  instance_->prepareToPlay(setup_.rate, setup_.grid);
  flush();
  instance_->releaseResources();
  instance_->prepareToPlay(setup_.rate, setup_.grid);
  description_.latency = latency();
  description_.tail = tail();
  return {};
}

void Vst3Plugin::flush() {
  std::vector<std::vector<float>> silence(channels_.size(), std::vector<float>(static_cast<std::size_t>(setup_.grid)));
  std::vector<float*> channels;
  for (auto& channel : silence) channels.push_back(channel.data());
  juce::AudioBuffer<float> buffer(channels.data(), static_cast<int>(channels.size()), setup_.grid);
  juce::MidiBuffer no_notes;
  instance_->processBlock(buffer, no_notes);
}

double Vst3Plugin::value(int index) { return parameter(index).getValue(); }

Result<std::optional<PluginState>> Vst3Plugin::state() {
  juce::MemoryBlock bytes;
  instance_->getStateInformation(bytes);
  if (!holds_component(bytes.getData(), bytes.getSize())) return std::nullopt;
  return PluginState{std::string(static_cast<const char*>(bytes.getData()), bytes.getSize())};
}

std::string Vst3Plugin::text(int index, double value) {
  const juce::String text = parameter(index).getText(static_cast<float>(value), longest_text).trim();
  const juce::String unit = parameter(index).getLabel().trim();
  // Some say the unit themselves.
  const bool needs_unit = unit.isNotEmpty() && text.containsOnly("0123456789.-+ ");
  return (needs_unit ? text + " " + unit : text).toStdString();
}

Result<double> Vst3Plugin::value_of_text(int index, const std::string& text) {
  return parameter(index).getValueForText(juce::String::fromUTF8(text.c_str()));
}

double Vst3Plugin::tail() {
  constexpr double longest = 3600.0;  // "endless" is a very great number in VST3
  const double seconds = instance_->getTailLengthSeconds();
  return seconds > longest ? endless_tail : seconds;
}

bool Vst3Plugin::process(const Block& block) {
  for (const WireChange& change : block.changes) set_value(change.parameter, change.value);
  buses_->take(block);
  const int both = std::min(buses_->in_count(), buses_->out_count());
  for (int i = 0; i < both; ++i) std::copy_n(buses_->ins()[i], block.frames, buses_->outs()[i]);

  position_.setBpm(block.transport.bpm);
  position_.setPpqPosition(block.transport.beats);
  position_.setPpqPositionOfLastBarStart(block.transport.bar_start);
  position_.setBarCount(block.transport.bar);
  position_.setTimeSignature(TimeSignature{block.transport.numerator, block.transport.denominator});
  position_.setTimeInSamples(block.at);
  position_.setTimeInSeconds(static_cast<double>(block.at) / setup_.rate);
  position_.setIsPlaying(block.playing);

  midi_.clear();
  for (const WireEvent& event : block.events) midi_.addEvent(event.bytes, event.length, event.offset);
  juce::AudioBuffer<float> buffer(channels_.data(), static_cast<int>(channels_.size()), block.frames);
  instance_->processBlock(buffer, midi_);
  for (const auto event : midi_) {
    block.sent->add(event.samplePosition, {event.data, static_cast<std::size_t>(event.numBytes)});
  }
  buses_->give(block);
  return true;
}

void Vst3Plugin::add_move(int juce_index, double value, Gesture gesture) {
  if (juce_index < 0 || juce_index >= static_cast<int>(described_as_.size())) return;
  const int index = described_as_[static_cast<std::size_t>(juce_index)];
  if (index >= 0) moves_.add({index, value, gesture});
}

void Vst3Plugin::audioProcessorParameterChanged(juce::AudioProcessor*, int index, float value) {
  add_move(index, value, Gesture::change);
}
void Vst3Plugin::audioProcessorParameterChangeGestureBegin(juce::AudioProcessor*, int index) {
  add_move(index, 0.0, Gesture::begin);
}
void Vst3Plugin::audioProcessorParameterChangeGestureEnd(juce::AudioProcessor*, int index) {
  add_move(index, 0.0, Gesture::end);
}
void Vst3Plugin::audioProcessorChanged(juce::AudioProcessor*, const ChangeDetails& details) {
  if (details.nonParameterStateChanged) moves_.note_state_changed();
}

// ---- The window ----

class Vst3Plugin::Window final : public juce::DocumentWindow {
 public:
  Window(const std::string& title, juce::AudioProcessorEditor* editor, Moves& moves)
      : DocumentWindow(juce::String::fromUTF8(title.c_str()), juce::Colours::black, closeButton | minimiseButton),
        moves_(moves) {
    setUsingNativeTitleBar(true);
    setResizable(editor->isResizable(), false);
    setContentOwned(editor, true);
    centreWithSize(getWidth(), getHeight());
    setVisible(true);
  }
  void closeButtonPressed() override {
    moves_.note_closed();
    setVisible(false);
  }

 private:
  Moves& moves_;
};

Result<Size> Vst3Plugin::open_editor(const std::string& title) {
  if (!has_display()) return fail("There is no display.");
  survive_window_errors();
  window_.reset();
  auto* editor = instance_->hasEditor() ? instance_->createEditorIfNeeded() : nullptr;
  if (editor == nullptr) return fail("It has no window of its own.");
  window_ = std::make_unique<Window>(title, editor, moves_);
  return Size{editor->getWidth(), editor->getHeight()};
}

void Vst3Plugin::close_editor() { window_.reset(); }

}  // namespace firn::plugins::host
