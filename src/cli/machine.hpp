// The plug-ins of this machine, for verbs. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/verb.hpp"
#include "document/project.hpp"
#include "plan/plan.hpp"
#include "plugins/machine.hpp"

namespace firn::cli {

// Its host lies beside this program, or where FIRN_PLUGIN_HOST says; its cache in the user's folder for such.
std::shared_ptr<plugins::Machine> this_machine();

// Every plug-in of this machine. What is new or changed since the last time is looked at, which shows its progress and can be cancelled; with
// `all`, all of them are.
enum class Rescan { changed, all };
base::Result<plugins::Catalogue> scan_plugins(Call&, Rescan);

// Finds the files of a project's devices, by what is in them (store::path_of), as a render does. Outlives neither's folder; any thread.
devices::FileFinder files_of(const std::filesystem::path& directory, const document::Project&);

// What keeps plug-ins of a project from being loaded here, as clauses (plugins::Machine::obstacle); nothing is loaded.
std::map<document::DeviceId, std::string> obstacles_in(plugins::Machine&, const document::Project&);

// The files of this machine that a project's plug-ins refer to and that are none of the project's (plugins::outside_files).
std::map<document::DeviceId, std::set<std::string>> outside_files_in(const std::filesystem::path& directory,
                                                                     const document::Project&);

// What the plug-ins of some tracks print their values as (plugins::Machine::texts).
std::map<document::DeviceId, std::vector<std::string>> texts_in(plugins::Machine&,
                                                                const std::filesystem::path& directory,
                                                                const document::Project&,
                                                                const std::vector<document::TrackId>&);

// What is known of a project's devices. Plug-ins are loaded where they were never asked before.
plan::DeviceFacts facts_of(plugins::Machine&, const std::filesystem::path& directory, const document::Project&);
// The same where there are prints or bounces to be judged by it; else nothing.
plan::DeviceFacts facts_for_prints(plugins::Machine&, const std::filesystem::path& directory, const document::Project&);

}  // namespace firn::cli
