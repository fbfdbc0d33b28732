// Playing: what a song sounds like, now.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/text_table.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "convert/studio.hpp"
#include "hardware/audio_device.hpp"
#include "live/player.hpp"
#include "render/render.hpp"

namespace firn::cli {

using base::ErrorKind;

namespace {

using time::Frames;

constexpr std::chrono::milliseconds between_meters{50};
constexpr int longest_block = 1 << 14;  // frames: what a device may ask for at a time

struct PlayOptions {
  RangeOptions range;
  bool loop = false;
  std::string device;
  int buffer = 256;
};

// "|||||||||||.........", 60 dB wide.
std::string meter_text(float peak) {
  constexpr int width = 20;
  const double level = peak > 0.0f ? 20.0 * std::log10(static_cast<double>(peak)) : -60.0;
  const int filled = std::clamp(static_cast<int>(std::lround((level + 60.0) / 60.0 * width)), 0, width);
  return std::string(static_cast<std::size_t>(filled), '|') +
         std::string(static_cast<std::size_t>(width - filled), '.');
}

// Looks at a player until what it plays is over, and says how it stands.
class Watch {
 public:
  Watch(Call& call, const document::Project& project, live::Player& player, const hardware::AudioDevice& device,
        const live::Performance& performance)
      : console_(call.console), project_(project), player_(player), device_(device), performance_(performance) {}

  // Until it has ended.
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(between_meters);
      const live::Player::Status status = player_.status();
      if (auto lost = device_.lost()) refuse(ErrorKind::device, *lost + " Nothing of the project is lost.");
      for (const base::Error& fault : performance_.faults()) note_once(fault.message);
      show(status);
      if (status.plays && status.has_ended) break;
    }
    console_.status("");
  }

  Frames heard() const { return player_.status().heard; }

 private:
  void show(const live::Player::Status& status) {
    held_ = std::max(player_.take_peak(), held_ * 0.8f);
    if (!console_.interactive()) return;
    const Frames position = performance_.way().from(status.heard).position;
    const auto beats = project_.tempo.beats_at(position, project_.rate);
    const std::string peak =
        held_ > 0.0f ? fmt::format("{:6.1f} dB", 20.0 * std::log10(static_cast<double>(held_))) : "  -inf dB";
    console_.status(fmt::format("{}  {:<9} [{}] {}", time::format_clock(time::seconds_of(position, project_.rate)),
                                bar_of(beats), meter_text(held_), peak));
  }

  // Without what is finer than a sixteenth.
  std::string bar_of(time::Beats beats) const {
    const std::string text = time::format_position(std::max(beats, time::Beats{}), project_.tempo);
    return text.substr(0, text.find('+'));
  }

  void note_once(const std::string& message) {
    if (message == noted_) return;
    noted_ = message;
    console_.note(message + " The track is silent from here on.");
  }

  Console& console_;
  const document::Project& project_;
  live::Player& player_;
  const hardware::AudioDevice& device_;
  const live::Performance& performance_;
  float held_ = 0.0f;
  std::string noted_;
};

