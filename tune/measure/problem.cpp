#include "problem.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "axnorm/parse.h"
#include "failure.h"
#include "reference/tensors.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/call/run_planned.h"
#include "runtime/language/described_call.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/slice.h"

namespace axnorm::measure {
namespace {

// A prime: no two statistic groups are the same numbers, though these are repeated.
constexpr std::int64_t random_numbers = 262139;

// Ordinary numbers, one behind the other in memory.
void fill(const GuardedMemory &memory, DType dtype, double mean, double deviation, std::uint64_t seed) {
    const auto size = static_cast<std::size_t>(size_of(dtype));
    const auto count = std::min(random_numbers, static_cast<std::int64_t>(memory.size() / size));
    std::size_t filled = 0;
    for (const double value : test::normal(count, mean, deviation, seed, dtype)) {
        test::store(value, dtype, memory.data() + filled);
        filled += size;
    }
    for (std::size_t more = 0; filled < memory.size(); filled += more) {
        more = std::min(static_cast<std::size_t>(random_numbers) * size, memory.size() - filled);
        std::memcpy(memory.data() + filled, memory.data(), more);
    }
}

// A tensor that Layout found not too large.
GuardedMemory memory_of(const Extents &shape, DType dtype) {
    std::int64_t bytes = size_of(dtype);
    for (const std::int64_t extent : shape) {
        bytes *= extent;
    }
    return GuardedMemory(static_cast<std::size_t>(bytes));
}

Extents dense(const Extents &shape) {
    Extents strides = shape;
    std::int64_t stride = 1;
    for (int i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= shape[i];
    }
    return strides;
}

}  // namespace

std::vector<NamedLength> named(const std::map<std::string, std::int64_t> &lengths) {
    std::vector<NamedLength> all;
    for (const auto &[name, length] : lengths) {
        all.push_back({name, length});
    }
    return all;
}

Problem::Problem(ProblemRequest request)
    : request_(std::move(request)),
      pattern_(parse(request_.pattern, request_.params)),
      shape_(std::span<const std::int64_t>(request_.shape)) {
    const std::vector<NamedLength> lengths = named(request_.lengths);
    describe(lengths);
    make_tensors();
    layout_ = make_layout(pattern_, operands_, lengths);
}

// What can be told without memory, which a wrong request does not get.
void Problem::describe(std::span<const NamedLength> lengths) {
    const DryCall call(pattern_, shape_, lengths,
                       {.memory = request_.memory,
                        .statistic = request_.statistic,
                        .dtypes = request_.dtypes,
                        .device = request_.device});
    if (call.layout().elements == 0) {
        throw Failure("request", "x has no elements: its shape is " + to_string(shape_));
    }
    strides_ = call.operands()[role_x].strides().value_or(dense(shape_));
    has_params_ = call.operands()[role_scale].present();
    params_ = call.operands()[role_scale].shape();
}

void Problem::make_tensors() {
    const DType statistics = statistics_dtype(request_.dtypes.x);
    x_ = memory_of(shape_, request_.dtypes.x);
    y_ = memory_of(shape_, request_.dtypes.y);
    fill(x_, request_.dtypes.x, 1, 2, request_.seed);
    std::memset(y_.data(), 0, y_.size());  // pages that were never written are one page to the caches
    if (has_params_) {
        scale_ = memory_of(params_, statistics);
        shift_ = memory_of(params_, statistics);
        fill(scale_, statistics, 1, 0.5, request_.seed + 1);
        fill(shift_, statistics, 0, 1, request_.seed + 2);
    }
    make_views(statistics);
}

void Problem::make_views(DType statistics) {
    const Device device = request_.device;
    if (device != Device::cpu) {
        on_gpu_ = std::make_unique<OnGpu>(x_, y_, scale_, shift_);
    }
    x_view_ = x_in(on_gpu_ ? on_gpu_->x() : x_.data());
    y_view_ = y_in(on_gpu_ ? on_gpu_->y() : y_.data());
    if (has_params_) {
        scale_view_ = {on_gpu_ ? on_gpu_->scale() : scale_.data(), statistics, params_, {}, device};
        shift_view_ = {on_gpu_ ? on_gpu_->shift() : shift_.data(), statistics, params_, {}, device};
    }
    operands_ = operands(x_view_, y_view_);
}

Operands Problem::operands(const ConstTensorView &x, const ConstTensorView &y) const {
    Operands operands;
    operands.statistic = request_.statistic;
    operands.tensors[role_x] = &x;
    operands.tensors[role_y] = &y;
    operands.tensors[role_scale] = &scale_view_;
    operands.tensors[role_shift] = &shift_view_;
    return operands;
}

std::string Problem::refusal(const Kernel &kernel, Plan &plan) const {
    if (const char *why = plan_kernel(kernel, layout_, operands_, this_machine(request_.device), plan);
        why != nullptr) {
        return why;
    }
    try {
        check_reach(pattern_, Slice(plan, layout_));
    } catch (const Refusal &refusal) {
        return refusal.message;
    }
    return "";
}

std::vector<std::int64_t> Problem::extents(const Plan &plan) const {
    const Slice whole(plan, layout_);
    const Letters &letters = plan.kernel->letters;
    std::vector<std::int64_t> extents(whole.reduced.begin(), whole.reduced.begin() + letters.reduced_count);
    extents.insert(extents.end(), whole.kept.begin(), whole.kept.begin() + letters.kept_count);
    return extents;
}

void Problem::write_y() const {
    if (on_gpu_) {
        on_gpu_->write_y(y_);
    }
}

void Problem::read_y() const {
    if (on_gpu_) {
        on_gpu_->read_y(y_);
    }
}

Options Problem::options(Stores stores, ThreadPool *pool) const {
    return {.statistic = request_.statistic,
            .eps = request_.eps,
            .parallel = {.threads = request_.threads, .pool = pool},
            .stores = stores};
}

void Problem::run(const Plan &plan, const Operands &operands, Stores stores, ThreadPool *pool) const {
    run_planned(layout_, plan, operands, options(stores, pool));
}

Way Problem::way(const Plan &plan) const {
    return way_of(Slice(plan, layout_), operands_, options(Stores::automatic, nullptr));
}

}  // namespace axnorm::measure
