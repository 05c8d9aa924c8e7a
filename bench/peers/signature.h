// A case as its memory is: merged axes from the outermost to the innermost, k kept, r reduced, capital with params.
//
//     const Signature s = signature_of(cases[0]);
//     s.letters == "kKRr", s.extents == {8, 32, 4, 4096}
//
// By hand, and never by axnorm's Layout: what other libraries are asked for does not depend on what is measured.
#pragma once

#include <cctype>
#include <string>
#include <vector>

#include "../cases.h"

namespace bench {

struct MemoryAxis {
    std::string name;
    std::int64_t extent;
    bool kept, params;
};

// All axes from the outermost in memory to the innermost.
inline std::vector<MemoryAxis> memory_axes(const Case &c) {
    const AxisSteps steps = axis_steps(c);
    std::vector<std::size_t> dimensions(static_cast<std::size_t>(c.pattern.tensor.rank));
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        dimensions[i] = i;
    }
    if (c.order == Order::channels_last) {
        dimensions = {0, 2, 3, 1};
    }
    std::vector<MemoryAxis> result;
    for (const std::size_t d : dimensions) {
        const axnorm::Dimensions::Run run = c.pattern.tensor.runs[d];
        for (std::size_t i = run.begin; i < run.end; ++i) {
            const std::size_t a = c.pattern.tensor.axes[i];
            const axnorm::Axis &axis = c.pattern.axes[a];
            result.push_back({std::string(axis.name), steps.lengths[a], axis.kept, axis.params});
        }
    }
    return result;
}

// Of an axis by its name; 1 where there is none.
inline std::int64_t length_of(const Case &c, const std::string &name) {
    for (const MemoryAxis &axis : memory_axes(c)) {
        if (axis.name == name) {
            return axis.extent;
        }
    }
    return 1;
}

// The names of the kept axes, in memory order: "c" is batch norm, "bc" instance norm, in any layout.
inline std::string kept_axes(const Case &c) {
    std::string result;
    for (const MemoryAxis &axis : memory_axes(c)) {
        result += axis.kept ? axis.name : "";
    }
    return result;
}

// Whether channels are innermost.
inline bool is_nhwc(const Case &c) {
    const std::string last = memory_axes(c).back().name;
    return last == "c" || last == "n";
}

struct Signature {
    std::string letters;
    std::vector<std::int64_t> extents;
};

inline Signature signature_of(const Case &c) {
    Signature result;
    for (const MemoryAxis &axis : memory_axes(c)) {
        const char plain = axis.kept ? 'k' : 'r';
        const char letter = axis.params && c.params != 0 ? static_cast<char>(std::toupper(plain)) : plain;
        if (axis.extent == 1) {
            continue;
        }
        if (!result.letters.empty() && result.letters.back() == letter) {
            result.extents.back() *= axis.extent;
        } else {
            result.letters += letter;
            result.extents.push_back(axis.extent);
        }
    }
    return result;
}

}  // namespace bench
