// JACK, and PipeWire where it stands in for it.
#include <jack/jack.h>
#include <jack/midiport.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "hardware/devices.hpp"
#include "midi/held_keys.hpp"

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

std::vector<std::string> ports_of(jack_client_t* client, const char* type, unsigned long flags) {
  const char** ports = jack_get_ports(client, nullptr, type, flags);
  std::vector<std::string> names;
  for (int i = 0; ports != nullptr && ports[i] != nullptr; ++i) names.emplace_back(ports[i]);
  jack_free(ports);
  return names;
}

std::vector<std::string> hardware_ports(jack_client_t* client, unsigned long flags) {
  return ports_of(client, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | flags);
}

// Keyboards, and other programs that play: whatever gives out MIDI.
std::vector<std::string> keyboards_of(jack_client_t* client) {
  return ports_of(client, JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput);
}

constexpr std::size_t most_messages = 1024;  // in a block

class JackDevice final : public AudioDevice {
 public:
  JackDevice(Client client, int inputs, bool midi) : AudioDevice(System::jack), client_(std::move(client)) {
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
    messages_.reserve(most_messages);
    // The first, that anything can be connected to by hand; each keyboard has one of its own behind it.
    if (midi) open_midi("midi_in");
    takes_midi_ = midi;
    jack_set_process_callback(
        client_.get(), [](jack_nframes_t n, void* self) { return of(self).process(n); }, this);
    jack_set_xrun_callback(
        client_.get(), [](void* self) { return of(self).note_dropout(); }, this);
    jack_on_info_shutdown(
        client_.get(), [](jack_status_t, const char* why, void* self) { of(self).note_end(why); }, this);
  }
  ~JackDevice() override { stop(); }

  bool has_ports() const {
    return ports_[0] != nullptr && ports_[1] != nullptr && std::ranges::find(inputs_, nullptr) == inputs_.end() &&
           (!takes_midi_ || midi_.front()->port != nullptr);
  }

  base::Result<void> start(Process process) override {
    process_ = std::move(process);
    if (jack_activate(client_.get()) != 0) return base::fail(ErrorKind::device, "JACK does not let Firn play.");
    is_active_ = true;
    const auto to = hardware_ports(client_.get(), JackPortIsInput);
    for (std::size_t i = 0; i < std::size(ports_) && i < to.size(); ++i)
      jack_connect(client_.get(), jack_port_name(ports_[i]), to[i].c_str());
    const auto from = hardware_ports(client_.get(), JackPortIsOutput);
    for (std::size_t i = 0; i < inputs_.size() && i < from.size(); ++i)
      jack_connect(client_.get(), from[i].c_str(), jack_port_name(inputs_[i]));
    look_for_keyboards();
    return {};
  }

  Plugged look_for_keyboards() override {
    Plugged plugged;
    if (!takes_midi_) return plugged;
    const std::vector<std::string> there = keyboards_of(client_.get());
    for (int number = 0; number < count_; ++number) {
      MidiIn& in = *midi_[static_cast<std::size_t>(number)];
      if (in.port == nullptr) continue;
      // Its cable may have been drawn by hand, too.
      const bool was_connected = std::exchange(in.is_connected, jack_port_connected(in.port) > 0);
      if (was_connected && !in.is_connected) in.has_gone.store(true, std::memory_order_release);
      if (!in.is_there || std::ranges::find(there, midi_ports_->name(number)) != there.end()) continue;
      in.is_there = false;
      plugged.went.push_back(midi_ports_->name(number));
    }
    for (const std::string& name : there) {
      MidiIn* const in = open_midi(name);
      if (in == nullptr || in->is_there) continue;
      if (jack_connect(client_.get(), name.c_str(), jack_port_name(in->port)) != 0) continue;
      in->is_there = in->is_connected = true;
      plugged.came.push_back(name);
    }
    return plugged;
  }

  void stop() override {
    if (is_active_) jack_deactivate(client_.get());
    is_active_ = false;
  }

  int round_trip() const override {
    if (inputs_.empty()) return 0;
    jack_latency_range_t in{};
    jack_port_get_latency_range(inputs_.front(), JackCaptureLatency, &in);
    return static_cast<int>(in.max) + way_out();
  }

  int way_out() const override {
    jack_latency_range_t out{};
    jack_port_get_latency_range(ports_[0], JackPlaybackLatency, &out);
    return static_cast<int>(out.max);
  }

