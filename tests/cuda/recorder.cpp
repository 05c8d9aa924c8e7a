#include "recorder.h"

#include <dlfcn.h>

#include <sstream>
#include <stdexcept>

#include "driver/fake_cuda.h"

namespace axnorm::test {
namespace {

// A hook of the stand-in; nullptr where the driver is another one, or none.
template <class Function>
Function *hook(const char *name) {
    static void *const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function *>(dlsym(library, name));
}

template <class Function>
Function &needed_hook(const char *name) {
    auto *function = hook<Function>(name);
    if (function == nullptr) {
        throw std::runtime_error(std::string("the driver has no ") + name);
    }
    return *function;
}

}  // namespace

bool is_stand_in() {
    return hook<decltype(fake_cuda_reset_log)>("fake_cuda_reset_log") != nullptr;
}

void clear_calls() {
    needed_hook<decltype(fake_cuda_reset_log)>("fake_cuda_reset_log")();
}

std::vector<std::string> calls() {
    auto &write = needed_hook<decltype(fake_cuda_calls)>("fake_cuda_calls");
    std::string text(write(nullptr, 0) + 1, '\0');
    write(text.data(), text.size());
    std::istringstream lines(text.c_str());
    std::vector<std::string> names;
    for (std::string name; std::getline(lines, name);) {
        names.push_back(name);
    }
    return names;
}

void fail_next(const char *function, int result) {
    needed_hook<decltype(fake_cuda_fail)>("fake_cuda_fail")(function, 1, result);
}

void reuse_streams(bool reuse) {
    needed_hook<decltype(fake_cuda_reuse_streams)>("fake_cuda_reuse_streams")(reuse ? 1 : 0);
}

SharedLimit::SharedLimit(int device, int bytes) : device_(device) {
    needed_hook<decltype(fake_cuda_limit_shared)>("fake_cuda_limit_shared")(device, bytes);
}

SharedLimit::~SharedLimit() {
    if (auto *limit = hook<decltype(fake_cuda_limit_shared)>("fake_cuda_limit_shared"); limit != nullptr) {
        limit(device_, 0);
    }
}

}  // namespace axnorm::test
