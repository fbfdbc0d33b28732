// Tracks become audio, and come back: freeze, unfreeze, flatten, unflatten, duplicate, bounce, resample, verify.
#include <fmt/format.h>

#include <memory>

#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/outcome.hpp"
#include "cli/workspace.hpp"
#include "convert/bounce.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "convert/update_bounces.hpp"
#include "convert/verify.hpp"
#include "edit/find.hpp"
#include "edit/pads.hpp"
#include "files/project_file.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Project;
using document::TrackId;
using Tracks = std::vector<TrackId>;

namespace {

// What conversions of whole tracks have in common.
struct TrackOptions {
  RenderOptions render;
  bool all = false;
  bool json = false;
};

// The tracks named, or those that --all means: never an empty selection.
template <class All>
Tracks chosen(const Project& project, Arguments& arguments, bool all, All all_of, const char* option = "--all") {
  if (!all) return tracks_of(project, arguments.take_all(fmt::format("TRACK (or {})", option)));
  if (!arguments.empty()) refuse(ErrorKind::usage, fmt::format("Name tracks, or give {}, not both.", option));
  return all_of(project);
}

Tracks frozen_tracks(const Project& project) {
  Tracks tracks;
  for (const auto& track : project.tracks) {
    if (track->frozen()) tracks.push_back(track->id);
  }
  return tracks;
}

Tracks members_and_sources(const Project& project) {
  Tracks tracks;
  for (const auto& track : project.tracks) {
    if (track->kind == document::TrackKind::midi || track->kind == document::TrackKind::audio)
      tracks.push_back(track->id);
  }
  return tracks;
}

Run freeze(CLI::App& app) {
  struct Options : TrackOptions {
    bool buses = false;
    bool stale = false;
    bool verify = false;
    bool whole = false;
    bool keep = false;
    std::string up_to;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--all", options->all, "Every active MIDI and audio track that has something to render");
  add_flag(app, "--buses", options->buses, "With --all: groups and returns too");
  add_flag(app, "--stale", options->stale,
           "Every track of which a print is stale, or its file lost; their freeze lines stay where they are");
  add_text(app, "--up-to", options->up_to, "DEVICE",
           "Freeze the chain up to this device; those behind it stay live. Moves the line of a frozen track");
  add_flag(app, "--verify", options->verify,
           "Render random parts a second time and compare, before anything is changed");
  add_flag(app, "--whole", options->whole, "With --verify: all of it a second time");
  add_flag(app, "--keep", options->keep, "With --verify: print once what does not repeat itself, and keep that");
  add_render_options(app, options->render);
  add_json(app, options->json);
  return [options](Call& call) {
    convert_project(
        call, {options->render, options->json, "Freezing"},
        [&](const Project& project, const store::Store& store, Arguments& arguments) -> Convert {
          using Line = convert::FreezeRequest::Line;
          const auto all = [&](const Project& of) {
            if (options->stale) return convert::stale_tracks(of, facts_of(call.machine, store.directory(), of), store);
            return convert::freezable_tracks(of, options->buses ? convert::Buses::with : convert::Buses::without);
          };
          if (options->stale && (options->all || !options->up_to.empty()))
            refuse(ErrorKind::usage, "--stale goes alone: it prints again what is frozen, as it is frozen.");
          if (options->whole && !options->verify) refuse(ErrorKind::usage, "--whole goes with --verify.");
          if (options->keep && !options->verify) refuse(ErrorKind::usage, "--keep goes with --verify.");
          if (options->buses && !options->all) refuse(ErrorKind::usage, "--buses goes with --all.");
          convert::FreezeRequest request;
          request.tracks = chosen(project, arguments, options->all || options->stale, all, "--all or --stale");
          request.device = options->up_to;
          request.line = options->stale ? Line::as_it_is : options->up_to.empty() ? Line::end_of_chain : Line::device;
          if (options->all || options->stale) request.silent = convert::FreezeRequest::Silent::leave;
          const auto extent = options->whole ? convert::Extent::whole : convert::Extent::windows;
          const auto takes = options->keep ? convert::Takes::keep : convert::Takes::refuse;
          return [request, verify = options->verify, extent, takes](const Project& before, convert::Studio& studio) {
            convert::Outcome outcome = must(convert::freeze(before, request, studio));
            if (verify && !outcome.tracks.empty()) {
              const auto kept = must(convert::verify_freeze(before, outcome, extent, takes, studio));
              outcome.notes.insert(outcome.notes.end(), kept.begin(), kept.end());
              const std::string others = kept.empty() ? "" : ", all others";
              outcome.notes.push_back((extent == convert::Extent::whole
                                           ? "Rendered a second time, from the start, and compared: bit-identical"
                                           : "Random parts rendered a second time and compared: bit-identical") +
                                      others + ".");
            }
            return outcome;
          };
        });
  };
}

Run unfreeze(CLI::App& app) {
  struct Options : TrackOptions {
    bool whole = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--all", options->all, "Every frozen track");
  add_flag(app, "--whole", options->whole, "All prints of a track that was frozen in steps, not the last alone");
  add_json(app, options->json);
  return [options](Call& call) {
    convert_project(call, {{}, options->json, "Unfreezing"},
                    [&](const Project& project, const store::Store&, Arguments& arguments) -> Convert {
                      const Tracks tracks = chosen(project, arguments, options->all, frozen_tracks);
                      const auto unfreezing =
                          options->whole ? convert::Unfreezing::whole : convert::Unfreezing::one_step;
                      return [tracks, unfreezing](const Project& before, convert::Studio&) {
                        return must(convert::unfreeze(before, tracks, unfreezing));
                      };
                    });
  };
}

Tracks flattenable_tracks(const Project& project) {
  Tracks tracks;
  for (const TrackId id : convert::freezable_tracks(project)) {
    const auto kind = document::find(project, id)->kind;
    if (kind == document::TrackKind::midi || kind == document::TrackKind::audio) tracks.push_back(id);
  }
  return tracks;
}

Run flatten(CLI::App& app) {
  struct Options : TrackOptions {
    bool refresh = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--all", options->all, "Every active MIDI and audio track that has something to render");
  add_flag(app, "--refresh", options->refresh, "Print stale tracks again, instead of refusing them");
  add_render_options(app, options->render);
  add_json(app, options->json);
  return [options](Call& call) {
    convert_project(call, {options->render, options->json, "Flattening"},
                    [&](const Project& project, const store::Store&, Arguments& arguments) -> Convert {
                      const Tracks tracks = chosen(project, arguments, options->all, flattenable_tracks);
                      const auto stale =
                          options->refresh ? convert::StalePrints::refresh : convert::StalePrints::refuse;
                      return [tracks, stale](const Project& before, convert::Studio& studio) {
                        return must(convert::flatten(before, tracks, stale, studio));
                      };
                    });
  };
}

Run unflatten(CLI::App& app) {
  struct Options {
    std::string mixer = "now";
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--mixer", options->mixer, "now|then",
           "Keep the mixer as it is now (the default), or bring back what it was then");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      if (options->mixer != "now" && options->mixer != "then") {
        refuse(ErrorKind::usage, fmt::format("--mixer can't be \"{}\": it is now or then.", options->mixer));
      }
      const auto mixer = options->mixer == "then" ? edit::MixerChoice::as_was : edit::MixerChoice::as_now;
      Commands commands;
      for (const TrackId track : tracks_of(editing.project(), editing.arguments.take_all("TRACK")))
        commands.push_back(edit::Unflatten{track, mixer});
      return commands;
    });
  };
}

Run duplicate_tracks(CLI::App& app) {
  struct Options {
    std::string name;
    bool all = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--all", options->all, "Every MIDI and audio track");
  add_text(app, "--name", options->name, "NAME", "The copy's name, for one track; \"<track> (Copy)\" without it");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const Tracks tracks = chosen(editing.project(), editing.arguments, options->all, members_and_sources);
      if (!options->name.empty() && tracks.size() != 1) refuse(ErrorKind::usage, "--name is for one track.");
      Commands commands;
      for (const TrackId track : tracks) commands.push_back(edit::DuplicateTrack{track, options->name});
      return commands;
    });
  };
}

