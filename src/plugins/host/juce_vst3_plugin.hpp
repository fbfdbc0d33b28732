// Vst3Plugin: a VST3 plug-in as JUCE hosts it. JUCE hands a parameter's change over once for each block: so changes take effect at the start of
// the block in which they lie, and what is moved in its window is in its state from the next block on.
#pragma once

#include <juce_audio_processors/juce_audio_processors.h>

#include <memory>
#include <string>
#include <vector>

#include "plugins/host/buses.hpp"
#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class Vst3Plugin final : public HostedPlugin, private juce::AudioProcessorListener, private juce::AudioPlayHead {
 public:
  Vst3Plugin(std::unique_ptr<juce::AudioPluginInstance>, const juce::PluginDescription&, const Setup&);
  ~Vst3Plugin() override;

  Result<void> restore(const PluginState&) override;
  void set_value(int parameter, double value) override;
  Result<void> activate() override;
  Result<void> apply_preset(const std::string& name) override;

  double value(int parameter) override;
  Result<std::optional<PluginState>> state() override;
  std::string text(int parameter, double value) override;
  Result<double> value_of_text(int parameter, const std::string& text) override;
  std::vector<std::string> presets() override;
  double tail() override;
  Result<Size> open_editor(const std::string& title) override;
  void close_editor() override;

  std::int64_t latency() override { return instance_->getLatencySamples(); }
  bool process(const Block&) override;

 private:
  class Window;

  void choose_buses();
  void describe(const juce::PluginDescription&);
  juce::AudioProcessorParameter& parameter(int index) { return *parameters_[static_cast<std::size_t>(index)]; }
  // Hands values that were set to the plug-in's processor, which hears of them only when it is called.
  void flush();
  void apply_program(int program);
  void add_move(int juce_index, double value, Gesture);

  // AudioPlayHead
  juce::Optional<PositionInfo> getPosition() const override { return position_; }
  // AudioProcessorListener
  void audioProcessorParameterChanged(juce::AudioProcessor*, int index, float value) override;
  void audioProcessorParameterChangeGestureBegin(juce::AudioProcessor*, int index) override;
  void audioProcessorParameterChangeGestureEnd(juce::AudioProcessor*, int index) override;
  void audioProcessorChanged(juce::AudioProcessor*, const ChangeDetails&) override;

  std::unique_ptr<juce::AudioPluginInstance> instance_;
  const Setup setup_;
  std::vector<juce::AudioProcessorParameter*> parameters_;  // as described: not all that there are
  std::vector<int> described_as_;                           // by JUCE's index; -1: not at all
  std::unique_ptr<Buses> buses_;
  std::vector<float*> channels_;  // as JUCE wants them: an output in the place of the input of its number
  juce::MidiBuffer midi_;
  PositionInfo position_;
  std::unique_ptr<Window> window_;
};

// The class id of a VST3 plug-in, 32 hexadecimal digits.
std::string vst3_class_id(const juce::AudioPluginInstance&);

}  // namespace firn::plugins::host
