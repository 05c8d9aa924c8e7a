#include "resolve.h"

#include <algorithm>
#include <stdexcept>

#include "dry_call.h"

namespace axnorm::build {
namespace {

// Kept groups outside, reduced groups inside, or the other way round: four of each serve every pattern. Where no params
// index the reduced groups, scale and shift stay out of the innermost loop.
struct Canonical {
    const char *signature;
    bool contiguous;
};
constexpr Canonical canonical_kernels[] = {
    {"KKKKRRRr", true}, {"KKKKRRRR", true}, {"rrrrKKKK", true}, {"RRRRKKKK", true}, {"KKKKRRRR", false}};

[[noreturn]] void refuse(const std::string &message) {
    throw std::runtime_error(message);
}

const char *suffix(DType dtype) {
    switch (dtype) {
        case DType::float32: return "f32";
        case DType::float64: return "f64";
        case DType::float16: return "f16";
        case DType::bfloat16: return "bf16";
    }
    return "";
}

void check_supported(const KernelRequest &request) {
    for (const DType dtype : request.dtypes) {
        if (dtype != DType::float32) {
            refuse(std::string("DTYPES ") + name_of(dtype) + ": kernels exist for float32 only");
        }
    }
    for (const Device device : request.devices) {
        if (device != Device::cpu) {
            refuse(std::string("DEVICES ") + name_of(device) + ": kernels exist for the cpu only");
        }
    }
}

// One way in which a pattern may be called.
struct Form {
    const Pattern &pattern;
    DryOptions options;
    int ellipsis;  // how many axes the ellipsis stands for
};

// The lengths of the pattern's named axes: `unknown` where `extents` do not say.
std::vector<NamedLength> named_lengths(const Pattern &pattern, const std::vector<Extent> &extents,
                                       std::int64_t unknown) {
    std::vector<NamedLength> lengths;
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &axis = detail::at(pattern.axes, i);
        if (!axis.name.empty() && !axis.is_ellipsis()) {
            const auto known = std::ranges::find(extents, axis.name, &Extent::axis);
            lengths.push_back({axis.name, known == extents.end() ? unknown : known->length, i});
        }
    }
    return lengths;
}

Extents shape_of(const Form &form, const std::vector<NamedLength> &lengths, std::int64_t unknown) {
    std::vector<std::int64_t> shape;
    const Dimensions &tensor = form.pattern.tensor;
    for (int d = 0; d < tensor.rank; ++d) {
        const Dimensions::Run run = detail::at(tensor.runs, d);
        std::int64_t extent = 1;
        bool is_ellipsis = false;
        for (int i = run.begin; i < run.end; ++i) {
            const int index = detail::at(tensor.axes, i);
            const auto named = std::ranges::find(lengths, index, &NamedLength::axis);
            is_ellipsis = index == form.pattern.ellipsis;
            const std::int64_t length =
                named == lengths.end() ? detail::at(form.pattern.axes, index).length : named->length;
            if (__builtin_mul_overflow(extent, length, &extent)) {
                refuse("the product of the EXTENTS overflows 64 bits");
            }
        }
        shape.insert(shape.end(), static_cast<std::size_t>(is_ellipsis ? form.ellipsis : 1),
                     is_ellipsis ? unknown : extent);
    }
    return Extents(shape);
}

Layout layout_of(const Form &form, const std::vector<Extent> &extents, std::int64_t unknown) {
    const std::vector<NamedLength> lengths = named_lengths(form.pattern, extents, unknown);
    return DryCall(form.pattern, shape_of(form, lengths, unknown), lengths, form.options).layout();
}

// The signature, with an extent behind each letter whose group has it whatever the unknown lengths are. These are at
// least 2 in each of two layouts: axes merge where they are neighbours, and nowhere else.
std::string signature_of(const Form &form, const std::vector<Extent> &extents) {
    const Layout one = layout_of(form, extents, 2), other = layout_of(form, extents, 3);
    const std::string letters = one.signature();
    std::string signature;
    for (int i = 0; i < one.count; ++i) {
        const std::int64_t extent = detail::at(one.groups, i).extent;
        signature += letters[static_cast<std::size_t>(i)];
        signature += extent == detail::at(other.groups, i).extent ? std::to_string(extent) : "";
    }
    if (letters.empty()) {
        refuse("there is one element for these EXTENTS");
    }
    if (!Letters::valid(signature)) {
        refuse("signature " + signature +
               ": a kernel has one to four reduced groups, at most four kept ones, and extents "
               "below 2^31");
    }
    return signature;
}

// Without some of its extents.
template <class F>
std::string without_extents(const std::string &signature, const F &drops) {
    std::string result;
    for (std::size_t i = 0; i < signature.size();) {
        const std::size_t end = std::min(signature.find_first_not_of("0123456789", i + 1), signature.size());
        result += signature.substr(i, drops(signature[i], end == signature.size()) ? 1 : end - i);
        i = end;
    }
    return result;
}

// What is worth compiling in: kept groups are what threads divide, but for a short innermost one.
std::string compiled(const std::string &signature) {
    const bool keeps_last = Letters(signature).kept_extent_is_constant(0);
    return without_extents(signature,
                           [&](char c, bool is_last) { return (c == 'k' || c == 'K') && !(is_last && keeps_last); });
}

// Each of the EXTENTS has to decide something: changed, it gives another signature.
void check_extents(const Form &form, const std::vector<Extent> &extents, const std::string &signature) {
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const int axis = form.pattern.find(extents[i].axis);
        if (axis < 0 || detail::at(form.pattern.axes, axis).is_ellipsis()) {
            refuse("EXTENTS: there is no axis '" + extents[i].axis + "'");
        }
        std::vector<Extent> changed = extents;
        changed[i].length += 2;
        if (signature_of(form, changed) == signature) {
            refuse("EXTENTS " + extents[i].axis + "=" + std::to_string(extents[i].length) +
                   " fixes no loop of signature " + signature +
                   ": the axis is merged with one whose length is not given");
        }
    }
}

