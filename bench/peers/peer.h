// One interface for all that native code can run a case with: axnorm, copies, oneDNN, libtorch. Each is a library of
// its own, which the driver loads apart from the others, because they bring versions of the same libraries.
//
//     std::vector<Way> ways = ways_of(cases[3]);          // none: the library cannot do it
//     const Run run = ways[0].make(data, 2);              // on two threads; compiled, and bound to data
//     run();                                              // once
//
// A peer knows a case by the signature of its memory, so that instance norm without params may be its layer norm: see
// signature.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "../buffers.h"

namespace bench {

inline constexpr axnorm::DType dtypes[] = {axnorm::DType::float32, axnorm::DType::float64, axnorm::DType::float16,
                                           axnorm::DType::bfloat16};

// Normalizes x into y, once.
using Run = std::function<void()>;

// One of several ways to do a case with a library; the driver takes the fastest.
struct Way {
    std::string name;
    std::function<Run(const Data &, int threads)> make;
};

// Made by each library. Params of `Data` are in the order of x's memory, but for axnorm.
std::vector<Way> ways_of(const Case &c);
std::string version();

}  // namespace bench
