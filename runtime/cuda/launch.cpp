#include "launch.h"

#include <HalideRuntimeCuda.h>

#include <algorithm>
#include <optional>
#include <string>

#include "runtime/device/arguments.h"
#include "runtime/halide/errors.h"
#include "runtime/language/overlap.h"
#include "runtime/language/refusal.h"

namespace axnorm::cuda {
namespace {

struct Launch {
    const Operands &operands;
    double eps;
    DeviceCall call;
    std::size_t most_used = 0;  // of the workspace, by a part of the call
};

std::uint64_t address_of(const void *data, std::int64_t offset) {
    constexpr std::uint64_t nowhere = 256;
    return data == nullptr ? nowhere : reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uint64_t>(offset);
}

int launch_part(void *context, const Slice &part) {
    auto &launch = *static_cast<Launch *>(context);
    void *const user_context = &launch.call;
    launch.call.workspace.used = 0;  // in the stream the parts run one after the other
    DeviceBuffers buffers(part, launch.operands, launch.eps, user_context, halide_cuda_device_interface(), address_of);
    const int error = part.plan.kernel->function(buffers.arguments());
    launch.most_used = std::max(launch.most_used, launch.call.workspace.used);
    return launch.call.error != nullptr ? halide_error_code_gpu_device_error : error;
}

// Throws what a callback of the kernel reported, with the kernel's name in front.
[[noreturn]] void fail(const Kernel &kernel, const ConstTensorView &x, const DeviceCall &call, int error) {
    const std::string name = concat({"kernel ", kernel.name, " on ", device_name(x)});
    if (call.error == nullptr) {
        throw Error(concat({name, " failed with Halide error ", std::to_string(error), ": ", halide_message()}),
                    ErrorCode::kernel);
    }
    try {
        std::rethrow_exception(call.error);
    } catch (const Error &reported) {
        const std::string_view message = reported.what(), prefix = "axnorm: ";
        throw Error(concat({name, ": ", message.substr(prefix.size())}), reported.code());
    }
}

void run(const Slice &whole, Launch &launch) {
    if (const int error = for_each_part(whole, launch_part, &launch); error != 0) {
        fail(*whole.plan.kernel, launch.operands[role_x], launch.call, error);
    }
}

Launch run_dry(const Slice &whole, const Operands &operands, double eps) {
    const Pieces endless{.address = Pieces::alignment, .size = SIZE_MAX};
    Launch dry{operands, eps, {.workspace = endless, .is_dry = true}};
    run(whole, dry);
    return dry;
}

// Throws Refusal where the kernel cannot work in it.
void check_given(const Kernel &kernel, const Workspace &given, std::size_t needed) {
    const bool is_aligned = reinterpret_cast<std::uintptr_t>(given.data) % Pieces::alignment == 0;
    if (given.size < needed || given.data == nullptr || !is_aligned) {
        throw Refusal{concat({"kernel ", kernel.name, " needs a workspace of ", std::to_string(needed),
                              " bytes; the one that is given has ", std::to_string(given.size),
                              given.data == nullptr ? " at a null pointer"
                              : is_aligned          ? ""
                                                    : " and does not begin at a multiple of 256 bytes, as it has to"})};
    }
}

}  // namespace

std::size_t workspace_size(const Slice &whole, const Operands &operands, const Options &options) {
    const Kernel &kernel = *whole.plan.kernel;
    const bool needs_none = !kernel.split || kernel.statistic == Statistic::given;
    return needs_none ? 0 : run_dry(whole, operands, options.eps).most_used;
}

// All statistic groups take the same. Of one that the kernel cannot index the call is refused later.
bool has_shared_memory(const Plan &plan, const Layout &layout, const Operands &operands) {
    Slice group(plan, layout);
    for (int i = 0; i < plan.kept_count; ++i) {
        group.narrow(i, 0, 1);
    }
    return !fits(group) ||
           run_dry(group, operands, 0).call.shared_bytes <= most_shared_memory(operands[role_x].device_index());
}

void launch(const Slice &whole, const Operands &operands, const Options &options) {
    const std::size_t needed = workspace_size(whole, operands, options);
    const Workspace &given = options.workspace;
    const bool is_kept = needed > 0 && !given.present();
    if (needed > 0 && !is_kept) {
        check_given(*whole.plan.kernel, given, needed);
        check_overlap(whole.layout, operands, given.data, needed);
    }
    const int device_index = operands[role_x].device_index();
    const CurrentContext context(device_index, options.stream);
    std::optional<StreamWorkspace> kept;
    const Pieces workspace = is_kept ? kept.emplace(context.id(), device_index, options.stream, needed).pieces()
                                     : Pieces{reinterpret_cast<std::uintptr_t>(given.data), needed};
    Launch launch{operands, options.eps, {options.stream, context.id(), workspace}};
    run(whole, launch);
}

}  // namespace axnorm::cuda
