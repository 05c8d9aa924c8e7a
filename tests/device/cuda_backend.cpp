// CUDA: the memory of device 0, whose primary context is current as long as the program runs.
#include <axnorm_cuda.h>
#include <cuda_norms.h>

#include "../cuda/driver_api.h"
#include "backend.h"

namespace axnorm::test {
namespace {

void make_current() {
    static const PrimaryContext context(0);
}

}  // namespace

const Device device_under_test = Device::cuda;

DeviceBlock::DeviceBlock(unsigned char *host, std::size_t bytes) : host_(host), bytes_(bytes) {
    make_current();
    const auto memory = std::make_shared<DeviceMemory>(bytes);
    memory->write(host, bytes);
    address_ = static_cast<unsigned char *>(memory->data());
    memory_ = memory;
}

void DeviceBlock::fetch() const {
    expect_success(driver_api().cuCtxSynchronize(), "cuCtxSynchronize");
    static_cast<const DeviceMemory *>(memory_.get())->read(host_, bytes_);
}

}  // namespace axnorm::test