void play_project(Call& call, const std::filesystem::path& directory, const PlayOptions& options) {
  session::Session session = open_session(directory);
  const document::Project& project = session.project();
  const auto range = range_of(options.range, project);
  const Frames start = range ? range->start : Frames{};
  const Frames end = range ? range->end : Frames::never();
  if (end <= start) refuse(ErrorKind::usage, "There is nothing to play there: --to is not behind --from.");
  if (options.loop && (!range || end == Frames::never()))
    refuse(ErrorKind::usage, "A loop needs an end: give --to, and --from where it does not begin with the song.");
  const time::Run run(start, options.loop ? std::optional(time::FrameRange{start, end}) : std::nullopt);

  auto device = must(hardware::AudioDevice::open({options.device, project.rate, options.buffer}));
  if (device->rate() != project.rate) {
    refuse(ErrorKind::unsupported,
           fmt::format("{} runs at {} Hz and the song at {} Hz. Set the device to the song's rate, or choose another.",
                       device->name(), device->rate().hertz, project.rate.hertz));
  }
  Interrupts interrupts;
  const auto sources = convert::sources_of(project, session.store(), call.machine.devices());
  live::Setup setup;
  setup.longest_block = longest_block;
  setup.threads = render::default_threads();
  auto performance =
      must(live::Performance::make(project, sources, facts_of(call.machine, session.directory(), project), run, setup));
  const live::Performance& playing = *performance;
  live::Player player(project.rate);
  const auto begin = std::chrono::steady_clock::now();
  while (!playing.is_ready(start + Frames{device->block()}) && !interrupts.token().stop_requested() &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(10))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  player.play(std::move(performance), options.loop ? Frames::never() : end);
  must(device->start([&player](audio::StereoView out) { player.process(out); }));
  call.console.note(fmt::format("Playing through {}, {} Hz, {} frames. Ctrl-C stops.", device->name(),
                                device->rate().hertz, device->block()));
  Watch watch(call, project, player, *device, playing);
  watch.run(interrupts.token());
  const Frames heard = watch.heard();
  const std::int64_t missed = playing.missed();
  player.stop();
  while (player.status().plays && !device->lost()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  device->stop();
  const std::int64_t dropouts = device->dropouts();
  const Frames position = run.from(std::max(heard, start)).position;
  call.console.print(fmt::format(
      "Played {} to {}. {} {}{}.", time::format_clock(time::seconds_of(start, project.rate)),
      time::format_clock(time::seconds_of(position, project.rate)), dropouts, dropouts == 1 ? "drop-out" : "drop-outs",
      missed > 0 ? fmt::format(", and {} frames that came too late from disk or devices", missed) : ""));
}

Run play(CLI::App& app) {
  const auto options = std::make_shared<PlayOptions>();
  add_range_options(app, options->range);
  add_flag(app, "--loop", options->loop, "Go round from --from to --to until Ctrl-C");
  add_text(app, "--device", options->device, "DEVICE", "As `firn audio-devices` has it; the first of these without it");
  add_number(app, {.name = "--buffer", .minimum = 16.0, .maximum = 8192.0, .scale = devices::Scale::whole}, "FRAMES",
             "How much the device asks for at a time, where it leaves that to Firn; 256 without it",
             [options](double frames) { options->buffer = static_cast<int>(frames); });
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    play_project(call, directory, *options);
  };
}

Run audio_devices(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments(call.words).end();
    const auto devices = hardware::audio_devices();
    if (*json) {
      Json all = Json::array();
      for (const hardware::DeviceInfo& device : devices) {
        all.push_back(Json{{"name", device.name},
                           {"system", hardware::name_of(device.system)},
                           {"inputs", device.inputs},
                           {"outputs", device.outputs},
                           {"rates", device.rates},
                           {"default", device.is_default}});
      }
      call.console.print_json(Json{{"devices", std::move(all)}});
      return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const hardware::DeviceInfo& device : devices) {
      rows.push_back({device.name, hardware::title_of(device.system), std::to_string(device.inputs),
                      std::to_string(device.outputs),
                      device.rates.empty() ? "any" : fmt::format("{}", fmt::join(device.rates, " "))});
    }
    call.console.print(
        table_text({{"Device"}, {"System"}, {"In", Align::right}, {"Out", Align::right}, {"Rates (Hz)"}}, rows));
  };
}

}  // namespace

Family play_verbs() {
  return {"Playing",
          {{"play", "[DIR]", "Play a song through an audio device",
            "What is heard is what is printed: sample for sample what `firn export` writes. The device is JACK's where "
            "a server "
            "runs, else PulseAudio's or ALSA's; `--device null` keeps time and plays nothing.",
            "firn play song\nfirn play song --from 17 --to 25 --loop\nfirn play song --device jack", play},
           {"audio-devices", "", "List the audio devices of this machine", "",
            "firn audio-devices\nfirn audio-devices --json", audio_devices}}};
}

}  // namespace firn::cli
