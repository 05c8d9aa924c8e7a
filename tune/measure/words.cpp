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

std::optional<Statistic> statistic_named(const std::string &text) {
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        if (text == name_of(statistic)) {
            return statistic;
        }
    }
    return {};
}

std::optional<DType> dtype_named(const std::string &text) {
    const std::optional<DTypePair> pair = dtypes_named(text);
    return pair && text.find(':') == std::string::npos ? std::optional(pair->x) : std::nullopt;
}

std::optional<std::string> valid_signature(const std::string &text) {
    return Letters::valid(text) ? std::optional(text) : std::nullopt;
}

}  // namespace

KernelWords::KernelWords(const std::string &line) {
    const Words words(line);
    if (words.required("generator") != "norm") {
        refuse("'generator=" + words.required("generator") + "' makes no kernels of the CPU");
    }
    function = words.required("function");
    signature = words.parsed("signature", valid_signature);
    statistic = words.parsed("statistic", statistic_named);
    dtypes = {words.parsed("dtype", dtype_named), words.parsed("y_dtype", dtype_named)};
    contiguous = words.parsed("contiguous", boolean);
    contiguous_params = words.parsed("contiguous_params", boolean);
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
            .knobs = knobs};
}

}  // namespace axnorm::measure
