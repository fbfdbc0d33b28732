// Lv2Plugin: an LV2 plug-in, by lilv. Its values are those of its control ports, in its own units and exact; a change takes effect at the start of the
// block in which it lies, and where nobody waits for the sound its background work is done at once (Lv2Worker), so that renders repeat.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plugins/host/buses.hpp"
#include "plugins/host/hosted_plugin.hpp"
#include "plugins/host/lv2_atoms.hpp"
#include "plugins/host/lv2_editor.hpp"
#include "plugins/host/lv2_instance.hpp"
#include "plugins/host/lv2_ports.hpp"
#include "plugins/host/lv2_state_files.hpp"
#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {

class Lv2Plugin final : public HostedPlugin, private Lv2Editor::Plugin {
 public:
  static Result<std::unique_ptr<Lv2Plugin>> make(const LilvPlugin*, const Setup&);
  ~Lv2Plugin() override { close_editor(); }

  Result<void> restore(const PluginState&) override;
  void set_value(int parameter, double value) override { control_of(parameter) = static_cast<float>(value); }
  Result<void> activate() override;
  Result<void> apply_preset(const std::string& name) override;
  Result<void> load_file(const std::string& name, const std::string& path) override;

  double value(int parameter) override { return control_of(parameter); }
  Result<std::optional<PluginState>> state() override;
  std::string text(int parameter, double value) override;
  Result<double> value_of_text(int parameter, const std::string& text) override;
  std::vector<std::string> presets() override;
  std::vector<std::string> file_names() override;
  Result<Size> open_editor(const std::string& title) override;
  void close_editor() override {
    editor_listens_ = false;
    editor_.reset();
  }

  std::int64_t latency() override { return latency_; }
  bool process(const Block&) override;

 private:
  struct Preset {
    std::string name;
    Node uri;
  };

  Lv2Plugin(const LilvPlugin*, Lv2Plan, std::unique_ptr<Lv2Instance>, const Setup&);

  std::atomic<float>& control_of(int parameter) {
    return controls_[ports_.parameters[static_cast<std::size_t>(parameter)]];
  }
  int parameter_of_port(std::uint32_t port) const;  // -1 if it is none
  int parameter_of_symbol(const char* symbol) const;
  void connect_ports();
  void load_controls();
  void read_latency();
  void run_silence(const LV2_Atom* message = nullptr);  // a block of it, with a message about a property
  void restore(const LilvState&, LilvInstance*);
  std::vector<Preset> find_presets() const;

  void write_atoms(const Block&);
  void read_atoms(const Block&);

  // Lv2Editor::Plugin
  const LilvPlugin* lilv() const override { return plugin_; }
  Lv2Instance& instance() override { return *instance_; }
  float control(std::uint32_t port) override { return controls_[port]; }
  void set_control(std::uint32_t port, float value) override;
  void touch(std::uint32_t port, bool held) override;
  void send(std::uint32_t port, const void* atom, std::uint32_t bytes) override;
  void receive(Lv2Pieces& atoms) override;
  void closed() override { moves_.note_closed(); }

  const LilvPlugin* plugin_;
  const Setup setup_;
  const Lv2Ports ports_;
  std::unique_ptr<Lv2Instance> instance_;
  Lv2StateFiles state_files_;
  Buses buses_;
  std::vector<std::atomic<float>> controls_;      // by port: what an input shall be, what an output was
  std::vector<float> connected_;                  // by port: what the plug-in reads and writes
  std::vector<std::unique_ptr<Lv2Atoms>> atoms_;  // by port
  std::vector<std::vector<float>> cvs_;           // by port: silent
  Lv2Position position_;
  const LV2_URID midi_event_;
  const LV2_URID atom_object_;
  const LV2_URID state_changed_;
  std::atomic<std::int64_t> latency_{0};

  std::mutex mail_mutex_;  // of what goes to and from the editor: atoms, by their ports; what does not fit is lost
  Lv2Pieces to_plugin_{Lv2Editor::mail_bytes};
  Lv2Pieces to_editor_{Lv2Editor::mail_bytes};
  std::atomic<bool> editor_listens_{false};
  std::unique_ptr<Lv2Editor> editor_;
};

}  // namespace firn::plugins::host
