#include "pattern_reference.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>
#include <span>
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

    // By axis of the left: how far apart its elements lie in a tensor that is shaped as a side; 0 where it has no such
    // axis.
    Shape steps_in(const Side &side) const {
        std::map<std::string, std::int64_t> steps;
        std::int64_t step = 1;
        for (std::size_t d = side.size(); d-- > 0;) {
            for (std::size_t i = side[d].size(); i-- > 0;) {
                steps[side[d][i]] = step;
                step *= length.at(side[d][i]);
            }
        }
        Shape result;
        for (const std::string &name : names) {
            result.push_back(steps.count(name) == 0 ? 0 : steps[name]);
        }
        return result;
    }
};

// An element of x, and where its statistics and params are.
struct Element {
    std::size_t x, params;
};

// The elements of x by statistic group: those of group g are from begin[g] up to begin[g + 1].
struct Groups {
    std::vector<Element> elements;
    std::vector<std::size_t> begin;

    std::size_t count() const { return begin.size() - 1; }
    std::span<const Element> of(std::size_t group) const {
        return std::span(elements).subspan(begin[group], begin[group + 1] - begin[group]);
    }
};

Groups elements_by_group(const Axes &axes, std::size_t count) {
    const Shape group_steps = axes.steps_in(axes.right), params_steps = axes.steps_in(axes.params);
    const std::size_t rank = axes.names.size();
    Shape lengths, index(rank, 0);
    for (const std::string &name : axes.names) {
        lengths.push_back(axes.length.at(name));
    }
    std::vector<std::size_t> group_of(count), params_of(count);
    Groups groups{std::vector<Element>(count),
                  std::vector<std::size_t>(at(product(axes.shape_of_side(axes.right))) + 1)};
    for (std::size_t i = 0; i < count; ++i) {
        std::int64_t group = 0, params = 0;
        for (std::size_t a = 0; a < rank; ++a) {
            group += index[a] * group_steps[a];
            params += index[a] * params_steps[a];
        }
        group_of[i] = at(group);
        params_of[i] = at(params);
        ++groups.begin[at(group) + 1];
        for (std::size_t a = rank; a-- > 0;) {
            if (++index[a] < lengths[a]) {
                break;
            }
            index[a] = 0;
        }
    }
    std::partial_sum(groups.begin.begin(), groups.begin.end(), groups.begin.begin());
    std::vector<std::size_t> next = groups.begin;
    for (std::size_t i = 0; i < count; ++i) {
        groups.elements[next[group_of[i]]++] = {i, params_of[i]};
    }
    return groups;
}
}  // namespace

Shape params_shape(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths) {
    const Axes axes(text, params, shape, lengths);
    return axes.shape_of_side(axes.params);
}

Shape right_side_shape(const std::string &text, const Shape &shape, const Lengths &lengths) {
    const Axes axes(text, "", shape, lengths);
    return axes.shape_of_side(axes.right);
}

Expected by_pattern(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths,
                    const Values &x, const ReferenceOptions &options) {
    const Axes axes(text, params, shape, lengths);
    const Groups groups = elements_by_group(axes, x.size());
    Expected expected;
    expected.y.resize(x.size());
    expected.size.resize(x.size());
    expected.mean.resize(options.statistic == Statistic::mean_var ? groups.count() : 0);
    expected.rstd.resize(options.statistic == Statistic::given ? 0 : groups.count());
    expected.statistics_shape = axes.shape_of_side(axes.right);
    for (std::size_t g = 0; g < groups.count(); ++g) {
        const auto each = [&](const auto &f) {
            for (const Element &element : groups.of(g)) {
                f(element.x, element.params);
            }
        };
        normalize_group(x, options, each, g, expected);
    }
    return expected;
}

}  // namespace axnorm::test
