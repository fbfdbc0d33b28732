// Extensions of CLAP 1.1 whose headers Debian does not carry, declared as the specification has them. Names are CLAP's own.
#pragma once

#include <clap/plugin.h>

// NOLINTBEGIN(readability-identifier-naming)
inline constexpr char CLAP_EXT_LOG[] = "clap.log";
inline constexpr char CLAP_EXT_RENDER[] = "clap.render";
inline constexpr char CLAP_EXT_TAIL[] = "clap.tail";
inline constexpr char CLAP_EXT_POSIX_FD_SUPPORT[] = "clap.posix-fd-support";

extern "C" {

enum { CLAP_LOG_DEBUG = 0, CLAP_LOG_INFO = 1, CLAP_LOG_WARNING = 2, CLAP_LOG_ERROR = 3 };

struct clap_host_log_t {
  void(CLAP_ABI* log)(const clap_host_t*, int32_t severity, const char* message);
};

enum { CLAP_RENDER_REALTIME = 0, CLAP_RENDER_OFFLINE = 1 };

struct clap_plugin_render_t {
  bool(CLAP_ABI* has_hard_realtime_requirement)(const clap_plugin_t*);
  bool(CLAP_ABI* set)(const clap_plugin_t*, int32_t mode);
};

struct clap_plugin_tail_t {
  uint32_t(CLAP_ABI* get)(const clap_plugin_t*);
};
struct clap_host_tail_t {
  void(CLAP_ABI* changed)(const clap_host_t*);
};

enum { CLAP_POSIX_FD_READ = 1, CLAP_POSIX_FD_WRITE = 2, CLAP_POSIX_FD_ERROR = 4 };

struct clap_plugin_posix_fd_support_t {
  void(CLAP_ABI* on_fd)(const clap_plugin_t*, int descriptor, uint32_t flags);
};
struct clap_host_posix_fd_support_t {
  bool(CLAP_ABI* register_fd)(const clap_host_t*, int descriptor, uint32_t flags);
  bool(CLAP_ABI* modify_fd)(const clap_host_t*, int descriptor, uint32_t flags);
  bool(CLAP_ABI* unregister_fd)(const clap_host_t*, int descriptor);
};

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
