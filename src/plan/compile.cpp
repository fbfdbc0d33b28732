#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/events.hpp"
#include "plan/plan.hpp"
#include "plan/solo.hpp"

namespace firn::plan {
namespace {

using base::ErrorKind;
using devices::DeviceClass;
using document::Device;
using document::Project;
using document::TapPoint;
using document::Track;
using document::TrackId;
using document::TrackKind;
using time::Frames;

// Builds steps on demand, from the wanted points back to the sources. After an error it goes on with silence.
class Compiler {
 public:
  Compiler(const Project& project, const Setup& setup, const DeviceFacts& facts)
      : project_(project), setup_(setup), facts_(facts), audibility_(project) {
    plan_.rate = project.rate;
    plan_.tempo = project.tempo;
    plan_.start = setup.start;
    plan_.lead = setup.lead;
    plan_.loop = time::Run(setup.start, setup.loop, setup.shift).loop();
    plan_.shift = setup.shift;
  }

  base::Result<Plan> compile(const std::vector<Point>& points) {
    for (const Point& point : points) plan_.outputs.push_back({point, at(point)});
    if (!missing_.empty()) {
      return base::fail(ErrorKind::refused,
                        fmt::format("These devices are not on this machine: {}. Install them, or take them off.",
                                    fmt::join(missing_, ", ")));
    }
    if (!failing_.empty()) {
      return base::fail(ErrorKind::device,
                        fmt::format("These plug-ins can't be loaded: {}. Update or replace them, or take them off.",
                                    fmt::join(failing_, ", ")));
    }
    if (error_) return tl::unexpected(*error_);
    // What is upstream of a PlayAhead alone is left out.
    return setup_.ahead.empty() ? std::move(plan_) : needed(std::move(plan_));
  }

 private:
  // Where in a track a stream is: after the first `position` devices; past the mixer; or, for Main, with what joins it there.
  static constexpr std::size_t past_mixer = static_cast<std::size_t>(-1);
  static constexpr std::size_t past_main = static_cast<std::size_t>(-2);
  struct Place {
    TrackId track;
    std::size_t position;
    int pad = 0;  // alone, behind its rack
    friend auto operator<=>(const Place&, const Place&) = default;
  };

  // ---- Points and taps ----

  int at(const Point& point) {
    const Track* track = document::find(project_, point.tap.track);
    if (!track) return fail(ErrorKind::not_found, "A tap names a track that is not in the project.");
    if (!point.after) return tap(point.tap);
    for (std::size_t i = 0; i < track->devices.size(); ++i) {
      if (track->devices[i].id != point.after) continue;
      if (!track->active) return silence();
      return tapped(after_devices(*track, i + 1), key_of(*track, Part::tail, point.after), point.ending);
    }
    return fail(ErrorKind::not_found, fmt::format("A tap names a device that is not on track \"{}\".", track->name));
  }

  int tap(const document::Tap& tap) {
    const Track* track = document::find(project_, tap.track);
    if (!track) return fail(ErrorKind::not_found, "A tap names a track that is not in the project.");
    if (!track->active) return silence();
    switch (tap.point) {
      case TapPoint::pre_fx:
        if (tap.pad != 0) {
          StepKey key = key_of(*track, Part::tail);
          key.pad = tap.pad;
          return tapped(pad(*track, tap.pad), key, Ending::silent);
        }
        return tapped(after_devices(*track, effects_start(*track)),
                      key_of(*track, Part::tail, device_before(*track, effects_start(*track))));
      case TapPoint::post_fx: return post_fx(*track);
      case TapPoint::post_mixer:
        if (track->kind == TrackKind::main) return output(*track);
        return audibility_.is_heard(*track) ? post_mixer(*track) : silence();
    }
    return silence();
  }

