// Lv2Instance: one plug-in's code, loaded and made, with what its host offers it. Made and destroyed by the main thread.
#pragma once

#include <lilv/lilv.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>

#include <array>
#include <memory>
#include <vector>

#include "plugins/host/hosted_plugin.hpp"
#include "plugins/host/lv2_worker.hpp"

namespace firn::plugins::host {

class Lv2Instance {
 public:
  static Result<std::unique_ptr<Lv2Instance>> make(const LilvPlugin*, const Setup&);
  ~Lv2Instance();
  Lv2Instance(const Lv2Instance&) = delete;
  Lv2Instance& operator=(const Lv2Instance&) = delete;

  LilvInstance* lilv() const { return instance_; }
  const LV2_Feature* const* features() const { return feature_list_.data(); }
  const LV2_Options_Option* options() const { return options_.data(); }

  void activate();
  void deactivate();
  void connect(std::uint32_t port, void* to) { lilv_instance_connect_port(instance_, port, to); }
  void run(int frames);
  void finish_work() {
    worker_.deliver();
  }  // what a plug-in has had done while it was not run: of a state it was given

 private:
  explicit Lv2Instance(const Setup&);

  void offer(const char* uri, void* data = nullptr);
  Result<void> check_requirements(const LilvPlugin*) const;

  const std::int32_t block_length_;
  const std::int32_t sequence_bytes_ = 1 << 18;
  const float rate_;
  std::array<LV2_Options_Option, 6> options_;
  LV2_Log_Log log_;
  Lv2Worker worker_;
  std::vector<std::unique_ptr<LV2_Feature>> offered_;
  std::vector<const LV2_Feature*> feature_list_;  // of `offered_`, with a null at its end
  LilvInstance* instance_ = nullptr;
  bool active_ = false;
};

}  // namespace firn::plugins::host
