// The exception type of axnorm, thrown before anything is written (but for ErrorCode::kernel and device). Where there
// is no memory, std::bad_alloc is thrown: also before anything is written, but for OutOfScratchMemory.
//
//     try { axnorm::normalize("b c h w -> k", "", x, y); }
//     catch (const axnorm::Error &e) { std::cerr << e.what(); }
//
//     axnorm: unknown axis: it is on the right, but not on the left
//       b c h w -> k
//                  ^
#pragma once

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

namespace axnorm {

enum class ErrorCode : std::uint8_t {
    pattern,      // the pattern or its params are wrong, whatever the tensors
    argument,     // a shape, stride, length or option does not fit the pattern, or another one
    unsupported,  // a dtype or device, or a signature that no linked kernel serves
    kernel,       // a kernel failed while it ran: some of the outputs may be written
    device,       // there is no driver for the tensors' device, or it reports an error: some may be written, too
};

class Error : public std::runtime_error {
  public:
    explicit Error(const std::string &message, ErrorCode code = ErrorCode::argument)
        : std::runtime_error("axnorm: " + message), code_(code) {}

    ErrorCode code() const { return code_; }

  private:
    ErrorCode code_;
};

// There was no memory that a kernel needs to work in.
class OutOfScratchMemory : public std::bad_alloc {
  public:
    const char *what() const noexcept override {
        return "axnorm: a kernel found no memory to work in: some of the outputs may be written";
    }
};

}  // namespace axnorm
