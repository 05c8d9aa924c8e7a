// The context of the driver that a call runs in: the calling thread's current one where it is of the tensors' device,
// else the stream's, else the device's primary context, which is what CUDA's runtime uses. The thread's stack of
// contexts is afterwards what it was.
#pragma once

#include <compare>
#include <cstdint>

#include "driver.h"

namespace axnorm::cuda {

// A context, and its number where the driver gives one: a context that was destroyed may have had the same handle.
struct ContextId {
    Context handle = nullptr;
    std::uint64_t number = 0;

    auto operator<=>(const ContextId &) const = default;
};

class CurrentContext {
  public:
    // Throws Error where the device has none.
    CurrentContext(int device_index, Stream stream);
    ~CurrentContext();
    CurrentContext(const CurrentContext &) = delete;
    CurrentContext &operator=(const CurrentContext &) = delete;

    const ContextId &id() const { return id_; }

  private:
    ContextId id_;
    bool pushed_ = false;
};

// The bytes of shared memory that a block of a device may have. Without a driver, or such a device, INT_MAX: what is
// wrong there the call is told when it comes to its launch.
int most_shared_memory(int device_index);

}  // namespace axnorm::cuda
