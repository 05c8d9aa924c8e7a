#include "bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <new>
#include <random>

#include "copy_threads.h"
#include "runtime/language/strides.h"
#include "runtime/language/traffic.h"

namespace axnorm::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double least_sample = 200e-6;  // in seconds: of shorter calls several are one sample

// Memory of a whole number of cache lines, on a boundary of one.
class Buffer {
  public:
    explicit Buffer(std::size_t bytes) : bytes_(bytes), data_(new (line) char[bytes]) {}

    char *data() const { return data_.get(); }

    // Numbers of one exponent, so that no result is out of range: 1 to 2, and -1 to -2.
    void fill(DType dtype) {
        std::mt19937_64 random(1);
        const auto fill = [&]<class Bits>(Bits one, int fraction_bits) {
            for (std::size_t at = 0; at + sizeof(Bits) <= bytes_; at += sizeof(Bits)) {
                const std::uint64_t bits = random(), sign = bits >> 63 << (8 * sizeof(Bits) - 1);
                const auto number = static_cast<Bits>(one | sign | (bits & ((std::uint64_t{1} << fraction_bits) - 1)));
                std::memcpy(data() + at, &number, sizeof number);
            }
        };
        switch (dtype) {
            case DType::float32: fill(std::uint32_t{0x3F800000}, 23); break;
            case DType::float64: fill(std::uint64_t{0x3FF0000000000000}, 52); break;
            case DType::float16: fill(std::uint16_t{0x3C00}, 10); break;
            case DType::bfloat16: fill(std::uint16_t{0x3F80}, 7); break;
        }
    }

  private:
    static constexpr std::align_val_t line{64};
    struct Delete {
        void operator()(char *data) const { ::operator delete[](data, line); }
    };

    std::size_t bytes_;
    std::unique_ptr<char[], Delete> data_;
};

// From the first element to the last.
std::size_t span_of(const ConstTensorView &tensor) {
    const Extents strides = checked_strides(tensor, "a tensor");
    std::int64_t last = 0;
    for (int i = 0; i < tensor.rank(); ++i) {
        last += (tensor.shape()[i] - 1) * strides[i];
    }
    return static_cast<std::size_t>((last + 1) * size_of(tensor.dtype()));
}

// The tensors of a call, with memory.
struct Tensors {
    std::vector<Buffer> buffers;
    std::array<TensorView, role_count> views;
    Options options;

    // x and y have room for `copied` bytes.
    Tensors(const Operands &operands, std::size_t copied) {
        for (const RoleRow &row : role_rows) {
            const ConstTensorView &tensor = operands[row.role];
            if (!tensor.present()) {
                continue;
            }
            Buffer &buffer = buffers.emplace_back(std::max(span_of(tensor), row.axes == Axes::all ? copied : 0));
            buffer.fill(tensor.dtype());
            views[row.role] = {buffer.data(), tensor.dtype(), tensor.shape(), tensor.strides()};
        }
        options.statistic = operands.statistic;
        for (const TensorOption &option : tensor_options) {
            const bool is_read = row_of(option.role).axes == Axes::params;
            if (views[option.role].present() && (is_read || option.given == (operands.statistic == Statistic::given))) {
                option.of(options) = views[option.role];
            }
        }
    }
};

// The seconds that one of `calls` calls takes.
double time_of(const std::function<void()> &call, int calls) {
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < calls; ++i) {
        call();
    }
    return std::chrono::duration<double>(Clock::now() - begin).count() / calls;
}

// What is timed, and its times.
struct Timed {
    std::string name;
    std::function<void()> call;
    int calls = 1;  // that are a sample
    std::vector<double> times{};

    // Warms up, too.
    void choose_calls() {
        while (time_of(call, calls) * calls < least_sample) {
            calls *= 2;
        }
    }
    void sample() { times.push_back(time_of(call, calls)); }
    double quantile(double share) {
        std::ranges::sort(times);
        return times[static_cast<std::size_t>(std::lround(share * static_cast<double>(times.size() - 1)))];
    }
};

}  // namespace

Document bench(const CallRequest &request, const BenchOptions &options) {
    const RequestedCall requested(request);
    const Operands &operands = requested.call.operands();
    if (requested.layout.elements == 0) {
        throw Error("x has no elements: there is nothing to measure");
    }
    const double bytes = bytes_of(operands[role_x]) + bytes_of(operands[role_y]);
    const auto copied = static_cast<std::size_t>(bytes / 2);
    Tensors tensors(operands, copied);
    tensors.options.canonical = request.canonical;
    tensors.options.parallel.threads = options.threads;
    const auto normalize_once = [&] {
        normalize(requested.call.pattern(), tensors.views[role_x], tensors.views[role_y], tensors.options,
                  requested.lengths);
    };
    CopyThreads copy(tensors.buffers[role_y].data(), tensors.buffers[role_x].data(), copied, options.threads);
    std::array<Timed, 2> both{{{"call", normalize_once}, {"copy", [&] { copy.run(); }}}};
    for (Timed &timed : both) {
        timed.choose_calls();
    }
    for (int round = 0; round < options.rounds; ++round) {
        both[static_cast<std::size_t>(round % 2)].sample();
        both[static_cast<std::size_t>(1 - round % 2)].sample();
    }
    Table table({{"timed"},
                 {"median us", Align::right},
                 {"lower quartile", Align::right},
                 {"upper quartile", Align::right},
                 {"GB/s", Align::right}});
    for (Timed &timed : both) {
        const double median = timed.quantile(0.5);
        table.add({timed.name, fixed(median * 1e6, 3), fixed(timed.quantile(0.25) * 1e6, 3),
                   fixed(timed.quantile(0.75) * 1e6, 3), fixed(bytes / median / 1e9, 2)});
    }
    Document document;
    document.fact("kernel", requested.plan.kernel->name);
    document.fact("threads", std::to_string(options.threads));
    document.fact("rounds", std::to_string(options.rounds));
    document.fact("bytes", fixed(bytes, 0) + ", x read and y written once; copy is memcpy of as many");
    document.fact("call / copy", fixed(both[0].quantile(0.5) / both[1].quantile(0.5), 2));
    document.blank();
    document.table("times", table);
    return document;
}

}  // namespace axnorm::cli
