// Streams of the caller: which one a handle stands for, and whether it is being captured.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "context.h"

namespace axnorm::cuda {

// The handles of the default streams are small numbers: they are of whatever context is current.
bool is_default_stream(Stream stream);

// A stream of a context. Where the driver numbers streams, from CUDA 12 on, no other one was ever equal to it; before
// that one may be that has the handle of a stream that was destroyed.
struct StreamId {
    ContextId context;
    Stream handle = nullptr;
    std::uint64_t number = 0;  // of one that was created, by the driver; of CU_STREAM_PER_THREAD that of the thread

    auto operator<=>(const StreamId &) const = default;
};

// Which stream the handle stands for in the current context, on this thread.
StreamId identify(const ContextId &context, Stream stream);

// Throws Error where the stream is being captured, with what is missing and has to be there before: the driver would
// end the capture.
void refuse_in_capture(Stream stream, std::string_view missing);

// As long as it lives this thread may allocate and free memory and load modules, whichever other streams are being
// captured: else the driver would refuse that, and end captures that have nothing to do with it.
class RelaxedCaptures {
  public:
    RelaxedCaptures();
    ~RelaxedCaptures();
    RelaxedCaptures(const RelaxedCaptures &) = delete;
    RelaxedCaptures &operator=(const RelaxedCaptures &) = delete;

  private:
    int mode_;  // of the thread, before and afterwards
};

}  // namespace axnorm::cuda
