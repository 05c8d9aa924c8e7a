#include "signatures.h"

#include <algorithm>
#include <stdexcept>

namespace axnorm::build {
namespace {

[[noreturn]] void refuse(const std::string &message) {
    throw std::runtime_error(message);
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

// The length of a dimension of x that is no ellipsis.
std::int64_t dimension_length(const Pattern &pattern, int dimension, const std::vector<NamedLength> &lengths) {
    const Dimensions::Run run = detail::at(pattern.tensor.runs, dimension);
    std::int64_t product = 1;
    for (int i = run.begin; i < run.end; ++i) {
        const int axis = detail::at(pattern.tensor.axes, i);
        const auto named = std::ranges::find(lengths, axis, &NamedLength::axis);
        const std::int64_t length = named == lengths.end() ? detail::at(pattern.axes, axis).length : named->length;
        if (__builtin_mul_overflow(product, length, &product)) {
            refuse("the product of the EXTENTS overflows 64 bits");
        }
    }
    return product;
}

Extents x_shape(const Form &form, const std::vector<NamedLength> &lengths, std::int64_t unknown) {
    std::vector<std::int64_t> shape;
    const Pattern &pattern = form.pattern;
    for (int d = 0; d < pattern.tensor.rank; ++d) {
        const Dimensions::Run run = detail::at(pattern.tensor.runs, d);
        if (run.begin < run.end && detail::at(pattern.tensor.axes, run.begin) == pattern.ellipsis) {
            shape.insert(shape.end(), static_cast<std::size_t>(form.ellipsis), unknown);
        } else {
            shape.push_back(dimension_length(pattern, d, lengths));
        }
    }
    return Extents(shape);
}

struct DryLayout {
    Layout layout;
    UnitStrides unit;

    DryLayout(const Form &form, const std::vector<Extent> &extents, std::int64_t unknown) {
        const std::vector<NamedLength> lengths = named_lengths(form.pattern, extents, unknown);
        const DryCall call(form.pattern, x_shape(form, lengths, unknown), lengths, form.options);
        layout = call.layout();
        unit = innermost_unit_strides(layout, call.operands());
    }
};

// With an extent behind each letter whose group has it whatever the unknown lengths are. These are at least 2 in both
// of two layouts: axes merge where they are neighbours, and nowhere else.
Loops loops_of(const Form &form, const std::vector<Extent> &extents) {
    const DryLayout one(form, extents, 2), other(form, extents, 3);
    const std::string letters = one.layout.signature();
    Loops loops{"", one.unit.data, one.unit.params || letters.empty() || letters.back() != 'R'};
    for (int i = 0; i < one.layout.count; ++i) {
        const std::int64_t extent = detail::at(one.layout.groups, i).extent;
        loops.signature += letters[static_cast<std::size_t>(i)];
        loops.signature += extent == detail::at(other.layout.groups, i).extent ? std::to_string(extent) : "";
    }
    if (letters.empty()) {
        refuse("there is one element for these EXTENTS");
    }
    if (!Letters::valid(loops.signature)) {
        refuse("signature " + loops.signature +
               ": a kernel has one to four reduced groups, at most four kept ones, and " + "extents below 2^31");
    }
    return loops;
}

// Without those extents that are dropped; drops(letter, whether it is the last one).
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

// Each of the EXTENTS has to decide something: changed, it gives another signature.
void check_extents(const Form &form, const std::vector<Extent> &extents, const std::string &signature) {
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const int axis = form.pattern.find(extents[i].axis);
        if (axis < 0 || detail::at(form.pattern.axes, axis).is_ellipsis()) {
            refuse("EXTENTS: there is no axis '" + extents[i].axis + "'");
        }
        std::vector<Extent> changed = extents;
        changed[i].length += 2;
        if (loops_of(form, changed).signature == signature) {
            refuse("EXTENTS " + extents[i].axis + "=" + std::to_string(extents[i].length) +
                   " fixes no loop of signature " + signature +
                   ": the axis is merged with one whose length is not given");
        }
    }
}

}  // namespace

std::string compiled(const std::string &signature) {
    const bool keeps_last = Letters(signature).kept_extent_is_constant(0);
    return without_extents(signature,
                           [&](char c, bool is_last) { return (c == 'k' || c == 'K') && !(is_last && keeps_last); });
}

std::vector<Loops> loops_of_calls(const Pattern &pattern, const DryOptions &options, const KernelRequest &request) {
    std::vector<Loops> all;
    const auto add = [&](Loops loops, const std::string &signature) {
        loops.signature = signature;
        if (std::ranges::find(all, loops) == all.end()) {
            all.push_back(loops);
        }
    };
    for (int ellipsis = pattern.ellipsis < 0 ? 0 : 1; ellipsis >= 0; --ellipsis) {
        for (const bool statistics : {false, true}) {
            Form form{pattern, options, ellipsis};
            form.options.statistics = statistics;
            const Loops loops = loops_of(form, request.extents);
            check_extents(form, request.extents, loops.signature);
            if (request.strict) {
                add(loops, loops.signature);
                continue;
            }
            add(loops, compiled(loops.signature));
            const Loops general = loops_of(form, {});
            add(general, without_extents(general.signature, [](char, bool) { return true; }));
        }
    }
    return all;
}

}  // namespace axnorm::build
