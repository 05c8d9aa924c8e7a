// A kernel from a shared library of its own, which no registry knows.
#pragma once

#include <memory>
#include <string>

#include "axnorm/library.h"
#include "words.h"

namespace axnorm::measure {

class LoadedKernel {
  public:
    // Throws Failure where the file cannot be loaded, or what is in it takes other arguments than the words say.
    LoadedKernel(std::string name, const std::string &path, const std::string &words);
    LoadedKernel(const LoadedKernel &) = delete;
    LoadedKernel &operator=(const LoadedKernel &) = delete;

    const std::string &name() const { return name_; }
    const Kernel &kernel() const { return kernel_; }

  private:
    struct Close {
        void operator()(void *library) const;
    };

    std::string name_;
    KernelWords words_;
    std::unique_ptr<void, Close> library_;
    Kernel kernel_;
};

}  // namespace axnorm::measure
