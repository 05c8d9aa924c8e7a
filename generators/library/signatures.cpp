#include "signatures.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "refuse.h"
#include "runtime/planning/plan.h"

namespace axnorm::build {
namespace {

// One way in which a pattern may be called.
struct Form {
    const Pattern &pattern;
    DryOptions options;
    int ellipsis;                   // how many axes the ellipsis stands for
    std::uint32_t unit_axes = 0;    // a bit for each axis of the pattern that has length 1
    std::vector<Extent> extents{};  // lengths that are known

    bool is_unit(int axis) const { return (unit_axes >> axis & 1) != 0; }
    bool is_known(int axis) const {
        const std::string_view name = detail::at(pattern.axes, axis).name;
        return name.empty() || std::ranges::find(extents, name, &Extent::axis) != extents.end();
    }
};

// The lengths of the pattern's named axes: `unknown` where the form does not say.
std::vector<NamedLength> named_lengths(const Form &form, std::int64_t unknown) {
    std::vector<NamedLength> lengths;
    for (int i = 0; i < form.pattern.axis_count; ++i) {
        const Axis &axis = detail::at(form.pattern.axes, i);
        if (!axis.name.empty() && !axis.is_ellipsis()) {
            const auto known = std::ranges::find(form.extents, axis.name, &Extent::axis);
            const std::int64_t length = known != form.extents.end() ? known->length : form.is_unit(i) ? 1 : unknown;
            lengths.emplace_back(axis.name, length);
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
        const Axis &of_run = detail::at(pattern.axes, axis);
        const auto named = std::ranges::find(lengths, of_run.name, &NamedLength::name);
        const std::int64_t length = named == lengths.end() ? of_run.length : named->length;
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
            shape.insert(shape.end(), static_cast<std::size_t>(form.ellipsis),
                         form.is_unit(pattern.ellipsis) ? 1 : unknown);
        } else {
            shape.push_back(dimension_length(pattern, d, lengths));
        }
    }
    return Extents(shape);
}

// A call of the form, where lengths that it does not say are `unknown`.
struct FormCall {
    std::vector<NamedLength> lengths;
    DryCall call;
    Layout layout;

