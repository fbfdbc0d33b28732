// A CLAP library that fails as it is loaded: in its entry's init it crashes or, with FIRN_HANGS_AT_LOAD, sleeps for a minute.
#include <clap/entry.h>

#include <chrono>
#include <thread>

#include "faulty_plugins/faults.hpp"

extern "C" {
const clap_plugin_entry_t clap_entry{
    .clap_version = CLAP_VERSION_INIT,
    .init =
        [](const char*) {
          if constexpr (FIRN_HANGS_AT_LOAD) {
            std::this_thread::sleep_for(std::chrono::minutes(1));
          } else {
            firn::tests::faulty::crash();
          }
          return true;
        },
    .deinit = [] {},
    .get_factory = [](const char*) -> const void* { return nullptr; },
};
}
