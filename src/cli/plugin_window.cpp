#include "cli/plugin_window.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/plugin_state.hpp"
#include "devices/device_type.hpp"
#include "plan/plan.hpp"
#include "plugins/editor.hpp"

namespace firn::cli {

using base::ErrorKind;

namespace {

constexpr std::chrono::milliseconds between_looks{50};

class Steps {
 public:
  Steps(session::Session& session, document::TrackId track, document::DeviceId device, plugins::LoadedPlugin& plugin,
        const std::function<void(const std::string&)>& tell)
      : session_(session), track_(track), device_(device), plugin_(plugin), tell_(tell), state_(state_now()) {}

  void take(const plugins::Editor::Report& report, bool is_last) {
    for (const plugins::Gesture& gesture : report.gestures) {
      const std::string& name = plugin_.type.parameters[static_cast<std::size_t>(gesture.parameter)].name;
      // The project may know a build that lacks it, or counts its choices otherwise.
      const int index = devices::index_of(type(), name);
      if (index < 0) continue;
      const double value = plugin_.value_there(static_cast<std::size_t>(index), gesture.value);
      if (value == value_now(index)) continue;  // a plug-in may say again what is so
      const edit::Command move = edit::SetParameters{track_, device_, {{name, value}}};
      Commands commands{move};
      add_state(commands);
      keep(commands, edit::describe(session_.project(), move));
    }
    if (!report.state_changed && !is_last) return;
    Commands commands;
    add_state(commands);
    if (!commands.empty()) keep(commands, fmt::format("Change {} in Its Window", device().name));
  }

 private:
  const document::Device& device() const {
    return *document::find(*document::find(session_.project(), track_), device_);
  }
  const devices::DeviceType& type() const { return *document::type_of(device()); }

  double value_now(int parameter) const {
    return plan::settings_of(session_.project(), device()).values[static_cast<std::size_t>(parameter)];
  }

  // None of one that can't save its state.
  std::optional<plugins::PluginState> state_now() {
    auto state = plugin_.state();
    return state ? std::optional(std::move(*state)) : std::nullopt;
  }

  // Parameters are kept by value too; a state is what else there is.
  void add_state(Commands& commands) {
    auto now = state_now();
    if (!now || now == state_) return;
    state_ = std::move(now);
    const devices::Settings before = plan::settings_of(session_.project(), device());
    for (const auto& [slot, file] : adopt_state(session_.store(), *state_, before))
      commands.push_back(edit::SetDeviceFile{track_, device_, slot, file});
  }

  void keep(const Commands& commands, const std::string& label) {
    if (const std::string step = commit(session_, commands, label); !step.empty()) tell_(step);
  }

  session::Session& session_;
  const document::TrackId track_;
  const document::DeviceId device_;
  plugins::LoadedPlugin& plugin_;
  const std::function<void(const std::string&)>& tell_;
  std::optional<plugins::PluginState> state_;
};

}  // namespace

void show_plugin_window(Call& call, session::Session& session, document::TrackId track, document::DeviceId device,
                        const std::function<void(const std::string& step)>& tell) {
  const document::Project& project = session.project();
  must(edit::apply(project, edit::SetParameters{track, device, {}}));  // refuses what is frozen before a window shows
  const document::Device& shown = *document::find(*document::find(project, track), device);
  const devices::Settings settings = plan::settings_of(project, shown);
  auto plugin = must(call.machine.open(settings, project.rate, files_of(session.directory(), project)));
  const std::string name = shown.name;
  const auto failed = [&name](const base::Error& error) {
    return base::Error{error.kind, fmt::format("{} has no window to show: {}.", name, error.message)};
  };
  const auto gone = [&name](const base::Error& error) {
    return base::Error{error.kind,
                       fmt::format("{} is gone: {}. What was done in its window before is kept.", name, error.message)};
  };

  Interrupts interrupts;
  Steps steps(session, track, device, plugin, tell);
  auto editor = must(plugins::Editor::open(plugin, name, settings.grid).map_error(failed));
  call.console.note(fmt::format("The window of {} is open; close it to go on.", name));
  bool is_closed = false;
  while (!is_closed && !interrupts.token().stop_requested()) {
    std::this_thread::sleep_for(between_looks);
    const auto report = must(editor.look().map_error(gone));
    is_closed = report.closed;
    steps.take(report, false);
  }
  steps.take(must(editor.close().map_error(gone)), true);
}

}  // namespace firn::cli
