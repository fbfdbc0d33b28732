#include <juce_gui_extra/juce_gui_extra.h>

#include <utility>

#include "plugins/host/editor_window.hpp"
#include "plugins/host/process_limits.hpp"

namespace firn::plugins::host {

class EditorWindow::Window final : public juce::DocumentWindow {
 public:
  Window(const std::string& title, std::function<void()> closed)
      : DocumentWindow(juce::String::fromUTF8(title.c_str()), juce::Colours::black, closeButton | minimiseButton),
        closed_(std::move(closed)),
        embedded_(true, true) {
    setUsingNativeTitleBar(true);
    setContentNonOwned(&embedded_, true);
  }
  ~Window() override { clearContentComponent(); }

  void closeButtonPressed() override {
    setVisible(false);
    closed_();
  }
  unsigned long parent() { return embedded_.getHostWindowID(); }
  void resize_content(Size size) {
    embedded_.setSize(size.width, size.height);
    setContentComponentSize(size.width, size.height);
  }

 private:
  std::function<void()> closed_;
  juce::XEmbedComponent embedded_;
};

EditorWindow::EditorWindow(const std::string& title, std::function<void()> closed) {
  survive_window_errors();
  window_ = std::make_unique<Window>(title, std::move(closed));
}
EditorWindow::~EditorWindow() = default;

unsigned long EditorWindow::parent() const { return window_->parent(); }
void EditorWindow::resize(Size size) { window_->resize_content(size); }
void EditorWindow::show() {
  window_->centreWithSize(window_->getWidth(), window_->getHeight());
  window_->setVisible(true);
}

}  // namespace firn::plugins::host
