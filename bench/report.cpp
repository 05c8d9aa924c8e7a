#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "naive.h"

namespace bench {

namespace {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
constexpr double tolerance =
    2e-5;  // of y; the inputs are about 1, so that this finds what is wrong, not what is inexact

// The largest error of the exact and the canonical kernel against the loops in double; NaN counts as infinite.
double largest_error(const Case &c, const Buffers &buffers) {
    const auto count = static_cast<std::size_t>(elements(c));
    std::vector<double> expected(count);
    const bool affine = c.params != 0;
    NaiveLoops(c).run(buffers.x.get(), affine ? buffers.scale.get() : nullptr, affine ? buffers.shift.get() : nullptr,
                      expected.data(), buffers.mean.get(), buffers.rstd.get());
    double largest = 0;
    for (const bool canonical : {false, true}) {
        std::fill_n(buffers.y.get(), count, std::numeric_limits<float>::quiet_NaN());
        run_axnorm(c, buffers, {.threads = 1, .canonical = canonical});
        for (std::size_t i = 0; i < count; ++i) {
            const double error = std::abs(static_cast<double>(buffers.y[i]) - expected[i]);
            largest = std::isnan(error) ? HUGE_VAL : std::max(largest, error);
        }
    }
    return largest;
}

// A number in a column of `width`; a dash for what was not measured.
void print_number(double value, int width, int digits) {
    if (std::isnan(value)) {
        std::printf(" %*s", width, "-");
    } else {
        std::printf(" %*.*f", width, digits, value);
    }
}

// What was not measured (NaN) is passed over.
bool print_bar(const char *name, const char *what, double value, double most) {
    if (std::isnan(value)) {
        return true;
    }
    std::printf("bar  %-26s %-18s %5.2f  at most %.1f: %s\n", name, what, value, most,
                value <= most ? "met" : "MISSED");
    return value <= most;
}

}  // namespace

void Times::add(const std::string &name, double us) {
    const auto [place, is_new] = us_.try_emplace(name, us);
    place->second = std::min(place->second, us);
}

double Times::of(const Case &c, const std::string &row) const {
    const auto place = us_.find(std::string(c.name) + "/" + row);
    return place == us_.end() ? not_measured : place->second;
}

double Times::copy_of(const Case &c) const {
    double best = not_measured;
    for (const char *row : row_copies) {
        best = std::fmin(best, of(c, row));  // which ignores NaN
    }
    return best;
}

bool TableReporter::ReportContext(const Context &) {
    return true;
}

void TableReporter::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &run : runs) {
        if (run.error_occurred) {
            failed_ = true;
            std::fprintf(stderr, "%s: %s\n", run.run_name.function_name.c_str(), run.error_message.c_str());
        } else if (run.run_type == Run::RT_Iteration || run.aggregate_name == "min") {
            const double to_us = 1e6 / benchmark::GetTimeUnitMultiplier(run.time_unit);
            times_.add(run.run_name.function_name, run.GetAdjustedRealTime() * to_us);
        }
    }
}

std::string kernels_without_case(const Buffers &buffers) {
    std::string missing;
    const axnorm::KernelLine *before = nullptr;
    for (const axnorm::KernelLine &line : axnorm_default::lines) {
        // The first one of a pattern in an order is for tensors without axes of length 1, and of any extents.
        const bool is_first = before == nullptr || before->pattern != line.pattern || before->memory != line.memory ||
                              before->params != line.params;
        before = &line;
        // A kernel for short rows comes with one for rows of any length.
        const auto runs = [&](const Case &c) {
            const std::string kernel = available(c) ? kernel_name(c, buffers) : "";
            return kernel.substr(0, kernel.find('-')) == line.signature;
        };
        if (is_first && line.statistic == axnorm::Statistic::mean_var &&
            std::none_of(std::begin(cases), std::end(cases), runs)) {
            missing += (missing.empty() ? "" : ", ") + std::string(line.signature);
        }
    }
    return missing;
}

bool print_table(const Times &times, const Buffers &buffers) {
    std::printf("float32, %s kernels, one thread but for one column, microseconds\n", axnorm::cpu_isa());
    std::printf("%-34s %-9s %9s %9s %6s %6s %9s %9s %6s %9s %9s %7s\n", "case", "kernel", "copy", "axnorm", "x copy",
                "GB/s", "2 threads", "canonical", "x", "fixed", "naive", "error");
    bool right = true;
    for (const Case &c : cases) {
        if (c.dtype != axnorm::DType::float32) {
            continue;  // it has the name of another case
        }
        const double copy = times.copy_of(c), exact = times.of(c, row_axnorm), canonical = times.of(c, row_canonical);
        if (std::isnan(copy) && std::isnan(exact) && std::isnan(canonical)) {
            continue;
        }
        const double error = largest_error(c, buffers);
        right = right && error <= tolerance;
        std::printf("%-34s %-9s", c.name, kernel_name(c, buffers).c_str());
        print_number(copy, 9, 2);
        print_number(exact, 9, 2);
        print_number(exact / copy, 6, 2);
        print_number(static_cast<double>(least_traffic(c)) / exact / 1e3, 6, 1);
        print_number(times.of(c, row_threads), 9, 2);
        print_number(canonical, 9, 2);
        print_number(canonical / exact, 6, 2);
        print_number(times.of(c, row_fixed), 9, 2);
        print_number(times.of(c, row_naive), 9, 1);
        std::printf(" %7.0e%s\n", error, error <= tolerance ? "" : "  WRONG");
    }
    return right;
}

bool print_bars(const Times &times) {
    bool met = true, any = false;
    for (const Case &c : cases) {
        if (c.dtype != axnorm::DType::float32) {
            continue;
        }
        const double exact = times.of(c, row_axnorm);
        any = any || (c.bar != Bar::none && !std::isnan(exact));
        if (c.bar == Bar::bandwidth) {
            met &= print_bar(c.name, "axnorm / copy", exact / times.copy_of(c), most_times_copy);
            met &= print_bar(c.name, "canonical / axnorm", times.of(c, row_canonical) / exact, most_times_exact);
        } else if (c.bar == Bar::call) {
            const double by_c = times.of(c, row_c), by_strings = times.of(c, row_strings);
            met &= print_bar(c.name, "us a call", exact, most_call_us);
            met &= print_bar(c.name, "ns, C - C++", 1e3 * (by_c - exact), most_c_ns);
            met &= print_bar(c.name, "ns, C - strings", 1e3 * (by_c - by_strings), most_c_ns);
        }
    }
    return met && any;
}

}  // namespace bench
