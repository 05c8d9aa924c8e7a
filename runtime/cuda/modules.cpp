#include "modules.h"

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "axnorm/error.h"
#include "runtime/language/refusal.h"
#include "stream.h"

namespace axnorm::cuda {
namespace {

ModuleHandle load_module(const char *ptx) {
    // Without options that limit registers: what kernels need was settled when they were made.
    std::array<char, 4096> log{};
    std::array<int, 2> options{jit_error_log_buffer, jit_error_log_buffer_size_bytes};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the driver takes a number so.
    std::array<void *, 2> values{log.data(), reinterpret_cast<void *>(log.size())};
    ModuleHandle module = nullptr;
    const RelaxedCaptures others;
    const Result result = driver().cuModuleLoadDataEx(&module, ptx, options.size(), options.data(), values.data());
    if (result != 0) {
        log.back() = '\0';
        throw Error(concat({failure(result, "cuModuleLoadDataEx"), log[0] != '\0' ? ": " : "", log.data()}),
                    ErrorCode::device);
    }
    return module;
}

int shared_limit_of_current_device() {
    DeviceHandle device = 0;
    int limit = 0;
    check(driver().cuCtxGetDevice(&device), "cuCtxGetDevice");
    check(driver().cuDeviceGetAttribute(&limit, max_shared_memory_per_block_optin, device), "cuDeviceGetAttribute");
    return limit;
}

}  // namespace

bool Function::has_name(const char *name) const {
    return name == name_ || std::strcmp(name, name_) == 0;
}

void Function::raise_allowed(int bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes <= allowed_.load(std::memory_order_relaxed)) {
        return;
    }
    int fixed = 0;
    check(driver().cuFuncGetAttribute(&fixed, function_shared_size_bytes, handle_), "cuFuncGetAttribute");
    const int limit = shared_limit_of_current_device();
    if (bytes > limit - fixed) {
        throw Error(concat({"it needs ", std::to_string(std::int64_t{bytes} + fixed),
                            " bytes of shared memory in a block, the device has ", std::to_string(limit)}),
                    ErrorCode::device);
    }
    check(driver().cuFuncSetAttribute(handle_, function_max_dynamic_shared_size_bytes, bytes), "cuFuncSetAttribute");
    allowed_.store(bytes, std::memory_order_release);
}

Function *Module::find(const char *name) const {
    Function *function = functions_.load(std::memory_order_acquire);
    while (function != nullptr && !function->has_name(name)) {
        function = function->next_;
    }
    return function;
}

Function &Module::function(const char *name) {
    if (Function *function = find(name); function != nullptr) {
        return *function;
    }
    const std::lock_guard lock(mutex_);
    if (Function *function = find(name); function != nullptr) {
        return *function;
    }
    FunctionHandle handle = nullptr;
    if (const Result result = driver().cuModuleGetFunction(&handle, handle_, name); result != 0) {
        throw Error(concat({failure(result, "cuModuleGetFunction"), " for ", name}), ErrorCode::device);
    }
    auto *function = new Function(name, handle);
    function->next_ = functions_.load(std::memory_order_relaxed);
    functions_.store(function, std::memory_order_release);
    return *function;
}

void Module::set(std::uint64_t number, ModuleHandle handle) {
    number_.store(no_number, std::memory_order_release);
    for (Function *function = functions_.exchange(nullptr); function != nullptr;) {
        delete std::exchange(function, function->next_);
    }
    handle_ = handle;
    number_.store(number, std::memory_order_release);
}

KernelState &KernelState::of(void **pointer) {
    std::atomic_ref<void *> shared(*pointer);
    void *state = shared.load(std::memory_order_acquire);
    if (state == nullptr) {
        auto made = std::make_unique<KernelState>();
        if (shared.compare_exchange_strong(state, made.get(), std::memory_order_acq_rel)) {
            return *made.release();
        }
    }
    return *static_cast<KernelState *>(state);
}

Module *KernelState::find(const ContextId &context) const {
    Module *module = modules_.load(std::memory_order_acquire);
    while (module != nullptr &&
           (module->context_ != context.handle || module->number_.load(std::memory_order_acquire) != context.number)) {
        module = module->next_;
    }
    return module;
}

// A context that had the handle before is destroyed, and its module is in nobody's hands.
Module &KernelState::of_handle(Context context) {
    Module *first = modules_.load(std::memory_order_relaxed), *module = first;
    while (module != nullptr && module->context_ != context) {
        module = module->next_;
    }
    if (module == nullptr) {
        module = new Module(context);
        module->next_ = first;
        modules_.store(module, std::memory_order_release);
    }
    return *module;
}

Module &KernelState::load(const ContextId &context, Stream stream, const char *ptx) {
    if (Module *module = find(context); module != nullptr) {
        return *module;
    }
    const std::lock_guard lock(mutex_);
    if (Module *module = find(context); module != nullptr) {
        return *module;
    }
    refuse_in_capture(stream, "the kernel is not loaded in this context yet: make such a call before the capture");
    Module &module = of_handle(context.handle);
    module.set(context.number, load_module(ptx));
    return module;
}

}  // namespace axnorm::cuda