  // The number of devices before the first audio effect.
  static std::size_t effects_start(const Track& track) {
    const auto is_effect = [](const Device& device) {
      const auto* type = document::type_of(device);
      return !type || type->device_class == DeviceClass::audio_effect;
    };
    return static_cast<std::size_t>(std::find_if(track.devices.begin(), track.devices.end(), is_effect) -
                                    track.devices.begin());
  }

  // ---- A track, from its source to its mixer ----

  int after_devices(const Track& track, std::size_t position) {
    return once({track.id, position}, track, [&] {
      if (const auto* print = print_of(track); print && position >= document::devices_in(track, *print)) {
        if (position == document::devices_in(track, *print)) return play_print(track, *print);
      } else if (position == 0) {
        return source(track);
      }
      const Device& device = track.devices[position - 1];
      return process(track, device, as_input_of(device, after_devices(track, position - 1)));
    });
  }

  // A print holds all pads at once: one of them plays from its rack, whether or not that is frozen.
  int pad(const Track& track, int number) {
    const auto rack = std::find_if(track.devices.begin(), track.devices.end(), [&](const Device& device) {
      const auto* type = document::type_of(device);
      return !type || number <= static_cast<int>(type->pads.size());
    });
    if (rack == track.devices.end()) return silence();
    const auto position = static_cast<std::size_t>(rack - track.devices.begin());
    return once({track.id, position + 1, number}, track,
                [&] { return process(track, *rack, after_devices(track, position), number); });
  }

  int post_fx(const Track& track) {
    return tapped(after_devices(track, track.devices.size()), key_of(track, Part::tail));
  }

  int post_mixer(const Track& track) {
    return once({track.id, past_mixer}, track, [&] {
      using document::MixerParameter;
      Mix mix;
      mix.volume = curve(track, document::MixerTarget{MixerParameter::volume}, track.mixer.volume_db);
      mix.pan = curve(track, document::MixerTarget{MixerParameter::pan}, track.mixer.pan);
      mix.activator = curve(track, document::MixerTarget{MixerParameter::activator}, track.mixer.activator ? 1.0 : 0.0);
      const StepKey key = key_of(track, Part::mixer);
      return add(std::move(mix), {raised(post_fx(track), key)}, track.name + ": Mixer", key);
    });
  }

  // Main, and what joins it past its mixer.
  int output(const Track& main) {
    return once({main.id, past_main}, main, [&] {
      std::vector<int> streams{audibility_.is_heard(main) ? post_mixer(main) : silence()};
      for (const auto& other : project_.tracks) {
        if (std::holds_alternative<document::PastMain>(other->output) && audibility_.is_heard(*other))
          streams.push_back(post_mixer(*other));
      }
      return streams.size() == 1 ? streams.front() : sum(std::move(streams), "Output", key_of(main, Part::output));
    });
  }

  const document::Print* print_of(const Track& track) const {
    const bool plays = setup_.prints == Prints::play && track.frozen() && !goes_on_after_stop(track) &&
                       !audibility_.is_solo_upstream(project_, track);
    return plays ? &track.prints.back() : nullptr;
  }

  // Then its print is of no use: it holds what the transport's stop leaves out, and not what rings on there instead.
  bool goes_on_after_stop(const Track& track) const {
    if (setup_.stop == Frames::never()) return false;
    if (document::hears_input(track) || (track.kind != TrackKind::midi && track.kind != TrackKind::audio)) return true;
    return std::any_of(track.clips.begin(), track.clips.end(),
                       [&](const auto& clip) { return clip->active && end_of(*clip) > setup_.stop; });
  }

  Frames end_of(const document::Clip& clip) const {
    if (const auto* midi = std::get_if<document::MidiClip>(&clip.body))
      return project_.tempo.frame_at(clip.start + midi->length, project_.rate);
    return project_.tempo.frame_at(clip.start, project_.rate) + std::get<document::AudioClip>(clip.body).length;
  }

