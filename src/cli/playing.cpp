#include "cli/playing.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <set>
#include <thread>

#include "audio/resample.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "convert/studio.hpp"
#include "render/render.hpp"

namespace firn::cli {

using base::ErrorKind;

namespace {

using time::Frames;

constexpr std::chrono::milliseconds between_meters{50};
constexpr std::chrono::milliseconds between_ticks{5};  // at what is to become heard
constexpr std::chrono::seconds between_keyboards{1};   // looks for them
constexpr std::chrono::seconds patience{2};            // with a device that does not answer
constexpr time::Seconds shortest_loop{0.1};            // each time round is a clip of a take
constexpr int longest_block = 1 << 14;                 // frames: what a device may ask for at a time

// "|||||||||||.........", 60 dB wide.
std::string meter_text(float peak) {
  constexpr int width = 20;
  const double level = peak > 0.0f ? 20.0 * std::log10(static_cast<double>(peak)) : -60.0;
  const int filled = std::clamp(static_cast<int>(std::lround((level + 60.0) / 60.0 * width)), 0, width);
  return std::string(static_cast<std::size_t>(filled), '|') +
         std::string(static_cast<std::size_t>(width - filled), '.');
}

int channels_of(const document::Input& input) {
  const auto* external = std::get_if<document::ExternalInput>(&input);
  const auto named = external ? live::channels_of(external->name) : std::nullopt;
  return named ? std::max(named->left, named->right) : 0;
}

// The device's, that its tracks take in.
int channels_of(const document::Project& project) {
  int most = 0;
  for (const auto& track : project.tracks) {
    if (document::hears_input(*track)) most = std::max(most, channels_of(track->input));
  }
  return most;
}

// What a system says of them takes a moment to be true.
void wait_for_ways(const hardware::AudioDevice& device) {
  if (device.system() == hardware::System::null) return;
  int before = 0;
  for (int i = 0; i < 25; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const int now = device.round_trip() + device.way_out();
    if (now > 0 && now == before) return;
    before = now;
  }
}

// Looks at a player until what it plays is over, and says how it stands.
class Watch {
 public:
  Watch(Call& call, const document::Project& project, store::Store& store, live::Player& player,
        hardware::AudioDevice& device, live::Performance& performance)
      : call_(call),
        console_(call.console),
        project_(project),
        store_(store),
        player_(player),
        device_(device),
        performance_(performance),
        channels_(channels_of(project)) {}

  // Until it has ended.
  void run(const std::stop_token& stop, const Listening& listening) {
    auto next_meter = std::chrono::steady_clock::now() + between_meters;
    auto next_look = std::chrono::steady_clock::now() + between_keyboards;
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(between_ticks);
      note_unheard(performance_.tend());
      if (std::chrono::steady_clock::now() < next_meter) continue;
      next_meter = std::chrono::steady_clock::now() + between_meters;
      if (const auto edited = listening.edited()) follow(*edited);
      const live::Player::Status status = player_.status();
      if (auto lost = device_.lost()) refuse(ErrorKind::device, *lost + " Nothing of the project is lost.");
      if (std::chrono::steady_clock::now() >= next_look) {
        next_look = std::chrono::steady_clock::now() + between_keyboards;
        look_for_keyboards();
      }
      for (const base::Error& fault : performance_.faults())
        note_once(fault.message + " The track is silent from here on.");
      listening.check();
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
    const Frames position = performance_.course().run.from(status.heard).position;
    const auto beats = performance_.course().tempo->beats_at(position, project_.rate);
    const std::string peak =
        held_ > 0.0f ? fmt::format("{:6.1f} dB", 20.0 * std::log10(static_cast<double>(held_))) : "  -inf dB";
    const bool counts_in = performance_.count_in() > Frames{} && status.heard < performance_.start();
    console_.status(fmt::format("{}  {:<9} [{}] {}", time::format_clock(time::seconds_of(position, project_.rate)),
                                counts_in ? "Count-in" : bar_of(beats), meter_text(held_), peak));
  }

  // Without what is finer than a sixteenth.
  std::string bar_of(time::Beats beats) const {
    const std::string text = time::format_position(std::max(beats, time::Beats{}), *performance_.course().tempo);
    return text.substr(0, text.find('+'));
  }

