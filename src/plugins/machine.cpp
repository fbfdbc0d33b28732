#include "plugins/machine.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "plugins/plugin_processor.hpp"

namespace firn::plugins {
namespace {

using base::Digest;
using base::ErrorKind;
using devices::Facts;
using devices::Settings;
using time::Frames;
using time::SampleRate;

constexpr std::int64_t largest_facts = 1 << 24;

// Raise it when the host makes other samples of the same plug-in: prints of before are stale then.
constexpr int host_version = 2;

Digest build_of(const Shelf& shelf, const Description& plugin) {
  base::Hasher hash;
  hash.number(host_version);
  hash.text(plugin.type.plugin->version).digest(shelf.stamp.digest);
  return hash.finish();
}

// All that latency, tail and sound depend on.
Digest key_of(const Digest& build, const Settings& settings, SampleRate rate) {
  base::Hasher hash;
  hash.digest(build).text(settings.type).number(rate.hertz).number(settings.grid);
  hash.number(settings.has_side_chain ? 1 : 0).number(static_cast<std::int64_t>(settings.values.size()));
  for (std::size_t i = 0; i < settings.values.size(); ++i)
    hash.text((*settings.plugin)->parameters[i].name).real(settings.values[i]);
  for (const auto& [slot, content] : settings.files) hash.text(slot).digest(content);
  return hash.finish();
}

std::string title_of(const devices::DeviceType& type) {
  return fmt::format("{} ({})", type.title, format_title(type.plugin->format));
}

}  // namespace

base::Result<Catalogue> Machine::rescan(bool all, const std::function<void(int, int, const std::string&)>& progress,
                                        std::stop_token stop) {
  const std::lock_guard one(scanning_);
  const Catalogue before = remembered();
  auto found = scan(before, {.host = places_.host, .rescan = all, .progress = progress, .stop = std::move(stop)});
  if (!found) return found;
  const std::lock_guard lock(mutex_);
  if (all) {
    std::error_code error;
    std::filesystem::remove(places_.cache / "plugin-facts.jsonl", error);
    known_.reset();
  }
  // Without the cache the next scan looks again at all of it: nothing to fail for.
  if (*found != before) static_cast<void>(write_catalogue(catalogue_file(), *found));
  catalogue_ = *found;
  is_fresh_ = true;
  return found;
}

base::Result<Catalogue> Machine::catalogue() {
  {
    const std::lock_guard lock(mutex_);
    if (is_fresh_) return *catalogue_;
  }
  return rescan(false, {}, {});
}

Catalogue Machine::remembered() {
  const std::lock_guard lock(mutex_);
  return as_remembered();
}

// With the mutex.
const Catalogue& Machine::as_remembered() {
  if (!catalogue_) catalogue_ = read_catalogue(catalogue_file());
  return *catalogue_;
}

void Machine::refresh() {
  if (!catalogue()) {  // there may be no host: then what was scanned before is all that is known
    const std::lock_guard lock(mutex_);
    as_remembered();
    is_fresh_ = true;
  }
}

std::optional<Machine::Here> Machine::here(const devices::DeviceType& type) {
  const auto look = [&]() -> std::optional<Here> {
    const std::lock_guard lock(mutex_);
    const auto found = find(as_remembered(), *type.plugin);
    if (!found) return std::nullopt;
    const auto now = look_at(found->shelf->binary);
    if (!now || !now->looks_like(found->shelf->stamp)) return std::nullopt;
    return Here{*found->plugin, build_of(*found->shelf, *found->plugin), found->shelf->fault};
  };
  if (auto found = look()) return found;
  refresh();
  return look();
}

std::string Machine::obstacle(const devices::DeviceType& type) {
  const auto found = here(type);
  if (found) return found->fault;
  const std::lock_guard lock(mutex_);
  if (std::string fault = fault_of(*catalogue_, *type.plugin); !fault.empty()) return fault;
  std::string formats;
  for (const Found& sibling : siblings(*catalogue_, type))
    formats += (formats.empty() ? "" : " and ") + format_title(sibling.shelf->format);
  const std::string format = format_title(type.plugin->format);
  if (formats.empty()) return fmt::format("the {} plug-in {} is not installed", format, type.title);
  return fmt::format("the {} plug-in {} is not installed, but as {} it is (`firn device format` changes to it)", format,
                     type.title, formats);
}

base::Result<LoadedPlugin> Machine::load(const Here& here, const Settings& settings, SampleRate rate,
                                         const devices::FileFinder& files) {
  Loading loading{places_.host, here.plugin, settings, rate, {}};
  if (const auto state = settings.files.find(std::string(devices::state_slot)); state != settings.files.end()) {
    const auto path = files(state->second);
    if (!path) return tl::unexpected(path.error());
    auto bytes = base::read_whole(*path, largest_state);
    if (!bytes) return tl::unexpected(bytes.error());
    loading.state = PluginState{std::move(*bytes)};
    for (int number = 1; number <= devices::most_state_files; ++number) {
      const auto slot = settings.files.find(devices::state_file_slot(number));
      if (slot == settings.files.end()) continue;
      auto file = files(slot->second);
      if (!file) return tl::unexpected(file.error());
      if (!std::filesystem::exists(*file))
        return base::fail(ErrorKind::not_found, fmt::format("{} is missing. Put it back.", *file));
      loading.state->files.resize(static_cast<std::size_t>(number));
      loading.state->files.back() = std::move(*file);
    }
  }
  return plugins::load(loading);
}

base::Result<LoadedPlugin> Machine::open(const Settings& settings, SampleRate rate, const devices::FileFinder& files) {
  const devices::DeviceType& type = **settings.plugin;
  const auto found = here(type);
  if (!found || !found->fault.empty())
    return base::fail(ErrorKind::not_found, fmt::format("{} can't be loaded: {}.", title_of(type), obstacle(type)));
  auto loaded = load(*found, settings, rate, files);
  if (loaded || loaded.error().kind != ErrorKind::device) return loaded;
  return base::fail(ErrorKind::device, fmt::format("{} can't be loaded: {}.", title_of(type), loaded.error().message));
}

Facts Machine::facts(const Settings& settings, SampleRate rate, const devices::FileFinder& files) {
  const devices::DeviceType& type = **settings.plugin;
  Facts facts;
  const auto found = here(type);
  if (!found || !found->fault.empty()) {
    facts.why = obstacle(type);
    const std::lock_guard lock(mutex_);
    const bool is_there = found || !fault_of(*catalogue_, *type.plugin).empty();
    facts.known = is_there ? Facts::Known::failing : Facts::Known::missing;
    return facts;
  }
  facts.build = found->build;
  const Digest key = key_of(found->build, settings, rate);
  auto about = known(key);
  if (!about) {
    auto loaded = load(*found, settings, rate, files);
    if (!loaded && loaded.error().kind != ErrorKind::device) {
      facts.known = Facts::Known::failing;
      facts.lost = loaded.error();
      return facts;
    }
    about = loaded ? Known{loaded->latency, loaded->tail, {}} : Known{{}, {}, clause_of(loaded.error().message)};
    remember(key, *about);
    const std::lock_guard lock(mutex_);
    if (loaded) loaded_.emplace(key, std::move(*loaded));
  }
  facts.latency = about->latency + Frames{settings.grid};
  facts.tail = about->tail;
  if (!about->failure.empty()) {
    facts.known = Facts::Known::failing;
    facts.why = about->failure;
  }
  return facts;
}

std::vector<std::string> Machine::texts(const Settings& settings, SampleRate rate, const devices::FileFinder& files) {
  const devices::DeviceType& type = **settings.plugin;
  // LV2 and LADSPA describe a value's unit and leave its text to the host.
  if (type.plugin->format != "vst3" && type.plugin->format != "clap") return {};
  const auto found = here(type);
  if (!found || !found->fault.empty()) return {};
  const Digest key = key_of(found->build, settings, rate);
  if (const auto about = known(key); about && (about->texts || !about->failure.empty()))
    return about->texts.value_or(std::vector<std::string>{});
  auto loaded = load(*found, settings, rate, files);
  if (!loaded) return {};
  const auto said = loaded->texts();
  std::vector<std::string> texts(loaded->places.size());
  for (std::size_t i = 0; said && i < texts.size(); ++i) {
    if (loaded->places[i] >= 0) texts[i] = (*said)[static_cast<std::size_t>(loaded->places[i])];
  }
  remember(key, {loaded->latency, loaded->tail, {}, texts});
  return texts;
}

base::Result<std::unique_ptr<devices::Processor>> Machine::make(const Settings& settings, SampleRate rate,
                                                                const devices::FileFinder& files) {
  const devices::DeviceType& type = **settings.plugin;
  const auto found = here(type);
  if (!found)
    return base::fail(ErrorKind::not_found, fmt::format("{} can't be loaded: {}.", title_of(type), obstacle(type)));
  const Digest key = key_of(found->build, settings, rate);
  std::vector<LoadedPlugin> sides;
  const int wanted = processes_for(found->plugin.type, found->plugin.ins, found->plugin.outs);
  while (static_cast<int>(sides.size()) < wanted) {
    {
      const std::lock_guard lock(mutex_);
      if (auto waiting = loaded_.extract(key)) {
        sides.push_back(std::move(waiting.mapped()));
        continue;
      }
    }
    auto loaded = load(*found, settings, rate, files);
    if (!loaded) {
      return base::fail(loaded.error().kind, fmt::format("the plug-in {} could not be loaded: {}.", title_of(type),
                                                         clause_of(loaded.error().message)));
    }
    sides.push_back(std::move(*loaded));
  }
  // The plan has been made for the latency that it said once.
  if (const auto about = known(key); about && about->failure.empty() && about->latency != sides.back().latency) {
    const Frames latency = sides.back().latency;
    remember(key, {latency, sides.back().tail, {}});
    return base::fail(ErrorKind::device,
                      fmt::format("the plug-in {} failed: it changed its latency from {} to {} samples since it was "
                                  "asked for it. Try again.",
                                  title_of(type), about->latency.count, latency.count));
  }
  return std::make_unique<PluginProcessor>(std::move(sides), settings, title_of(type));
}

void Machine::unload_unused() {
  std::multimap<Digest, LoadedPlugin> unused;  // their processes end without the lock
  const std::lock_guard lock(mutex_);
  std::swap(unused, loaded_);
}

devices::Plugins Machine::devices() {
  const auto self = shared_from_this();
  return {[self](const Settings& settings, SampleRate rate, const devices::FileFinder& files) {
            return self->facts(settings, rate, files);
          },
          [self](const Settings& settings, SampleRate rate, const devices::FileFinder& files) {
            return self->make(settings, rate, files);
          }};
}

std::optional<Machine::Known> Machine::known(const Digest& key) {
  const std::lock_guard lock(mutex_);
  const auto& all = all_known();
  const auto found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

// With the mutex.
std::map<Digest, Machine::Known>& Machine::all_known() {
  if (!known_) {
    known_.emplace();
    const auto text = base::read_whole(places_.cache / "plugin-facts.jsonl", largest_facts);
    for (std::size_t at = 0; text && at < text->size();) {
      const auto end = std::min(text->find('\n', at), text->size());
      const Json json = Json::parse(text->substr(at, end - at), nullptr, false);
      at = end + 1;
      if (!json.is_object()) continue;
      const auto written = base::digest_of_hex(text_in(json, "key"));
      if (!written || !json.contains("latency") || !json["latency"].is_number_integer() || !json.contains("tail") ||
          !json["tail"].is_number_integer() || !text_in(json, "failure").empty())
        continue;  // it is asked again
      (*known_)[*written] = {{json["latency"].get<std::int64_t>()},
                             {json["tail"].get<std::int64_t>()},
                             {},
                             json.contains("texts") ? std::optional(texts_in(json, "texts")) : std::nullopt};
    }
  }
  return *known_;
}

void Machine::remember(const Digest& key, const Known& about) {
  const std::lock_guard lock(mutex_);
  all_known()[key] = about;
  // Memory that ran out, a machine that was slow: why it failed may be gone the next time.
  if (!about.failure.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(places_.cache, error);
  const std::filesystem::path path = places_.cache / "plugin-facts.jsonl";
  if (std::filesystem::file_size(path, error) > largest_facts / 2 && !error) std::filesystem::remove(path, error);
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file) return;  // a cache
  Json json{{"key", base::hex(key)}, {"latency", about.latency.count}, {"tail", about.tail.count}};
  if (about.texts) json["texts"] = *about.texts;
  const std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  static_cast<void>(base::write_all(file, std::as_bytes(std::span(line)), path));
}

}  // namespace firn::plugins