edit::BouncePoint bounce_point(const std::string& tap, const std::string& after) {
  if (!after.empty() && !tap.empty()) refuse(ErrorKind::usage, "Give --tap or --after, not both.");
  if (!after.empty()) return edit::BouncePoint::after_device;
  return tap.empty() ? edit::BouncePoint::post_fx : must(parse_bounce_point(tap));
}

convert::PadBounceRequest pads_of(const Project& project, const Tracks& tracks, const std::vector<std::string>& pads) {
  convert::PadBounceRequest request;
  for (const TrackId id : tracks) {
    const document::Track& track = *document::find(project, id);
    if (edit::rack_of(track) == nullptr) {
      refuse(ErrorKind::refused,
             fmt::format("\"{}\" has no drum rack and no plug-in with several outputs, so it has no pads to bounce.",
                         track.name));
    }
    auto& rack = request.racks.emplace_back();
    rack.track = id;
    for (const std::string& pad : pads) {
      const int number = must(edit::find_pad(track, pad));
      if (std::find(rack.pads.begin(), rack.pads.end(), number) == rack.pads.end()) rack.pads.push_back(number);
    }
    if (!pads.empty()) continue;
    for (const edit::Pad& pad : edit::pads_of(track)) rack.pads.push_back(pad.number);
  }
  return request;
}

