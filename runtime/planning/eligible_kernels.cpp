#include "eligible_kernels.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "runtime/language/refusal.h"

namespace axnorm {

namespace {

bool is_of_call(const Kernel &kernel, const Operands &operands) {
    return kernel.device == device_of(operands) && kernel.statistic == statistic_of_kernels(operands) &&
           kernel.dtypes == dtypes_of(operands) && takes_params(kernel, operands);
}

// "bfloat16:float32"; of a device's kernel "bfloat16 with params of bfloat16", where they could be of another dtype.
std::string dtypes_text(DTypePair dtypes, const DType *params) {
    const bool says_params = params != nullptr && statistics_dtype(dtypes.x) != dtypes.x;
    return says_params ? concat({name_of(dtypes), " with params of ", name_of(*params)}) : name_of(dtypes);
}

// "mean_var of bfloat16:float32"; "mean_var of float32 on cuda".
std::string wanted(const Operands &operands) {
    const bool is_on_cpu = device_of(operands) == Device::cpu;
    const ConstTensorView &params = operands[operands[role_scale].present() ? role_scale : role_shift];
    const DType dtype = params.dtype();
    return concat({name_of(statistic_of_kernels(operands)), " of ",
                   dtypes_text(dtypes_of(operands), is_on_cpu || !params.present() ? nullptr : &dtype),
                   is_on_cpu ? "" : " on ", is_on_cpu ? "" : name_of(device_of(operands)),
                   is_on_cpu && operands.statistic == Statistic::given ? ", which serve given statistics" : ""});
}

// Adds a name to a list.
void add_name(std::string &names, std::string_view name) {
    names += names.empty() ? "" : ", ";
    names += name;
}

// The dtypes that kernels of the statistic are linked for, on a device: "float32, bfloat16:float32".
std::string linked_dtypes(Statistic statistic, Device device) {
    std::vector<std::string> linked;
    std::string names;
    for (const Kernel *kernel : kernels()) {
        std::string name = dtypes_text(kernel->dtypes, device == Device::cpu ? nullptr : &kernel->params_dtype);
        if (kernel->statistic == statistic && kernel->device == device &&
            std::ranges::find(linked, name) == linked.end()) {
            add_name(names, name);
            linked.push_back(std::move(name));
        }
    }
    return names;
}

// Throws where no library has kernels of the device.
void check_device(Device device) {
    std::string names;
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        if (std::ranges::any_of(library->kernels(), [&](const Kernel &kernel) { return kernel.device == device; })) {
            return;
        }
        add_name(names, library->name());
    }
    throw Refusal{
        concat({"no kernel is linked for device ", name_of(device), ": the linked libraries (", names, ") have none"}),
        ErrorCode::unsupported, Lacks::kernel};
}

}  // namespace

Device device_of(const Operands &operands) {
    return operands[role_x].device();
}

Statistic statistic_of_kernels(const Operands &operands) {
    const bool is_served = operands.statistic == Statistic::given && device_of(operands) == Device::cpu;
    return is_served ? Statistic::mean_var : operands.statistic;
}

DTypePair dtypes_of(const Operands &operands) {
    return {operands[role_x].dtype(), operands[role_y].dtype()};
}

bool takes_params(const Kernel &kernel, const Operands &operands) {
    return kernel.device == Device::cpu || std::ranges::all_of(role_rows, [&](const RoleRow &row) {
               return row.axes != Axes::params || !operands[row.role].present() ||
                      operands[row.role].dtype() == kernel.params_dtype;
           });
}

bool runs_on(const Kernel &kernel, InstructionSet available) {
    if (kernel.device != Device::cpu) {
        return true;
    }
    return kernel.tuned_for.exists() ? kernel.instruction_sets.has(available)
                                     : kernel.instruction_sets.run_with(available);
}

void check_linked(const Operands &operands) {
    if (first_library() == nullptr) {
        throw Refusal{"no kernels are linked: include the header of a library, <axnorm_default.h> or your own",
                      ErrorCode::unsupported, Lacks::kernel};
    }
    check_device(device_of(operands));
    bool is_linked = false;
    for_each_kernel(operands, [&](const Kernel &kernel) { is_linked = is_linked || is_of_call(kernel, operands); });
    if (is_linked) {
        return;
    }
    const std::string linked = linked_dtypes(statistic_of_kernels(operands), device_of(operands));
    const bool none = linked.empty();
    throw Refusal{concat({"no kernel is linked for ", wanted(operands),
                          none ? "; there are none of this statistic" : "; those of this statistic are for ", linked,
                          none ? "" : " (x:y where y differs)"}),
                  ErrorCode::unsupported, Lacks::kernel};
}

void refuse_layout(const Layout &layout, const Operands &operands, InstructionSet available) {
    const auto reduced = std::ranges::count(layout.all(), false, &Group::kept);
    if (reduced > Letters::max_groups && device_of(operands) != Device::cpu) {
        throw Refusal{concat({"the reduced axes have ", std::to_string(reduced),
                              " groups of strides that do not merge, at most 4 are supported on device ",
                              name_of(device_of(operands))}),
                      ErrorCode::unsupported};
    }
    std::string linked, others, extents;
    for_each_kernel(operands, [&](const Kernel &kernel) {
        if (is_of_call(kernel, operands)) {
            add_name(runs_on(kernel, available) ? linked : others, kernel.signature);
        }
    });
    if (linked.empty()) {
        throw Refusal{
            concat({"the kernels for ", wanted(operands), " (", others, ") are not compiled for ", name_of(available),
                    " instructions, which are all that there are here. ",
                    "INSTRUCTION_SETS of axnorm_add_library() names what to compile for, and AXNORM_MAX_CPU_ISA ",
                    "holds a processor down"}),
            ErrorCode::unsupported, Lacks::kernel};
    }
    for (const Group &group : layout.all()) {
        extents += extents.empty() ? "" : " x ";
        extents += std::to_string(group.extent);
    }
    throw Refusal{
        concat({"no linked kernel serves signature ", layout.signature(), " (extents ", extents, ") for ",
                wanted(operands), "; there are ", linked, others.empty() ? "" : ", and for other instruction sets ",
                others, ". CANONICAL ones serve every layout"}),
        ErrorCode::unsupported, Lacks::kernel};
}

}  // namespace axnorm