  int play_print(const Track& track, const document::Print& print) {
    AudioSpan span;
    span.audio = print.audio;
    span.start = print.range.start;
    span.length = print.range.length();
    return add(PlayAudio{{span}, Frames::never(), print.ringing}, {}, track.name + ": Print",
               key_of(track, Part::print, device_before(track, document::devices_in(track, print))));
  }

  // ---- Sources ----

  int source(const Track& track) {
    if (track.kind == TrackKind::midi) {
      auto events = events_of(track.clips, project_.tempo, project_.rate);
      midi::EventList again;
      if (plan_.loop) again = cut(chase(events, plan_.loop->start), plan_.loop->end);
      if (const Frames start = setup_.start + setup_.shift; start > Frames{}) events = chase(events, start);
      const Frames stop = plan_.loop ? plan_.loop->end : setup_.stop;
      if (stop != Frames::never()) events = cut(std::move(events), stop);
      const auto* external = std::get_if<document::ExternalInput>(&track.input);
      const bool is_heard = setup_.live_inputs && document::is_played_in(track);
      if (is_heard) events = lead_in(std::move(events), setup_.start + setup_.shift, setup_.lead);
      return add(PlayEvents{std::move(events), std::move(again), is_heard ? external->name : ""}, {},
                 track.name + ": MIDI", key_of(track, Part::source));
    }
    std::vector<int> streams;
    if (track.kind == TrackKind::audio) streams.push_back(document::hears_input(track) ? input(track) : clips(track));
    for (const auto& other : project_.tracks) {
      if (other->id == track.id) continue;
      if (destination_of(project_, *other) == track.id && audibility_.is_heard(*other))
        streams.push_back(post_mixer(*other));
      for (const document::Send& send : other->mixer.sends) {
        if (send.to == track.id && send.on && audibility_.is_sent(*other, track)) {
          if (const int sent = send_of(*other, send); sent >= 0) streams.push_back(sent);
        }
      }
    }
    return streams.size() == 1 ? streams.front()
                               : sum(std::move(streams), track.name + ": Sum", key_of(track, Part::sum));
  }

  // External inputs are live: they never enter a render (SPEC A7).
  int input(const Track& track) {
    const auto* external = std::get_if<document::ExternalInput>(&track.input);
    if (external && setup_.live_inputs)
      return add(PlayInput{external->name}, {}, track.name + ": Input", key_of(track, Part::source));
    const auto* from = std::get_if<document::Tap>(&track.input);
    return from ? tap(*from) : silence();
  }

  int clips(const Track& track) {
    PlayAudio play{{}, setup_.stop};
    for (const auto& clip : track.clips) {
      const auto* body = std::get_if<document::AudioClip>(&clip->body);
      if (!body || !clip->active) continue;
      const Frames start = project_.tempo.frame_at(clip->start, project_.rate);
      play.spans.push_back(
          {body->audio, start, body->length, body->offset, body->loop, body->gain_db, body->fade_in, body->fade_out});
    }
    return add(std::move(play), {}, track.name + ": Clips", key_of(track, Part::source));
  }

  int send_of(const Track& track, const document::Send& send) {
    const SendLevel silent{constant_curve(document::Send::minus_infinity()), constant_curve(1.0)};
    SendLevel work{curve(track, document::SendTarget{send.to}, send.level_db), constant_curve(1.0)};
    if (work == silent) return -1;
    if (send.pre_fader) {
      work.activator =
          curve(track, document::MixerTarget{document::MixerParameter::activator}, track.mixer.activator ? 1.0 : 0.0);
    }
    const Track* to = document::find(project_, send.to);
    StepKey key = key_of(track, Part::send);
    key.to = send.to;
    return add(std::move(work), {raised(send.pre_fader ? post_fx(track) : post_mixer(track), key)},
               fmt::format("{}: Send to {}", track.name, to ? to->name : "?"), key);
  }

  // ---- Devices ----

