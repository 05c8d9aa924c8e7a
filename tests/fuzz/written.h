// A pattern as text once more, with one blank between two axes.
#pragma once

#include <axnorm/axnorm.h>

#include <span>
#include <string>

namespace axnorm::fuzz {

inline std::span<const std::uint8_t> axes_of(const Dimensions &dimensions, int d) {
    const Dimensions::Run run = detail::at(dimensions.runs, d);
    return std::span(dimensions.axes).subspan(run.begin, static_cast<std::size_t>(run.end - run.begin));
}

inline void write(const Pattern &pattern, const Dimensions &dimensions, std::string &to) {
    for (int d = 0; d < dimensions.rank; ++d) {
        to += to.empty() || to.back() == ' ' ? "" : " ";
        const auto axes = axes_of(dimensions, d);
        const bool is_group = detail::at(dimensions.runs, d).group;
        to += is_group ? "(" : axes.empty() ? "1" : "";
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const Axis &axis = pattern.axes[axes[i]];
            to += i == 0 ? "" : " ";
            to += axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name);
        }
        to += is_group ? ")" : "";
    }
}

struct Written {
    std::string text, params;

    explicit Written(const Pattern &pattern) {
        write(pattern, pattern.tensor, text);
        text += " -> ";
        write(pattern, pattern.statistics, text);
        write(pattern, pattern.params, params);
    }
};

}  // namespace axnorm::fuzz
