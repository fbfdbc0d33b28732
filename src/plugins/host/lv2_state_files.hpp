// Lv2StateFiles: the files that an LV2 plug-in's state refers to, and their names in it (LV2's state:mapPath), so that a state means the same wherever
// they lie. Main thread.
//
//   file1, file2, …   files that go with the state: whoever keeps that keeps them (PluginState)
//   bundle/…          files of the plug-in's own bundle, wherever it is installed
//   /…                all else, which stays where it is: folders, and texts that name other files beside them and are of no use alone
#pragma once

#include <lilv/lilv.h>
#include <lv2/state/state.h>

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/host/hosted_plugin.hpp"
#include "plugins/host/lv2_instance.hpp"

namespace firn::plugins::host {

class Lv2StateFiles {
 public:
  Lv2StateFiles(Lv2Instance& plugin, std::filesystem::path bundle);
  Lv2StateFiles(const Lv2StateFiles&) = delete;
  Lv2StateFiles& operator=(const Lv2StateFiles&) = delete;

  // The plug-in as lilv shall see it to take or to restore a state that is kept by Firn: it then gets these names, and not those that lilv makes up.
  LilvInstance* instance() { return interface_ == nullptr ? plugin_.lilv() : &instance_; }

  // Before each state that is taken; what it has come to refer to is then in files(), by number.
  void begin_save() { files_.clear(); }
  const std::vector<std::string>& files() const { return files_; }

  // Before each state that is restored, with the files that came with it. Afterwards missing() is the name of one that was asked for and did not.
  void begin_restore(std::vector<std::string> files);
  const std::string& missing() const { return missing_; }

 private:
  std::string name_of(const std::string& path);
  std::optional<std::string> path_of(std::string_view name) const;  // none for a file that did not come with the state
  std::string known_path_of(const std::string& name);
  std::vector<const LV2_Feature*> features() const;

  static LV2_State_Status save(LV2_Handle, LV2_State_Store_Function, LV2_State_Handle, std::uint32_t flags,
                               const LV2_Feature* const*);
  static LV2_State_Status restore(LV2_Handle, LV2_State_Retrieve_Function, LV2_State_Handle, std::uint32_t flags,
                                  const LV2_Feature* const*);

  Lv2Instance& plugin_;
  const std::filesystem::path bundle_;
  const LV2_State_Interface* const interface_;  // null: the plug-in has no state but its parameters
  const LV2_URID path_type_;
  LV2_Descriptor descriptor_;
  LilvInstance instance_;
  LV2_State_Map_Path map_path_;
  LV2_State_Free_Path free_path_;
  const LV2_Feature map_path_feature_;
  const LV2_Feature free_path_feature_;
  std::vector<std::string> files_;  // by number - 1
  std::string missing_;
  std::deque<std::string> given_;  // paths as values of the state, while it is restored
};

}  // namespace firn::plugins::host
