#include "device_kernels.h"

#include "runtime/planning/summation_tree.h"

namespace axnorm::build {
namespace {

// Groups of at most as many elements: a warp has four of them in its registers, or one; two, four or sixteen warps have
// one in the shared memory that every GPU has a block of, or in that which some have (plan.cpp).
// schedules/device/groups.cpp has the threads of each.
std::vector<std::int32_t> sizes_of(Statistic statistic, const Letters &letters, DType x) {
    std::vector<std::int32_t> sizes;
    if (letters.reduced_count == 1) {
        sizes = {device_tree.short_elements, device_tree.warp_elements};
    }
    if (statistic != Statistic::given) {
        sizes.push_back(device_tree.few_warps_elements);
        for (const int kilobytes : {device_tree.held_kilobytes, device_tree.most_held_kilobytes}) {
            sizes.push_back(static_cast<std::int32_t>(kilobytes * 1024 / size_of(x)));
        }
    }
    sizes.push_back(0);
    return sizes;
}

// Kept groups outside, one or two reduced ones inside.
bool has_fast_kernels(const Loops &loops, const Letters &letters) {
    return loops.contiguous && loops.contiguous_params && !letters.kept_innermost && letters.switches == 1 &&
           letters.reduced_count <= 2;
}

}  // namespace

std::vector<DeviceKernel> device_kernels(Statistic statistic, const Loops &loops, DTypePair dtypes) {
    const std::string signature = without_extents(loops.signature);
    const Letters letters(signature);
    std::vector<Statistic> statistics = {statistic};
    if (statistic == Statistic::mean_var) {
        statistics.push_back(Statistic::given);
    }
    std::vector<DType> params = {statistics_dtype(dtypes.x)};
    if (params[0] != dtypes.x) {
        params.push_back(dtypes.x);
    }
    std::vector<DeviceKernel> kernels;
    const auto add = [&](DeviceKernel kernel) {
        kernels.push_back(kernel);
        if (Letters(kernel.loops.signature).most == 0) {
            kernel.split = true;
            kernels.push_back(kernel);
        }
    };
    for (const Statistic of_kernel : statistics) {
        for (const DType params_dtype : params) {
            for (const std::int32_t most : sizes_of(of_kernel, letters, dtypes.x)) {
                const Loops limited{most == 0 ? signature : signature + "-" + std::to_string(most), true, true};
                for (const bool aligned : {true, false}) {
                    if (has_fast_kernels(loops, letters)) {
                        add({of_kernel, limited, params_dtype, aligned});
                    }
                }
            }
            add({of_kernel, {"KKKKRRRR", false, false}, params_dtype, false});
        }
    }
    return kernels;
}

}  // namespace axnorm::build