    FormCall(const Form &form, std::int64_t unknown)
        : lengths(named_lengths(form, unknown)),
          call(form.pattern, x_shape(form, lengths, unknown), lengths, form.options),
          layout(call.layout()) {}
};

// With an extent behind each letter whose group has it whatever the unknown lengths are. These are at least 2 in both
// of two calls: axes merge where they are neighbours, and nowhere else.
Loops loops_of(const Form &form) {
    const FormCall one(form, 2), other(form, 3);
    const UnitStrides unit = innermost_unit_strides(one.layout, one.call.operands());
    return {signature_of_both(one.layout, other.layout), unit.data,
            unit.params || !one.layout.signature().ends_with('R')};
}

void check_signature(const std::string &signature) {
    if (signature.empty()) {
        refuse("there is one element for these EXTENTS");
    }
    if (!Letters::valid(signature)) {
        refuse("signature " + signature + ": a kernel has one to four reduced groups, at most four kept ones, and " +
               "extents of at most " + std::to_string(Letters::max_extent));
    }
}

// Whether a kernel of these loops serves the form well: in a call. Where nothing is kept, one with kept groups in its
// vectors would use a lane of each.
bool serves(const Loops &loops, const Form &form) {
    const std::string signature = loops.signature;
    const Kernel kernel{
        form.options.statistic, signature, loops.contiguous, loops.contiguous_params, form.options.dtypes, nullptr, "",
        form.options.device};
    // Two lengths: one of them may be a fixed extent by chance.
    return std::ranges::all_of(std::array{2, 3}, [&](std::int64_t unknown) {
        const FormCall call(form, unknown);
        Plan plan;
        return plan_kernel(kernel, call.layout, call.call.operands(), Machine{}, plan) == nullptr &&
               !plan.is_looped() && (!kernel.letters.kept_innermost || plan.kept[0] >= 0);
    });
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
void check_extents(const Form &form, const std::string &signature) {
    for (std::size_t i = 0; i < form.extents.size(); ++i) {
        const Extent &extent = form.extents[i];
        const int axis = form.pattern.find(extent.axis);
        if (axis < 0 || detail::at(form.pattern.axes, axis).is_ellipsis()) {
            refuse("EXTENTS: there is no axis '" + extent.axis + "'");
        }
        Form changed = form;
        changed.extents[i].length = extent.length == 2 ? 3 : 2;
        if (loops_of(changed).signature == signature) {
            refuse("EXTENTS " + extent.axis + "=" + std::to_string(extent.length) + " fixes no loop of signature " +
                   signature + ": the axis is merged with one whose length is not given");
        }
    }
}

// The form with each choice of its groups at length 1, of those whose lengths are not known; the form itself first.
std::vector<Form> with_unit_groups(const Form &form) {
    std::vector<std::uint32_t> groups;
    const FormCall call(form, 2);
    for (const Group &group : call.layout.all()) {
        bool is_free = true;
        for (int axis = 0; axis < form.pattern.axis_count; ++axis) {
            is_free = is_free && ((group.axes >> axis & 1) == 0 || !form.is_known(axis));
        }
        if (is_free) {
            groups.push_back(group.axes);
        }
    }
    std::vector<Form> forms;
    for (std::size_t choice = 0; choice < std::size_t{1} << groups.size(); ++choice) {
        forms.push_back(form);
        for (std::size_t i = 0; i < groups.size(); ++i) {
            forms.back().unit_axes |= (choice >> i & 1) != 0 ? groups[i] : 0;
        }
    }
    return forms;
}

// Forms of full rank, then those without scale and shift, each with mean and rstd asked for or not, and the ellipsis
// empty or not.
std::vector<Form> forms_of(const Pattern &pattern, const DryOptions &options, const std::vector<Extent> &extents,
                           bool params) {
    std::vector<Form> forms;
    for (int ellipsis = pattern.ellipsis < 0 ? 0 : 1; ellipsis >= 0; --ellipsis) {
        for (const bool statistics : {false, true}) {
            Form form{pattern, options, ellipsis, 0, extents};
            form.options.statistics = statistics;
            form.options.params = params;
            forms.push_back(form);
        }
    }
    return forms;
}

bool has_reduced(const std::string &signature) {
    return signature.find_first_of("rR") != std::string::npos;
}

// Whether an ellipsis that is all that is reduced is empty: kernels for more elements serve that.
bool is_empty_reduction(const Form &form) {
    return form.pattern.ellipsis >= 0 && form.ellipsis == 0 && !has_reduced(loops_of(form).signature);
}

}  // namespace

std::string without_extents(const std::string &signature) {
    return without_extents(signature, [](char, bool) { return true; });
}

std::string compiled(const std::string &signature) {
    const bool keeps_last = Letters(signature).kept_extent_is_constant(0);
    return without_extents(signature,
                           [&](char c, bool is_last) { return (c == 'k' || c == 'K') && !(is_last && keeps_last); });
}

std::optional<Loops> loops_of_short_groups(const Loops &loops) {
    const Letters letters(loops.signature);
    Loops short_loops = loops;
    short_loops.signature +=
        "-" + std::to_string(letters.reduced_count == 1 ? Letters::max_most : Letters::max_most_of_channels);
    if (!loops.contiguous || !Letters::valid(short_loops.signature) || letters.fixed_extents() != 0) {
        return {};
    }
    return short_loops;
}

std::vector<Loops> loops_of_calls(const Pattern &pattern, const DryOptions &options, const std::vector<Extent> &extents,
                                  bool strict) {
    std::vector<Loops> all;
    const auto add = [&](Loops loops, const std::string &signature) {
        check_signature(signature);
        loops.signature = signature;
        if (std::ranges::find(all, loops) == all.end()) {
            all.push_back(loops);
        }
    };
    const auto add_form = [&](const Form &form) {
        Loops loops = loops_of(form);
        loops.signature += has_reduced(loops.signature) ? "" : "r";  // kernels have one at least
        add(loops, strict ? loops.signature : extents.empty() ? loops.signature : compiled(loops.signature));
    };
    const auto is_served = [&](const Form &form) {
        return std::ranges::any_of(all, [&](const Loops &loops) { return serves(loops, form); });
    };

    const std::vector<Form> full = forms_of(pattern, options, extents, true);
    for (const Form &form : full) {
        if (is_empty_reduction(form)) {
            continue;
        }
        const std::string signature = loops_of(form).signature;
        check_signature(signature);
        check_extents(form, signature);
        add_form(form);
    }
    for (const Form &form : forms_of(pattern, options, {}, true)) {
        if (!strict && !extents.empty() && !is_empty_reduction(form)) {
            const Loops loops = loops_of(form);
            add(loops, without_extents(loops.signature));
        }
    }
    // What these do not serve: groups of length 1, and calls without scale and shift.
    const std::vector<Extent> &known = strict ? extents : std::vector<Extent>{};
    for (const bool params : {true, false}) {
        for (const Form &whole : forms_of(pattern, options, known, params)) {
            for (const Form &form : with_unit_groups(whole)) {
                if (!is_served(form)) {
                    add_form(form);
                }
            }
        }
    }
    return all;
}

}  // namespace axnorm::build
