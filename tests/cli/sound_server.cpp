#include "cli/sound_server.hpp"

#include <doctest/doctest.h>

namespace firn::tests {
namespace {

// JACK knows eight servers at a time by their names, and forgets one that was killed when its name is used again: so there is one name.
constexpr const char* start_jack = R"sh(
export JACK_DEFAULT_SERVER=firn-test
jackd -n "$JACK_DEFAULT_SERVER" -r -d dummy -r 48000 -p 1024 >server.log 2>&1 9>&- &
client() { "$@"; }
)sh";
constexpr const char* start_pipewire = R"sh(
export XDG_RUNTIME_DIR=$PWD/run
mkdir -p run
cat >server.conf <<'END'
context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false mem.allow-mlock = false
  default.clock.rate = 48000 default.clock.quantum = 1024 default.clock.min-quantum = 1024 default.clock.max-quantum = 1024 }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [ { name = libpipewire-module-protocol-native } { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory } { name = libpipewire-module-client-node } { name = libpipewire-module-access }
  { name = libpipewire-module-adapter } { name = libpipewire-module-link-factory } ]
context.objects = [ { factory = spa-node-factory args = { factory.name = support.node.driver node.name = Dummy-Driver
  node.group = pipewire.dummy priority.driver = 20000 } } ]
END
pipewire -c "$PWD/server.conf" >server.log 2>&1 9>&- &
client() { pw-jack "$@"; }
)sh";
constexpr const char* before = R"sh(
exec 9>"${TMPDIR:-/tmp}/firn-sound-server-$UID.lock"
flock 9
)sh";
constexpr const char* between = R"sh(
server=$!
trap 'kill $server; wait $server' EXIT
wait_for() { for i in $(seq 100); do eval "$1" && return; sleep 0.1; done; }
wait_for 'client jack_lsp >lsp.log 2>&1'
)sh";

}  // namespace

bool run_beside(SoundServer server, const Program& program, const std::string& programs, const std::string& script) {
  const bool is_jack = server == SoundServer::jack;
#ifdef __SANITIZE_THREAD__
  MESSAGE("skipped: libjack cancels its thread within a call, which the thread sanitizer takes for a fault");
  return false;
#endif
  for (const std::string& name : {std::string(is_jack ? "jackd" : "pw-jack"), programs}) {
    if (program.run("command -v " + name).status == 0) continue;
    MESSAGE("skipped: not installed: ", name);
    return false;
  }
  program.write("beside.sh",
                before + std::string(is_jack ? start_jack : start_pipewire) + between + script + "\ntrue\n");
  program.ok("export FIRN; bash beside.sh");
  CAPTURE(program.text("server.log"));
  return true;
}

}  // namespace firn::tests