  // What a device of its class is fed: silence where it needs audio and there are only events.
  int as_input_of(const Device& device, int stream) {
    const auto* type = document::type_of(device);
    const bool wants_events = type && type->device_class != DeviceClass::audio_effect;
    return carries_events(stream) && !wants_events ? silence() : stream;
  }

  using Known = devices::Facts::Known;

  int process(const Track& track, const Device& device, int input, int pad = 0) {
    const auto facts = facts_.find(device.id);
    const auto* type = document::type_of(device);
    if (!type || facts == facts_.end() || facts->second.known != Known::yes) {
      const devices::Facts found = facts == facts_.end() ? devices::Facts{} : facts->second;
      if (found.lost) return fail(found.lost->kind, found.lost->message);
      auto& unknown = found.known == Known::failing ? failing_ : missing_;
      unknown.insert(fmt::format("\"{}\" ({}) on track \"{}\"{}", device.name, device.type, track.name,
                                 found.why.empty() ? "" : ", " + found.why));
      return silence();
    }
    Process work;
    work.settings = settings_of(project_, device);
    work.settings.pad = pad;
    work.device_class = type->device_class;
    work.facts = facts->second;
    automate(track, device, *type, work);
    if (!device.on && !work.on) return bypassed(work, input, track);

    StepKey key = key_of(track, Part::device, device.id);
    key.pad = pad;
    if (!carries_events(input)) input = raised(input, key);
    std::vector<int> inputs{input};
    if (device.side_chain && type->side_chain) {
      const int side = tap(*device.side_chain);
      const Frames lag =
          std::max(plan_.steps[static_cast<std::size_t>(input)].lag, plan_.steps[static_cast<std::size_t>(side)].lag);
      inputs = {delayed(input, lag), delayed(side, lag)};
    }
    const std::string name = pad == 0 ? device.name : fmt::format("{}, pad {}", device.name, pad);
    return add(std::move(work), std::move(inputs), fmt::format("{}: {}", track.name, name), key);
  }

  // A bypassed device keeps its latency (SPEC A4).
  int bypassed(const Process& work, int input, const Track& track) {
    if (work.device_class == DeviceClass::midi_effect) return input;
    if (work.device_class == DeviceClass::instrument) return silence();
    const Frames lag = plan_.steps[static_cast<std::size_t>(input)].lag + work.facts.latency;
    return work.facts.latency == Frames{} ? input : delayed(input, lag, track.name + ": Bypass");
  }

  void automate(const Track& track, const Device& device, const devices::DeviceType& type, Process& work) const {
    for (const auto& automation : track.automation) {
      const auto* target = std::get_if<document::DeviceTarget>(&automation.target);
      if (!target || target->device != device.id || automation.points.empty()) continue;
      Curve curve = curve_of(automation.points, project_.tempo, project_.rate);
      if (target->parameter == "on") {
        work.on = std::move(curve);
      } else if (const int index = devices::index_of(type, target->parameter); index >= 0) {
        work.automated.push_back({index, std::move(curve)});
      }
    }
  }

  Curve curve(const Track& track, const document::AutomationTarget& target, double value) const {
    for (const auto& automation : track.automation) {
      if (automation.target == target && !automation.points.empty())
        return curve_of(automation.points, project_.tempo, project_.rate);
    }
    return constant_curve(value);
  }

  // ---- Streams ----

  using Part = StepKey::Part;
  static StepKey key_of(const Track& track, Part part, document::DeviceId device = {}) {
    StepKey key;
    key.part = part;
    key.track = track.id;
    key.device = device;
    return key;
  }

  static document::DeviceId device_before(const Track& track, std::size_t position) {
    return position == 0 ? document::DeviceId{} : track.devices[position - 1].id;
  }

  Frames least_lag(const StepKey& consumer) const {
    const auto least = setup_.least_lags.find(consumer);
    return least == setup_.least_lags.end() ? Frames{} : least->second;
  }

  // What enters a step, as late as it was in the plan before.
  int raised(int stream, const StepKey& consumer) {
    return delayed(stream, std::max(plan_.steps[static_cast<std::size_t>(stream)].lag, least_lag(consumer)));
  }

