// The effects that fail: each is a gain, until it isn't.
#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "faulty_plugins/faulty.hpp"
#include "plugins/exchange.hpp"

namespace firn::tests::faulty {
namespace {

// At the time that `after` says.
template <Fault fault>
class FailsInProcess : public Gain {
 public:
  FailsInProcess() : Gain({gain_parameter, after_parameter}) {}

 protected:
  void fail(const Moment& moment) override { fault(moment); }
};

using NeverFails = FailsInProcess<nothing>;  // but has `after`

class Latency : public NeverFails {
 protected:
  std::uint32_t latency() const override { return latency_; }

  void fail(const Moment& moment) override {
    if (!moment.first) return;
    latency_ = 256;
    host().request_restart(&host());
    const auto* listener = static_cast<const clap_host_latency_t*>(host().get_extension(&host(), CLAP_EXT_LATENCY));
    if (listener) listener->changed(&host());
  }

 private:
  std::atomic<std::uint32_t> latency_{0};
};

// Says the latency that the variable FIRN_FAULTY_LATENCY has when it is made.
class Mood : public Gain {
 protected:
  std::uint32_t latency() const override {
    const char* said = std::getenv("FIRN_FAULTY_LATENCY");
    return said != nullptr ? static_cast<std::uint32_t>(std::atoi(said)) : 0;
  }
};

class Random : public NeverFails {
 protected:
  bool init() override {
    std::random_device device("/dev/urandom");
    noise_.seed(static_cast<std::uint64_t>(device()) << 32U | device());
    return true;
  }

  void fail(const Moment& moment) override {
    for (int side = 0; side < 2; ++side) {
      for (std::uint32_t frame = moment.from; frame < moment.frames; ++frame) {
        moment.outputs[side][frame] += static_cast<float>(level_(noise_));
      }
    }
  }

 private:
  std::mt19937_64 noise_;
  std::uniform_real_distribution<double> level_{-0.1, 0.1};
};

class Output : public NeverFails {
 protected:
  bool init() override {
    print();
    return true;
  }

  void fail(const Moment&) override { print(); }

 private:
  // What could be taken for an answer, what is no text, and a line that has no end.
  static void print() {
    static constexpr char rubbish[] =
        "{\"done\": \"rubbish\"}\n{\"format\": \"clap\", \"id\": 7\n\0\x01\xff\xfe%s%n\r\nrubbish";
    for (std::FILE* stream : {stdout, stderr}) {
      std::fwrite(rubbish, 1, sizeof rubbish - 1, stream);
      std::fflush(stream);
    }
  }
};

class State : public Gain {
 protected:
  void save() override { crash(); }
};

class Init : public Gain {
 protected:
  bool init() override {
    crash();
    return true;
  }
};

class Activate : public Gain {
 protected:
  bool activate() override { return false; }
};

class Restart : public NeverFails {
 protected:
  bool activate() override { return !std::exchange(activated_, true); }

  void fail(const Moment& moment) override {
    if (moment.first) host().request_restart(&host());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // it is restarted between two blocks
  }

 private:
  bool activated_ = false;
};

// Where the host shares memory with Firn, there seem to be a thousand more questions.
class Question : public NeverFails {
 protected:
  void fail(const Moment& moment) override {
    if (!moment.first) return;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find("memfd:firn-plugin") == line.npos) continue;
      reinterpret_cast<plugins::Exchange*>(std::stoull(line, nullptr, 16))->asked += 1000;
    }
  }
};

// Takes away the memory that the host shares with Firn, by every way that leads there.
class Shrink : public NeverFails {
 protected:
  void fail(const Moment& moment) override {
    if (!moment.first) return;
    for (const char* ways : {"/proc/self/fd", "/proc/self/map_files"}) {
      std::error_code error;
      for (const auto& way : std::filesystem::directory_iterator(ways, error)) {
        if (std::filesystem::read_symlink(way, error).native().find("memfd:firn-plugin") == std::string::npos) continue;
        const int memory = ::open(way.path().c_str(), O_RDWR);
        if (memory < 0) continue;
        if (::ftruncate(memory, 0) != 0) errno = 0;  // as it should be
        ::close(memory);
      }
    }
  }
};

class SlowLoad : public Gain {
 protected:
  bool init() override {
    std::this_thread::sleep_for(std::chrono::seconds(30));
    return true;
  }
};

class Thread : public Gain {
 protected:
  void start() override {
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      crash();
    }).detach();
  }
};

}  // namespace

std::vector<Kind> failing_kinds() {
  return {
      kind<Gain>("org.firn.faulty.well", "Faulty Well", "Never fails"),
      kind<FailsInProcess<crash>>("org.firn.faulty.crash", "Faulty Crash", "Writes to null"),
      kind<FailsInProcess<abort>>("org.firn.faulty.abort", "Faulty Abort", "Aborts"),
      kind<FailsInProcess<loop>>("org.firn.faulty.loop", "Faulty Loop", "Loops without end"),
      kind<FailsInProcess<sleep>>("org.firn.faulty.sleep", "Faulty Sleep", "Sleeps without end"),
      kind<FailsInProcess<hesitate>>("org.firn.faulty.hesitate", "Faulty Hesitate", "Sleeps for a moment, once"),
      kind<FailsInProcess<write_nan>>("org.firn.faulty.nan", "Faulty Nan", "Writes one sample that is no number"),
      kind<FailsInProcess<write_infinity>>("org.firn.faulty.infinity", "Faulty Infinity", "Writes one infinite sample"),
      kind<FailsInProcess<write_denormals>>("org.firn.faulty.denormal", "Faulty Denormal", "Writes denormals only"),
      kind<FailsInProcess<overrun>>("org.firn.faulty.overrun", "Faulty Overrun", "Writes 64 KiB past its outputs"),
      kind<Latency>("org.firn.faulty.latency", "Faulty Latency", "Says another latency while it processes"),
      kind<Mood>("org.firn.faulty.mood", "Faulty Mood", "Says another latency each time that it is told to"),
      kind<FailsInProcess<allocate>>("org.firn.faulty.memory", "Faulty Memory", "Takes memory without end"),
      kind<State>("org.firn.faulty.state", "Faulty State", "Crashes as its state is saved"),
      kind<Init>("org.firn.faulty.init", "Faulty Init", "Crashes as it is initialised"),
      kind<Activate>("org.firn.faulty.activate", "Faulty Activate", "Is never activated"),
      kind<Restart>("org.firn.faulty.restart", "Faulty Restart", "Wants to be restarted, and refuses"),
      kind<Question>("org.firn.faulty.question", "Faulty Question", "Writes to the count of questions, once"),
      kind<Shrink>("org.firn.faulty.shrink", "Faulty Shrink", "Cuts off the memory that it shares with Firn"),
      kind<Random>("org.firn.faulty.random", "Faulty Random", "Adds noise that never repeats itself"),
      kind<SlowLoad>("org.firn.faulty.slow_load", "Faulty Slow Load", "Takes 30 seconds to initialise"),
      kind<Thread>("org.firn.faulty.thread", "Faulty Thread", "Crashes in a thread of its own"),
      kind<Output>("org.firn.faulty.output", "Faulty Output", "Prints rubbish, and works well"),
      kind<FailsInProcess<exit>>("org.firn.faulty.exit", "Faulty Exit", "Ends its process"),
  };
}

}  // namespace firn::tests::faulty
