#include "render/render.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>

#include "audio/denormals.hpp"
#include "render/buffer_pool.hpp"
#include "render/wavefront.hpp"

namespace firn::render {
namespace {

using engine::Signal;
using time::Frames;

// One stream of one chunk that is under way.
struct Stream {
  Signal signal;
  std::unique_ptr<audio::StereoBuffer> buffer;
  std::vector<midi::Event> events;
  std::atomic<int> readers{0};  // that have still to read it
};

// What one step carries past a point.
struct Carried {
  bool asleep = false;
  bool known = false;
  std::vector<std::byte> image;
};

// The state of one output's window.
struct Delivery {
  const OutputRequest& request;
  OutputReport report;
  bool done = false;  // set and asked for by others with the render's mutex
};

// A thread that waits for a plug-in's process leaves its core to others, and waking takes a while: so there are more threads
// than cores, and hand-offs are longer, by so much.
constexpr int for_plugins = 4;

bool is_plugin(const plan::Step& step) {
  const auto* device = std::get_if<plan::Process>(&step.work);
  return device && device->settings.plugin;
}

int block_for(const Options& options, bool has_plugins) {
  const int longer = for_plugins * options.block;
  return has_plugins && options.every.count % longer == 0 ? longer : options.block;
}

class Render {
 public:
  Render(engine::Engine& engine, const std::vector<OutputRequest>& requests, const Options& options)
      : engine_(engine),
        plan_(engine.plan()),
        options_(options),
        has_plugins_(std::ranges::any_of(plan_.steps, is_plugin)),
        block_(block_for(options, has_plugins_)),
        pool_(block_),
        readers_(plan_.steps.size(), 0),
        first_chunk_(options.first_point * options.every.count / block_) {
    for (const OutputRequest& request : requests) deliveries_.push_back(Delivery{request, {}, false});
    lay_out_nodes();
  }

  base::Result<Report> run() {
    const int threads = options_.threads > 0 ? options_.threads : suitable_threads();
    window_ = threads + 2;
    streams_ = std::vector<Stream>(plan_.steps.size() * static_cast<std::size_t>(window_));
    // No step may come to the next point while the last one is still looked at.
    const bool has_points = options_.every.count / block_ >= window_ &&
                            std::any_of(deliveries_.begin(), deliveries_.end(), [](const Delivery& delivery) {
                              return static_cast<bool>(delivery.request.at_point);
                            });
    if (has_points) carried_.resize(plan_.steps.size());
    run_wavefront(
        nodes_, window_, threads, [&](int node, std::int64_t chunk, int slot) { run_node(node, chunk, slot); },
        [&](std::int64_t chunk) { return goes_on_after(chunk); });
    if (error_) return tl::unexpected(*error_);
    Report report;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (engine_.was_cut_short(static_cast<int>(i))) report.cut_tails.push_back(plan_.steps[i].name);
    }
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      deliveries_[i].report.cut_short = engine_.was_cut_short(plan_.outputs[i].step);
      deliveries_[i].report.ringing = engine_.heard_by(plan_.outputs[i].step);
      report.outputs.push_back(deliveries_[i].report);
    }
    return report;
  }

 private:
  // Not so many that no point could be kept.
  int suitable_threads() const {
    const int cores = default_threads();
    if (!has_plugins_) return cores;
    const std::int64_t most = options_.every > Frames{} ? options_.every.count / block_ - 2 : for_plugins * cores;
    return static_cast<int>(std::clamp<std::int64_t>(for_plugins * cores, cores, std::max<std::int64_t>(most, cores)));
  }

