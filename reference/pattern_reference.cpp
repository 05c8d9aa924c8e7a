#include "pattern_reference.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace axnorm::test {

namespace {
// A side: dimensions, each a list of axes.
using Side = std::vector<std::vector<std::string>>;

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

// The text with blanks about parentheses.
std::string spaced(const std::string &text) {
    std::string result;
    for (const char c : text) {
        const bool parenthesis = c == '(' || c == ')';
        result.append(parenthesis ? " " : "").push_back(c);
        result.append(parenthesis ? " " : "");
    }
    return result;
}

// The ellipsis becomes the axes ...0, ...1 and so on: dimensions of their own, or axes of the group that it is in.
Side split(const std::string &text, std::size_t ellipsis_rank) {
    Side side;
    bool grouped = false;
    const auto add = [&](const std::vector<std::string> &axes) {
        if (!grouped) {
            side.emplace_back();
        }
        side.back().insert(side.back().end(), axes.begin(), axes.end());
    };
    std::istringstream words(spaced(text));
    for (std::string word; words >> word;) {
        if (word == "(") {
            side.emplace_back();
            grouped = true;
        } else if (word == ")") {
            grouped = false;
        } else if (word == "1") {
            add({});
        } else if (word == "...") {
            for (std::size_t i = 0; i < ellipsis_rank; ++i) {
                add({word + std::to_string(i)});
            }
        } else {
            add({word});
        }
    }
    return side;
}

bool is_number(const std::string &axis) {
    return std::isdigit(static_cast<unsigned char>(axis[0])) != 0;
}

// A pattern and a shape: every axis by its name, with its length.
struct Axes {
    Side left, right, params;
    std::vector<std::string> names;  // in the order of the left side
    std::map<std::string, std::int64_t> length;

    Axes(const std::string &text, const std::string &params_text, const Shape &shape, const Lengths &lengths) {
        const std::size_t arrow = text.find("->");
        const std::string left_text = text.substr(0, arrow);
        const std::size_t ellipsis_rank =
            left_text.find("...") == std::string::npos ? 0 : shape.size() - split(left_text, 0).size();
        left = split(left_text, ellipsis_rank);
        right = split(text.substr(arrow + 2), ellipsis_rank);
        params = split(params_text, ellipsis_rank);
        length.insert(lengths.begin(), lengths.end());
        name_numbers();
        for (std::size_t d = 0; d < left.size(); ++d) {
            find_lengths(left[d], shape[d]);
        }
    }

    // The integer 3 is named "3#0", "3#1" and so on, by its place on the left.
    void name_numbers() {
        for (auto &dimension : left) {
            for (std::string &axis : dimension) {
                if (is_number(axis)) {
                    const std::int64_t value = std::stoll(axis);
                    axis += "#" + std::to_string(names.size());
                    length[axis] = value;
                }
                names.push_back(axis);
            }
        }
        std::set<std::string> taken;
        for (auto &dimension : params) {
            for (std::string &axis : dimension) {
                if (is_number(axis)) {
                    axis = *std::find_if(names.begin(), names.end(), [&](const std::string &name) {
                        return name.rfind(axis + "#", 0) == 0 && taken.count(name) == 0;
                    });
                    taken.insert(axis);
                }
            }
        }
    }

    void find_lengths(const std::vector<std::string> &dimension, std::int64_t extent) {
        std::string unknown;
        for (const std::string &axis : dimension) {
            if (length.count(axis) == 0) {
                unknown = axis;
            } else if (length[axis] != 0) {
                extent /= length[axis];
            }
        }
        if (!unknown.empty()) {
            length[unknown] = extent;
        }
    }

    Shape shape_of_side(const Side &side) const {
        Shape shape;
        for (const auto &dimension : side) {
            shape.push_back(1);
            for (const std::string &axis : dimension) {
                shape.back() *= length.at(axis);
            }
        }
        return shape;
    }

    // By axis: how far apart its elements lie in a tensor that is shaped as a side, with these strides of its
    // dimensions; densely where there are none.
    std::map<std::string, std::int64_t> steps_in(const Side &side, const Shape &strides = {}) const {
        std::map<std::string, std::int64_t> steps;
        std::int64_t step = 1;
        for (std::size_t d = side.size(); d-- > 0;) {
            step = strides.empty() ? step : strides[d];
            for (std::size_t i = side[d].size(); i-- > 0;) {
                steps[side[d][i]] = step;
                step *= length.at(side[d][i]);
            }
        }
        return steps;
    }
};

}  // namespace

Shape params_shape(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths) {
    const Axes axes(text, params, shape, lengths);
    return axes.shape_of_side(axes.params);
}

Shape right_side_shape(const std::string &text, const Shape &shape, const Lengths &lengths) {
    const Axes axes(text, "", shape, lengths);
    return axes.shape_of_side(axes.right);
}

StatisticGroups::StatisticGroups(const std::string &text, const std::string &params, const Shape &shape,
                                 const Lengths &lengths, const Shape &strides) {
    const Axes axes(text, params, shape, lengths);
    statistics_shape_ = axes.shape_of_side(axes.right);
    auto x_steps = axes.steps_in(axes.left, strides), params_steps = axes.steps_in(axes.params);
    const auto kept = axes.steps_in(axes.right);
    const auto loop_of = [&](const std::string &axis) {
        return Loop{at(axes.length.at(axis)), at(x_steps.at(axis)), at(params_steps[axis])};  // 0 where there is none
    };
    for (const auto &dimension : axes.right) {
        for (const std::string &axis : dimension) {
            kept_.push_back(loop_of(axis));
        }
    }
    for (const std::string &axis : axes.names) {
        if (kept.count(axis) == 0 && axes.length.at(axis) != 1) {
            reduced_.push_back(loop_of(axis));
        }
    }
    if (reduced_.empty()) {
        reduced_.push_back({1, 0, 0});
    }
}

std::int64_t StatisticGroups::elements() const {
    std::int64_t count = 1;
    for (const Loop &loop : reduced_) {
        count *= static_cast<std::int64_t>(loop.length);
    }
    return count;
}

namespace {
template <typename Result>
Result each_group(const StatisticGroups &groups, const Values &x, const ReferenceOptions &options) {
    Result expected(x.size(), options.statistic, groups.statistics_shape());
    for (std::size_t g = 0; g < at(groups.count()); ++g) {
        normalize_group(
            x, options, [&](const auto &f) { groups.each(g, f); }, g, expected);
    }
    return expected;
}
}  // namespace

Expected by_pattern(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths,
                    const Values &x, const ReferenceOptions &options) {
    return each_group<Expected>(StatisticGroups(text, params, shape, lengths), x, options);
}

WideExpected wide_by_pattern(const std::string &text, const std::string &params, const Shape &shape,
                             const Lengths &lengths, const Values &x, const ReferenceOptions &options) {
    return each_group<WideExpected>(StatisticGroups(text, params, shape, lengths), x, options);
}

}  // namespace axnorm::test
