// LADSPA, by its C interface: plug-ins of a few ports and no state, presets or windows.
#include <ladspa.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>
#include <string_view>

#include "plugins/host/buses.hpp"
#include "plugins/host/formats.hpp"
#include "plugins/host/library.hpp"
#include "plugins/host/search.hpp"
#include "plugins/host/value_text.hpp"

namespace firn::plugins::host {
namespace {

bool is_audio(LADSPA_PortDescriptor port) { return LADSPA_IS_PORT_AUDIO(port); }

// By a convention of hosts, the control output of this name says how late the sound is.
bool is_latency(const LADSPA_Descriptor& plugin, unsigned long port) {
  const std::string_view name = plugin.PortNames[port];
  return LADSPA_IS_PORT_OUTPUT(plugin.PortDescriptors[port]) && !is_audio(plugin.PortDescriptors[port]) &&
         (name == "latency" || name == "_latency");
}

double initial_value(LADSPA_PortRangeHintDescriptor hints, double low, double high) {
  const auto between = [&](double part) {
    if (LADSPA_IS_HINT_LOGARITHMIC(hints) && low > 0.0) return low * std::pow(high / low, part);
    return low + part * (high - low);
  };
  switch (hints & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_MINIMUM: return low;
    case LADSPA_HINT_DEFAULT_LOW: return between(0.25);
    case LADSPA_HINT_DEFAULT_MIDDLE: return between(0.5);
    case LADSPA_HINT_DEFAULT_HIGH: return between(0.75);
    case LADSPA_HINT_DEFAULT_MAXIMUM: return high;
    case LADSPA_HINT_DEFAULT_1: return 1.0;
    case LADSPA_HINT_DEFAULT_100: return 100.0;
    case LADSPA_HINT_DEFAULT_440: return 440.0;
    default: return 0.0;
  }
}

Parameter describe_port(const LADSPA_Descriptor& plugin, unsigned long port, int rate) {
  const LADSPA_PortRangeHint& range = plugin.PortRangeHints[port];
  const auto hints = range.HintDescriptor;
  const double unit = LADSPA_IS_HINT_SAMPLE_RATE(hints) ? rate : 1.0;
  Parameter parameter;
  parameter.title = plugin.PortNames[port];
  if (LADSPA_IS_HINT_BOUNDED_BELOW(hints)) parameter.minimum = range.LowerBound * unit;
  if (LADSPA_IS_HINT_BOUNDED_ABOVE(hints)) parameter.maximum = range.UpperBound * unit;
  parameter.maximum = std::max(parameter.maximum, parameter.minimum);
  parameter.initial = initial_value(hints, parameter.minimum, parameter.maximum);
  if (LADSPA_IS_HINT_TOGGLED(hints)) {
    parameter.minimum = 0.0;
    parameter.maximum = 1.0;
    parameter.steps = 2;
  } else if (LADSPA_IS_HINT_INTEGER(hints)) {
    parameter.minimum = std::ceil(parameter.minimum);
    parameter.maximum = std::max(parameter.minimum, std::floor(parameter.maximum));
    parameter.initial = std::round(parameter.initial);
    parameter.steps = static_cast<int>(std::min(parameter.maximum - parameter.minimum, 1e6)) + 1;
  }
  if (LADSPA_IS_HINT_BOUNDED_BELOW(hints)) parameter.initial = std::max(parameter.initial, parameter.minimum);
  if (LADSPA_IS_HINT_BOUNDED_ABOVE(hints)) parameter.initial = std::min(parameter.initial, parameter.maximum);
  parameter.minimum = std::min(parameter.minimum, parameter.initial);  // where the plug-in gives no bound
  parameter.maximum = std::max(parameter.maximum, parameter.initial);
  return parameter;
}

Description describe(const LADSPA_Descriptor& plugin, const std::string& file, int rate) {
  Description description;
  description.format = "ladspa";
  description.id = std::string(plugin.Label) + '#' + std::to_string(plugin.UniqueID);
  description.file = file;
  description.name = plugin.Name;
  description.maker = plugin.Maker;
  int ins = 0;
  int outs = 0;
  for (unsigned long port = 0; port < plugin.PortCount; ++port) {
    const auto kind = plugin.PortDescriptors[port];
    if (is_audio(kind)) {
      ++(LADSPA_IS_PORT_INPUT(kind) ? ins : outs);
    } else if (LADSPA_IS_PORT_INPUT(kind)) {
      description.parameters.push_back(describe_port(plugin, port, rate));
    }
  }
  description.ins = std::min(ins, 2);
  description.outs = std::min(outs, 2);
  name_parameters(description.parameters);
  return description;
}

// Calls `visit(descriptor)` for each plug-in of the library, until it returns true.
template <class Visit>
Result<void> for_each_plugin(const Library& library, const std::string& file, Visit&& visit) {
  const auto descriptor_of = library.find<LADSPA_Descriptor_Function>("ladspa_descriptor");
  if (descriptor_of == nullptr) return fail(file + " holds no LADSPA plug-ins.");
  std::set<const LADSPA_Descriptor*> before;  // one that counts badly has them again and again
  for (unsigned long i = 0; const LADSPA_Descriptor* plugin = descriptor_of(i); ++i) {
    if (!before.insert(plugin).second || visit(*plugin)) break;
  }
  return {};
}

// A running instance: connected and active from its making to its end.
class Instance {
 public:
  Instance(const LADSPA_Descriptor& plugin, int rate)
      : plugin_(plugin), handle_(plugin.instantiate(&plugin, static_cast<unsigned long>(rate))) {}
  ~Instance() {
    if (handle_ == nullptr) return;
    if (active_ && plugin_.deactivate != nullptr) plugin_.deactivate(handle_);
    plugin_.cleanup(handle_);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  explicit operator bool() const { return handle_ != nullptr; }
  void connect(unsigned long port, float* to) { plugin_.connect_port(handle_, port, to); }
  void activate() {
    if (plugin_.activate != nullptr) plugin_.activate(handle_);
    active_ = true;
  }
  void run(int frames) { plugin_.run(handle_, static_cast<unsigned long>(frames)); }

 private:
  const LADSPA_Descriptor& plugin_;
  LADSPA_Handle handle_;
  bool active_ = false;
};

class LadspaPlugin final : public HostedPlugin {
 public:
  LadspaPlugin(Library library, const LADSPA_Descriptor& plugin, const std::string& file, const Setup& setup)
      : library_(library),
        plugin_(plugin),
        setup_(setup),
        ports_(plugin.PortCount, 0.0f),
        buses_({in_pairs(count(LADSPA_PORT_INPUT)), in_pairs(count(LADSPA_PORT_OUTPUT))}, setup.grid) {
    description_ = describe(plugin, file, setup.rate);
    wanted_ = std::vector<std::atomic<float>>(description_.parameters.size());
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      wanted_[i] = static_cast<float>(description_.parameters[i].initial);
    for (unsigned long port = 0; port < plugin.PortCount; ++port) {
      const auto kind = plugin.PortDescriptors[port];
      if (!is_audio(kind) && LADSPA_IS_PORT_INPUT(kind)) port_of_parameter_.push_back(port);
      if (is_latency(plugin, port)) latency_port_ = port;
    }
  }

