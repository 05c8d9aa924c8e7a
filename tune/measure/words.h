// What a kernel was compiled for, from the words of which its command was made (generators/library/command.h).
//
//     const KernelWords words("function=my_norms_mean_var_kR_f32 generator=norm signature=kR statistic=mean_var ...");
//     words.kernel(compiled)
#pragma once

#include <optional>
#include <string>

#include "axnorm/kernel.h"

namespace axnorm::measure {

// mean_var or rms.
std::optional<Statistic> statistic_named(const std::string &text);

struct KernelWords {
    std::string function, signature, knobs;
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes{};
    bool contiguous = false, contiguous_params = true;
    Device device = Device::cpu;
    bool aligned = false, split = false;  // of devices
    std::optional<DType> params_dtype{};
    InstructionSets instruction_sets{};

    // Throws Failure where a word is missing or wrong, or the kernel is one of OpenCL. Words of no use
    // here are passed over.
    explicit KernelWords(const std::string &line);

    // Refers to the words.
    Kernel kernel(int (*compiled)(void **) = nullptr) const;
};

}  // namespace axnorm::measure
