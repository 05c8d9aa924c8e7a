#include "errors.h"

#include <HalideRuntime.h>

#include <mutex>

namespace axnorm {
namespace {

std::mutex message_mutex;
std::string message;

void keep_message(void *, const char *text) {
    const std::lock_guard lock(message_mutex);
    message = text;
}

}  // namespace

void install_error_handler() {
    halide_set_error_handler(keep_message);
}

std::string halide_message() {
    const std::lock_guard lock(message_mutex);
    return message;
}

}  // namespace axnorm
