#include "errors.h"

#include <HalideRuntime.h>

#include <array>
#include <atomic>

// Where a program has Halide's whole runtime too, for other kernels, its functions may be those that are linked: they
// are told to call these.
extern "C"
    [[gnu::weak, gnu::visibility("hidden")]] halide_error_handler_t halide_set_error_handler(halide_error_handler_t);

namespace axnorm {
namespace {

// Called by code that knows no exceptions, so without memory, and without a lock, which a fork could leave locked. Of
// two threads that fail at once the messages may be mixed. The last letter stays 0.
constinit std::array<std::atomic<char>, 1024> message{};

void keep_message(void *, const char *text) noexcept {
    std::size_t i = 0;
    for (; text[i] != '\0' && i + 1 < message.size(); ++i) {
        message[i].store(text[i], std::memory_order_relaxed);
    }
    message[i].store('\0', std::memory_order_relaxed);
}

}  // namespace

void install_error_handler() {
    if (halide_set_error_handler != nullptr) {
        halide_set_error_handler(keep_message);
    }
}

std::string halide_message() {
    std::string text;
    for (const std::atomic<char> &place : message) {
        const char letter = place.load(std::memory_order_relaxed);
        if (letter == '\0') {
            break;
        }
        text += letter;
    }
    return text;
}

}  // namespace axnorm