  Result<void> restore(const PluginState&) override { return fail("LADSPA plug-ins keep no state of their own."); }

  void set_value(int parameter, double value) override {
    wanted_[static_cast<std::size_t>(parameter)] = static_cast<float>(value);
  }

  Result<void> activate() override {
    if (latency_port_ < plugin_.PortCount) {  // known only after a run, and that run shall leave no trace
      if (start()) instance_->run(setup_.grid);
    }
    return start() ? Result<void>{} : fail("The plug-in refuses to be made.");
  }

  double value(int parameter) override { return wanted_[static_cast<std::size_t>(parameter)]; }
  Result<std::optional<PluginState>> state() override { return std::nullopt; }

  std::string text(int parameter, double value) override { return text_of_value(about(parameter), value); }
  Result<double> value_of_text(int parameter, const std::string& text) override {
    return host::value_of_text(about(parameter), text);
  }

  std::int64_t latency() override { return latency_; }

  bool process(const Block& block) override {
    for (const WireChange& change : block.changes) set_value(change.parameter, change.value);
    buses_.take(block);
    update_ports();
    instance_->run(block.frames);
    if (latency_port_ < plugin_.PortCount) latency_ = std::lround(ports_[latency_port_]);
    buses_.give(block);
    return true;
  }

 private:
  const Parameter& about(int parameter) const { return description_.parameters[static_cast<std::size_t>(parameter)]; }

