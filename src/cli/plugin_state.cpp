#include "cli/plugin_state.hpp"

#include "cli/must.hpp"

namespace firn::cli {

std::map<std::string, std::optional<document::FileRef>> adopt_state(store::Store& store,
                                                                    const plugins::PluginState& state,
                                                                    const devices::Settings& before) {
  std::map<std::string, std::optional<document::FileRef>> files;
  for (const auto& [slot, content] : before.files) files[slot] = std::nullopt;
  const std::string name = devices::type_of(before)->title + ".state";
  files[std::string(devices::state_slot)] = must(store.adopt_bytes(state.bytes, name));
  int number = 0;
  for (const auto& file : state.files) files[devices::state_file_slot(++number)] = must(store.adopt(file));
  return files;
}

}  // namespace firn::cli
