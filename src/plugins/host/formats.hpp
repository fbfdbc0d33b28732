// The formats that the host can run, each a set of three functions. Main thread; list() loads no plug-in, the others need a MessageLoop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

// A thing to scan: `file` is how scan() and load() know it, `binary` what changes when it is installed anew.
struct Candidate {
  std::string file;
  std::string binary;
};

struct Source {
  std::string file;
  std::string id;  // of the plug-in in it
};

// What a scan leaves out, and says as it goes: a plug-in may end the process, and those in the same file that don't are still wanted.
struct Scanning {
  std::vector<std::string> without;                                              // ids of plug-ins
  std::function<void(const std::string& id)> begin;                              // a plug-in is about to be made
  std::function<void(const std::string& id, const std::string& why)> cannot_be;  // it could not
  // What a file holds, said while the plug-in is still there: some end the process as they are destroyed.
  std::function<void(const Description&)> found;
};

struct Format {
  std::string_view name;
  std::vector<Candidate> (*list)();
  Result<void> (*scan)(const std::string& file, const Scanning&);
  Result<std::unique_ptr<HostedPlugin>> (*load)(const Source&, const Setup&);
};

const Format* find_format(std::string_view name);  // null if there is none

std::vector<Candidate> list_clap();
Result<void> scan_clap(const std::string& file, const Scanning&);
Result<std::unique_ptr<HostedPlugin>> load_clap(const Source&, const Setup&);

std::vector<Candidate> list_ladspa();
Result<void> scan_ladspa(const std::string& file, const Scanning&);
Result<std::unique_ptr<HostedPlugin>> load_ladspa(const Source&, const Setup&);

std::vector<Candidate> list_lv2();
Result<void> scan_lv2(const std::string& uri, const Scanning&);
Result<std::unique_ptr<HostedPlugin>> load_lv2(const Source&, const Setup&);

std::vector<Candidate> list_vst3();
Result<void> scan_vst3(const std::string& file, const Scanning&);
Result<std::unique_ptr<HostedPlugin>> load_vst3(const Source&, const Setup&);

}  // namespace firn::plugins::host