struct BounceOptions : TrackOptions {
  std::string tap;
  std::string after;
  std::vector<std::string> pad;
  bool pads = false;
  RangeOptions range;
  bool in_place = false;
  bool update = false;
};

std::optional<convert::BounceRange> bounce_range_of(const RangeOptions& options, const Project& project) {
  if (options.from.empty() && options.to.empty()) return std::nullopt;
  const auto position = [&](const std::string& text) { return must(time::parse_position(text, project.tempo)); };
  convert::BounceRange range;
  if (!options.from.empty()) range.from = position(options.from);
  if (!options.to.empty()) range.to = position(options.to);
  return range;
}

convert::UpdateRequest updates_of(const Project& project, Arguments& arguments, const BounceOptions& options) {
  if (!options.tap.empty() || !options.after.empty() || options.pads || !options.pad.empty() || options.in_place ||
      !options.range.from.empty() || !options.range.to.empty()) {
    refuse(ErrorKind::usage,
           "--update prints again what was bounced: where and how much of it is known, so leave those options out.");
  }
  convert::UpdateRequest request;
  request.tracks = chosen(project, arguments, options.all, convert::bounced_tracks);
  if (request.tracks.empty()) refuse(ErrorKind::refused, "There is nothing to update: no track holds bounced audio.");
  if (options.all) request.impossible = convert::UpdateRequest::Impossible::leave;
  return request;
}

Run bounce(CLI::App& app) {
  const auto options = std::make_shared<BounceOptions>();
  add_text(app, "--tap", options->tap, "pre-fx|post-fx|post-mixer|through-returns|through-main",
           "Where to take the signal; post-fx without it");
  add_text(app, "--after", options->after, "DEVICE", "Take it after this device of the chain");
  add_flag(app, "--pads", options->pads,
           "Each pad of the drum rack, or output of the plug-in, by itself, as it leaves the device");
  add_list(app, "--pad", options->pad, "PAD", "This pad of it alone; may be given several times");
  add_range_options(app, options->range);
  add_flag(app, "--in-place", options->in_place, "The audio takes the track's place, instead of a new track after it");
  add_flag(app, "--update", options->update,
           "Print again what was bounced to these tracks, where its source has changed");
  add_flag(app, "--all", options->all, "With --update: every track that holds bounced audio");
  add_render_options(app, options->render);
  add_json(app, options->json);
  return [options](Call& call) {
    convert_project(
        call, {options->render, options->json, "Bouncing"},
        [&](const Project& project, const store::Store&, Arguments& arguments) -> Convert {
          if (options->update) {
            return
                [request = updates_of(project, arguments, *options)](const Project& before, convert::Studio& studio) {
                  return must(convert::update_bounces(before, request, studio));
                };
          }
          if (options->all) refuse(ErrorKind::usage, "--all goes with --update.");
          const Tracks tracks = tracks_of(project, arguments.take_all("TRACK"));
          const auto range = bounce_range_of(options->range, project);
          if (options->pads || !options->pad.empty()) {
            if (options->pads && !options->pad.empty())
              refuse(ErrorKind::usage, "Give --pads for all of them, or --pad, not both.");
            if (!options->tap.empty() || !options->after.empty() || options->in_place) {
              refuse(ErrorKind::usage,
                     "Pads are taken as they leave the rack, to tracks of their own: leave out --tap, --after "
                     "and --in-place.");
            }
            auto request = pads_of(project, tracks, options->pad);
            request.range = range;
            return [request](const Project& before, convert::Studio& studio) {
              return must(convert::bounce_pads(before, request, studio));
            };
          }
          convert::BounceRequest request;
          request.tracks = tracks;
          request.point = bounce_point(options->tap, options->after);
          request.after = options->after;
          request.range = range;
          request.where =
              options->in_place ? convert::BounceRequest::Where::in_place : convert::BounceRequest::Where::new_track;
          return [request](const Project& before, convert::Studio& studio) {
            return must(convert::bounce(before, request, studio));
          };
        });
  };
}

