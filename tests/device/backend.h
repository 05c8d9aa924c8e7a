// What device the tests of this folder run on: OpenCL's, which PoCL makes of the CPU (opencl_backend.cpp), or CUDA's, a
// GPU or the stand-in for its driver (cuda_backend.cpp).
//
//     OnDevice memory;
//     normalize("b c -> b", "", memory.view(x), memory.out(y));
//     memory.fetch();   // y has what the device wrote
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "reference/tensors.h"

namespace axnorm::test {

// Memory of the device that holds what `bytes` of the host's did.
class DeviceBlock {
  public:
    DeviceBlock(unsigned char *host, std::size_t bytes);

    unsigned char *address() const { return address_; }  // of the device
    void fetch() const;                                  // back to the host, when all calls are done

  private:
    unsigned char *address_;
    // OpenCL has no use for them: its memory is the host's.
    [[maybe_unused]] unsigned char *host_;
    [[maybe_unused]] std::size_t bytes_;
    std::shared_ptr<void> memory_;
};

extern const Device device_under_test;

// Tensors of a call, each at the same place in the device's memory as in its own.
class OnDevice {
  public:
    ConstTensorView view(const Tensor &tensor) { return out(tensor); }
    TensorView out(const Tensor &tensor);
    void fetch() const;

  private:
    std::vector<std::pair<const unsigned char *, DeviceBlock>> memory_;
};

}  // namespace axnorm::test