  int sum(std::vector<int> streams, std::string name, const StepKey& key) {
    Frames lag = least_lag(key);
    for (const int stream : streams) lag = std::max(lag, plan_.steps[static_cast<std::size_t>(stream)].lag);
    for (int& stream : streams) stream = delayed(stream, lag);
    return add(Sum{}, std::move(streams), std::move(name), key);
  }

  int delayed(int stream, Frames lag, const std::string& name = "Delay") {
    const Frames missing = lag - plan_.steps[static_cast<std::size_t>(stream)].lag;
    if (missing == Frames{}) return stream;
    const auto [place, is_new] = delays_.try_emplace({stream, lag.count}, 0);
    if (is_new) {
      StepKey key = plan_.steps[static_cast<std::size_t>(stream)].key;
      key.delay += missing;
      place->second = add(Delay{missing}, {stream}, name, key);
      plan_.steps[static_cast<std::size_t>(place->second)].lag = lag;
    }
    return place->second;
  }

  // A tap is of audio: where there are only events, it is silence.
  int tapped(int stream, const StepKey& key, Ending ending = Ending::inaudible) {
    return gated(carries_events(stream) ? silence() : stream, key, ending);
  }

  // Every tap ends by the tail rule; what has no device before it ends where its clips end.
  int gated(int stream, const StepKey& key, Ending ending) {
    int origin = stream;
    while (std::holds_alternative<Delay>(plan_.steps[static_cast<std::size_t>(origin)].work)) {
      origin = plan_.steps[static_cast<std::size_t>(origin)].inputs.front();
    }
    const Step& source = plan_.steps[static_cast<std::size_t>(origin)];
    if (!rings(source)) return stream;
    const auto [place, is_new] = tails_.try_emplace({stream, ending}, 0);
    if (!is_new) return place->second;
    // Devices behind it that look ahead, by their latency, hear what is past the limit by so much at most.
    const double ahead = ending == Ending::silent ? 1.0 : 0.0;
    const std::string name = source.name + ": Tail";
    return place->second = add(Tail{project_.tail_limit_seconds + ahead, ending}, {raised(stream, key)}, name, key);
  }

  static bool rings(const Step& step) {
    const auto* audio = std::get_if<PlayAudio>(&step.work);
    const auto* ahead = std::get_if<PlayAhead>(&step.work);
    return is_device(step) || (audio && audio->ringing) || (ahead && ahead->rings);
  }

  bool carries_events(int stream) const {
    const Step& step = plan_.steps[static_cast<std::size_t>(stream)];
    if (const auto* work = std::get_if<Process>(&step.work)) return work->device_class == DeviceClass::midi_effect;
    return std::holds_alternative<PlayEvents>(step.work);
  }

  int silence() {
    if (silence_ < 0) silence_ = add(Sum{}, {}, "Silence", {.part = Part::silence});
    return silence_;
  }

  int add(decltype(Step::work) work, std::vector<int> inputs, std::string name, const StepKey& key = {}) {
    Step step;
    step.work = std::move(work);
    if (const auto ahead = setup_.ahead.find(key); ahead != setup_.ahead.end()) {
      step.work = PlayAhead{ahead->second, rings(step)};
      inputs.clear();
    }
    if (!inputs.empty()) step.lag = plan_.steps[static_cast<std::size_t>(inputs.front())].lag;
    if (const auto* device = std::get_if<Process>(&step.work)) step.lag += device->facts.latency;
    step.inputs = std::move(inputs);
    step.name = std::move(name);
    step.key = key;
    plan_.steps.push_back(std::move(step));
    return static_cast<int>(plan_.steps.size()) - 1;
  }

  // ---- Order and cycles ----

