// How the outcome of a conversion is told: which tracks, how long, how fast, how loud, and what was kept or dropped. One thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/console.hpp"
#include "convert/export.hpp"
#include "convert/studio.hpp"
#include "convert/verify.hpp"

namespace firn::cli {

// A project before and after commands were carried out.
struct Change {
  const document::Project& before;
  const document::Project& after;
  const plan::DeviceFacts& facts;  // of `after`, where it has prints
};

// `label` is the step that the outcome's commands became; empty if nothing changed.
void print_outcome(Console&, const convert::Outcome&, const std::string& label, const std::filesystem::path& directory,
                   const Change&, bool json);
void print_report(Console&, const convert::ExportReport&, bool json);
void print_verified(Console&, const std::vector<convert::Verified>&, time::SampleRate, double seconds, bool json);

}  // namespace firn::cli
