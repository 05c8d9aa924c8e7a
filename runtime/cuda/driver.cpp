#include "driver.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

#include "axnorm/error.h"
#include "runtime/language/refusal.h"

namespace axnorm::cuda {
namespace {

constexpr const char *library_name = "libcuda.so.1";

// The shared library, closed again where something of it is missing.
class Library {
  public:
    Library() : handle_(dlopen(library_name, RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr) {
            const char *reason = dlerror();
            throw Error(concat({"no CUDA driver could be loaded: ", reason != nullptr ? reason : library_name}),
                        ErrorCode::device);
        }
    }
    ~Library() {
        if (handle_ != nullptr) {
            dlclose(handle_);
        }
    }
    Library(const Library &) = delete;
    Library &operator=(const Library &) = delete;

    template <class Function>
    void find(Function &function, const char *symbol) const {
        function = reinterpret_cast<Function>(address_of(symbol));
    }
    template <class Function>
    void find_if_there(Function &function, const char *symbol) const {
        function = reinterpret_cast<Function>(dlsym(handle_, symbol));
    }
    void keep_open() { handle_ = nullptr; }

  private:
    void *address_of(const char *symbol) const;

    void *handle_;
};

[[gnu::noinline]] void *Library::address_of(const char *symbol) const {
    void *const address = dlsym(handle_, symbol);
    if (address == nullptr) {
        throw Error(concat({"the CUDA driver is too old: ", library_name, " has no ", symbol}), ErrorCode::device);
    }
    return address;
}

Driver find_functions(const Library &library) {
    Driver found{};
    library.find(found.cuInit, "cuInit");
    library.find(found.cuGetErrorName, "cuGetErrorName");
    library.find(found.cuGetErrorString, "cuGetErrorString");
    library.find(found.cuDeviceGet, "cuDeviceGet");
    library.find(found.cuDeviceGetCount, "cuDeviceGetCount");
    library.find(found.cuDeviceGetAttribute, "cuDeviceGetAttribute");
    library.find(found.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
    library.find(found.cuCtxGetCurrent, "cuCtxGetCurrent");
    library.find(found.cuCtxPushCurrent, "cuCtxPushCurrent_v2");
    library.find(found.cuCtxPopCurrent, "cuCtxPopCurrent_v2");
    library.find(found.cuCtxGetDevice, "cuCtxGetDevice");
    library.find_if_there(found.cuCtxGetId, "cuCtxGetId");
    library.find(found.cuCtxSynchronize, "cuCtxSynchronize");
    library.find(found.cuStreamGetCtx, "cuStreamGetCtx");
    library.find_if_there(found.cuStreamGetId, "cuStreamGetId");
    library.find(found.cuStreamIsCapturing, "cuStreamIsCapturing");
    library.find(found.cuThreadExchangeStreamCaptureMode, "cuThreadExchangeStreamCaptureMode");
    library.find(found.cuMemAlloc, "cuMemAlloc_v2");
    library.find(found.cuMemFree, "cuMemFree_v2");
    library.find(found.cuModuleLoadDataEx, "cuModuleLoadDataEx");
    library.find(found.cuModuleGetFunction, "cuModuleGetFunction");
    library.find(found.cuFuncGetAttribute, "cuFuncGetAttribute");
    library.find(found.cuFuncSetAttribute, "cuFuncSetAttribute");
    library.find(found.cuLaunchKernel, "cuLaunchKernel");
    return found;
}

std::string failure_of(const Driver &functions, Result result, const char *call) {
    const char *name = nullptr, *text = nullptr;
    functions.cuGetErrorName(result, &name);
    functions.cuGetErrorString(result, &text);
    const std::string number = "CUDA error " + std::to_string(result);
    const bool has_text = text != nullptr;
    return concat(
        {call, ": ", name != nullptr ? name : number, has_text ? " (" : "", has_text ? text : "", has_text ? ")" : ""});
}

// The driver works in the process that started it alone; and there other threads may have had our locks.
constinit std::atomic<bool> was_forked{false};

Driver load() {
    Library library;
    const Driver found = find_functions(library);
    if (const Result result = found.cuInit(0); result != 0) {
        throw Error("the CUDA driver does not start: " + failure_of(found, result, "cuInit"), ErrorCode::device);
    }
    library.keep_open();
    pthread_atfork(nullptr, nullptr, [] { was_forked = true; });
    return found;
}

}  // namespace

const Driver &driver() {
    static const Driver functions = load();
    if (is_behind_fork()) {
        throw Error("the CUDA driver was in use before this process was forked, and does not work in it",
                    ErrorCode::device);
    }
    return functions;
}

bool is_behind_fork() {
    return was_forked.load(std::memory_order_relaxed);
}

std::string failure(Result result, const char *call) {
    return failure_of(driver(), result, call);
}

void check(Result result, const char *call) {
    if (result != 0) {
        throw Error(failure(result, call), ErrorCode::device);
    }
}

}  // namespace axnorm::cuda
