#include "kernel_choice.h"

#include "axnorm/normalize.h"
#include "runtime/device/backend.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"
#include "runtime/planning/gathered.h"
#include "runtime/system/isa.h"
#include "runtime/system/processor.h"

namespace axnorm {

Machine this_machine(Device device) {
    const DeviceMemory *memory = memory_on(device);
    return {instruction_set(), processor_id(), memory == nullptr ? nullptr : memory->has_shared_memory};
}

const Kernel &select_kernel(const Layout &layout, const Operands &operands, bool canonical) {
    try {
        return *plan_call(layout, operands, this_machine(device_of(operands)), canonical).kernel;
    } catch (const Refusal &refusal) {
        throw Error(refusal.message, refusal.code);
    }
}

const Kernel &select_kernel(const Pattern &pattern, const ConstTensorView &x, const TensorView &y,
                            const Options &options, std::span<const NamedLength> lengths) {
    const Operands operands = operands_of(x, y, options);
    return select_kernel(make_layout(pattern, operands, lengths), operands, options.canonical);
}

}  // namespace axnorm
