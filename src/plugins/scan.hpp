// Scanning: what plug-ins there are, found out by hosts of their own, several at a time: what crashes, hangs or prints rubbish costs its own
// entry and is not tried again until its file changes. Blocks; one thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/result.hpp"
#include "plugins/catalogue.hpp"

namespace firn::plugins {

struct ScanOptions {
  std::filesystem::path host;
  int processes = 0;    // at a time; 0: one for each core
  bool rescan = false;  // look at all of them again, whatever is known
  std::function<void(int done, int total, const std::string& file)> progress = {};  // on one thread at a time
  std::stop_token stop = {};
  int seconds_for_each = 10;  // past which a plug-in hangs; what it waits for a core, up to a minute, does not count
};

// The catalogue as it is now: what has not changed is taken from `known`. Fails with not_found without the host, with io where
// it can't be started, with cancelled when stopped.
base::Result<Catalogue> scan(const Catalogue& known, const ScanOptions&);

}  // namespace firn::plugins
