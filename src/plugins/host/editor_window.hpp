// EditorWindow: a window on the desktop for a plug-in to draw in by X11. Main thread; it needs a display.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class EditorWindow {
 public:
  // `closed` is called when its own button closed it; the window is then hidden, and lives on until it is destroyed.
  EditorWindow(const std::string& title, std::function<void()> closed);
  ~EditorWindow();
  EditorWindow(const EditorWindow&) = delete;
  EditorWindow& operator=(const EditorWindow&) = delete;

  unsigned long parent() const;  // the X11 window to draw in
  void resize(Size);
  static Size size_of(unsigned long window);  // of any X11 window; 0 x 0 if there is none of that number
  void show();

 private:
  class Window;
  std::unique_ptr<Window> window_;
};

}  // namespace firn::plugins::host
