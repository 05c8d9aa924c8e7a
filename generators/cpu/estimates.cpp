#include "estimates.h"

#include <charconv>
#include <stdexcept>

namespace axnorm::codegen {
namespace {

using namespace Halide;

// Of a tensor, as dimensions_of() (runtime/language/operand_table.h) counts them.
std::vector<std::int32_t> extents_of(const ArgumentRow &row, const Letters &letters, const KernelForm &form,
                                     const std::vector<std::int32_t> &groups) {
    const auto at = [&](int i) { return groups[static_cast<std::size_t>(i)]; };
    const bool joined = form.has_channels && row.axes != Axes::kept;
    std::vector<std::int32_t> extents;
    if (row.inner == Inner::numbers) {
        extents.push_back(3);
    }
    for (int i = 0; row.axes != Axes::kept && i < letters.reduced_count; ++i) {
        if (row.axes == Axes::all || letters.reduced[i]) {
            extents.push_back(at(i) * (joined && i == 0 ? at(letters.reduced_count) : 1));
        }
    }
    for (int i = joined ? 1 : 0; i < letters.kept_count; ++i) {
        if (row.axes != Axes::params || letters.kept[i]) {
            extents.push_back(at(letters.reduced_count + i));
        }
    }
    return extents;
}

Expr value_of(const ArgumentRow &row, const std::vector<std::int32_t> &groups) {
    switch (row.kind) {
        case ArgumentKind::flag:
            return Internal::make_bool(row.argument == argument_has_scale || row.argument == argument_has_shift);
        case ArgumentKind::number: return Expr(1e-5);
        case ArgumentKind::count: return Expr(groups[0]);
        case ArgumentKind::input:
        case ArgumentKind::output: break;
    }
    return {};
}

}  // namespace

std::vector<std::int32_t> parse_estimates(const std::string &text, const Letters &letters) {
    std::vector<std::int32_t> extents;
    const char *at = text.data(), *end = at + text.size();
    for (bool more = !text.empty(); more;) {
        std::int32_t extent = 0;
        const auto [stop, error] = std::from_chars(at, end, extent);
        more = error == std::errc() && extent >= 1 && stop != end && *stop == ',';
        if (error != std::errc() || extent < 1 || (stop != end && !more)) {
            throw std::invalid_argument("estimates '" + text + "': they are numbers of at least 1, as 768,4096");
        }
        extents.push_back(extent);
        at = stop + (more ? 1 : 0);
    }
    const int wanted = letters.reduced_count + letters.kept_count;
    if (static_cast<int>(extents.size()) != wanted) {
        throw std::invalid_argument("estimates '" + text +
                                    "': an autoscheduler wants one for each of the signature's " +
                                    std::to_string(wanted) + " letters");
    }
    return extents;
}

void set_estimates(const GeneratorOperands &operands, const Letters &letters, const KernelForm &form,
                   const std::vector<std::int32_t> &groups) {
    const auto set = [&](const ArgumentRow &row, auto &buffer) {
        const std::vector<std::int32_t> extents = extents_of(row, letters, form, groups);
        Region region;
        for (const std::int32_t extent : extents) {
            region.emplace_back(0, extent);
        }
        buffer.set_estimates(region);
    };
    operands.for_each_input(set);
    operands.for_each_output(set);
    for (const ArgumentRow &row : argument_rows) {
        if (const Expr value = operands.value(row.argument); value.defined()) {
            Parameter parameter = value.as<Internal::Variable>()->param;
            parameter.set_estimate(value_of(row, groups));
        }
    }
}

}  // namespace axnorm::codegen
