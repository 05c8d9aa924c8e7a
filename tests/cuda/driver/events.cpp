#include "driver.h"

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuEventCreate(CUevent *event, unsigned) {
    return call_in_context("cuEventCreate", [=](Driver &d, Context &context) {
        if (event == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        Event *const made = d.events.make();
        made->context = &context;
        *event = reinterpret_cast<CUevent>(made);
        return CUDA_SUCCESS;
    });
}

CUresult cuEventDestroy_v2(CUevent event) {
    return call_in_context("cuEventDestroy_v2", [=](Driver &d, Context &) {
        Event *const found = d.events.find(event);
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        found->alive = false;
        return CUDA_SUCCESS;
    });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    return call_in_context("cuEventRecord", [=](Driver &d, Context &) {
        Event *const found = d.events.find(event);
        const StreamRef ref = stream_of(d, stream);
        if (found == nullptr || ref.error != CUDA_SUCCESS || ref.context != found->context) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        found->captured = ref.stream != nullptr && ref.stream->capture != CU_STREAM_CAPTURE_STATUS_NONE;
        const auto record = [found] {
            found->recorded = true;
            found->time = std::chrono::steady_clock::now();
            return CUDA_SUCCESS;
        };
        return submit(d, stream, record);
    });
}

namespace {
CUresult wait_for_event(Driver &d, CUevent event) {
    Event *const found = d.events.find(event);
    if (found == nullptr) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    return found->captured ? CUDA_ERROR_CAPTURED_EVENT : CUDA_SUCCESS;
}
}  // namespace

CUresult cuEventSynchronize(CUevent event) {
    return call_in_context("cuEventSynchronize", [=](Driver &d, Context &) { return wait_for_event(d, event); });
}

CUresult cuEventQuery(CUevent event) {
    return call_in_context("cuEventQuery", [=](Driver &d, Context &) { return wait_for_event(d, event); });
}

// Streams run at once, so that there is nothing to wait for. That captures join through events is not known here.
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
    return call_in_context("cuStreamWaitEvent", [=](Driver &d, Context &) {
        const Event *const found = d.events.find(event);
        const StreamRef ref = stream_of(d, stream);
        if (found == nullptr || ref.error != CUDA_SUCCESS) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        const bool capturing = ref.stream != nullptr && ref.stream->capture != CU_STREAM_CAPTURE_STATUS_NONE;
        return found->captured == capturing ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    });
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent begin, CUevent end) {
    return call_in_context("cuEventElapsedTime", [=](Driver &d, Context &) {
        const Event *const first = d.events.find(begin), *const last = d.events.find(end);
        if (milliseconds == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (first == nullptr || last == nullptr || !first->recorded || !last->recorded) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        *milliseconds = std::chrono::duration<float, std::milli>(last->time - first->time).count();
        return CUDA_SUCCESS;
    });
}
