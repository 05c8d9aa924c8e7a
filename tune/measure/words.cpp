#include "words.h"

#include <map>
#include <optional>
#include <sstream>

#include "failure.h"

namespace axnorm::measure {
namespace {

[[noreturn]] void refuse(const std::string &message) {
    throw Failure("request", "words: " + message);
}

class Words {
  public:
    explicit Words(const std::string &line) {
        std::istringstream stream(line);
        for (std::string word; stream >> word;) {
            const std::size_t equals = word.find('=');
            if (equals == 0 || equals == std::string::npos) {
                refuse("'" + word + "' is not written name=value");
            }
            if (!values_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
                refuse("'" + word.substr(0, equals) + "' is there twice");
            }
        }
    }

    std::string optional(const std::string &name) const {
        const auto place = values_.find(name);
        return place == values_.end() ? "" : place->second;
    }
    const std::string &required(const std::string &name) const {
        const auto place = values_.find(name);
        if (place == values_.end() || place->second.empty()) {
            refuse("'" + name + "' is missing");
        }
        return place->second;
    }

    // What `value_of` makes of the word, which is not empty where the word is right.
    template <class ValueOf>
    auto parsed(const std::string &name, const ValueOf &value_of) const {
        const auto value = value_of(required(name));
        if (!value) {
            refuse("'" + name + "=" + required(name) + "' is not known here");
        }
        return *value;
    }

  private:
    std::map<std::string, std::string> values_;
};

std::optional<bool> boolean(const std::string &text) {
    return text == "true" ? std::optional(true) : text == "false" ? std::optional(false) : std::nullopt;
}

std::optional<DType> dtype_named(const std::string &text) {
    const std::optional<DTypePair> pair = dtypes_named(text);
    return pair && text.find(':') == std::string::npos ? std::optional(pair->x) : std::nullopt;
}

std::optional<Device> device_of(const std::string &generator) {
    return generator == "norm"          ? std::optional(Device::cpu)
           : generator == "device_norm" ? std::optional(Device::cuda)
                                        : std::nullopt;
}

std::optional<bool> cuda_target(const std::string &target) {
    return target.find("-cuda-") != std::string::npos ? std::optional(true) : std::nullopt;
}

// Of Halide's targets, "x86-64-linux-sse41-avx-f16c-fma-avx2-...,x86-64-linux-...".
std::optional<InstructionSets> instruction_sets_of(const std::string &targets) {
    InstructionSets sets;
    std::istringstream stream(targets);
    for (std::string target; std::getline(stream, target, ',');) {
        const auto has = [&](const char *feature) { return (target + '-').find(feature) != std::string::npos; };
        sets.add(has("-avx512-") ? InstructionSet::avx512
                 : has("-avx2-") ? InstructionSet::avx2
                                 : InstructionSet::baseline);
    }
    return sets;
}

}  // namespace

std::optional<Statistic> statistic_named(const std::string &text) {
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        if (text == name_of(statistic)) {
            return statistic;
        }
    }
    return {};
}

KernelWords::KernelWords(const std::string &line) {
    const Words words(line);
    device = words.parsed("generator", device_of);
    function = words.required("function");
    signature = words.required("signature");
    if (!Letters::valid(signature, device)) {
        refuse("'signature=" + signature + "' is not known here");
    }
    statistic = words.parsed("statistic", statistic_named);
    dtypes = {words.parsed("dtype", dtype_named), words.parsed("y_dtype", dtype_named)};
    contiguous = words.parsed("contiguous", boolean);
    if (device == Device::cpu) {
        contiguous_params = words.parsed("contiguous_params", boolean);
        instruction_sets = words.parsed("target", instruction_sets_of);
    } else {
        words.parsed("target", cuda_target);
        aligned = words.parsed("aligned", boolean);
        split = words.parsed("split", boolean);
        params_dtype = words.parsed("params_dtype", dtype_named);
    }
    knobs = words.optional("knobs");
}

Kernel KernelWords::kernel(int (*compiled)(void **)) const {
    return {.statistic = statistic,
            .signature = signature,
            .contiguous = contiguous,
            .contiguous_params = contiguous_params,
            .dtypes = dtypes,
            .function = compiled,
            .name = function,
            .device = device,
            .aligned = aligned,
            .split = split,
            .params_dtype = params_dtype.value_or(statistics_dtype(dtypes.x)),
            .knobs = knobs,
            .instruction_sets = instruction_sets};
}

}  // namespace axnorm::measure