  template <class Make>
  int once(Place place, const Track& track, Make&& make) {
    if (const auto made = made_.find(place); made != made_.end()) return made->second;
    if (std::any_of(open_.begin(), open_.end(), [&](const auto& open) { return open.first == place; }))
      return cycle(place, track);
    open_.emplace_back(place, &track);
    const int step = make();
    open_.pop_back();
    return made_[place] = step;
  }

  int cycle(Place place, const Track& track) {
    std::vector<std::string> path{track.name};
    for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
      if (open->second->name != path.back()) path.push_back(open->second->name);
      if (open->first == place) break;
    }
    if (path.size() == 1 || path.back() != track.name) path.push_back(track.name);
    std::string text;
    for (const std::string& name : path) text += (text.empty() ? "" : " -> ") + name;
    return fail(ErrorKind::refused,
                fmt::format("The routing is a cycle: {}. Take one of these connections away.", text));
  }

  int fail(ErrorKind kind, std::string message) {
    if (!error_) error_ = base::Error{kind, std::move(message)};
    return silence();
  }

  const Project& project_;
  const Setup& setup_;
  const DeviceFacts& facts_;
  Audibility audibility_;
  Plan plan_;
  int silence_ = -1;
  std::map<Place, int> made_;
  std::vector<std::pair<Place, const Track*>> open_;
  std::map<std::pair<int, std::int64_t>, int> delays_;
  std::map<std::pair<int, Ending>, int> tails_;
  std::set<std::string> missing_;
  std::set<std::string> failing_;
  std::optional<base::Error> error_;
};

// With the longest tail that automation can give the device: each parameter at the end of its travel where that is longer.
devices::Facts built_in_facts_of(const Project& project, const Track& track, const Device& device) {
  auto settings = settings_of(project, device);
  auto facts = devices::facts_of(settings, project.rate, project.tempo);
  const auto* type = document::type_of(device);
  for (const auto& automation : track.automation) {
    const auto* target = std::get_if<document::DeviceTarget>(&automation.target);
    if (!type || !target || target->device != device.id) continue;
    const int index = devices::index_of(*type, target->parameter);
    if (index < 0) continue;
    const auto [least, most] = std::minmax_element(automation.points.begin(), automation.points.end(),
                                                   [](const auto& a, const auto& b) { return a.value < b.value; });
    for (const auto end : {least, most}) {
      auto moved = settings;
      moved.values[static_cast<std::size_t>(index)] = end->value;
      const auto there = devices::facts_of(moved, project.rate, project.tempo);
      if (there.tail <= facts.tail) continue;
      facts = there;
      settings = std::move(moved);
    }
  }
  return facts;
}

}  // namespace

base::Result<Plan> compile(const Project& project, const std::vector<Point>& points, const Setup& setup,
                           const DeviceFacts& facts) {
  return Compiler(project, setup, facts).compile(points);
}

devices::Settings settings_of(const Project& project, const Device& device) {
  devices::Settings settings;
  if (const auto* type = document::type_of(device)) {
    settings = devices::default_settings(*type);
    for (const auto& [name, value] : device.parameters) {
      if (const int index = devices::index_of(*type, name); index >= 0)
        settings.values[static_cast<std::size_t>(index)] = value;
    }
    if (type->has_seed) settings.seed = device.seed;
    settings.has_side_chain = device.side_chain && type->side_chain;
  }
  settings.type = device.type;
  if (device.plugin) settings.grid = project.plugin_grid;
  settings.on = device.on;
  for (const auto& [slot, file] : device.files) settings.files[slot] = file.content;
  return settings;
}

DeviceFacts facts_of(const Project& project, const PluginFacts& plugin_facts) {
  DeviceFacts facts;
  document::for_each_device(project, [&](const Track& track, const Device& device) {
    if (facts.contains(device.id)) return;
    facts[device.id] = device.plugin && plugin_facts ? plugin_facts(settings_of(project, device))
                                                     : built_in_facts_of(project, track, device);
  });
  return facts;
}

}  // namespace firn::plan