Run resample(CLI::App& app) {
  struct Options {
    std::vector<std::string> inputs;
    std::vector<std::string> solo;
    RangeOptions range;
    std::string name;
    RenderOptions render;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_list(app, "--input", options->inputs, "INPUT",
           "What to record: resampling (Main), TRACK:TAP or TRACK:PAD; may be given several times. Main without it");
  add_list(app, "--solo", options->solo, "TRACK", "Solo this track for the take; may be given several times");
  add_range_options(app, options->range);
  add_text(app, "--name", options->name, "NAME", "The new track's name");
  add_render_options(app, options->render);
  add_json(app, options->json);
  return [options](Call& call) {
    convert_project(call, {options->render, options->json, "Resampling"},
                    [&](const Project& project, const store::Store&, Arguments&) -> Convert {
                      convert::ResampleRequest request;
                      for (const std::string& input : options->inputs)
                        request.inputs.push_back(must(parse_input(project, input)));
                      if (request.inputs.empty()) request.inputs.emplace_back(document::Resampling{});
                      request.solo = tracks_of(project, options->solo);
                      request.range = range_of(options->range, project);
                      request.name = options->name;
                      return [request](const Project& before, convert::Studio& studio) {
                        return must(convert::resample(before, request, studio));
                      };
                    });
  };
}

void refuse_unfrozen(const Project& project, const Tracks& tracks) {
  std::vector<std::string> unfrozen;
  for (const TrackId id : tracks) {
    const document::Track& track = *document::find(project, id);
    if (!track.frozen()) unfrozen.push_back(fmt::format("\"{}\"", track.name));
  }
  if (unfrozen.empty()) return;
  refuse(ErrorKind::refused,
         fmt::format("Nothing to verify on {}: only frozen tracks have prints.", fmt::join(unfrozen, ", ")));
}

void judge(Console& console, const std::vector<convert::Verified>& verified, bool keeps_takes) {
  std::string different;
  int count = 0;
  for (const convert::Verified& track : verified) {
    if (track.identical) continue;
    if (track.is_take && keeps_takes) {
      console.note(convert::note_of_take(track));
      continue;
    }
    ++count;
    different += fmt::format("\n  {}: {}", track.name, convert::explanation_of(track));
  }
  if (count == 0) return;
  refuse(ErrorKind::different,
         fmt::format("{} of {} prints differ from a fresh render.{}", count, verified.size(), different));
}

Run verify(CLI::App& app) {
  struct Options {
    RenderOptions render;
    bool whole = false;
    bool keep = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--whole", options->whole, "Compare all of each print, not random parts of it");
  add_flag(app, "--keep", options->keep,
           "A print of what does not repeat itself is well while its file is as it was printed");
  add_render_options(app, options->render);
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    session::Session session = open_session(call.console, directory);
    const Project& project = session.project();
    const auto names = arguments.take_rest();
    const Tracks tracks = names.empty() ? frozen_tracks(project) : tracks_of(project, names);
    if (tracks.empty()) refuse(ErrorKind::refused, "There is nothing to verify: no track is frozen.");
    refuse_unfrozen(project, tracks);
    std::vector<convert::Verified> verified;
    const convert::Stopwatch stopwatch;
    with_studio(call, project, session.store(), options->render, "Verifying", [&](convert::Studio& studio) {
      const auto extent = options->whole ? convert::Extent::whole : convert::Extent::windows;
      verified = must(convert::verify(project, tracks, extent, studio));
    });
    print_verified(call.console, verified, project.rate, stopwatch.seconds(), options->json);
    judge(call.console, verified, options->keep);
  };
}

}  // namespace

