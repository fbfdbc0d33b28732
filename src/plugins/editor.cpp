#include "plugins/editor.hpp"

#include "plugins/answer.hpp"

namespace firn::plugins {

base::Result<Editor> Editor::open(LoadedPlugin& plugin, const std::string& title, int grid) {
  return plugin.process->ask({{"ask", "open editor"}, {"title", title}}).map([&](const Answer&) {
    return Editor(plugin, grid);
  });
}

base::Result<Editor::Report> Editor::look() { return look(false); }

base::Result<Editor::Report> Editor::close() {
  auto last = look(true);
  if (!last) return last;
  if (auto closed = plugin_->process->ask({{"ask", "close editor"}}); !closed) return tl::unexpected(closed.error());
  return last;
}

// Some plug-ins say what was moved in their window, and show it there, only where they are run.
bool Editor::run_silence() {
  Exchange& exchange = plugin_->process->exchange();
  exchange.frames = grid_;
  exchange.grid = grid_;
  exchange.playing = 0;
  plugin_->process->hand_off();
  return plugin_->process->wait(std::chrono::hours(1)) == HostProcess::Answered::yes;
}

base::Result<Editor::Report> Editor::look(bool last) {
  if (!run_silence()) return base::fail(base::ErrorKind::device, plugin_->process->end());
  const auto answer = plugin_->process->ask({{"ask", "changes"}});
  if (!answer) return tl::unexpected(answer.error());
  Report report;
  report.state_changed = flag_in(answer->json, "state_changed", false);
  report.closed = flag_in(answer->json, "closed", false);
  const auto now = Gestures::Clock::now();
  const auto changes = answer->json.find("changes");
  for (const Json& change : changes == answer->json.end() ? Json::array() : *changes) {
    const auto parameter = static_cast<int>(whole_in(change, "parameter"));
    if (parameter < 0 || parameter >= static_cast<int>(plugin_->type.parameters.size())) continue;
    const std::string kind = text_in(change, "gesture");
    const devices::Parameter& about = plugin_->type.parameters[static_cast<std::size_t>(parameter)];
    if (kind == "begin") gestures_.begin(parameter);
    if (kind == "end") gestures_.end(parameter);
    if (kind == "change")
      gestures_.change(parameter, devices::nearest_of(about, number_in(change, "value", about.initial)), now);
  }
  report.gestures = gestures_.take(now, last || report.closed);
  return report;
}

}  // namespace firn::plugins
