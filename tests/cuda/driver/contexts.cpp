#include <algorithm>

#include "driver.h"

namespace axnorm::fake_cuda {

namespace {
Context *primary_of(Driver &d, CUdevice device) {
    for (Context &context : d.contexts.all()) {
        if (context.primary && context.device == device) {
            return &context;
        }
    }
    Context *const result = d.contexts.make();
    result->primary = true;
    result->device = device;
    return result;
}

void revive(Driver &d, Context &context) {
    context.alive = true;
    context.id = ++d.last_context_id;
    context.sticky = CUDA_SUCCESS;
}

// Any context that once was one: a destroyed one may be current, but nothing works in it.
Context *known_context(Driver &d, CUcontext handle) {
    for (Context &context : d.contexts.all()) {
        if (reinterpret_cast<CUcontext>(&context) == handle) {
            return &context;
        }
    }
    return nullptr;
}

CUcontext handle_of(Context *context) {
    return reinterpret_cast<CUcontext>(context);
}
}  // namespace

void destroy_context(Driver &d, Context &context) {
    for (Module &module : d.modules.all()) {
        if (module.context == &context && module.alive) {
            module.alive = false;
            module.program = {};
        }
    }
    for (Function &function : d.functions.all()) {
        function.alive = function.alive && function.module->alive;
    }
    for (Stream &stream : d.streams.all()) {
        stream.alive = stream.alive && stream.context != &context;
    }
    for (Event &event : d.events.all()) {
        event.alive = event.alive && event.context != &context;
    }
    context.memory.clear();
    context.allocations.clear();
    context.alive = false;
}

}  // namespace axnorm::fake_cuda

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    return call("cuDevicePrimaryCtxRetain", [=](Driver &d) {
        if (context == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        Context *const primary = primary_of(d, device);
        if (primary->retained++ == 0) {
            revive(d, *primary);
        }
        *context = handle_of(primary);
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    return call("cuDevicePrimaryCtxRelease_v2", [=](Driver &d) {
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        Context *const primary = primary_of(d, device);
        if (primary->retained == 0) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (--primary->retained == 0) {
            destroy_context(d, *primary);
        }
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
    return call("cuDevicePrimaryCtxGetState", [=](Driver &d) {
        if (flags == nullptr || active == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        *flags = 0;
        *active = primary_of(d, device)->alive;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned, CUdevice device) {
    return call("cuCtxCreate_v2", [=](Driver &d) {
        if (context == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        Context *const made = d.contexts.make();
        made->device = device;
        revive(d, *made);
        context_stack().push_back(made);
        *context = handle_of(made);
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxDestroy_v2(CUcontext context) {
    return call("cuCtxDestroy_v2", [=](Driver &d) {
        Context *const found = d.contexts.find(context);
        if (found == nullptr || found->primary) {
            return context == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_CONTEXT;
        }
        destroy_context(d, *found);
        if (current_context() == found) {
            context_stack().pop_back();
        }
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxGetCurrent(CUcontext *context) {
    return call("cuCtxGetCurrent", [=](Driver &) {
        if (context == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        *context = handle_of(current_context());
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSetCurrent(CUcontext context) {
    return call("cuCtxSetCurrent", [=](Driver &d) {
        std::vector<Context *> &stack = context_stack();
        Context *const found = known_context(d, context);
        if (context != nullptr && found == nullptr) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (found != nullptr && !found->alive) {
            return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
        if (!stack.empty()) {
            stack.pop_back();
        }
        if (found != nullptr) {
            stack.push_back(found);
        }
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
    return call("cuCtxPushCurrent_v2", [=](Driver &d) {
        Context *const found = known_context(d, context);
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (!found->alive) {
            return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
        context_stack().push_back(found);
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
    return call("cuCtxPopCurrent_v2", [=](Driver &) {
        if (current_context() == nullptr) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (context != nullptr) {
            *context = handle_of(current_context());
        }
        context_stack().pop_back();
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxGetDevice(CUdevice *device) {
    return call("cuCtxGetDevice", [=](Driver &) {
        Context *const context = current_context();
        if (device == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (context == nullptr || !context->alive) {
            return context == nullptr ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
        *device = context->device;
        return CUDA_SUCCESS;
    });
}

// Of the current context for a null pointer. A primary context that was destroyed and retained again has another.
CUresult cuCtxGetId(CUcontext context, unsigned long long *id) {
    return call("cuCtxGetId", [=](Driver &d) {
        Context *const found = context == nullptr ? current_context() : known_context(d, context);
        if (id == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (found == nullptr || !found->alive) {
            return found == nullptr ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
        *id = found->id;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxGetApiVersion(CUcontext context, unsigned *version) {
    return call("cuCtxGetApiVersion", [=](Driver &d) {
        if (version == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (context != nullptr && d.contexts.find(context) == nullptr) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        *version = 3020;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSynchronize() {
    return call_in_context("cuCtxSynchronize",
                           [](Driver &d, Context &context) { return refuse_capturing(d, context); });
}

CUresult cuProfilerStop() {
    return call_in_context("cuProfilerStop", [](Driver &, Context &) { return CUDA_SUCCESS; });
}