  // Devices, sums and sources are nodes of their own, so that one track's chain can fill several cores; what costs little goes with
  // the node that feeds it. The outputs' sinks are the last nodes.
  void lay_out_nodes() {
    std::vector<int> node_of(plan_.steps.size());
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const plan::Step& step = plan_.steps[i];
      for (const int input : step.inputs) ++readers_[static_cast<std::size_t>(input)];
      const bool costs_little = step.inputs.size() == 1 && !plan::is_device(step);
      if (costs_little) {
        node_of[i] = node_of[static_cast<std::size_t>(step.inputs.front())];
        steps_of_[static_cast<std::size_t>(node_of[i])].push_back(static_cast<int>(i));
        continue;
      }
      node_of[i] = static_cast<int>(nodes_.size());
      Node node;
      for (const int input : step.inputs) node.inputs.push_back(node_of[static_cast<std::size_t>(input)]);
      nodes_.push_back(std::move(node));
      steps_of_.push_back({static_cast<int>(i)});
    }
    first_sink_ = static_cast<int>(nodes_.size());
    for (const auto& output : plan_.outputs) {
      ++readers_[static_cast<std::size_t>(output.step)];
      nodes_.push_back(Node{{node_of[static_cast<std::size_t>(output.step)]}});
    }
  }

  Stream& stream(int step, int slot) {
    return streams_[static_cast<std::size_t>(step) * static_cast<std::size_t>(window_) +
                    static_cast<std::size_t>(slot)];
  }

  void run_node(int node, std::int64_t chunk, int slot) {
    const audio::FlushDenormals flush;
    if (node >= first_sink_) return deliver(static_cast<std::size_t>(node - first_sink_), chunk, slot);
    for (const int step : steps_of_[static_cast<std::size_t>(node)]) {
      run_step(step, chunk, slot);
      if (is_point(chunk)) carry(step);
    }
  }

  // Does a point follow this chunk?
  bool is_point(std::int64_t chunk) const {
    const auto chunks = options_.every.count / block_;
    return !carried_.empty() && (first_chunk_ + chunk + 1) % chunks == 0;
  }

  void carry(int step) {
    Carried& carried = carried_[static_cast<std::size_t>(step)];
    carried.asleep = engine_.is_asleep(step);
    carried.image.clear();
    base::ImageWriter image(carried.image);
    carried.known = engine_.save(step, image);
  }

  // Of the steps that `step` needs from the point on, those with a state, sources first. False if one is not to be had.
  bool gather(int step, std::vector<bool>& seen,
              std::vector<std::pair<int, std::span<const std::byte>>>& states) const {
    if (seen[static_cast<std::size_t>(step)]) return true;
    seen[static_cast<std::size_t>(step)] = true;
    const Carried& carried = carried_[static_cast<std::size_t>(step)];
    if (!carried.known) return false;
    if (!carried.asleep) {
      for (const int input : plan_.steps[static_cast<std::size_t>(step)].inputs) {
        if (!gather(input, seen, states)) return false;
      }
    }
    if (engine_.has_state(step)) states.emplace_back(step, carried.image);
    return true;
  }

  // Every step behind the output has run the chunk before the point, and none has come to the next point.
  void offer_snapshot(const plan::Output& output, Delivery& delivery, std::int64_t chunk) {
    Snapshot snapshot;
    snapshot.point = (first_chunk_ + chunk + 1) * block_ / options_.every.count;
    snapshot.delivered = delivery.report.frames;
    std::vector<bool> seen(plan_.steps.size());
    if (gather(output.step, seen, snapshot.states) && !delivery.request.at_point(snapshot)) finish(delivery);
  }

  void finish(Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    delivery.done = true;
  }

  void run_step(int index, std::int64_t chunk, int slot) {
    const plan::Step& step = plan_.steps[static_cast<std::size_t>(index)];
    Stream& own = stream(index, slot);
    own.readers = readers_[static_cast<std::size_t>(index)];
    own.signal = Signal{};
    if (engine_.makes_events(index)) {
      own.events.clear();
      own.signal.events = &own.events;
    } else {
      own.buffer = pool_.take();
      own.signal.audio = own.buffer->view();
    }
    thread_local std::vector<const engine::Signal*> inputs;
    inputs.clear();
    for (const int input : step.inputs) inputs.push_back(&stream(input, slot).signal);
    engine_.run(index, clock_of(chunk), block_, inputs, own.signal);
    for (const int input : step.inputs) release(input, slot);
  }

  void release(int step, int slot) {
    Stream& read = stream(step, slot);
    if (read.readers.fetch_sub(1, std::memory_order_acq_rel) == 1 && read.buffer)
      pool_.give_back(std::move(read.buffer));
  }

  Frames clock_of(std::int64_t chunk) const { return plan_.start + Frames{(first_chunk_ + chunk) * block_}; }

  void deliver(std::size_t index, std::int64_t chunk, int slot) {
    const plan::Output& output = plan_.outputs[index];
    Delivery& delivery = deliveries_[index];
    const Signal& signal = stream(output.step, slot).signal;
    const Frames at = clock_of(chunk) - plan_.steps[static_cast<std::size_t>(output.step)].lag;
    const Window& window = delivery.request.window;
    const Frames end = window.end == Frames::never() ? signal.ended_at : window.end;
    const Frames first = std::max(at, window.start);
    const Frames last = std::min(at + Frames{block_}, end);
    if (options_.faults == Faults::end_own && !delivery.done) {
      delivery.report.fault = engine_.fault_behind(output.step);
      if (delivery.report.fault) finish(delivery);
    }
    if (first < last && !delivery.done) {
      const auto part = audio::ConstStereoView(signal.audio)
                            .part(static_cast<int>((first - at).count), static_cast<int>((last - first).count));
      for (int i = 0; i < part.frames; ++i) {
        delivery.report.peak = std::max({delivery.report.peak, std::abs(part.left[i]), std::abs(part.right[i])});
      }
      delivery.report.frames += Frames{part.frames};
      if (auto taken = delivery.request.sink(part); !taken) fail(taken.error());
    }
    if (end <= at + Frames{block_} && !delivery.done) {
      if (delivery.request.ended) delivery.request.ended();
      finish(delivery);
    }
    if (is_point(chunk) && !delivery.done && delivery.request.at_point) offer_snapshot(output, delivery, chunk);
    release(output.step, slot);
  }

  bool goes_on_after(std::int64_t chunk) {
    if (options_.progress) options_.progress({clock_of(chunk + 1) - plan_.start, options_.expected_end});
    if (options_.faults == Faults::end_render) {
      if (auto fault = engine_.fault()) fail(*fault);
    }
    if (options_.stop.stop_requested()) fail({base::ErrorKind::cancelled, "Cancelled."});
    const std::lock_guard lock(mutex_);
    if (error_) return false;
    return std::any_of(deliveries_.begin(), deliveries_.end(), [](const Delivery& delivery) { return !delivery.done; });
  }

  void fail(base::Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }

  engine::Engine& engine_;
  const plan::Plan& plan_;
  const Options& options_;
  const bool has_plugins_;
  const int block_;
  BufferPool pool_;
  std::vector<int> readers_;  // of each step's stream
  std::vector<Delivery> deliveries_;
  std::vector<Node> nodes_;
  std::vector<std::vector<int>> steps_of_;  // by node
  int first_sink_ = 0;
  int window_ = 0;
  std::vector<Stream> streams_;  // by step, then slot
  const std::int64_t first_chunk_;
  std::vector<Carried> carried_;  // by step, past the latest point; empty if nobody asks
  std::mutex mutex_;
  std::optional<base::Error> error_;
};

}  // namespace

int default_threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

base::Result<Report> render(engine::Engine& engine, const std::vector<OutputRequest>& requests,
                            const Options& options) {
  assert(requests.size() == engine.plan().outputs.size());
  if (options.block < 1 || options.block > 65536)
    return base::fail(base::ErrorKind::usage, "A block has 1 to 65,536 frames.");
  if (options.threads < 0 || options.threads > 1024)
    return base::fail(base::ErrorKind::usage, "A render uses 1 to 1,024 threads.");
  assert(options.every.count % options.block == 0);
  if (requests.empty()) return Report{};
  return Render(engine, requests, options).run();
}

}  // namespace firn::render
