// Which processor this is, for kernels that were tuned for one.
#pragma once

#include <string_view>

namespace axnorm {

// Vendor, family and model, as CPUID has them: "GenuineIntel-6-143". Stepping and clock are left out.
std::string_view processor_id();

}  // namespace axnorm