  std::int64_t dropouts() const override { return dropouts_.load(std::memory_order_relaxed); }

  std::optional<std::string> lost() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }

 private:
  // A port of ours. It stays when its keyboard goes, which may come back.
  struct MidiIn {
    std::atomic<jack_port_t*> port{nullptr};  // null where JACK has had none left
    bool is_there = false;                    // the keyboard
    bool is_connected = false;
    midi::HeldKeys held;                // the audio thread's
    std::atomic<bool> has_gone{false};  // since the audio thread asked last
  };

  // The one for the keyboard of that name. Null where JACK has none left.
  MidiIn* open_midi(const std::string& name) {
    const auto number = midi_ports_->add(name);
    if (!number) return nullptr;
    auto& in = midi_[static_cast<std::size_t>(*number)];
    if (!in) {
      in = std::make_unique<MidiIn>();
      count_.store(*number + 1, std::memory_order_release);
    }
    if (in->port != nullptr) return in.get();
    const std::string own = *number == 0 ? "midi_in" : "midi_in_" + std::to_string(*number);
    in->port = jack_port_register(client_.get(), own.c_str(), JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
    return in->port == nullptr ? nullptr : in.get();
  }

  static JackDevice& of(void* self) { return *static_cast<JackDevice*>(self); }

  int process(jack_nframes_t frames) {
    audio::StereoView out{static_cast<float*>(jack_port_get_buffer(ports_[0], frames)),
                          static_cast<float*>(jack_port_get_buffer(ports_[1], frames)), static_cast<int>(frames)};
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      in_[i] = static_cast<const float*>(jack_port_get_buffer(inputs_[i], frames));
    read_midi(frames);
    process_({in_, messages_}, out);
    return 0;
  }

  void read_midi(jack_nframes_t frames) {
    messages_.clear();
    const int ports = count_.load(std::memory_order_acquire);
    for (int port = 0; port < ports; ++port) {
      MidiIn& in = *midi_[static_cast<std::size_t>(port)];
      if (in.has_gone.exchange(false, std::memory_order_acquire) && !in.held.let_go(0, port, messages_))
        in.has_gone.store(true, std::memory_order_relaxed);
    }
    for (int port = 0; port < ports; ++port) {
      MidiIn& in = *midi_[static_cast<std::size_t>(port)];
      jack_port_t* const own = in.port.load(std::memory_order_acquire);
      if (own == nullptr) continue;
      void* const buffer = jack_port_get_buffer(own, frames);
      const jack_nframes_t count = jack_midi_get_event_count(buffer);
      for (jack_nframes_t i = 0; i < count && messages_.size() < most_messages; ++i) {
        jack_midi_event_t event{};
        if (jack_midi_event_get(&event, buffer, i) != 0) continue;
        auto message = midi::message_of({event.buffer, event.size});
        if (!message) continue;
        message->frame = static_cast<int>(event.time);
        message->port = port;
        in.held.note(*message);
        const auto behind = std::ranges::upper_bound(messages_, message->frame, {}, &midi::Message::frame);
        messages_.insert(behind, *message);
      }
    }
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
  bool takes_midi_ = false;
  std::array<std::unique_ptr<MidiIn>, midi::Ports::most> midi_;  // by midi_ports(); they stay
  std::atomic<int> count_{0};                                    // of those that the audio thread may read
  std::vector<midi::Message> messages_;
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
                    static_cast<int>(hardware_ports(client.get(), JackPortIsOutput).size()),
                    static_cast<int>(hardware_ports(client.get(), JackPortIsInput).size()),
                    {static_cast<int>(jack_get_sample_rate(client.get()))},
                    true};
}

std::vector<std::string> jack_midi_inputs() {
  const Client client = connect();
  return client ? keyboards_of(client.get()) : std::vector<std::string>();
}

base::Result<std::unique_ptr<AudioDevice>> open_jack(const Wish& wish) {
  Client client = connect();
  if (!client) return base::fail(ErrorKind::device, "The JACK server can't be reached. Is it running?");
  auto device = std::make_unique<JackDevice>(std::move(client), wish.inputs, wish.midi);
  if (!device->has_ports()) return base::fail(ErrorKind::device, "JACK gives Firn no ports to play and record with.");
  return device;
}

}  // namespace firn::hardware
