#include <algorithm>
#include <cstring>

#include "driver.h"

namespace axnorm::fake_cuda {

namespace {
struct Request {
    Function *function = nullptr;
    ptx::Dim3 grid, block;
    std::uint32_t shared = 0;
    CUstream stream = nullptr;
    std::vector<std::uint8_t> params;
};

bool fits(const Driver &d, const Request &r) {
    const ptx::Function &code = *r.function->code;
    const bool grid = r.grid.count() != 0 && r.grid.x <= 2147483647 && r.grid.y <= 65535 && r.grid.z <= 65535;
    const bool block = r.block.x <= 1024 && r.block.y <= 1024 && r.block.z <= 64 && r.block.count() != 0 &&
                       r.block.count() <= std::min<std::uint64_t>(1024, code.max_threads);
    const auto &required = code.required_threads;
    const bool as_required = !required || r.block == ptx::Dim3{(*required)[0], (*required)[1], (*required)[2]};
    const std::uint64_t most = static_cast<std::uint64_t>(std::max(r.function->most_dynamic_shared, 0));
    const int there = most_shared(d, r.function->module->context->device);
    const bool shared = r.shared <= most && r.shared + code.static_shared <= static_cast<std::uint64_t>(there);
    return grid && block && as_required && shared;
}

// The bytes of the parameters, from pointers to each or from a buffer of the caller.
CUresult copy_params(const ptx::Function &code, void **params, void **extra, std::vector<std::uint8_t> &bytes) {
    bytes.assign(code.param_bytes, 0);
    if (params != nullptr && extra != nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (extra != nullptr) {
        const void *buffer = nullptr;
        std::size_t size = 0;
        for (; *extra != nullptr; extra += 2) {  // ends with CU_LAUNCH_PARAM_END
            const auto kind = reinterpret_cast<std::uintptr_t>(extra[0]);
            if (kind == 1) {
                buffer = extra[1];
            } else if (kind == 2) {
                size = *static_cast<const std::size_t *>(extra[1]);
            } else {
                return CUDA_ERROR_INVALID_VALUE;
            }
        }
        if (buffer == nullptr || size < bytes.size()) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        std::memcpy(bytes.data(), buffer, bytes.size());
        return CUDA_SUCCESS;
    }
    if (params == nullptr) {
        return code.parameters.empty() ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    }
    for (std::size_t k = 0; k < code.parameters.size(); ++k) {
        if (params[k] == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        std::memcpy(bytes.data() + code.parameters[k].offset, params[k], code.parameters[k].size);
    }
    return CUDA_SUCCESS;
}

CUresult code_of(ptx::Fault::Kind kind) {
    using Kind = ptx::Fault::Kind;
    switch (kind) {
        case Kind::illegal_address: return CUDA_ERROR_ILLEGAL_ADDRESS;
        case Kind::misaligned_address: return CUDA_ERROR_MISALIGNED_ADDRESS;
        case Kind::illegal_instruction: return CUDA_ERROR_ILLEGAL_INSTRUCTION;
        case Kind::trap:
        case Kind::race: return CUDA_ERROR_LAUNCH_FAILED;
        case Kind::deadlock:
        case Kind::endless: return CUDA_ERROR_LAUNCH_TIMEOUT;
    }
    return CUDA_ERROR_UNKNOWN;
}

void note_launch(Driver &d, const Request &r, const ptx::Counters &c) {
    d.last_kernel = r.function->code->name;
    FakeCudaLaunch &last = d.last_launch;
    last = {d.last_kernel.c_str(),
            {r.grid.x, r.grid.y, r.grid.z},
            {r.block.x, r.block.y, r.block.z},
            r.shared,
            r.stream,
            c.instructions,
            c.most_instructions,
            c.barriers,
            c.shuffles,
            c.atomics,
            c.global_load_bytes,
            c.global_store_bytes,
            {},
            {},
            {},
            {}};
    std::ranges::copy(c.global_loads, last.global_loads);
    std::ranges::copy(c.global_stores, last.global_stores);
    std::ranges::copy(c.shared_loads, last.shared_loads);
    std::ranges::copy(c.shared_stores, last.shared_stores);
    ++d.launches;
}

// At once. A fault stays with the context, as on hardware.
CUresult execute(Driver &d, const Request &r) {
    if (!r.function->alive) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (d.settings.no_run) {
        note_launch(d, r, {});
        return CUDA_SUCCESS;
    }
    Context &context = *r.function->module->context;
    const ptx::Launch launch{r.function->module->program,
                             *r.function->code,
                             r.grid,
                             r.block,
                             r.shared,
                             r.params,
                             context.memory,
                             {d.settings.races, !d.settings.exited_lanes}};
    try {
        note_launch(d, r, ptx::run(launch));
    } catch (const ptx::Fault &fault) {
        note_launch(d, r, {});
        d.report(fault.what());
        context.sticky = code_of(fault.kind);
        return context.sticky;
    }
    return CUDA_SUCCESS;
}

CUresult launch(Driver &d, Context &context, Request request, CUfunction function, void **params, void **extra) {
    request.function = d.functions.find(function);
    if (request.function == nullptr) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    const StreamRef stream = stream_of(d, request.stream);
    if (stream.error != CUDA_SUCCESS) {
        return stream.error;
    }
    if (request.function->module->context != &context || stream.context != &context) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!fits(d, request)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (const CUresult result = copy_params(*request.function->code, params, extra, request.params);
        result != CUDA_SUCCESS) {
        return result;
    }
    return submit(d, request.stream, [&d, request] { return execute(d, request); });
}
}  // namespace

}  // namespace axnorm::fake_cuda

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void **params,
                        void **extra) {
    return call_in_context("cuLaunchKernel", [&](Driver &d, Context &context) {
        const Request request{nullptr, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, {}};
        return launch(d, context, request, function, params, extra);
    });
}

// As programs call it that are compiled for a default stream of each thread.
CUresult cuLaunchKernel_ptsz(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                             unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void **params,
                             void **extra) {
    return call_in_context("cuLaunchKernel_ptsz", [&](Driver &d, Context &context) {
        const CUstream of_thread = stream == nullptr ? reinterpret_cast<CUstream>(std::uintptr_t{2}) : stream;
        const Request request{nullptr, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, of_thread,
                              {}};
        return launch(d, context, request, function, params, extra);
    });
}
