// Kernels in the driver: the PTX of each is loaded once a context, and found again without a lock.
//
//     KernelState &state = KernelState::of(&state_pointer_in_the_host_code);
//     Function &function = state.load(context, stream, ptx).function("kernel_y_s0");
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "context.h"

namespace axnorm::cuda {

// An entry of a module.
class Function {
  public:
    Function(const char *name, FunctionHandle handle) : name_(name), handle_(handle) {}

    FunctionHandle handle() const { return handle_; }
    bool has_name(const char *name) const;
    // Lets blocks have that many bytes of dynamic shared memory, which may be more than the driver gives unasked.
    // Throws Error where the current device has less.
    void allow_shared(int bytes) {
        if (bytes > allowed_.load(std::memory_order_acquire)) {
            raise_allowed(bytes);
        }
    }

  private:
    friend class Module;

    void raise_allowed(int bytes);

    const char *name_;  // in the host code, which stays
    FunctionHandle handle_;
    std::atomic<int> allowed_{48 * 1024};
    std::mutex mutex_;
    Function *next_ = nullptr;
};

// A loaded module. What the program has of it lasts as long as the program; the driver's part goes with the context.
class Module {
  public:
    // Throws Error where there is no such function.
    Function &function(const char *name);

  private:
    friend class KernelState;
    static constexpr std::uint64_t no_number = UINT64_MAX;

    explicit Module(Context context) : context_(context) {}
    Function *find(const char *name) const;
    // Of a context, or one that has its handle now, with no module of it in use.
    void set(std::uint64_t number, ModuleHandle handle);

    const Context context_;
    std::atomic<std::uint64_t> number_{no_number};  // of the context, once all else is set
    ModuleHandle handle_ = nullptr;
    std::atomic<Function *> functions_{nullptr};
    std::mutex mutex_;
    Module *next_ = nullptr;
};

// The modules of a kernel, one a context.
class KernelState {
  public:
    // The state that `*pointer` refers to; makes it where that is nullptr.
    static KernelState &of(void **pointer);

    // The module in the current context, which is `context`. Loading it is refused while `stream` is being captured:
    // the driver would end the capture. Throws Error, with what the driver's compiler says about the PTX.
    Module &load(const ContextId &context, Stream stream, const char *ptx);

  private:
    Module *find(const ContextId &context) const;
    Module &of_handle(Context context);

    std::atomic<Module *> modules_{nullptr};
    std::mutex mutex_;
};

}  // namespace axnorm::cuda
