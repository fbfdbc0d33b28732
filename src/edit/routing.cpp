#include "edit/routing.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "edit/parts.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using document::Tap;
using document::TapPoint;
using document::Track;

namespace {

constexpr std::size_t points_of_a_track = 3;

// The graph over numbers: node = 3 * the track's place + the tap point.
struct Network {
  std::vector<TrackId> tracks;
  std::vector<std::vector<std::size_t>> next;
};

Network network_of(const Project& project) {
  Network network;
  std::unordered_map<TrackId, std::size_t> places;
  for (const auto& track : project.tracks) {
    places.emplace(track->id, network.tracks.size());
    network.tracks.push_back(track->id);
  }
  network.next.resize(network.tracks.size() * points_of_a_track);
  for (const auto& [from, to] : signal_graph(project)) {
    const auto source = places.find(from.track);
    const auto target = places.find(to.track);
    if (source == places.end() || target == places.end()) continue;
    network.next[source->second * points_of_a_track + static_cast<std::size_t>(from.point)].push_back(
        target->second * points_of_a_track + static_cast<std::size_t>(to.point));
  }
  return network;
}

// The nodes of a cycle in order; empty if there is none. Depth first, with a path of its own instead of recursion.
std::vector<std::size_t> cycle_in(const Network& network) {
  enum class Visit : char { none, on_path, done };
  struct Step {
    std::size_t node;
    std::size_t edge;
  };
  std::vector<Visit> visits(network.next.size(), Visit::none);
  for (std::size_t root = 0; root < network.next.size(); ++root) {
    if (visits[root] != Visit::none) continue;
    std::vector<Step> path{{root, 0}};
    visits[root] = Visit::on_path;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.edge == network.next[step.node].size()) {
        visits[step.node] = Visit::done;
        path.pop_back();
        continue;
      }
      const std::size_t node = network.next[step.node][step.edge++];
      if (visits[node] == Visit::on_path) {
        std::vector<std::size_t> cycle;
        auto from = std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.node == node; });
        for (; from != path.end(); ++from) cycle.push_back(from->node);
        return cycle;
      }
      if (visits[node] == Visit::none) {
        visits[node] = Visit::on_path;
        path.push_back({node, 0});
      }
    }
  }
  return {};
}

}  // namespace

std::vector<SignalEdge> signal_graph(const Project& project) {
  std::vector<SignalEdge> edges;
  const TrackId main = document::main_of(project).id;
  for (const auto& track : project.tracks) {
    const Tap pre_fx{track->id, TapPoint::pre_fx};
    const Tap post_fx{track->id, TapPoint::post_fx};
    const Tap post_mixer{track->id, TapPoint::post_mixer};
    edges.push_back({pre_fx, post_fx});
    edges.push_back({post_fx, post_mixer});
    if (const auto* input = std::get_if<Tap>(&track->input); input != nullptr && document::hears_input(*track)) {
      edges.push_back({*input, pre_fx});
    }
    for (const auto& device : track->devices) {
      if (device.side_chain) edges.push_back({*device.side_chain, post_fx});
    }
    for (const auto& send : track->mixer.sends) {
      if (send.on) edges.push_back({send.pre_fader ? post_fx : post_mixer, Tap{send.to, TapPoint::pre_fx}});
    }
    if (track->id == main) continue;
    if (const auto* output = std::get_if<document::ToTrack>(&track->output)) {
      edges.push_back({post_mixer, Tap{output->track, TapPoint::pre_fx}});
    } else if (std::holds_alternative<document::ToParent>(track->output)) {
      edges.push_back({post_mixer, Tap{track->group ? track->group : main, TapPoint::pre_fx}});
    } else if (std::holds_alternative<document::PastMain>(track->output)) {
      edges.push_back({post_mixer, Tap{main, TapPoint::post_mixer}});
    }
  }
  return edges;
}

std::optional<std::vector<TrackId>> find_cycle(const Project& project) {
  const Network network = network_of(project);
  std::vector<TrackId> tracks;
  for (const std::size_t node : cycle_in(network)) {
    const TrackId track = network.tracks[node / points_of_a_track];
    if (tracks.empty() || tracks.back() != track) tracks.push_back(track);
  }
  if (tracks.empty()) return std::nullopt;
  if (tracks.size() == 1 || tracks.back() != tracks.front()) tracks.push_back(tracks.front());
  return tracks;
}

std::string path_text(const Project& project, const std::vector<TrackId>& path) {
  std::string text;
  for (const TrackId id : path) {
    const Track* track = document::find(project, id);
    if (!text.empty()) text += " -> ";
    text += track == nullptr ? "?" : track->name;
  }
  return text;
}

bool same_connections(const Track& a, const Track& b) {
  if (a.group != b.group || a.output != b.output || a.input != b.input) return false;
  if (document::hears_input(a) != document::hears_input(b)) return false;
  const auto same_send = [](const document::Send& x, const document::Send& y) {
    return x.to == y.to && x.on == y.on && x.pre_fader == y.pre_fader;
  };
  const auto same_listener = [](const document::Device& x, const document::Device& y) {
    return x.side_chain == y.side_chain;
  };
  return std::equal(a.mixer.sends.begin(), a.mixer.sends.end(), b.mixer.sends.begin(), b.mixer.sends.end(),
                    same_send) &&
         std::equal(a.devices.begin(), a.devices.end(), b.devices.begin(), b.devices.end(), same_listener);
}

// ---- The verbs

base::Result<Project> carry_out(const Project& project, const SetInput& command) {
  return changed_track(project, command.track, [&](Track& track) {
    track.input = command.input;
    if (std::holds_alternative<document::Resampling>(track.input)) track.monitor = document::Monitor::off;
  });
}

base::Result<Project> carry_out(const Project& project, const SetOutput& command) {
  return changed_track(project, command.track, [&](Track& track) { track.output = command.output; });
}

base::Result<Project> carry_out(const Project& project, const SetMonitor& command) {
  return changed_track(project, command.track, [&](Track& track) { track.monitor = command.monitor; });
}

base::Result<Project> carry_out(const Project& project, const SetArmed& command) {
  return changed_track(project, command.track, [&](Track& track) { track.armed = command.armed; });
}

}  // namespace firn::edit
