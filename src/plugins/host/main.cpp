// firn-plugin-host: runs other people's plug-ins so that Firn need not. What it is asked and answers is in ../protocol.md.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/host/formats.hpp"
#include "plugins/host/message_loop.hpp"
#include "plugins/host/process_limits.hpp"
#include "plugins/host/session.hpp"

namespace firn::plugins::host {
namespace {

constexpr int socket_descriptor = 3;
constexpr int memory_descriptor = 4;
constexpr int wrong_usage = 2;

bool is_open(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

// Plug-ins start programs of their own.
void keep_to_this_process(int descriptor) { fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

// A line at a time, each written at once: what is known stays known if the next plug-in crashes.
class Lines {
 public:
  explicit Lines(int descriptor) : descriptor_(descriptor) {}

  void write(const nlohmann::json& json) const {
    const std::string line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t more = ::write(descriptor_, line.data() + done, line.size() - done);
      if (more <= 0) return;
      done += static_cast<std::size_t>(more);
    }
  }

 private:
  int descriptor_;
};

int list(const Format& format, const Lines& lines) {
  for (const Candidate& candidate : format.list()) {
    lines.write({{"format", format.name}, {"file", candidate.file}, {"binary", candidate.binary}});
  }
  lines.write({{"done", format.name}});
  return 0;
}

// `words`: --without ID as often as wanted, then the files.
int scan(const Format& format, const std::vector<std::string>& words, const Lines& lines) {
  contain_this_process();
  provide_for_no_display();
  const MessageLoop loop;
  Scanning scanning;
  scanning.begin = [&](const std::string& id) { lines.write({{"begin", id}}); };
  scanning.cannot_be = [&](const std::string& id, const std::string& why) {
    lines.write({{"fault", id}, {"why", why}});
  };
  scanning.found = [&](const Description& description) { lines.write(to_json(description)); };
  std::size_t next = 0;
  for (; next + 1 < words.size() && words[next] == "--without"; next += 2) scanning.without.push_back(words[next + 1]);
  for (; next < words.size(); ++next) {
    const auto looked = format.scan(words[next], scanning);
    nlohmann::json done{{"done", words[next]}};
    if (!looked) done["error"] = looked.error();
    lines.write(done);
  }
  return 0;
}

int run() {
  contain_this_process();
  provide_for_no_display();
  void* memory = mmap(nullptr, sizeof(Exchange), PROT_READ | PROT_WRITE, MAP_SHARED, memory_descriptor, 0);
  if (memory == MAP_FAILED) {
    std::fputs("firn-plugin-host run is started by Firn, with a socket and shared memory.\n", stderr);
    return wrong_usage;
  }
  close(memory_descriptor);
  end_with(socket_descriptor);
  keep_to_this_process(socket_descriptor);

  MessageLoop loop;
  Session session(*static_cast<Exchange*>(memory));
  const Channel channel(socket_descriptor);
  const ReadWatch watch(channel.descriptor(), [&] {
    const auto question = channel.receive();
    if (!question || !channel.send(session.answer(*question))) loop.stop();
  });
  loop.run();
  return 0;
}

int usage() {
  std::fputs(
      "firn-plugin-host list FORMAT             what there is to scan\n"
      "firn-plugin-host scan FORMAT [--without ID]... FILE...     describes the plug-ins in each\n"
      "firn-plugin-host run                     one plug-in, for a Firn that started it\n"
      "FORMAT is vst3, lv2, clap or ladspa.\n",
      stderr);
  return wrong_usage;
}

int main_of(const std::vector<std::string>& words, char** as_given) {
  if (words.size() == 1 && words[0] == "run") {
    repeat_addresses(as_given);
    set_standard_output_aside();
    return run();
  }
  const bool has_reader = is_open(socket_descriptor);
  if (has_reader) {
    keep_to_this_process(socket_descriptor);
    end_with(socket_descriptor);
  }
  const int standard_output = set_standard_output_aside();
  const Format* format = words.size() < 2 ? nullptr : find_format(words[1]);
  if (format == nullptr) return usage();
  const Lines lines(has_reader ? socket_descriptor : standard_output);
  if (words[0] == "list" && words.size() == 2) return list(*format, lines);
  if (words[0] == "scan") return scan(*format, {words.begin() + 2, words.end()}, lines);
  return usage();
}

}  // namespace
}  // namespace firn::plugins::host

int main(int count, char** words) {
  try {
    return firn::plugins::host::main_of({words + 1, words + count}, words);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "firn-plugin-host: %s\n", thrown.what());
    return 1;
  }
}
