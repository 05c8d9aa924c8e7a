#include "gpu.h"

#include <dlfcn.h>
#include <fake_cuda.h>

#include <algorithm>

#include "failure.h"

namespace axnorm::measure {
namespace {

// Device 0, once it is known that there is one.
int device() {
    if (!test::has_driver() || test::device_count() == 0) {
        throw Failure("machine", "there is no GPU of CUDA, and no stand-in for its driver on LD_LIBRARY_PATH");
    }
    return 0;
}

std::size_t at_least_one(std::size_t bytes) {
    return std::max<std::size_t>(bytes, 1);
}

void write(test::DeviceMemory &to, const GuardedMemory &from) {
    if (from.size() != 0) {
        to.write(from.data(), from.size());
    }
}

// A function that the stand-in alone has, or nullptr.
template <class Function>
Function *hook(const char *name) {
    static void *const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function *>(dlsym(library, name));
}

}  // namespace

OnGpu::OnGpu(const GuardedMemory &x, const GuardedMemory &y, const GuardedMemory &scale, const GuardedMemory &shift)
    : context_(device()),
      x_(at_least_one(x.size())),
      y_(at_least_one(y.size())),
      scale_(at_least_one(scale.size())),
      shift_(at_least_one(shift.size())) {
    write(x_, x);
    write(y_, y);
    write(scale_, scale);
    write(shift_, shift);
}

void OnGpu::write_y(const GuardedMemory &y) {
    write(y_, y);
}

void OnGpu::read_y(const GuardedMemory &y) const {
    finish_launches();
    y_.read(y.data(), y.size());
}

void finish_launches() {
    test::expect_success(test::driver_api().cuCtxSynchronize(), "cuCtxSynchronize");
}

bool is_stand_in() {
    return hook<decltype(fake_cuda_last_launch)>("fake_cuda_last_launch") != nullptr;
}

Counted counted() {
    FakeCudaLaunch launch{};
    hook<decltype(fake_cuda_last_launch)>("fake_cuda_last_launch")(&launch);
    return {hook<decltype(fake_cuda_launch_count)>("fake_cuda_launch_count")(), launch.instructions,
            launch.global_load_bytes + launch.global_store_bytes};
}

}  // namespace axnorm::measure
