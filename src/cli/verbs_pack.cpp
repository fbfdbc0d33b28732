// A project as one file, to be handed on: pack and unpack.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "session/pack.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using session::PackedFile;
using session::Reference;

namespace {

// Shows the progress of `work`, which Ctrl-C stops.
template <class Work>
auto with_progress(Call& call, const std::string& label, const Work& work) {
  const Interrupts interrupts;
  Progress progress(call.console, label, {48000});
  return work([&](double fraction) {
    progress.report(fraction);
    return !interrupts.token().stop_requested();
  });
}

std::int64_t sum_of(const std::vector<PackedFile>& files) {
  std::int64_t bytes = 0;
  for (const PackedFile& file : files) bytes += file.bytes;
  return bytes;
}

std::string size_text(std::int64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

Json files_json(const std::vector<PackedFile>& files) {
  Json json = Json::array();
  for (const PackedFile& file : files) json.push_back(Json{{"path", file.path}, {"bytes", file.bytes}});
  return json;
}

Json references_json(const std::vector<Reference>& references) {
  Json json = Json::array();
  for (const Reference& reference : references) {
    Json tracks = Json::array();
    for (const std::string& track : reference.tracks) tracks.push_back(track);
    json.push_back(Json{{"path", reference.path}, {"shared", reference.shared}, {"tracks", tracks}});
  }
  return json;
}

void print_references(Console& console, const std::string& opening, const std::vector<Reference>& references) {
  if (references.empty()) return;
  console.print(opening);
  for (const Reference& reference : references) {
    console.print(fmt::format("  {} ({})", reference.path, fmt::join(reference.tracks, ", ")));
  }
}

// What stays here: nobody can say to a plug-in's state that it lies elsewhere.
struct Outside {
  std::string path;
  std::string device;
  std::string track;
};

std::vector<Outside> outside_of(const session::Session& session, const std::vector<Reference>& left_out) {
  const auto files = outside_files_in(session.directory(), session.project());
  std::vector<Outside> outside;
  document::for_each_device(session.project(), [&](const document::Track& track, const document::Device& device) {
    const auto found = files.find(device.id);
    if (found == files.end()) return;
    const std::string& state = device.files.at(std::string(devices::state_slot)).path;
    if (std::any_of(left_out.begin(), left_out.end(), [&](const Reference& each) { return each.path == state; }))
      return;  // so is the state that refers to it
    for (const std::string& path : found->second) outside.push_back({path, device.name, track.name});
  });
  return outside;
}

Json outside_json(const std::vector<Outside>& outside) {
  Json json = Json::array();
  for (const Outside& file : outside)
    json.push_back(Json{{"path", file.path}, {"device", file.device}, {"track", file.track}});
  return json;
}

void print_outside(Console& console, const std::vector<Outside>& outside) {
  if (outside.empty()) return;
  console.print(
      "Not packed, for these plug-ins refer to it where it lies; freeze their tracks, and they play without:");
  for (const Outside& file : outside) console.print(fmt::format("  {} ({} on {})", file.path, file.device, file.track));
}

Run pack(CLI::App& app) {
  struct Options {
    bool frozen = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--frozen", options->frozen, "Only what plays now: prints instead of what they were made from");
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    session::Session session = open_session(call.console, arguments.take_directory());
    const fs::path out = arguments.take("OUT.zip");
    arguments.end();
    using Extent = session::PackRequest::Extent;
    const auto extent = options->frozen ? Extent::to_play : Extent::whole;
    const auto packed = must(with_progress(call, "Packing", [&](const session::PackProgress& progress) {
      return session::pack(session, {out, extent, progress});
    }));
    const auto outside = outside_of(session, packed.left_out);
    if (options->json) {
      call.console.print_json(Json{{"file", out.string()},
                                   {"bytes", packed.bytes},
                                   {"files", files_json(packed.files)},
                                   {"outside", outside_json(outside)},
                                   {"left_out", references_json(packed.left_out)},
                                   {"missing", references_json(packed.missing)}});
      return;
    }
    call.console.print(fmt::format("{}: {} files, {} ({} unpacked).", out.string(), packed.files.size(),
                                   size_text(packed.bytes), size_text(sum_of(packed.files))));
    print_references(call.console, "Left out, for it plays without:", packed.left_out);
    print_outside(call.console, outside);
    print_references(call.console, "Missing here; it plays without:", packed.missing);
  };
}

Run unpack(CLI::App& app) {
  struct Options {
    std::string directory;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "-o,--output", options->directory, "DIR",
           "The new project's directory; without it, the file's name without its ending, here");
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const fs::path file = arguments.take("FILE.zip");
    arguments.end();
    const fs::path directory = options->directory.empty() ? file.stem() : without_slash(options->directory);
    const auto unpacked = must(with_progress(call, "Unpacking", [&](const session::PackProgress& progress) {
      return session::unpack({file, directory, progress});
    }));
    if (options->json) {
      Json left_out = Json::array();
      for (const std::string& name : unpacked.left_out) left_out.push_back(name);
      call.console.print_json(Json{{"directory", directory.string()},
                                   {"files", files_json(unpacked.files)},
                                   {"absent", references_json(unpacked.absent)},
                                   {"left_out", left_out}});
      return;
    }
    call.console.print(fmt::format("{}: {} tracks, {} files, {}.", directory.string(), unpacked.project.tracks.size(),
                                   unpacked.files.size(), size_text(sum_of(unpacked.files))));
    print_references(call.console, "Not in the pack; it plays without:", unpacked.absent);
    if (!unpacked.left_out.empty()) {
      call.console.print(fmt::format("Left in the zip, for the project does not refer to it:\n  {}",
                                     fmt::join(unpacked.left_out, "\n  ")));
    }
  };
}

}  // namespace

Family pack_verbs() {
  return {
      "Handing on",
      {{"pack", "[DIR] OUT.zip", "Put a project and all it refers to into one file",
        "A file that the machine shares, such as a system's SoundFont, goes into the pack, so that the project plays "
        "where there is none. With --frozen, frozen tracks go as their prints alone: they play, but can't be "
        "unfrozen without the files left out, which are named. History stays here. The same project gives "
        "the same bytes. Files that plug-ins refer to by absolute paths stay here, and are named.",
        "firn pack song song.zip\nfirn pack song song-small.zip --frozen", pack},
       {"unpack", "FILE.zip", "Make a project of a pack",
        "Every sound is checked. A pack that is damaged, cut short, incomplete, or that would write outside its "
        "own directory, is refused, and leaves nothing.",
        "firn unpack song.zip\nfirn unpack song.zip -o from-anna", unpack}}};
}

}  // namespace firn::cli
