// Editor: a plug-in's own window, drawn by its process, and what a person does there. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugins/gestures.hpp"
#include "plugins/loaded_plugin.hpp"

namespace firn::plugins {

class Editor {
 public:
  // Opens it. The plug-in, loaded for stretches of `grid` frames and run by nobody else, must outlive the editor. Fails with device, as a
  // clause: "it has no window".
  static base::Result<Editor> open(LoadedPlugin&, const std::string& title, int grid);

  struct Report {
    std::vector<Gesture> gestures;  // that have ended
    bool state_changed = false;     // something that is no parameter
    bool closed = false;            // by its own button
  };
  // What has been done since the last time. Fails with device, as a clause, once the plug-in has gone.
  base::Result<Report> look();

  // Closes it. What is returned then is the last of it, gestures under way included.
  base::Result<Report> close();

 private:
  Editor(LoadedPlugin& plugin, int grid) : plugin_(&plugin), grid_(grid) {}
  base::Result<Report> look(bool last);
  bool run_silence();

  LoadedPlugin* plugin_;
  int grid_;
  Gestures gestures_;
};

}  // namespace firn::plugins
