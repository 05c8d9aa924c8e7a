#include "driver_api.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace axnorm::test {
namespace {

void *library() {
    static void *const handle = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    return handle;
}

template <class Function>
void find(Function &function, const char *symbol) {
    function = reinterpret_cast<Function>(dlsym(library(), symbol));
    if (function == nullptr) {
        throw std::runtime_error(std::string("libcuda.so.1 has no ") + symbol);
    }
}

DriverApi load() {
    if (library() == nullptr) {
        throw std::runtime_error("there is no libcuda.so.1");
    }
    DriverApi api{};
    find(api.cuInit, "cuInit");
    find(api.cuDeviceGetCount, "cuDeviceGetCount");
    find(api.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
    find(api.cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
    find(api.cuCtxCreate, "cuCtxCreate_v2");
    find(api.cuCtxDestroy, "cuCtxDestroy_v2");
    find(api.cuCtxGetCurrent, "cuCtxGetCurrent");
    find(api.cuCtxSetCurrent, "cuCtxSetCurrent");
    find(api.cuCtxPushCurrent, "cuCtxPushCurrent_v2");
    find(api.cuCtxPopCurrent, "cuCtxPopCurrent_v2");
    find(api.cuCtxSynchronize, "cuCtxSynchronize");
    find(api.cuMemAlloc, "cuMemAlloc_v2");
    find(api.cuMemFree, "cuMemFree_v2");
    find(api.cuMemcpyHtoD, "cuMemcpyHtoD_v2");
    find(api.cuMemcpyDtoH, "cuMemcpyDtoH_v2");
    find(api.cuStreamCreate, "cuStreamCreate");
    find(api.cuStreamDestroy, "cuStreamDestroy_v2");
    find(api.cuStreamSynchronize, "cuStreamSynchronize");
    find(api.cuStreamBeginCapture, "cuStreamBeginCapture_v2");
    find(api.cuStreamEndCapture, "cuStreamEndCapture");
    find(api.cuGraphInstantiateWithFlags, "cuGraphInstantiateWithFlags");
    find(api.cuGraphLaunch, "cuGraphLaunch");
    find(api.cuGraphDestroy, "cuGraphDestroy");
    find(api.cuGraphExecDestroy, "cuGraphExecDestroy");
    expect_success(api.cuInit(0), "cuInit");
    return api;
}

// Makes a context current for a while.
class Pushed {
  public:
    explicit Pushed(void *context) { expect_success(driver_api().cuCtxPushCurrent(context), "cuCtxPushCurrent"); }
    ~Pushed() {
        void *popped = nullptr;
        driver_api().cuCtxPopCurrent(&popped);
    }
    Pushed(const Pushed &) = delete;
    Pushed &operator=(const Pushed &) = delete;
};

}  // namespace

bool has_driver() {
    return library() != nullptr;
}

const DriverApi &driver_api() {
    static const DriverApi api = load();
    return api;
}

void expect_success(int result, const char *call) {
    if (result != 0) {
        throw std::runtime_error(std::string(call) + " returned " + std::to_string(result));
    }
}

int device_count() {
    int count = 0;
    expect_success(driver_api().cuDeviceGetCount(&count), "cuDeviceGetCount");
    return count;
}

void *current_context() {
    void *context = nullptr;
    expect_success(driver_api().cuCtxGetCurrent(&context), "cuCtxGetCurrent");
    return context;
}

PrimaryContext::PrimaryContext(int device) : device_(device) {
    expect_success(driver_api().cuDevicePrimaryCtxRetain(&handle_, device), "cuDevicePrimaryCtxRetain");
    expect_success(driver_api().cuCtxPushCurrent(handle_), "cuCtxPushCurrent");
}

PrimaryContext::~PrimaryContext() {
    void *popped = nullptr;
    driver_api().cuCtxPopCurrent(&popped);
    driver_api().cuDevicePrimaryCtxRelease(device_);
}

OwnContext::OwnContext(int device) {
    expect_success(driver_api().cuCtxCreate(&handle_, 0, device), "cuCtxCreate");
}

OwnContext::~OwnContext() {
    driver_api().cuCtxDestroy(handle_);
}

DeviceMemory::DeviceMemory(std::size_t bytes) : context_(current_context()) {
    expect_success(driver_api().cuMemAlloc(&address_, bytes), "cuMemAlloc");
}

DeviceMemory::~DeviceMemory() {
    const Pushed context(context_);
    driver_api().cuMemFree(address_);
}

void DeviceMemory::write(const void *from, std::size_t bytes) {
    const Pushed context(context_);
    expect_success(driver_api().cuMemcpyHtoD(address_, from, bytes), "cuMemcpyHtoD");
}

void DeviceMemory::read(void *to, std::size_t bytes) const {
    const Pushed context(context_);
    expect_success(driver_api().cuCtxSynchronize(), "cuCtxSynchronize");
    expect_success(driver_api().cuMemcpyDtoH(to, address_, bytes), "cuMemcpyDtoH");
}

OwnStream::OwnStream() {
    expect_success(driver_api().cuStreamCreate(&handle_, 1), "cuStreamCreate");  // it does not wait for the default one
}

OwnStream::~OwnStream() {
    driver_api().cuStreamDestroy(handle_);
}

void OwnStream::synchronize() const {
    expect_success(driver_api().cuStreamSynchronize(handle_), "cuStreamSynchronize");
}

}  // namespace axnorm::test
