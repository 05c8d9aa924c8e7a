#include "context.h"

#include <climits>
#include <map>
#include <mutex>
#include <string>

#include "axnorm/error.h"
#include "runtime/language/refusal.h"
#include "stream.h"

namespace axnorm::cuda {
namespace {

ContextId identify(Context handle) {
    unsigned long long number = 0;
    if (driver().cuCtxGetId != nullptr) {
        check(driver().cuCtxGetId(handle, &number), "cuCtxGetId");
    }
    return {handle, number};
}

// Of the device "cuda:index". Throws Error where the machine has no such device.
DeviceHandle device_handle(int index) {
    int count = 0;
    check(driver().cuDeviceGetCount(&count), "cuDeviceGetCount");
    if (index >= count) {
        throw Error(concat({"the tensors are on device cuda:", std::to_string(index), ", the CUDA driver has ",
                            std::to_string(count), count == 1 ? " device" : " devices"}),
                    ErrorCode::device);
    }
    DeviceHandle handle = 0;
    check(driver().cuDeviceGet(&handle, index), "cuDeviceGet");
    return handle;
}

DeviceHandle device_of_current() {
    DeviceHandle handle = 0;
    check(driver().cuCtxGetDevice(&handle), "cuCtxGetDevice");
    return handle;
}

// Whether the current context is of a device. What a thread found out last it does not ask again.
bool is_of_device(const ContextId &current, int device_index) {
    struct Known {
        ContextId id;
        int device_index = -1;
    };
    static thread_local constinit Known known;
    if (known.device_index == device_index && known.id == current) {
        return true;
    }
    if (device_of_current() != device_handle(device_index)) {
        return false;
    }
    if (driver().cuCtxGetId != nullptr) {  // else the handle may come to stand for another one
        known = {current, device_index};
    }
    return true;
}

// The primary context of a device, which is retained once and kept: given back after each call it might be destroyed
// there, while the kernels run. `again` is for one that was reset since.
Context primary_context(int device_index, bool again) {
    static std::mutex mutex;
    static auto &contexts = *new std::map<int, Context>;  // for as long as threads may call
    const std::lock_guard lock(mutex);
    const auto place = contexts.find(device_index);
    if (place != contexts.end() && !again) {
        return place->second;
    }
    Context context = nullptr;
    check(driver().cuDevicePrimaryCtxRetain(&context, device_handle(device_index)), "cuDevicePrimaryCtxRetain");
    contexts[device_index] = context;
    return context;
}

Context push_primary(int device_index) {
    Context context = primary_context(device_index, false);
    if (driver().cuCtxPushCurrent(context) != 0) {
        context = primary_context(device_index, true);
        check(driver().cuCtxPushCurrent(context), "cuCtxPushCurrent");
    }
    return context;
}

void pop() {
    Context popped = nullptr;
    driver().cuCtxPopCurrent(&popped);
}

Context push_context_of(Stream stream, int device_index) {
    Context context = nullptr;
    check(driver().cuStreamGetCtx(stream, &context), "cuStreamGetCtx");
    check(driver().cuCtxPushCurrent(context), "cuCtxPushCurrent");
    try {
        if (device_of_current() != device_handle(device_index)) {
            throw Error(
                "the stream is of another device than the tensors, which are on cuda:" + std::to_string(device_index),
                ErrorCode::argument);
        }
    } catch (...) {
        pop();
        throw;
    }
    return context;
}

}  // namespace

CurrentContext::CurrentContext(int device_index, Stream stream) {
    Context current = nullptr;
    check(driver().cuCtxGetCurrent(&current), "cuCtxGetCurrent");
    if (current != nullptr) {
        id_ = identify(current);
        if (is_of_device(id_, device_index)) {
            return;
        }
    }
    current = is_default_stream(stream) ? push_primary(device_index) : push_context_of(stream, device_index);
    pushed_ = true;
    try {
        id_ = identify(current);
    } catch (...) {
        pop();
        throw;
    }
}

CurrentContext::~CurrentContext() {
    if (pushed_) {
        pop();
    }
}

int most_shared_memory(int device_index) {
    try {
        int bytes = 0;
        check(driver().cuDeviceGetAttribute(&bytes, max_shared_memory_per_block_optin, device_handle(device_index)),
              "cuDeviceGetAttribute");
        return bytes;
    } catch (const Error &) {
        return INT_MAX;
    }
}

}  // namespace axnorm::cuda
