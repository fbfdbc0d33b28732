// Lv2Editor: the window that an LV2 plug-in brings along, where it is one for X11: a library of its own that talks to the plug-in only through its host.
// Main thread; it needs a display.
#pragma once

#include <lilv/lilv.h>
#include <lv2/ui/ui.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/host/editor_window.hpp"
#include "plugins/host/library.hpp"
#include "plugins/host/lv2_instance.hpp"
#include "plugins/host/lv2_pieces.hpp"
#include "plugins/host/message_loop.hpp"

namespace firn::plugins::host {

class Lv2Editor {
 public:
  // The plug-in, as its window sees it.
  class Plugin {
   public:
    virtual ~Plugin() = default;
    virtual const LilvPlugin* lilv() const = 0;
    virtual Lv2Instance& instance() = 0;
    virtual float control(std::uint32_t port) = 0;
    virtual void set_control(std::uint32_t port, float value) = 0;
    virtual void touch(std::uint32_t port, bool held) = 0;
    virtual void send(std::uint32_t port, const void* atom, std::uint32_t bytes) = 0;
    virtual void receive(Lv2Pieces& atoms) = 0;  // by their ports, those since the last call, into none
    virtual void closed() = 0;
  };

  static constexpr std::size_t mail_bytes = 1 << 18;  // of atoms on their way to a window, or from it

  static Result<std::unique_ptr<Lv2Editor>> open(Plugin&, const std::string& title);
  ~Lv2Editor();
  Lv2Editor(const Lv2Editor&) = delete;
  Lv2Editor& operator=(const Lv2Editor&) = delete;

  Size size() const { return size_; }

 private:
  explicit Lv2Editor(Plugin& plugin, const std::string& title);

  Result<void> make(const LilvUI*);
  std::vector<LV2_Feature> features();
  void write(std::uint32_t port, std::uint32_t bytes, std::uint32_t protocol, const void* data);
  void resize(Size);
  void tick();
  void show_controls();

  Plugin& plugin_;
  Size size_{400, 300};
  bool asked_for_size_ = false;
  EditorWindow window_;
  std::optional<Library> library_;
  const LV2UI_Descriptor* descriptor_ = nullptr;
  LV2UI_Handle ui_ = nullptr;
  const LV2UI_Idle_Interface* idle_ = nullptr;
  LV2UI_Resize resize_;
  LV2UI_Port_Map port_map_;
  LV2UI_Touch touch_;
  std::vector<std::uint32_t> control_ports_;
  std::vector<float> shown_;  // by control port; what the window knows
  Lv2Pieces received_{mail_bytes};
  const std::uint32_t event_transfer_;
  std::optional<Ticker> ticker_;
};

}  // namespace firn::plugins::host
