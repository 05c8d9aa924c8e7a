// Normalization as plain loops in double, to compare with.
#pragma once

#include <cmath>
#include <map>
#include <vector>

// Tensors with channels innermost. `group_of` tells to which statistic an element belongs.
template <class GroupOf>
std::vector<double> reference(const std::vector<float> &x, const std::vector<float> &scale,
                              const std::vector<float> &shift, const GroupOf &group_of, double eps = 1e-5) {
    struct Group {
        double count = 0, sum = 0, squares = 0;
    };
    std::map<std::size_t, Group> groups;
    for (std::size_t i = 0; i < x.size(); ++i) {
        Group &group = groups[group_of(i)];
        group.count += 1;
        group.sum += x[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        Group &group = groups[group_of(i)];
        const double difference = x[i] - group.sum / group.count;
        group.squares += difference * difference;
    }

    std::vector<double> y;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Group &group = groups[group_of(i)];
        const double normalized = (x[i] - group.sum / group.count) / std::sqrt(group.squares / group.count + eps);
        y.push_back(normalized * scale[i % scale.size()] + shift[i % shift.size()]);
    }
    return y;
}
