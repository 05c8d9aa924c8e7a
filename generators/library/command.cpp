#include "command.h"

#include <stdexcept>
#include <vector>

namespace axnorm::build {
namespace {

// no_asserts: Layout has checked what they would check. user_context: threads and errors are per call.
constexpr const char *features = "-strict_float-no_runtime-no_asserts-no_bounds_query-user_context";

struct CpuTarget {
    InstructionSet instruction_set;
    const char *name;
};

// From the best one, as the wrapper tries them.
constexpr CpuTarget cpu_targets[] = {
    {InstructionSet::avx512, "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake"},
    {InstructionSet::avx2, "x86-64-linux-sse41-avx-f16c-fma-avx2"},
    {InstructionSet::baseline, "x86-64-linux"},
};

std::vector<std::string> targets_of(const Function &function, const std::string &more_features) {
    std::vector<std::string> targets;
    for (const CpuTarget &target : cpu_targets) {
        if (function.instruction_sets.has(target.instruction_set)) {
            targets.push_back(std::string(target.name) + features + more_features);
        }
    }
    return targets;
}

// PTX for compute capability 8.0 is compiled by the driver for the GPU that it finds.
std::string target_of(Device device) {
    switch (device) {
        case Device::cuda: return std::string("x86-64-linux-cuda-cuda_capability_80") + features;
        case Device::opencl: return std::string("x86-64-linux-opencl-cl_doubles") + features;
        case Device::cpu: break;
    }
    throw std::logic_error("the CPU has several targets");
}

class NamedWords {
  public:
    void add(const char *name, const std::string &value) {
        text_ += (text_.empty() ? "" : " ") + std::string(name) + "=" + value;
    }
    void add(const char *name, const char *value) { add(name, std::string(value)); }
    void add(const char *name, bool value) { add(name, value ? "true" : "false"); }
    void add(const char *name, const std::vector<std::string> &values) {
        std::string all;
        for (const std::string &value : values) {
            all += (all.empty() ? "" : ",") + value;
        }
        add(name, all);
    }
    const std::string &text() const { return text_; }

  private:
    std::string text_;
};

// An object for each instruction set, and the wrapper that chooses, where there is a choice.
void add_cpu(NamedWords &words, const Function &function, const std::string &more_features) {
    const std::vector<std::string> targets = targets_of(function, more_features);
    std::vector<std::string> files;
    for (const std::string &target : targets) {
        files.push_back(function.symbol + (targets.size() == 1 ? "" : "-" + target) + ".o");
    }
    if (targets.size() > 1) {
        files.push_back(function.symbol + "_wrapper.o");
    }
    words.add("generator", "norm");
    words.add("emit", "object");
    words.add("files", files);
    words.add("target", targets);
    words.add("contiguous_params", function.loops.contiguous_params);
    words.add("for_runtime", true);
    words.add("in_parts", Letters(function.loops.signature).most == 0);
}

// One object: host code, and in it the device's.
void add_device(NamedWords &words, const Function &function) {
    const bool is_cuda = function.device == Device::cuda;
    std::vector<std::string> files = {function.symbol + ".o"};
    if (is_cuda) {
        files.push_back(function.symbol + ".device_code");
    }
    words.add("generator", "device_norm");
    words.add("emit", is_cuda ? "object,device_code" : "object");
    words.add("files", files);
    words.add("target", target_of(function.device));
    words.add("params_dtype", name_of(function.params_dtype));
    words.add("aligned", function.aligned);
    words.add("split", function.split);
}

}  // namespace

std::string command_text(const Function &function, const std::string &more_features) {
    NamedWords words;
    words.add("function", function.symbol);
    if (function.device == Device::cpu) {
        add_cpu(words, function, more_features);
    } else {
        add_device(words, function);
    }
    words.add("signature", function.loops.signature);
    words.add("statistic", name_of(function.statistic));
    words.add("contiguous", function.loops.contiguous);
    words.add("dtype", name_of(function.dtypes.x));
    words.add("y_dtype", name_of(function.dtypes.y));
    if (!function.knobs.empty()) {
        words.add("knobs", function.knobs);
    }
    return words.text();
}

}  // namespace axnorm::build
