// What was measured, as one table over all cases, and the bars.
//
//     TableReporter reporter;
//     benchmark::RunSpecifiedBenchmarks(&reporter);
//     print_table(reporter.times(), buffers);
//
// A time is the minimum of its repetitions, in microseconds; a benchmark's name is "case/row".
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>

#include "buffers.h"

namespace bench {

// The rows of a case.
inline constexpr const char *row_axnorm = "axnorm";
inline constexpr const char *row_threads = "axnorm_2_threads";
inline constexpr const char *row_canonical = "canonical";
inline constexpr const char *row_fixed = "fixed_extents";
inline constexpr const char *row_strings = "strings";  // of cases with Bar::call: the pattern is parsed in each call
inline constexpr const char *row_c = "C";              // the same, by the C interface
inline constexpr const char *row_naive = "naive";
inline constexpr const char *row_copies[] = {"copy_memcpy", "copy_avx2", "copy_stream"};

class Times {
  public:
    void add(const std::string &name, double us);
    bool empty() const { return us_.empty(); }
    // NaN where it was not measured.
    double of(const Case &c, const std::string &row) const;
    // The fastest of the three.
    double copy_of(const Case &c) const;

  private:
    std::map<std::string, double> us_;
};

// Prints nothing but errors, and keeps the times.
class TableReporter : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;

    const Times &times() const { return times_; }
    bool failed() const { return failed_; }

  private:
    Times times_;
    bool failed_ = false;
};

// Signatures of the default library's lines that no case runs, for the statistic of the cases and any extents; "" where
// there is none.
std::string kernels_without_case(const Buffers &buffers);

// A line for each case that was measured. False where a result of axnorm is wrong.
bool print_table(const Times &times, const Buffers &buffers);

// A line for each bar. False where one that was measured is missed, or where none was measured.
bool print_bars(const Times &times);

}  // namespace bench
