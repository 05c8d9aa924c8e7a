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

// A function that the stand-in alone has, or nullptr.
template <class Function>
Function *hook(const char *name) {
    static void *const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function *>(dlsym(library, name));
}

}  // namespace

OnGpu::OnGpu(const std::array<GuardedMemory, role_count> &tensors) : context_(device()) {
    for (const RoleRow &row : role_rows) {
        tensors_[row.role] = std::make_unique<test::DeviceMemory>(at_least_one(tensors[row.role].size()));
        write(row.role, tensors[row.role]);
    }
}

void OnGpu::write(Role role, const GuardedMemory &from) {
    if (from.size() != 0) {
        tensors_[role]->write(from.data(), from.size());
    }
}

void OnGpu::read(Role role, const GuardedMemory &to) const {
    finish_launches();
    if (to.size() != 0) {
        tensors_[role]->read(to.data(), to.size());
    }
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
