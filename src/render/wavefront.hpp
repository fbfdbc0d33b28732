// Wavefront: runs a graph of nodes over a stream of chunks on several threads (DESIGN, "Offline parallelism").
//
// The task (node n, chunk k) may run when (n, k - 1) and (m, k) for every input m of n are done. At most `window` chunks are under way at a
// time, so memory is bounded whatever the length.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace firn::render {

struct Node {
  std::vector<int> inputs;  // earlier nodes
};

// Calls run(node, chunk, slot) with 0 <= slot < window, on `threads` threads, the caller's among them. slot is chunk % window:
// memory for a chunk's streams may be reused when its slot comes round. After a chunk is done, more(chunk) on one of the threads, in
// order, says whether to go on; when it says no, chunks already begun are finished. Returns when nothing runs any more.
void run_wavefront(const std::vector<Node>& nodes, int window, int threads,
                   const std::function<void(int node, std::int64_t chunk, int slot)>& run,
                   const std::function<bool(std::int64_t chunk)>& more);

}  // namespace firn::render