  int count(LADSPA_PortDescriptor direction) const {
    return static_cast<int>(std::count_if(plugin_.PortDescriptors, plugin_.PortDescriptors + plugin_.PortCount,
                                          [&](auto port) { return is_audio(port) && (port & direction) != 0; }));
  }

  void update_ports() {
    for (std::size_t i = 0; i < wanted_.size(); ++i) ports_[port_of_parameter_[i]] = wanted_[i];
  }

  // A fresh instance in the place of what there was.
  bool start() {
    if (instance_ && latency_port_ < plugin_.PortCount) latency_ = std::lround(ports_[latency_port_]);
    instance_ = std::make_unique<Instance>(plugin_, setup_.rate);
    if (!*instance_) return false;
    update_ports();
    int in = 0;
    int out = 0;
    for (unsigned long port = 0; port < plugin_.PortCount; ++port) {
      const auto kind = plugin_.PortDescriptors[port];
      if (!is_audio(kind)) {
        instance_->connect(port, &ports_[port]);
      } else {
        instance_->connect(port, LADSPA_IS_PORT_INPUT(kind) ? buses_.ins()[in++] : buses_.outs()[out++]);
      }
    }
    instance_->activate();
    return true;
  }

  Library library_;
  const LADSPA_Descriptor& plugin_;
  const Setup setup_;
  std::vector<std::atomic<float>> wanted_;  // by parameter
  std::vector<unsigned long> port_of_parameter_;
  std::vector<float> ports_;  // what the control ports are connected to
  unsigned long latency_port_ = ~0ul;
  std::atomic<std::int64_t> latency_{0};
  Buses buses_;
  std::unique_ptr<Instance> instance_;
};

}  // namespace

std::vector<Candidate> list_ladspa() {
  std::vector<Candidate> candidates;
  for (const auto& path : find_plugins(plugin_folders("LADSPA_PATH", "ladspa"), ".so")) {
    candidates.push_back({path.string(), path.string()});
  }
  return candidates;
}

Result<void> scan_ladspa(const std::string& file, const Scanning& scanning) {
  constexpr int usual_rate = 48000;  // some ranges depend on it; a load describes them anew
  const auto library = Library::open(file);
  if (!library) return tl::unexpected(library.error());
  return for_each_plugin(*library, file, [&](const LADSPA_Descriptor& plugin) {
    scanning.found(describe(plugin, file, usual_rate));
    return false;
  });
}

Result<std::unique_ptr<HostedPlugin>> load_ladspa(const Source& source, const Setup& setup) {
  auto library = Library::open(source.file);
  if (!library) return tl::unexpected(library.error());
  const LADSPA_Descriptor* found = nullptr;
  const auto done = for_each_plugin(*library, source.file, [&](const LADSPA_Descriptor& plugin) {
    if (std::string(plugin.Label) + '#' + std::to_string(plugin.UniqueID) == source.id) found = &plugin;
    return found != nullptr;
  });
  if (!done) return tl::unexpected(done.error());
  if (found == nullptr) return fail(source.file + " has no plug-in " + source.id + ".");
  return std::make_unique<LadspaPlugin>(*library, *found, source.file, setup);
}

}  // namespace firn::plugins::host
