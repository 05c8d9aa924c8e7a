#include "axnorm/library.h"

namespace axnorm {
namespace {

constinit std::atomic<const Library *> first{nullptr};

}  // namespace

bool register_library(const Library &library) noexcept {
    std::atomic<const Library *> *end = &first;
    for (;;) {
        const Library *next = nullptr;
        if (end->compare_exchange_strong(next, &library, std::memory_order_acq_rel)) {
            return true;
        }
        if (next == &library) {
            return true;
        }
        end = &next->next_;
    }
}

const Library *first_library() {
    return first.load(std::memory_order_acquire);
}

std::vector<const Kernel *> kernels() {
    std::vector<const Kernel *> all;
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        for (const Kernel &kernel : library->kernels()) {
            all.push_back(&kernel);
        }
    }
    return all;
}

}  // namespace axnorm
