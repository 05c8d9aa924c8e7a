// What a kernel was compiled for, from the words of which its command was made (generators/library/command.h).
//
//     KernelWords("function=my_norms_mean_var_kR_f32 generator=norm signature=kR statistic=mean_var ...").kernel(...)
#pragma once

#include <string>

#include "axnorm/kernel.h"

namespace axnorm::measure {

struct KernelWords {
    std::string function, signature, knobs;
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes{};
    bool contiguous = false, contiguous_params = false;

    // Throws Failure where a word is missing or wrong, or the kernel is not one of the CPU. Words that say how it was
    // compiled do not matter here.
    explicit KernelWords(const std::string &line);

    // Refers to the words.
    Kernel kernel(int (*compiled)(void **) = nullptr) const;
};

}  // namespace axnorm::measure
