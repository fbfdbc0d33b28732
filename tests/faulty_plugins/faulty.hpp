// Faulty: what the CLAP plug-ins for tests have in common: parameters, ports, state, latency, tail, and blocks cut at their events.
//
// A plug-in is a subclass that says what it has and how it sounds. One that has the parameter `after` is asked to fail from then on.
#pragma once

#include <clap/ext/audio-ports.h>
#include <clap/ext/latency.h>
#include <clap/ext/note-ports.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#include <clap/plugin-factory.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "faulty_plugins/faults.hpp"

namespace firn::tests::faulty {

struct Parameter {
  clap_id id;
  const char* name;
  double minimum, maximum, initial;
  bool stepped = false;
  bool automatable = true;
  std::vector<const char*> choices = {};  // what its steps are called, where they have names
};

inline const Parameter gain_parameter{7, "Gain", 0.0, 2.0, 1.0};
inline const Parameter after_parameter{8, "After", 0.0, 60.0, 0.5};  // seconds processed since it was activated

struct AudioPort {
  const char* name;
  std::uint32_t channels;
};

struct Shape {
  std::vector<Parameter> parameters;
  std::vector<AudioPort> inputs = {{"In", 2}};
  std::vector<AudioPort> outputs = {{"Out", 2}};
  bool note_input = false;
  bool note_output = false;
};

// A stretch of a block in which no event comes.
struct Stretch {
  const clap_process_t& block;
  std::uint32_t begin, end;

  const float* input(std::uint32_t port, std::uint32_t channel) const {
    return block.audio_inputs[port].data32[channel];
  }
  float* output(std::uint32_t port, std::uint32_t channel) const { return block.audio_outputs[port].data32[channel]; }
};

class Faulty {
 public:
  explicit Faulty(Shape);
  virtual ~Faulty() = default;
  Faulty(const Faulty&) = delete;
  Faulty& operator=(const Faulty&) = delete;

  // What the host calls it by; it goes with the plug-in's `destroy`.
  static const clap_plugin_t* hand_over(std::unique_ptr<Faulty>, const clap_plugin_descriptor_t&, const clap_host_t&);

 protected:
  virtual bool init() { return true; }
  virtual bool activate() { return true; }
  virtual void start() {}
  virtual void reset() {}
  virtual void render(const Stretch&) = 0;
  virtual void take(const clap_event_header_t&, const clap_output_events_t&) {}  // all but parameter changes
  virtual void fail(const Moment&) {}
  virtual void save() {}  // its state is about to be
  virtual std::uint32_t latency() const { return 0; }
  virtual std::uint32_t tail() const { return 0; }

  double value(const Parameter&) const;
  double rate() const { return rate_; }  // since it was activated
  const clap_host_t& host() const { return *host_; }

 private:
  struct Plumbing;  // what CLAP calls
  static constexpr std::size_t most_parameters = 4;

  const Parameter* find(clap_id) const;
  void set(const Parameter&, double);
  void take_all(const clap_input_events_t&, const clap_output_events_t&, const clap_process_t* block);
  void process(const clap_process_t&);
  std::string text() const;
  bool set_from(std::string_view text);

  const Shape shape_;
  std::array<std::atomic<double>, most_parameters> values_{};
  double rate_ = 48'000.0;
  FaultClock clock_;
  clap_plugin_t plugin_{};
  const clap_host_t* host_ = nullptr;
};

// Output = input * gain.
class Gain : public Faulty {
 public:
  explicit Gain(std::vector<Parameter> parameters = {gain_parameter}, std::uint32_t channels = 2)
      : Faulty({.parameters = std::move(parameters), .inputs = {{"In", channels}}, .outputs = {{"Out", channels}}}),
        channels_(channels) {}

 protected:
  void render(const Stretch&) override;

 private:
  const std::uint32_t channels_;
};

// One plug-in of the library.
struct Kind {
  clap_plugin_descriptor_t descriptor;
  std::unique_ptr<Faulty> (*create)();
};

// Feature: what sort of plug-in it is, by CLAP's words.
clap_plugin_descriptor_t describe(const char* id, const char* name, const char* what, const char* feature);

template <class Plugin>
Kind kind(const char* id, const char* name, const char* what, const char* feature = CLAP_PLUGIN_FEATURE_AUDIO_EFFECT) {
  return {describe(id, name, what, feature), []() -> std::unique_ptr<Faulty> { return std::make_unique<Plugin>(); }};
}

std::vector<Kind> failing_kinds();     // failing.cpp
std::vector<Kind> instrument_kinds();  // instruments.cpp: what notes go into
std::vector<Kind> effect_kinds();      // effects.cpp: what does not fail

}  // namespace firn::tests::faulty
