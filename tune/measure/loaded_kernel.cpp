#include "loaded_kernel.h"

#include <dlfcn.h>

#include <utility>

#include "axnorm/error.h"
#include "failure.h"
#include "runtime/halide/registration.h"

namespace axnorm::measure {
namespace {

// dlopen() looks for a name without a folder in those of the system. All symbols are found now, not in a call that is
// timed.
// Code for a GPU is known by where it lies, and has to stay there.
void *open(const std::string &path, Device device) {
    const int stays = device == Device::cpu ? 0 : RTLD_NODELETE;
    void *library =
        dlopen((path.find('/') == std::string::npos ? "./" + path : path).c_str(), RTLD_NOW | RTLD_LOCAL | stays);
    if (library == nullptr) {
        const char *error = dlerror();
        throw Failure("load", path + " cannot be loaded: " + (error != nullptr ? error : "for no reason that is told"));
    }
    return library;
}

template <class Function>
Function find(void *library, const std::string &path, const std::string &symbol) {
    void *found = dlsym(library, symbol.c_str());
    if (found == nullptr) {
        throw Failure("load", path + " has no " + symbol);
    }
    return reinterpret_cast<Function>(found);
}

}  // namespace

void LoadedKernel::Close::operator()(void *library) const {
    dlclose(library);
}

LoadedKernel::LoadedKernel(std::string name, const std::string &path, const std::string &words)
    : name_(std::move(name)),
      words_(words),
      library_(open(path, words_.device)),
      kernel_(words_.kernel(find<int (*)(void **)>(library_.get(), path, words_.function + "_argv"))) {
    const auto metadata = find<Library::Metadata>(library_.get(), path, words_.function + "_metadata");
    try {
        check_arguments(Library(name_, {&kernel_, 1}, {&metadata, 1}));
    } catch (const Error &error) {
        throw Failure("load", error.what());
    }
}

}  // namespace axnorm::measure
