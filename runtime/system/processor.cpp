#include "processor.h"

#include <cpuid.h>

#include <string>

#include "found.h"

namespace axnorm {
namespace {

// The parts of leaf 1: Intel's manual, volume 2, CPUID; family and model are each in two pieces.
std::string ask_processor() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __cpuid(0, a, b, c, d);
    std::string id;
    for (const unsigned word : {b, d, c}) {
        for (int shift = 0; shift < 32; shift += 8) {
            id += static_cast<char>(word >> shift & 0xff);
        }
    }
    __cpuid(1, a, b, c, d);
    const unsigned base = a >> 8 & 0xf, family = base + (base == 15 ? a >> 20 & 0xff : 0);
    const unsigned more = base == 6 || base == 15 ? a >> 16 & 0xf : 0, model = more << 4 | (a >> 4 & 0xf);
    return id + "-" + std::to_string(family) + "-" + std::to_string(model);
}

}  // namespace

std::string_view processor_id() {
    static constinit Found<std::string> id;
    return id.get(ask_processor);
}

}  // namespace axnorm