Family conversion_verbs() {
  return {
      "Conversion",
      {{"freeze", "[DIR] TRACK… | --all | --stale", "Print tracks, groups and returns, and play the prints",
        "The track's sound behind its devices is rendered to a file, and the file is played instead. Notes and devices "
        "stay, read-only; "
        "mixer, routing and their automation stay free. An unchanged track costs nothing: its print is found again. A "
        "group's or return's print holds the mixers of what feeds it: it is stale when those change. Devices behind "
        "the "
        "freeze line stay live, and can be frozen on top.",
        "firn freeze song Bass Pad\nfirn freeze song --all --threads 2\nfirn freeze song Lead --up-to Synth\n"
        "firn freeze song --stale",
        freeze},
       {"unfreeze", "[DIR] TRACK… | --all", "Bring back the notes and devices of frozen tracks",
        "Of a track that was frozen in steps, the last step is taken back; with --whole, all of them.",
        "firn unfreeze song Bass\nfirn unfreeze song Lead --whole", unfreeze},
       {"flatten", "[DIR] TRACK… | --all", "Make audio tracks of frozen ones",
        "The print becomes the track's clip; notes and devices go, the mixer stays. Tracks that are not frozen are "
        "frozen first.",
        "firn flatten song Bass\nfirn flatten song Bass --refresh", flatten},
       {"unflatten", "[DIR] TRACK…", "Bring back what a flattened or bounced track was", "",
        "firn unflatten song Bass\nfirn unflatten song Bass --mixer then", unflatten},
       {"duplicate", "[DIR] TRACK… | --all", "Copy tracks; a frozen copy shares its print", "",
        "firn duplicate song Bass\nfirn duplicate song Bass --name \"Bass 2\"", duplicate_tracks},
       {"bounce", "[DIR] TRACK… | --update TRACK… | --update --all",
        "Print a tap of tracks to new audio tracks, or in place",
        "Taken before the mixer (pre-fx, post-fx, or after a device), the new track gets the source's mixer; taken "
        "after it, its mixer is "
        "neutral. The source is deactivated. The pads of a drum rack, or the outputs of a plug-in that has several, "
        "become tracks of a group, which has the devices "
        "behind the rack, the mixer and the routing: it sounds as the track did.\n\n"
        "A bounce remembers what it was printed of. --update prints the same again where that has changed, and keeps "
        "all that was done to the bounced track since: its mixer and devices, its clips' places, cuts, gains and "
        "fades.",
        "firn bounce song Bass\nfirn bounce song Bass --tap post-mixer --from 17 --to 25\nfirn bounce song Bass "
        "--after Chorus --in-place\nfirn bounce song Drums --pads\nfirn bounce song Drums --pad kick --pad snare\n"
        "firn bounce song --update \"Bass (Bounce)\"\nfirn bounce song --update --all",
        bounce},
       {"resample", "[DIR]", "Record Main, or taps of tracks, to new audio tracks",
        "Faster than real time, and the same as recording it while it plays. Several inputs are recorded in one pass.",
        "firn resample song\nfirn resample song --solo Drums --from 9 --to 13 --name Break\n"
        "firn resample song --input Drums:post-mixer --input Hall:post-mixer\nfirn resample song --input Drums:kick",
        resample},
       {"verify", "[DIR] [TRACK…]", "Compare prints with fresh renders",
        "Compares a few parts of each print, at random, with what a render gives now, and its file with its digest; "
        "--whole compares all of it. Ends with status 1 where they differ, and says by how much, from where, and what "
        "makes the difference.",
        "firn verify song\nfirn verify song Bass --whole --block 17", verify}}};
}

}  // namespace firn::cli
