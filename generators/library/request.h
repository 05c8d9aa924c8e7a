// The words of axnorm_add_library(): what is asked for, before it is known what that takes.
//
//     KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n" STATISTIC mean_var rms EXTENTS n=4 g=32
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "axnorm/library.h"
#include "schedules/knobs/knobs.h"

namespace axnorm::build {

struct Extent {
    std::string axis;
    std::int64_t length;
};

struct KernelRequest {
    std::string pattern, params;
    std::vector<std::string> memory;  // empty: as the pattern is written
    std::vector<Statistic> statistics{Statistic::mean_var};
    std::vector<DTypePair> dtypes{{}};  // of x and y: float32
    std::vector<Device> devices{Device::cpu};
    std::vector<std::vector<Extent>> extents{{}};  // sets of them: "c=2,3" are two
    bool strict = false;                           // no kernel for other extents
    std::vector<codegen::KnobValues> knobs{{}};    // a kernel for each; of each kernel those that its family has
};

struct LibraryRequest {
    bool canonical = false;            // kernels that serve every pattern, too
    InstructionSets instruction_sets;  // empty: as is usual (resolve.h)
    bool tuned = false;                // SCHEDULES: rows of records go with it (record.h)
    std::string features;              // SANITIZE, DEBUG: of Halide's targets for the CPU, as "-asan"
    std::vector<KernelRequest> kernels;
};

// Throws std::runtime_error, which names the keyword and the KERNEL that it belongs to.
LibraryRequest parse_request(const std::vector<std::string> &words);

// "KERNEL 2 'b c -> b'": for messages.
std::string title(std::size_t index, const KernelRequest &request);

}  // namespace axnorm::build
