#include "named_thresholds.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>

#include "axnorm/error.h"
#include "failure.h"
#include "runtime/tuning/tuning_file.h"

namespace axnorm::measure {
namespace {

// What a person would write: three digits of factors, whole numbers else.
double rounded(const ThresholdRow &row, double value) {
    if (row.count != nullptr) {
        const auto unit = static_cast<double>(row.multiple_of);
        return std::round(value / unit) * unit;
    }
    std::ostringstream text;
    text << std::setprecision(3) << value;
    return std::stod(text.str());
}

// A value of the row, as JSON has it: counts are whole.
Json value_of(const ThresholdRow &row, double value) {
    return row.count != nullptr ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

}  // namespace

void NamedThresholds::set(const std::string &name, const std::string &text) {
    if (name.empty()) {
        throw Failure("request", "thresholds without a name are those that the process began with");
    }
    std::istringstream file(text);
    try {
        named_[name] = read_tuning(file, "thresholds '" + name + "'");
    } catch (const Error &error) {
        throw Failure("request", error.what());
    }
}

const Thresholds &NamedThresholds::get(const std::string &name) const {
    const auto place = named_.find(name);
    if (!name.empty() && place == named_.end()) {
        throw Failure("request", "there are no thresholds '" + name + "'");
    }
    return name.empty() ? *at_first_ : place->second;
}

std::vector<double> tried_values(const ThresholdRow &row) {
    const auto [from, to, step] = row.tried;
    if (step <= 1) {
        return {};
    }
    const double usual = row.value(Thresholds{});
    std::vector<double> values{usual};
    for (double value = usual / step; value >= from; value /= step) {
        values.push_back(rounded(row, value));
    }
    for (double value = usual * step; value <= to; value *= step) {
        values.push_back(rounded(row, value));
    }
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

Json list_of_thresholds() {
    Json all = Json::array();
    for (const ThresholdRow &row : threshold_rows()) {
        Json tried = Json::array();
        for (const double value : tried_values(row)) {
            tried.push_back(value_of(row, value));
        }
        all.push_back({{"name", row.name},
                       {"usual", value_of(row, row.value(Thresholds{}))},
                       {"tried", tried},
                       {"meaning", row.meaning}});
    }
    return all;
}

}  // namespace axnorm::measure
