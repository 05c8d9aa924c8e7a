// axnorm against plain loops and copies over the same bytes, on the float32 cases of cases.h. The others, and other
// libraries: peers/.
//
//     axnorm_bench [--filter REGEX] [--check] [--benchmark_out=FILE.json] [any other flag of Google Benchmark]
//
// All repetitions of all rows are run in one random order, so that what disturbs the machine for a while does not fall
// on one row; a time is the minimum of its repetitions. With --check the exit code is 1 where a bar is missed.
#include <algorithm>
#include <string>
#include <vector>

#include "copies.h"
#include "fixed_extents.h"
#include "interfaces.h"
#include "naive.h"
#include "report.h"

namespace {

using namespace bench;

// Registers "case/row", which times call(). An exception of call() becomes the row's error.
template <class F>
benchmark::internal::Benchmark *add_row(const Case &c, const char *row, F call) {
    const std::string name = std::string(c.name) + "/" + row;
    const auto body = [&c, call](benchmark::State &state) {
        try {
            for ([[maybe_unused]] auto iteration : state) {
                call();
                benchmark::ClobberMemory();
            }
        } catch (const std::exception &error) {
            state.SkipWithError(error.what());
        }
        state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * least_traffic(c));
    };
    const auto minimum = [](const std::vector<double> &values) {
        return *std::min_element(values.begin(), values.end());
    };
    return benchmark::RegisterBenchmark(name.c_str(), body)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond)
        ->ComputeStatistics("min", minimum);
}

void add_case(const Case &c, const Buffers &buffers) {
    float *const y = buffers.y.get();
    const float *const x = buffers.x.get();
    add_row(c, row_axnorm, [&] { run_axnorm(c, buffers, {.threads = 1}); });
    add_row(c, row_threads, [&] { run_axnorm(c, buffers, {.threads = 2}); });
    add_row(c, row_canonical, [&] { run_axnorm(c, buffers, {.threads = 1, .canonical = true}); });

    if (has_fixed(c, buffers)) {
        add_row(c, row_fixed, [&] { run_fixed(c, buffers); });
    }
    if (c.bar == Bar::call) {
        add_row(c, row_strings, [&] { run_strings(c, buffers); });
        add_row(c, row_c, [&] { run_c(c, buffers); });
    }

    const float *const scale = c.params != 0 ? buffers.scale.get() : nullptr;
    const float *const shift = c.params != 0 ? buffers.shift.get() : nullptr;
    add_row(
        c, row_naive,
        [=, &buffers, loops = NaiveLoops(c)] { loops.run(x, scale, shift, y, buffers.mean.get(), buffers.rstd.get()); })
        ->Repetitions(3)
        ->MinTime(0.002);

    const std::int64_t count = elements(c);
    add_row(c, row_copies[0], [=] { copy_memcpy(y, x, count); });
    if (has_avx2()) {
        add_row(c, row_copies[1], [=] { copy_avx2(y, x, count); });
        add_row(c, row_copies[2], [=] { copy_stream(y, x, count); });
    }
}

struct Arguments {
    // The defaults; flags of the caller come after them, and the last one wins.
    std::vector<std::string> flags{"axnorm_bench", "--benchmark_enable_random_interleaving=true",
                                   "--benchmark_repetitions=20", "--benchmark_min_time=0.02",
                                   "--benchmark_report_aggregates_only=true"};
    bool check = false;
};

Arguments parse_arguments(int argc, char **argv) {
    Arguments result;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--check") {
            result.check = true;
        } else if (argument == "--filter" && i + 1 < argc) {
            result.flags.push_back(std::string("--benchmark_filter=") + argv[++i]);
        } else {
            result.flags.push_back(argument);
        }
    }
    return result;
}

}  // namespace

int main(int argc, char **argv) {
    Arguments arguments = parse_arguments(argc, argv);
    std::vector<char *> flags;
    for (std::string &flag : arguments.flags) {
        flags.push_back(flag.data());
    }
    int count = static_cast<int>(flags.size());
    benchmark::Initialize(&count, flags.data());
    if (benchmark::ReportUnrecognizedArguments(count, flags.data())) {
        return 2;
    }

    std::int64_t most_elements = 0;
    for (const Case &c : cases) {
        most_elements = std::max(most_elements, elements(c));
    }
    const Buffers buffers(most_elements);
    if (const std::string missing = kernels_without_case(buffers); !missing.empty()) {
        std::fprintf(stderr, "cases.h has no case for these kernels of the default library: %s\n", missing.c_str());
        return 1;
    }
    for (const Case &c : cases) {
        if (c.dtype == axnorm::DType::float32) {
            add_case(c, buffers);
        }
    }
    TableReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::Shutdown();
    if (reporter.times().empty()) {
        return reporter.failed() ? 1 : 0;  // the names were listed, or there was nothing to run
    }
    const bool right = print_table(reporter.times(), buffers) && !reporter.failed();
    const bool met = print_bars(reporter.times());
    return right && (met || !arguments.check) ? 0 : 1;
}
