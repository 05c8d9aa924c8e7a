#include "stream.h"

#include <atomic>

#include "axnorm/error.h"
#include "runtime/language/refusal.h"

namespace axnorm::cuda {
namespace {

// The default stream as it always was, by either of its handles; and the one that each thread has for itself.
bool is_legacy(Stream stream) {
    return reinterpret_cast<std::uintptr_t>(stream) <= 1;
}

bool is_per_thread(Stream stream) {
    return reinterpret_cast<std::uintptr_t>(stream) == 2;
}

// A system's ids of threads are used again.
std::uint64_t number_of_thread() {
    static constinit std::atomic<std::uint64_t> last{0};
    thread_local const std::uint64_t number = ++last;
    return number;
}

}  // namespace

bool is_default_stream(Stream stream) {
    return is_legacy(stream) || is_per_thread(stream);
}

StreamId identify(const ContextId &context, Stream stream) {
    if (is_legacy(stream)) {
        return {context};
    }
    if (is_per_thread(stream)) {
        return {context, stream, number_of_thread()};
    }
    unsigned long long number = 0;
    if (driver().cuStreamGetId != nullptr) {
        check(driver().cuStreamGetId(stream, &number), "cuStreamGetId");
    }
    return {context, stream, number};
}

void refuse_in_capture(Stream stream, std::string_view missing) {
    int status = capture_status_none;
    check(driver().cuStreamIsCapturing(stream, &status), "cuStreamIsCapturing");
    if (status != capture_status_none) {
        throw Error(concat({"the stream is being captured, and ", missing}), ErrorCode::device);
    }
}

RelaxedCaptures::RelaxedCaptures() : mode_(capture_mode_relaxed) {
    check(driver().cuThreadExchangeStreamCaptureMode(&mode_), "cuThreadExchangeStreamCaptureMode");
}

RelaxedCaptures::~RelaxedCaptures() {
    driver().cuThreadExchangeStreamCaptureMode(&mode_);
}

}  // namespace axnorm::cuda
