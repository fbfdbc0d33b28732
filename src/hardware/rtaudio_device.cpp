// PulseAudio and ALSA, through RtAudio.
#include <alsa/asoundlib.h>
#include <rtaudio/RtAudio.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "hardware/devices.hpp"
#include "hardware/sequencer_inputs.hpp"

namespace firn::hardware {
namespace {

using base::ErrorKind;

RtAudio::Api api_of(System system) { return system == System::pulse ? RtAudio::LINUX_PULSE : RtAudio::LINUX_ALSA; }

// ALSA would tell the terminal of each card that is not there.
void say_nothing(const char*, int, const char*, int, const char*, ...) {}  // NOLINT(cert-dcl50-cpp): as ALSA calls it

using Clock = std::chrono::steady_clock;

class RtAudioDevice final : public AudioDevice {
 public:
  explicit RtAudioDevice(System system) : AudioDevice(system), audio_(api_of(system)) { audio_.showWarnings(false); }
  ~RtAudioDevice() override { stop(); }

  // Throws RtAudioError.
  void open(const DeviceInfo& info, const Wish& wish) {
    RtAudio::StreamParameters output;
    output.deviceId = number_of(info.name);
    output.nChannels = 2;
    RtAudio::StreamOptions options;
    options.flags = RTAUDIO_NONINTERLEAVED;
    options.streamName = "Firn";
    auto frames = static_cast<unsigned>(wish.block);
    RtAudio::StreamParameters input;
    input.deviceId = output.deviceId;
    input.nChannels = static_cast<unsigned>(std::min(wish.inputs, info.inputs));
    in_.resize(static_cast<std::size_t>(wish.inputs), nullptr);
    there_ = input.nChannels;
    audio_.openStream(&output, input.nChannels > 0 ? &input : nullptr, RTAUDIO_FLOAT32,
                      static_cast<unsigned>(wish.rate.hertz), &frames, &RtAudioDevice::process, this, &options);
    name_ = title_of(info.system) + ": " + info.name;
    rate_ = {static_cast<int>(audio_.getStreamSampleRate())};
    block_ = static_cast<int>(frames);
    if (wish.midi) midi_.emplace(*midi_ports_);
  }

  base::Result<void> start(Process process) override {
    process_ = std::move(process);
    note_asked();
    try {
      audio_.startStream();
    } catch (const RtAudioError& error) {
      return base::fail(ErrorKind::device, name_ + " can't be started: " + error.getMessage());
    }
    return {};
  }

  void stop() override {
    try {
      if (audio_.isStreamRunning()) audio_.abortStream();
    } catch (const RtAudioError&) {  // it has gone, and that is all that was wanted
    }
  }

  Plugged look_for_keyboards() override { return midi_ ? midi_->look() : Plugged(); }

  int round_trip() const override { return round_trip_.load(std::memory_order_relaxed); }
  // RtAudio tells the sum of both ways where something comes in.
  int way_out() const override { return there_ > 0 ? round_trip() / 2 : round_trip(); }
  std::int64_t dropouts() const override { return dropouts_.load(std::memory_order_relaxed); }

  // RtAudio does not say so: its thread goes on without a word.
  std::optional<std::string> lost() const override {
    constexpr std::chrono::seconds patience(2);
    if (Clock::now().time_since_epoch() - Clock::duration(last_asked_.load(std::memory_order_relaxed)) < patience)
      return std::nullopt;
    return name_ + " asks for no sound any more: it may have been unplugged.";
  }

 private:
  unsigned number_of(const std::string& name) {
    for (unsigned i = 0; i < audio_.getDeviceCount(); ++i) {
      if (audio_.getDeviceInfo(i).name == name) return i;
    }
    return audio_.getDeviceCount();  // none: it has gone since
  }

  static int process(void* output, void* input, unsigned frames, double, RtAudioStreamStatus status, void* self) {
    auto& device = *static_cast<RtAudioDevice*>(self);
    if (status != 0) device.dropouts_.fetch_add(1, std::memory_order_relaxed);
    device.note_asked();
    device.round_trip_.store(static_cast<int>(device.audio_.getStreamLatency()), std::memory_order_relaxed);
    auto* const left = static_cast<float*>(output);
    for (std::size_t i = 0; i < device.there_; ++i)
      device.in_[i] = input == nullptr ? nullptr : static_cast<const float*>(input) + i * frames;
    const int count = static_cast<int>(frames);
    const auto messages = device.midi_ ? device.midi_->take(count, device.rate_) : std::span<const midi::Message>();
    device.process_({device.in_, messages}, {left, left + frames, count});
    return 0;
  }

  void note_asked() { last_asked_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed); }

  Process process_;
  std::vector<const float*> in_;
  std::size_t there_ = 0;  // of these channels
  std::atomic<std::int64_t> dropouts_{0};
  std::atomic<int> round_trip_{0};
  std::atomic<Clock::rep> last_asked_{0};
  std::optional<SequencerInputs> midi_;
  RtAudio audio_;  // last: its thread ends before what it uses
};

}  // namespace

std::vector<DeviceInfo> rtaudio_devices(System system) {
  std::vector<DeviceInfo> devices;
  snd_lib_error_set_handler(say_nothing);
  try {
    RtAudio audio(api_of(system));
    audio.showWarnings(false);
    for (unsigned i = 0; i < audio.getDeviceCount(); ++i) {
      const RtAudio::DeviceInfo info = audio.getDeviceInfo(i);
      if (!info.probed || info.outputChannels < 2) continue;
      devices.push_back({system,
                         info.name,
                         static_cast<int>(info.inputChannels),
                         static_cast<int>(info.outputChannels),
                         {info.sampleRates.begin(), info.sampleRates.end()},
                         info.isDefaultOutput});
    }
  } catch (const RtAudioError&) {  // the system does not run here
  }
  const auto is_default = [](const DeviceInfo& device) { return device.is_default; };
  if (!devices.empty() && std::ranges::none_of(devices, is_default)) devices.front().is_default = true;
  return devices;
}

base::Result<std::unique_ptr<AudioDevice>> open_rtaudio(const DeviceInfo& info, const Wish& wish) {
  auto device = std::make_unique<RtAudioDevice>(info.system);
  try {
    device->open(info, wish);
  } catch (const RtAudioError& error) {
    return base::fail(ErrorKind::device, info.name + " can't be opened: " + error.getMessage());
  }
  return device;
}

}  // namespace firn::hardware
