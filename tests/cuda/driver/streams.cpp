#include <utility>

#include "driver.h"

namespace axnorm::fake_cuda {

namespace {
bool captures(const Stream &stream) {
    return stream.alive && stream.capture != CU_STREAM_CAPTURE_STATUS_NONE;
}

void invalidate(Stream &stream) {
    stream.capture = CU_STREAM_CAPTURE_STATUS_INVALIDATED;
}

// Work in the legacy stream waits for every blocking stream of the context, which one that captures cannot give.
bool legacy_is_blocked(Driver &d, const Context &context, bool loses) {
    bool any = false;
    for (Stream &stream : d.streams.all()) {
        if (captures(stream) && stream.blocking && stream.context == &context) {
            any = true;
            if (loses) {
                invalidate(stream);
            }
        }
    }
    return any;
}

constexpr std::uintptr_t per_thread_handle = 2;  // 0 and 1 are the legacy stream
}  // namespace

StreamRef stream_of(Driver &d, CUstream handle) {
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    if (number <= per_thread_handle) {
        Context *const context = current_context();
        return {context == nullptr ? CUDA_ERROR_INVALID_CONTEXT : CUDA_SUCCESS, context, nullptr,
                number != per_thread_handle};
    }
    Stream *const found = d.streams.find(handle);
    if (found == nullptr) {
        return {CUDA_ERROR_INVALID_HANDLE, nullptr, nullptr, false};
    }
    return {CUDA_SUCCESS, found->context, found, false};
}

CUresult submit(Driver &d, CUstream handle, const std::function<CUresult()> &work) {
    const StreamRef ref = stream_of(d, handle);
    if (ref.error != CUDA_SUCCESS) {
        return ref.error;
    }
    if (ref.legacy && legacy_is_blocked(d, *ref.context, true)) {
        return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    if (ref.stream == nullptr || ref.stream->capture == CU_STREAM_CAPTURE_STATUS_NONE) {
        return work();
    }
    if (ref.stream->capture == CU_STREAM_CAPTURE_STATUS_INVALIDATED) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    ref.stream->graph->nodes.push_back(work);
    return CUDA_SUCCESS;
}

CUresult refuse_capturing(Driver &d, const Context &context) {
    bool any = false;
    for (Stream &stream : d.streams.all()) {
        if (captures(stream) && stream.context == &context) {
            invalidate(stream);
            any = true;
        }
    }
    return any ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

// A global capture forbids them to every thread, a thread's own capture to it; but for what the thread's mode permits.
CUresult refuse_unsafe(Driver &d) {
    const std::thread::id self = std::this_thread::get_id();
    const CUstreamCaptureMode mode = d.capture_modes[self];
    bool any = false;
    for (Stream &stream : d.streams.all()) {
        const bool is_own = stream.mode != CU_STREAM_CAPTURE_MODE_RELAXED && stream.capturing_thread == self,
                   is_global = stream.mode == CU_STREAM_CAPTURE_MODE_GLOBAL && mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
        if (captures(stream) && mode != CU_STREAM_CAPTURE_MODE_RELAXED && (is_own || is_global)) {
            invalidate(stream);
            any = true;
        }
    }
    return any ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

namespace {
CUresult begin_capture(Driver &d, CUstream handle, CUstreamCaptureMode mode) {
    const StreamRef ref = stream_of(d, handle);
    if (ref.error != CUDA_SUCCESS) {
        return ref.error;
    }
    if (ref.stream == nullptr) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (ref.stream->capture != CU_STREAM_CAPTURE_STATUS_NONE) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    ref.stream->capture = CU_STREAM_CAPTURE_STATUS_ACTIVE;
    ref.stream->mode = mode;
    ref.stream->capturing_thread = std::this_thread::get_id();
    ref.stream->graph = d.graphs.make();
    return CUDA_SUCCESS;
}

CUresult end_capture(Driver &d, CUstream handle, CUgraph *graph) {
    const StreamRef ref = stream_of(d, handle);
    if (ref.error != CUDA_SUCCESS) {
        return ref.error;
    }
    Stream *const stream = ref.stream;
    if (stream == nullptr || stream->capture == CU_STREAM_CAPTURE_STATUS_NONE || graph == nullptr) {
        return stream == nullptr  ? CUDA_ERROR_STREAM_CAPTURE_UNMATCHED
               : graph == nullptr ? CUDA_ERROR_INVALID_VALUE
                                  : CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    }
    if (stream->mode != CU_STREAM_CAPTURE_MODE_RELAXED && stream->capturing_thread != std::this_thread::get_id()) {
        return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    }
    const bool lost = stream->capture == CU_STREAM_CAPTURE_STATUS_INVALIDATED;
    stream->capture = CU_STREAM_CAPTURE_STATUS_NONE;
    if (lost) {
        stream->graph->alive = false;
        *graph = nullptr;
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    *graph = reinterpret_cast<CUgraph>(stream->graph);
    return CUDA_SUCCESS;
}

// A new one, or where handles are used again, in the place of one that was destroyed.
Stream *make_stream(Driver &d) {
    if (d.reuses_streams) {
        for (Stream &stream : d.streams.all()) {
            if (!stream.alive) {
                stream = {};
                return &stream;
            }
        }
    }
    return d.streams.make();
}
}  // namespace

}  // namespace axnorm::fake_cuda

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
    return call_in_context("cuStreamCreate", [=](Driver &d, Context &context) {
        if (stream == nullptr || flags > CU_STREAM_NON_BLOCKING) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        Stream *const made = make_stream(d);
        made->context = &context;
        made->id = ++d.last_stream_id;
        made->blocking = flags != CU_STREAM_NON_BLOCKING;
        *stream = reinterpret_cast<CUstream>(made);
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    return call_in_context("cuStreamDestroy_v2", [=](Driver &d, Context &) {
        Stream *const found = d.streams.find(stream);
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        found->alive = false;
        return CUDA_SUCCESS;
    });
}

namespace {
CUresult wait_for_stream(Driver &d, CUstream stream) {
    const StreamRef ref = stream_of(d, stream);
    if (ref.error != CUDA_SUCCESS) {
        return ref.error;
    }
    if (ref.stream != nullptr && ref.stream->capture != CU_STREAM_CAPTURE_STATUS_NONE) {
        invalidate(*ref.stream);
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    return ref.legacy && legacy_is_blocked(d, *ref.context, true) ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : CUDA_SUCCESS;
}
}  // namespace

CUresult cuStreamSynchronize(CUstream stream) {
    return call_in_context("cuStreamSynchronize", [=](Driver &d, Context &) { return wait_for_stream(d, stream); });
}

CUresult cuStreamQuery(CUstream stream) {
    return call_in_context("cuStreamQuery", [=](Driver &d, Context &) { return wait_for_stream(d, stream); });
}

CUresult cuStreamGetCtx(CUstream stream, CUcontext *context) {
    return call("cuStreamGetCtx", [=](Driver &d) {
        const StreamRef ref = stream_of(d, stream);
        if (context == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (ref.error != CUDA_SUCCESS) {
            return ref.error;
        }
        *context = reinterpret_cast<CUcontext>(ref.context);
        return CUDA_SUCCESS;
    });
}

// Those of default streams are not told: nobody asks.
CUresult cuStreamGetId(CUstream stream, unsigned long long *id) {
    return call_in_context("cuStreamGetId", [=](Driver &d, Context &) {
        const Stream *const found = d.streams.find(stream);
        if (found == nullptr || id == nullptr) {
            return found == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE;
        }
        *id = found->id;
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status) {
    return call_in_context("cuStreamIsCapturing", [=](Driver &d, Context &) {
        const StreamRef ref = stream_of(d, stream);
        if (status == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (ref.error != CUDA_SUCCESS) {
            return ref.error;
        }
        if (ref.legacy && legacy_is_blocked(d, *ref.context, false)) {
            return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
        }
        *status = ref.stream == nullptr ? CU_STREAM_CAPTURE_STATUS_NONE : ref.stream->capture;
        return CUDA_SUCCESS;
    });
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
    return call("cuThreadExchangeStreamCaptureMode", [=](Driver &d) {
        if (mode == nullptr || *mode < CU_STREAM_CAPTURE_MODE_GLOBAL || *mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        std::swap(*mode, d.capture_modes[std::this_thread::get_id()]);
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
    return call_in_context("cuStreamBeginCapture_v2",
                           [=](Driver &d, Context &) { return begin_capture(d, stream, mode); });
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
    return call_in_context("cuStreamEndCapture", [=](Driver &d, Context &) { return end_capture(d, stream, graph); });
}
