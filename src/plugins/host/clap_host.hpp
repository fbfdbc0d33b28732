// ClapHost: what a CLAP plug-in sees of its host: the functions that it may call, each from the threads that CLAP says. Made and destroyed by the
// main thread, after the plug-in.
#pragma once

#include <clap/plugin.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "plugins/host/clap_extensions.hpp"
#include "plugins/host/hosted_plugin.hpp"
#include "plugins/host/message_loop.hpp"

namespace firn::plugins::host {

class ClapHost {
 public:
  // What the plug-in asks for. All are called on the main thread.
  struct Requests {
    std::function<void()> flush;    // of parameter changes
    std::function<void()> restart;  // deactivate and activate
    std::function<void()> latency_changed;
    std::function<void()> state_changed;
    std::function<bool(Size)> resize;     // of the window
    std::function<void()> window_closed;  // by the plug-in
  };

  ClapHost();
  ClapHost(const ClapHost&) = delete;
  ClapHost& operator=(const ClapHost&) = delete;

  const clap_host_t* as_clap() const { return &clap_; }
  void attach(const clap_plugin_t& plugin, Requests requests);
  void detach();  // before the plug-in goes: nothing is called any more

  // The calling thread is the audio thread from now on, as CLAP means it: a role, not one thread for all time.
  void take_audio_role() { audio_thread_ = std::this_thread::get_id(); }

 private:
  struct Extensions;

  static ClapHost& of(const clap_host_t* host) { return *static_cast<ClapHost*>(host->host_data); }
  static const void* extension(const clap_host_t*, const char* id);
  void ask_later(std::function<void()> Requests::*request);

  clap_host_t clap_{};
  const clap_plugin_t* plugin_ = nullptr;
  Requests requests_;
  // Outlives this: what was put off asks it, on the main thread, whether it is still wanted.
  const std::shared_ptr<bool> attached_ = std::make_shared<bool>(false);
  std::atomic<std::thread::id> audio_thread_{};
  std::map<clap_id, std::unique_ptr<Ticker>> timers_;
  clap_id next_timer_ = 1;
  std::map<int, std::unique_ptr<ReadWatch>> watches_;
};

}  // namespace firn::plugins::host
