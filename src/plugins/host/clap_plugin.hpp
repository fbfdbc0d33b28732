// ClapPlugin: a CLAP plug-in by its C interface. Parameters change at the frame that Firn says; what the plug-in can't do (no state, no texts, no
// latency) has the host's answer in its place.
#pragma once

#include <clap/ext/audio-ports.h>
#include <clap/ext/gui.h>
#include <clap/ext/latency.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plugins/host/buses.hpp"
#include "plugins/host/clap_events.hpp"
#include "plugins/host/clap_host.hpp"
#include "plugins/host/clap_library.hpp"
#include "plugins/host/editor_window.hpp"
#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class ClapPlugin final : public HostedPlugin {
 public:
  static Result<std::unique_ptr<ClapPlugin>> make(std::shared_ptr<ClapLibrary>, const std::string& file,
                                                  const std::string& id, const Setup&);
  ~ClapPlugin() override;

  Result<void> restore(const PluginState&) override;
  void set_value(int parameter, double value) override;
  Result<void> activate() override;

  double value(int parameter) override;
  Result<std::optional<PluginState>> state() override;
  std::string text(int parameter, double value) override;
  Result<double> value_of_text(int parameter, const std::string& text) override;
  double tail() override;
  Result<Size> open_editor(const std::string& title) override;
  void close_editor() override;

  std::int64_t latency() override { return latency_; }
  bool process(const Block&) override;

 private:
  explicit ClapPlugin(const Setup& setup) : setup_(setup) {}

  void describe(const std::string& file);
  void describe_parameters();
  Buses::Layout choose_buses();
  bool reads_midi() const;
  bool takes_notes() const;
  void flush();
  void restart();
  void deactivate();
  void read_latency();

  // Null if the plug-in has no such extension.
  template <class Extension>
  const Extension* extension(const char* id) const {
    return static_cast<const Extension*>(plugin_->get_extension(plugin_, id));
  }

  const Setup setup_;
  std::shared_ptr<ClapLibrary> library_;
  ClapHost host_;
  const clap_plugin_t* plugin_ = nullptr;
  const clap_plugin_params_t* params_ = nullptr;
  const clap_plugin_gui_t* gui_ = nullptr;
  std::vector<ClapParameter> parameters_;  // as described
  std::unique_ptr<Buses> buses_;
  std::vector<clap_audio_buffer_t> in_ports_;
  std::vector<clap_audio_buffer_t> out_ports_;
  std::mutex calls_;  // of process() and what may not run beside it
  std::unique_ptr<ClapEvents> events_;
  std::int64_t steady_time_ = 0;
  bool active_ = false;
  std::string why_inactive_;
  bool processing_ = false;
  std::atomic<std::int64_t> latency_{0};
  std::unique_ptr<EditorWindow> window_;
  bool editor_made_ = false;
};

}  // namespace firn::plugins::host
