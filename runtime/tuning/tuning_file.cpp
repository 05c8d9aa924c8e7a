#include "tuning_file.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <set>
#include <string>
#include <string_view>

#include "axnorm/error.h"
#include "axnorm/tuning.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {
namespace {

std::atomic<bool> is_loaded{false};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string names() {
    std::string all;
    for (const ThresholdRow &row : threshold_rows()) {
        all += std::string(all.empty() ? "" : ", ") + row.name;
    }
    return all;
}

// Throws std::string, what is wrong with it.
double parse_value(const ThresholdRow &row, std::string_view text) {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && stop == text.data() + text.size() && std::isfinite(value);
    const bool is_whole = row.count == nullptr || std::fmod(value, static_cast<double>(row.multiple_of)) == 0;
    if (!is_number || !is_whole || value < row.least || value > row.most) {
        std::string legal = row.count == nullptr ? "a number" : "a whole number";
        legal += row.multiple_of > 1 ? ", a multiple of " + std::to_string(row.multiple_of) + "," : "";
        throw std::string(row.name) + " is '" + std::string(text) + "', it has to be " + legal + " from " +
            text_of(row.least) + " to " + text_of(row.most);
    }
    return value;
}

void apply_line(std::string_view line, Thresholds &thresholds, std::set<std::string_view> &seen) {
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) {
        return;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
        throw "'" + std::string(line) + "' is not `name = value`";
    }
    const std::string_view name = trimmed(line.substr(0, equals));
    const auto rows = threshold_rows();
    const auto row = std::ranges::find(rows, name, &ThresholdRow::name);
    if (row == rows.end()) {
        throw "there is no threshold '" + std::string(name) + "'; there are " + names();
    }
    if (!seen.insert(row->name).second) {
        throw std::string(name) + " is there twice";
    }
    const double value = parse_value(*row, trimmed(line.substr(equals + 1)));
    if (row->count != nullptr) {
        thresholds.*(row->count) = static_cast<std::int64_t>(value);
    } else {
        thresholds.*(row->factor) = value;
    }
}

}  // namespace

std::string text_of(double value) {
    char text[32];
    const auto [end, error] = std::to_chars(std::begin(text), std::end(text), value);
    return error == std::errc() ? std::string(std::begin(text), end) : "";
}

Thresholds read_tuning(std::istream &file, const std::string &name) {
    Thresholds thresholds;
    std::set<std::string_view> seen;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        try {
            apply_line(line, thresholds, seen);
        } catch (const std::string &fault) {
            std::string message = name;
            message.append(":").append(std::to_string(number)).append(": ").append(fault);
            throw Error(message);
        }
    }
    return thresholds;
}

void load_tuning(const std::string &path) {
    std::ifstream file(path);
    const auto check = [&](bool is_readable) {
        if (!is_readable) {
            throw Error("the tuning file '" + path + "' cannot be read");
        }
    };
    check(file.good());
    const Thresholds thresholds = read_tuning(file, path);
    check(!file.bad());
    use_thresholds(thresholds);
    is_loaded = true;
}

void load_tuning_of_environment() {
    const char *path = std::getenv("AXNORM_TUNING");
    if (path != nullptr && *path != '\0' && !is_loaded) {
        load_tuning(path);
    }
}

}  // namespace axnorm
