#include "plugins/host/clap_host.hpp"

#include <clap/ext/audio-ports.h>
#include <clap/ext/gui.h>
#include <clap/ext/latency.h>
#include <clap/ext/note-ports.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#include <clap/ext/thread-check.h>
#include <clap/ext/timer-support.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace firn::plugins::host {

// The tables of functions that the plug-in gets. Some plug-ins call into them without a look whether they are there: so none is left out
// that has been seen to be needed, even where there is nothing to do.
struct ClapHost::Extensions {
  static constexpr clap_host_latency_t latency{
      [](const clap_host_t* host) { of(host).ask_later(&Requests::latency_changed); }};

  static constexpr clap_host_params_t params{
      [](const clap_host_t*, clap_param_rescan_flags) {},  // values are asked for when they are needed
      [](const clap_host_t*, clap_id, clap_param_clear_flags) {},
      [](const clap_host_t* host) { of(host).ask_later(&Requests::flush); }};

  static constexpr clap_host_state_t state{
      [](const clap_host_t* host) { of(host).ask_later(&Requests::state_changed); }};

  static constexpr clap_host_thread_check_t thread_check{
      [](const clap_host_t*) { return MessageLoop::is_main_thread(); },
      [](const clap_host_t* host) { return of(host).audio_thread_.load() == std::this_thread::get_id(); }};

  static constexpr clap_host_log_t log{[](const clap_host_t*, int32_t severity, const char* message) {
    if (severity >= CLAP_LOG_WARNING) std::fprintf(stderr, "%s\n", message);
  }};

  static constexpr clap_host_tail_t tail{[](const clap_host_t*) {}};  // asked for when it is needed

  static constexpr clap_host_audio_ports_t audio_ports{
      [](const clap_host_t*, uint32_t) { return false; },  // they stay as they were at the start
      [](const clap_host_t*, uint32_t) {}};

  static constexpr clap_host_note_ports_t note_ports{
      [](const clap_host_t*) -> uint32_t { return CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI; },
      [](const clap_host_t*, uint32_t) {}};

  static constexpr clap_host_timer_support_t timer_support{
      [](const clap_host_t* host, uint32_t period, clap_id* id) {
        ClapHost& self = of(host);
        const auto* plugin = self.plugin_;
        const auto* timers =
            static_cast<const clap_plugin_timer_support_t*>(plugin->get_extension(plugin, CLAP_EXT_TIMER_SUPPORT));
        if (timers == nullptr) return false;
        const clap_id given = self.next_timer_++;
        *id = given;
        constexpr uint32_t shortest = 5;  // milliseconds: less only keeps the processor busy
        self.timers_[given] = std::make_unique<Ticker>(std::chrono::milliseconds(std::max(period, shortest)),
                                                       [=] { timers->on_timer(plugin, given); });
        return true;
      },
      [](const clap_host_t* host, clap_id id) { return of(host).timers_.erase(id) > 0; }};

  static bool watch(const clap_host_t* host, int descriptor, uint32_t flags) {
    ClapHost& self = of(host);
    const auto* plugin = self.plugin_;
    const auto* files =
        static_cast<const clap_plugin_posix_fd_support_t*>(plugin->get_extension(plugin, CLAP_EXT_POSIX_FD_SUPPORT));
    if (files == nullptr || (flags & CLAP_POSIX_FD_READ) == 0) return false;
    self.watches_.erase(descriptor);  // the one before unregisters its descriptor, by the number
    self.watches_[descriptor] =
        std::make_unique<ReadWatch>(descriptor, [=] { files->on_fd(plugin, descriptor, CLAP_POSIX_FD_READ); });
    return true;
  }
  static constexpr clap_host_posix_fd_support_t posix_fd_support{
      watch, [](const clap_host_t* host, int descriptor, uint32_t) { return of(host).watches_.count(descriptor) > 0; },
      [](const clap_host_t* host, int descriptor) { return of(host).watches_.erase(descriptor) > 0; }};

  static constexpr clap_host_gui_t gui{
      [](const clap_host_t*) {},
      [](const clap_host_t* host, uint32_t width, uint32_t height) {
        if (!MessageLoop::is_main_thread() || !of(host).requests_.resize) return false;
        return of(host).requests_.resize({static_cast<int>(width), static_cast<int>(height)});
      },
      [](const clap_host_t*) { return false; },  // when its window shows is for Firn to say
      [](const clap_host_t*) { return false; },
      [](const clap_host_t* host, bool) { of(host).ask_later(&Requests::window_closed); }};
};

ClapHost::ClapHost() {
  clap_.clap_version = CLAP_VERSION;
  clap_.host_data = this;
  clap_.name = "Firn";
  clap_.vendor = "Firn";
  clap_.url = "";
  clap_.version = "1";
  clap_.get_extension = extension;
  clap_.request_restart = [](const clap_host_t* host) { of(host).ask_later(&Requests::restart); };
  clap_.request_process = [](const clap_host_t*) {};  // it is processed always
  clap_.request_callback = [](const clap_host_t* host) {
    MessageLoop::call_later([&self = of(host), wanted = of(host).attached_] {
      if (*wanted) self.plugin_->on_main_thread(self.plugin_);
    });
  };
}

const void* ClapHost::extension(const clap_host_t*, const char* id) {
  const std::string_view name = id;
  if (name == CLAP_EXT_LATENCY) return &Extensions::latency;
  if (name == CLAP_EXT_PARAMS) return &Extensions::params;
  if (name == CLAP_EXT_STATE) return &Extensions::state;
  if (name == CLAP_EXT_THREAD_CHECK) return &Extensions::thread_check;
  if (name == CLAP_EXT_LOG) return &Extensions::log;
  if (name == CLAP_EXT_TAIL) return &Extensions::tail;
  if (name == CLAP_EXT_AUDIO_PORTS) return &Extensions::audio_ports;
  if (name == CLAP_EXT_NOTE_PORTS) return &Extensions::note_ports;
  if (name == CLAP_EXT_TIMER_SUPPORT) return &Extensions::timer_support;
  if (name == CLAP_EXT_POSIX_FD_SUPPORT) return &Extensions::posix_fd_support;
  if (name == CLAP_EXT_GUI) return &Extensions::gui;
  return nullptr;
}

void ClapHost::attach(const clap_plugin_t& plugin, Requests requests) {
  plugin_ = &plugin;
  requests_ = std::move(requests);
  *attached_ = true;
}

void ClapHost::detach() {
  *attached_ = false;
  timers_.clear();
  watches_.clear();
}

void ClapHost::ask_later(std::function<void()> Requests::*request) {
  MessageLoop::call_later([this, request, wanted = attached_] {
    if (*wanted && requests_.*request) (requests_.*request)();
  });
}

}  // namespace firn::plugins::host
