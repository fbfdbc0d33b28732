// Lv2World: what the LV2 bundles on this machine say of themselves (their plug-ins are not loaded), and the numbers that stand for URIs. One for the
// process. Main thread, but for map() and unmap(): any thread.
//
// It knows no bundle until it is asked: reading those of a machine takes longer than most plug-ins take to load.
#pragma once

#include <lilv/lilv.h>
#include <lv2/urid/urid.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace firn::plugins::host {

template <auto free_it>
struct FreeWith {
  template <class T>
  void operator()(T* owned) const {
    free_it(owned);
  }
};
using Node = std::unique_ptr<LilvNode, FreeWith<lilv_node_free>>;
using NodeList = std::unique_ptr<LilvNodes, FreeWith<lilv_nodes_free>>;
using ScalePoints = std::unique_ptr<LilvScalePoints, FreeWith<lilv_scale_points_free>>;
using UiList = std::unique_ptr<LilvUIs, FreeWith<lilv_uis_free>>;
using Lv2State = std::unique_ptr<LilvState, FreeWith<lilv_state_free>>;
using LilvText = std::unique_ptr<char, FreeWith<lilv_free>>;

class Lv2World {
 public:
  static Lv2World& instance();

  LilvWorld* lilv() const { return world_.get(); }
  // Has the bundles of the machine read, once. Plug-ins that were found stay where they are.
  void read_all();
  // In the bundle given, which alone is read, or else in all; null if none has it.
  const LilvPlugin* find(const std::string& uri, const std::string& bundle = {});
  std::vector<std::string> plugin_uris();  // of all bundles, sorted
  // The file of a plug-in's program, as the bundle's manifest says: the rest of the bundle, which may be large, is not read.
  std::string binary_of(const std::string& uri);

  Node uri(const char* uri) const { return Node(lilv_new_uri(world_.get(), uri)); }
  // The object of the first statement (subject, predicate, …), as text; empty if there is none.
  std::string text_of(const LilvNode* subject, const char* predicate) const;
  bool states(const LilvNode* subject, const char* predicate) const;  // is there such a statement?

  LV2_URID map(const char* uri);
  LV2_URID_Map* map_feature() { return &map_; }
  LV2_URID_Unmap* unmap_feature() { return &unmap_; }

 private:
  Lv2World();
  const char* unmap(LV2_URID number);
  const LilvPlugin* find_known(const std::string& uri) const;

  std::unique_ptr<LilvWorld, FreeWith<lilv_world_free>> world_;
  bool has_read_all_ = false;
  std::mutex mutex_;
  std::map<std::string, LV2_URID> numbers_;
  std::vector<const std::string*> uris_;  // by number - 1
  LV2_URID_Map map_;
  LV2_URID_Unmap unmap_;
};

std::string text_of(const LilvNode*);  // empty if it is null
std::string path_of(const LilvNode* file_uri);

}  // namespace firn::plugins::host