  void follow(const document::Project& project) {
    if (channels_of(project) > channels_)
      note_once(
          "An input of the device was not opened when it began to play: it is heard when the song is played anew.");
    const auto sources = convert::sources_of(project, store_, call_.machine.devices());
    note_unheard(performance_.follow(project, sources, facts_of(call_.machine, store_.directory(), project)));
    call_.machine.unload_unused();
  }

  void look_for_keyboards() {
    const hardware::Plugged plugged = device_.look_for_keyboards();
    for (const std::string& name : plugged.came)
      console_.note(fmt::format("The MIDI input {} has come: it is open from here on.", name));
    for (const std::string& name : plugged.went)
      console_.note(fmt::format("The MIDI input {} has gone: its keys are let go.", name));
  }

  void note_unheard(const base::Result<void>& followed) {
    if (!followed) note_once("What was edited is not heard: " + followed.error().message);
  }

  void note_once(const std::string& message) {
    if (!noted_.insert(message).second) return;
    console_.note(message);
  }

  Call& call_;
  Console& console_;
  const document::Project& project_;
  store::Store& store_;
  live::Player& player_;
  hardware::AudioDevice& device_;
  live::Performance& performance_;
  const int channels_;  // of the device, that were asked for
  float held_ = 0.0f;
  std::set<std::string> noted_;
};

}  // namespace

void add_play_options(CLI::App& app, PlayOptions& options) {
  add_range_options(app, options.range);
  add_flag(app, "--loop", options.loop, "Go round from --from to --to until Ctrl-C");
  add_number(app, {.name = "--passes", .minimum = 1.0, .maximum = 1e6, .scale = devices::Scale::whole}, "TIMES",
             "Go round so many times, with --loop",
             [&options](double times) { options.passes = static_cast<int>(times); });
  add_flag(app, "--click", options.click, "Hear the metronome; no take has it");
  add_number(app, {.name = "--count-in", .minimum = 1.0, .maximum = 16.0, .scale = devices::Scale::whole}, "BARS",
             "Count so many bars before", [&options](double bars) { options.count_in = static_cast<int>(bars); });
  add_number(app, {.name = "--rate", .minimum = 8000.0, .maximum = 384000.0, .scale = devices::Scale::whole}, "HZ",
             "The device's rate, where it leaves that to Firn; the song's without it. What is heard is converted",
             [&options](double hertz) { options.rate = static_cast<int>(hertz); });
  add_text(app, "--device", options.device, "DEVICE", "As `firn audio-devices` has it; the first of these without it");
  add_number(app, {.name = "--buffer", .minimum = 16.0, .maximum = 8192.0, .scale = devices::Scale::whole}, "FRAMES",
             "How much the device asks for at a time, where it leaves that to Firn; 256 without it",
             [&options](double frames) { options.buffer = static_cast<int>(frames); });
}

Way way_of(const PlayOptions& options, const document::Project& project) {
  const auto range = range_of(options.range, project);
  const Frames start = range ? range->start : Frames{};
  const Frames end = range ? range->end : Frames::never();
  if (end <= start) refuse(ErrorKind::usage, "There is nothing to play there: --to is not behind --from.");
  if (!options.loop && options.passes > 0) refuse(ErrorKind::usage, "--passes goes with --loop.");
  if (!options.loop) return {time::Run(start), end, options.click, options.count_in, options.round_trip};
  if (end == Frames::never())
    refuse(ErrorKind::usage, "A loop needs an end: give --to, and --from where it does not begin with the song.");
  if (end - start < time::frames_of(shortest_loop, project.rate))
    refuse(ErrorKind::usage, "A loop lasts a tenth of a second at least: put --to further behind --from.");
  const time::Run run(start, time::FrameRange{start, end});
  const Frames last = options.passes == 0 ? Frames::never() : start + Frames{(end - start).count * options.passes};
  return {run, last, options.click, options.count_in, options.round_trip};
}

std::unique_ptr<hardware::AudioDevice> open_device(const PlayOptions& options, const document::Project& project,
                                                   const std::vector<document::Input>& inputs) {
  hardware::Wish wish{options.device, {options.rate.value_or(project.rate.hertz)}, options.buffer};
  wish.midi = true;  // a track may be armed while it plays
  wish.inputs = channels_of(project);
  for (const document::Input& input : inputs) wish.inputs = std::max(wish.inputs, channels_of(input));
  const auto is_keyboard = [](const document::Input& input) {
    const auto* external = std::get_if<document::ExternalInput>(&input);
    return external != nullptr && live::keyboard_of(external->name);
  };
  const bool is_played_in =
      std::ranges::any_of(inputs, is_keyboard) || std::ranges::any_of(project.tracks, [&](const auto& track) {
        return document::is_played_in(*track) && is_keyboard(track->input);
      });
  auto device = must(hardware::AudioDevice::open(wish));
  if (device->rate() == project.rate || (wish.inputs == 0 && !is_played_in)) return device;
  refuse(ErrorKind::unsupported,
         fmt::format(
             "{} runs at {} Hz and the song at {} Hz: what comes in would not fit. Set the device to the song's rate.",
             device->name(), device->rate().hertz, project.rate.hertz));
}

Played play_through(Call& call, const document::Project& project, store::Store& store, hardware::AudioDevice& device,
                    const Way& way, const Listening& listening, const std::stop_token& interrupts) {
  live::Player player(project.rate);
  std::optional<audio::PullResampler> converter;
  if (device.rate() != project.rate) {
    converter.emplace(project.rate, device.rate(), longest_block, [&](audio::StereoView out) { player.process(out); });
    call.console.note(
        fmt::format("{} runs at {} Hz and the song at {} Hz: what is heard is converted, what is recorded is not.",
                    device.name(), device.rate().hertz, project.rate.hertz));
  }
  must(device.start([&, dropouts = std::int64_t{0}](const hardware::In& in, audio::StereoView out) mutable {
    if (converter) return converter->pull(out);
    const std::int64_t earlier = std::exchange(dropouts, device.dropouts());
    player.process(out, {in.channels, in.messages}, dropouts != earlier);
  }));
  // The device asks a player that is there.
  struct Stop {
    hardware::AudioDevice& device;
    ~Stop() { device.stop(); }
  } const stop{device};
  const auto sources = convert::sources_of(project, store, call.machine.devices());
  live::Setup setup;
  setup.longest_block = longest_block;
  setup.ahead = std::max(setup.ahead, 2 * device.block());
  setup.threads = render::default_threads();
  setup.recordings = listening.recordings;
  setup.keep = listening.keep;
  setup.measures = listening.measures;
  setup.event_recordings = listening.event_recordings;
  if (!setup.recordings.empty() || !setup.event_recordings.empty()) wait_for_ways(device);
  setup.count_in = live::Metronome::count_in(project.tempo, project.rate, way.run.start(), way.count_in);
  setup.outside = {device.midi_ports(), Frames{device.way_out()}, way.round_trip.value_or(Frames{device.round_trip()})};
  auto performance = must(
      live::Performance::make(project, sources, facts_of(call.machine, store.directory(), project), way.run, setup));
  call.machine.unload_unused();
  live::Performance& playing = *performance;
  const auto begin = std::chrono::steady_clock::now();
  while (!playing.is_ready(way.run.start() + Frames{device.block()}) && !interrupts.stop_requested() &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(10))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::int64_t earlier_dropouts = device.dropouts();
  player.play(std::move(performance), {way.end, way.clicks});
  call.console.note(fmt::format("{} through {}, {} Hz, {} frames. Ctrl-C stops.", listening.doing, device.name(),
                                device.rate().hertz, device.block()));
  Watch watch(call, project, store, player, device, playing);
  watch.run(interrupts, listening);
  Played played;
  played.heard = std::max(watch.heard(), way.run.start());
  played.missed = playing.missed();
  if (listening.measures) played.loads = playing.loads();
  player.stop();
  const auto told = std::chrono::steady_clock::now();
  while (player.status().plays && !device.lost() && std::chrono::steady_clock::now() - told < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  device.stop();
  played.dropouts = device.dropouts() - earlier_dropouts;
  return played;
}

std::string clock_of(Frames frames, time::SampleRate rate) {
  return time::format_clock(time::seconds_of(frames, rate));
}

std::string troubles_text(const Played& played) {
  return fmt::format(
      "{} {}{}", played.dropouts, played.dropouts == 1 ? "drop-out" : "drop-outs",
      played.missed > 0 ? fmt::format(", and {} frames that came too late from disk or devices", played.missed) : "");
}

}  // namespace firn::cli
