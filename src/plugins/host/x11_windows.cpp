// What needs Xlib itself, apart from JUCE, whose names clash with Xlib's.
#include <X11/Xlib.h>

#include "plugins/host/editor_window.hpp"
#include "plugins/host/process_limits.hpp"

namespace firn::plugins::host {

void survive_window_errors() {
  XSetErrorHandler([](Display*, XErrorEvent*) { return 0; });
}

Size EditorWindow::size_of(unsigned long window) {
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) return {};
  ::Window root = 0;
  int x = 0;
  int y = 0;
  unsigned width = 0;
  unsigned height = 0;
  unsigned border = 0;
  unsigned depth = 0;
  const bool known = XGetGeometry(display, window, &root, &x, &y, &width, &height, &border, &depth) != 0;
  XCloseDisplay(display);
  return known ? Size{static_cast<int>(width), static_cast<int>(height)} : Size{};
}

}  // namespace firn::plugins::host
