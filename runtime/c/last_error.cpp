#include "last_error.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <new>
#include <string_view>

#include "axnorm.h"
#include "axnorm/error.h"

namespace axnorm::c_api {
namespace {

// Of a fixed size, so that neither a failure for want of memory nor the end of a thread is a special case. Messages are
// a few hundred characters, longer where patterns are: those are cut, and the reason comes first.
constinit thread_local char message[4096] = "";

void keep(std::string_view text) noexcept {
    constexpr std::string_view cut = "...";
    const bool fits = text.size() < std::size(message);
    const std::size_t size = fits ? text.size() : std::size(message) - 1 - cut.size();
    char *end = std::copy_n(text.data(), size, message);
    if (!fits) {
        end = std::copy(cut.begin(), cut.end(), end);
    }
    *end = '\0';
}

int code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::pattern: return AXNORM_ERROR_PATTERN;
        case ErrorCode::argument: return AXNORM_ERROR_ARGUMENT;
        case ErrorCode::unsupported: return AXNORM_ERROR_UNSUPPORTED;
        case ErrorCode::kernel: return AXNORM_ERROR_KERNEL;
        case ErrorCode::device: return AXNORM_ERROR_DEVICE;
    }
    return AXNORM_ERROR_INTERNAL;
}

}  // namespace

const char *last_error() noexcept {
    return message;
}

int keep_exception() noexcept {
    try {
        throw;
    } catch (const Error &error) {
        keep(error.what());
        return code_of(error.code());
    } catch (const OutOfScratchMemory &error) {
        keep(error.what());
        return AXNORM_ERROR_MEMORY;
    } catch (const std::bad_alloc &) {
        keep("axnorm: out of memory");
        return AXNORM_ERROR_MEMORY;
    } catch (const std::exception &error) {
        keep(error.what());
    } catch (...) {
        keep("axnorm: an unknown exception");
    }
    return AXNORM_ERROR_INTERNAL;
}

}  // namespace axnorm::c_api