// The signatures of a pattern in one order: the ellipsis may be empty or not, statistics may be asked for or not.
std::vector<std::string> signatures_of(const Pattern &pattern, const DryOptions &options,
                                       const KernelRequest &request) {
    std::vector<std::string> signatures;
    const auto add = [&](const std::string &signature) {
        if (std::ranges::find(signatures, signature) == signatures.end()) {
            signatures.push_back(signature);
        }
    };
    for (int ellipsis = pattern.ellipsis < 0 ? 0 : 1; ellipsis >= 0; --ellipsis) {
        for (const bool statistics : {false, true}) {
            Form form{pattern, options, ellipsis};
            form.options.statistics = statistics;
            const std::string signature = signature_of(form, request.extents);
            check_extents(form, request.extents, signature);
            add(request.strict ? signature : compiled(signature));
            if (!request.strict) {
                add(without_extents(signature_of(form, {}), [](char, bool) { return true; }));
            }
        }
    }
    return signatures;
}

std::string memory_as_written(const Pattern &pattern) {
    std::string order;
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &axis = detail::at(pattern.axes, i);
        order +=
            (order.empty() ? "" : " ") + (axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name));
    }
    return order;
}

class Resolver {
  public:
    explicit Resolver(std::string library) : library_(std::move(library)) {}

    void add(const KernelRequest &request) {
        check_supported(request);
        const Pattern pattern = parse(request.pattern, request.params);
        const std::vector<std::string> memory =
            request.memory.empty() ? std::vector{memory_as_written(pattern)} : request.memory;
        bool is_new = false;
        for (const std::string &order : memory) {
            for (const Statistic statistic : request.statistics) {
                is_new |= add_order(request, pattern, order, statistic);
            }
        }
        if (!is_new) {
            refuse("it is listed twice");
        }
    }

    // For every statistic and dtype that a kernel has.
    void add_canonical() {
        const std::vector<Row> exact = result_.rows;
        for (const Row &row : exact) {
            for (const Canonical &canonical : canonical_kernels) {
                add_kernel(row.statistic, canonical.signature, canonical.contiguous, row.dtype);
            }
        }
    }

    Resolved result() && { return std::move(result_); }

  private:
    bool add_order(const KernelRequest &request, const Pattern &pattern, const std::string &order,
                   Statistic statistic) {
        const DryOptions options{.memory = order, .statistic = statistic};
        bool is_new = false;
        for (const std::string &signature : signatures_of(pattern, options, request)) {
            is_new |= add_line(request, order, statistic, signature);
        }
        return is_new;
    }

    // Says whether the line was not there yet.
    bool add_line(const KernelRequest &request, const std::string &order, Statistic statistic,
                  const std::string &signature) {
        const Line line{request.pattern, request.params, order, statistic, signature, request.dtypes, request.devices};
        if (std::ranges::find(result_.lines, line) != result_.lines.end()) {
            return false;
        }
        result_.lines.push_back(line);
        for (const DType dtype : request.dtypes) {
            add_kernel(statistic, signature, true, dtype);
        }
        return true;
    }

    std::string symbol(Statistic statistic, const std::string &signature, bool contiguous, DType dtype) const {
        return library_ + "_" + name_of(statistic) + "_" + signature + (contiguous ? "_" : "_strided_") + suffix(dtype);
    }

    void add_kernel(Statistic statistic, const std::string &signature, bool contiguous, DType dtype) {
        const std::string name = symbol(statistic, signature, contiguous, dtype);
        const std::string function = symbol(statistic, compiled(signature), contiguous, dtype);
        if (std::ranges::find(result_.rows, name, &Row::name) == result_.rows.end()) {
            result_.rows.push_back({name, function, statistic, signature, contiguous, dtype});
        }
        if (std::ranges::find(result_.functions, function, &Function::symbol) == result_.functions.end()) {
            result_.functions.push_back({function, statistic, compiled(signature), contiguous, dtype});
        }
    }

    std::string library_;
    Resolved result_;
};

// The language's messages begin with the project's name, which stands before them anyway.
std::string without_prefix(const std::string &message) {
    const std::string prefix = "axnorm: ";
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
}

}  // namespace

Resolved resolve(const std::string &library, const LibraryRequest &request) {
    Resolver resolver(library);
    for (std::size_t i = 0; i < request.kernels.size(); ++i) {
        try {
            resolver.add(request.kernels[i]);
        } catch (const std::runtime_error &error) {
            refuse(title(i, request.kernels[i]) + ": " + without_prefix(error.what()));
        }
    }
    if (request.canonical) {
        resolver.add_canonical();
    }
    return std::move(resolver).result();
}

}  // namespace axnorm::build
