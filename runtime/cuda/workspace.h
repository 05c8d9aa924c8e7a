// The device memory that kernels work in whose blocks share a statistic group (Kernel::split), for what one launch
// tells the next: those of Statistic::given have one launch, and need none. The caller gives it, or one is kept here
// for each stream of a context, in which calls run one after the other.
//
// What was outgrown stays, since captured graphs may refer to it: each one is at least twice as large as the one
// before, so that all of these together are less than the last one. The memory of a context that was destroyed went
// with it, and is not touched any more: another context has another number. Before CUDA 12 it has none; what that asks
// of callers is in options.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "stream.h"

namespace axnorm::cuda {

// Where the host code of a kernel is given its buffers: in a workspace, one behind the other.
struct Pieces {
    static constexpr std::size_t alignment = 256;  // of cuMemAlloc, too

    std::uint64_t address = 0;
    std::size_t size = 0;  // 0: the kernel works without
    std::size_t used = 0;

    // Throws Error where there is not as much left.
    std::uint64_t take(std::size_t bytes);
};

struct KeptMemory;

// The workspace that is kept for a stream. As long as it lives no other call has it: the launches of two threads would
// come between each other.
class StreamWorkspace {
  public:
    // In the current context, which is `context`, of this device. Throws Error where it has to be allocated while the
    // stream is being captured.
    StreamWorkspace(const ContextId &context, int device_index, Stream stream, std::size_t bytes);

    Pieces pieces() const;

  private:
    KeptMemory &kept_;
    std::unique_lock<std::mutex> lock_;
};

// Waits for the context that calls on a device run in, and frees what is kept there. Where nothing ever was on that
// device it does nothing.
void release_workspaces(int device_index);

}  // namespace axnorm::cuda
