// JACK, and PipeWire where it stands in for it.
#include <jack/jack.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "hardware/devices.hpp"

namespace firn::hardware {
namespace {

using base::ErrorKind;

void say_nothing(const char*) {}

struct Close {
  void operator()(jack_client_t* client) const { jack_client_close(client); }
};
using Client = std::unique_ptr<jack_client_t, Close>;

// Null where no server runs.
Client connect() {
  jack_set_error_function(say_nothing);
  jack_set_info_function(say_nothing);
  return Client(jack_client_open("firn", JackNoStartServer, nullptr));
}

int count_ports(jack_client_t* client, unsigned long flags) {
  const char** ports = jack_get_ports(client, nullptr, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | flags);
  int count = 0;
  while (ports != nullptr && ports[count] != nullptr) ++count;
  jack_free(ports);
  return count;
}

class JackDevice final : public AudioDevice {
 public:
  JackDevice(Client client, int inputs) : client_(std::move(client)) {
    name_ = "JACK";
    rate_ = {static_cast<int>(jack_get_sample_rate(client_.get()))};
    block_ = static_cast<int>(jack_get_buffer_size(client_.get()));
    const char* const names[] = {"left", "right"};
    for (int side = 0; side < 2; ++side)
      ports_[side] = jack_port_register(client_.get(), names[side], JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    for (int i = 0; i < inputs; ++i) {
      inputs_.push_back(jack_port_register(client_.get(), ("in_" + std::to_string(i + 1)).c_str(),
                                           JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0));
    }
    in_.resize(inputs_.size());
    jack_set_process_callback(
        client_.get(), [](jack_nframes_t n, void* self) { return of(self).process(n); }, this);
    jack_set_xrun_callback(
        client_.get(), [](void* self) { return of(self).note_dropout(); }, this);
    jack_on_info_shutdown(
        client_.get(), [](jack_status_t, const char* why, void* self) { of(self).note_end(why); }, this);
  }
  ~JackDevice() override { stop(); }

  bool has_ports() const {
    return ports_[0] != nullptr && ports_[1] != nullptr && std::ranges::find(inputs_, nullptr) == inputs_.end();
  }

  base::Result<void> start(Process process) override {
    process_ = std::move(process);
    if (jack_activate(client_.get()) != 0) return base::fail(ErrorKind::device, "JACK does not let Firn play.");
    is_active_ = true;
    each_hardware_port(JackPortIsInput, 2, [this](int side, const char* to) {
      jack_connect(client_.get(), jack_port_name(ports_[side]), to);
    });
    each_hardware_port(JackPortIsOutput, static_cast<int>(inputs_.size()), [this](int channel, const char* from) {
      jack_connect(client_.get(), from, jack_port_name(inputs_[static_cast<std::size_t>(channel)]));
    });
    return {};
  }

  void stop() override {
    if (is_active_) jack_deactivate(client_.get());
    is_active_ = false;
  }

  int round_trip() const override {
    if (inputs_.empty()) return 0;
    jack_latency_range_t in{}, out{};
    jack_port_get_latency_range(inputs_.front(), JackCaptureLatency, &in);
    jack_port_get_latency_range(ports_[0], JackPlaybackLatency, &out);
    return static_cast<int>(in.max + out.max);
  }

  std::int64_t dropouts() const override { return dropouts_.load(std::memory_order_relaxed); }

  std::optional<std::string> lost() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }

 private:
  // Calls connect(number, name) for the hardware's first `count` ports.
  template <class Connect>
  void each_hardware_port(unsigned long flags, int count, Connect&& connect) const {
    const char** ports = jack_get_ports(client_.get(), nullptr, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | flags);
    for (int i = 0; i < count && ports != nullptr && ports[i] != nullptr; ++i) connect(i, ports[i]);
    jack_free(ports);
  }

  static JackDevice& of(void* self) { return *static_cast<JackDevice*>(self); }

  int process(jack_nframes_t frames) {
    audio::StereoView out{static_cast<float*>(jack_port_get_buffer(ports_[0], frames)),
                          static_cast<float*>(jack_port_get_buffer(ports_[1], frames)), static_cast<int>(frames)};
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      in_[i] = static_cast<const float*>(jack_port_get_buffer(inputs_[i], frames));
    process_(in_, out);
    return 0;
  }

  int note_dropout() {
    dropouts_.fetch_add(1, std::memory_order_relaxed);
    return 0;
  }

  void note_end(const char* why) {
    const std::lock_guard lock(mutex_);
    end_ =
        std::string("The JACK server has gone") + (why != nullptr && *why != '\0' ? std::string(": ") + why : "") + ".";
  }

  Process process_;
  jack_port_t* ports_[2] = {};
  std::vector<jack_port_t*> inputs_;
  std::vector<const float*> in_;
  bool is_active_ = false;
  std::atomic<std::int64_t> dropouts_{0};
  mutable std::mutex mutex_;
  std::optional<std::string> end_;
  Client client_;  // last: its callbacks end before what they use
};

}  // namespace

std::optional<DeviceInfo> jack_device() {
  const Client client = connect();
  if (!client) return std::nullopt;
  return DeviceInfo{System::jack,
                    "JACK",
                    count_ports(client.get(), JackPortIsOutput),
                    count_ports(client.get(), JackPortIsInput),
                    {static_cast<int>(jack_get_sample_rate(client.get()))},
                    true};
}

base::Result<std::unique_ptr<AudioDevice>> open_jack(const Wish& wish) {
  Client client = connect();
  if (!client) return base::fail(ErrorKind::device, "The JACK server can't be reached. Is it running?");
  auto device = std::make_unique<JackDevice>(std::move(client), wish.inputs);
  if (!device->has_ports()) return base::fail(ErrorKind::device, "JACK gives Firn no ports to play and record with.");
  return device;
}

}  // namespace firn::hardware
