// HostedPlugin: one loaded plug-in, whatever its format. The main thread (the one with the message loop) makes, asks and destroys it;
// process() is the audio thread's. What a plug-in's format lacks has a default here that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "plugins/host/block.hpp"
#include "plugins/host/description.hpp"
#include "plugins/host/moves.hpp"

namespace firn::plugins::host {

// A failure is a sentence, which Firn shows beside the plug-in's name.
template <class T>
using Result = tl::expected<T, std::string>;

inline tl::unexpected<std::string> fail(std::string message) { return tl::unexpected<std::string>(std::move(message)); }

// What a plug-in is prepared for, all its life. That nobody waits for the sound is announced always: what is heard must be what is printed.
struct Setup {
  int rate = 48000;
  int grid = 64;            // frames of each call
  bool side_chain = false;  // is something connected to it?
};

// What a plug-in keeps besides its parameters.
struct PluginState {
  std::string bytes;  // of the format's own kind
  std::vector<std::string> files =
      {};  // that they refer to: where the one that they call file1 lies, file2, …; empty: it is not there
};

struct Size {
  int width = 0;
  int height = 0;
};

class HostedPlugin {
 public:
  virtual ~HostedPlugin() = default;
  HostedPlugin(const HostedPlugin&) = delete;
  HostedPlugin& operator=(const HostedPlugin&) = delete;

  const Description& description() const { return description_; }
  Moves& moves() { return moves_; }

  // ---- Main thread, while no other is in process() ----

  // A loaded plug-in is silent until it is activated: restore and set what it shall begin with, then activate, once.
  virtual Result<void> restore(const PluginState&) = 0;
  virtual void set_value(int parameter, double value) = 0;
  virtual Result<void> activate() = 0;
  virtual Result<void> apply_preset(const std::string&) { return fail("It has no presets."); }
  virtual Result<void> load_file(const std::string& /*name*/, const std::string& /*path*/) {
    return fail("It loads no files.");
  }

  // ---- Main thread, at any time ----

  virtual double value(int parameter) = 0;
  virtual Result<std::optional<PluginState>> state() = 0;  // nothing: the plug-in keeps none but its parameters' values
  virtual std::string text(int parameter, double value) = 0;
  virtual Result<double> value_of_text(int parameter, const std::string& text) = 0;
  virtual std::vector<std::string> presets() { return {}; }
  virtual std::vector<std::string> file_names() { return {}; }  // that load_file() takes
  virtual double tail() { return description_.tail; }
  virtual Result<Size> open_editor(const std::string& /*title*/) { return fail("It has no window of its own."); }
  virtual void close_editor() {}

  // ---- Any thread ----

  virtual std::int64_t latency() = 0;  // frames

  // ---- Audio thread ----

  // Called for each grid block in turn. False if the plug-in says that it failed; the block's reason is for what more it says.
  virtual bool process(const Block&) = 0;

 protected:
  HostedPlugin() = default;

  Description description_;
  Moves moves_;
};

}  // namespace firn::plugins::host
