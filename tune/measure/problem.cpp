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
    if (memory.size() == 0) {
        return;
    }
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

}  // namespace

Extents dense_strides(const Extents &shape) {
    Extents strides = shape;
    std::int64_t stride = 1;
    for (int i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= shape[i];
    }
    return strides;
}

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
    make_operands();
    layout_ = make_layout(pattern_, operands_, lengths);
    layout_with_statistics_ = make_layout(pattern_, with_statistics_, lengths);
}

// What can be told without memory, which a wrong request does not get.
void Problem::describe(std::span<const NamedLength> lengths) {
    const DryCall call(pattern_, shape_, lengths,
                       {.memory = request_.memory,
                        .statistic = request_.statistic,
                        .dtypes = request_.dtypes,
                        .statistics = true,
                        .device = request_.device});
    if (call.layout().elements == 0) {
        throw Failure("request", "x has no elements: its shape is " + to_string(shape_));
    }
    for (const RoleRow &row : role_rows) {
        views_[row.role] = call.operands()[row.role];
    }
    strides_ = views_[role_x].strides().value_or(dense_strides(shape_));
    statistics_ = views_[role_rstd].shape();
}

void Problem::make_tensors() {
    for (const RoleRow &row : role_rows) {
        const ConstTensorView &view = views_[row.role];
        if (view.present()) {
            memory_[row.role] = memory_of(view.shape(), view.dtype());
        }
    }
    fill_inputs();
    const Device device = request_.device;
    if (device != Device::cpu) {
        on_gpu_ = std::make_unique<OnGpu>(memory_);
    }
    for (const RoleRow &row : role_rows) {
        ConstTensorView &view = views_[row.role];
        if (view.present()) {
            const void *data = on_gpu_ ? on_gpu_->at(row.role) : memory_[row.role].data();
            view = {data, view.dtype(), view.shape(), view.strides(), device};
        }
    }
}

void Problem::fill_inputs() {
    const DType statistics = statistics_dtype(request_.dtypes.x);
    fill(memory_[role_x], request_.dtypes.x, 1, 2, request_.seed);
    fill(memory_[role_scale], statistics, 1, 0.5, request_.seed + 1);
    fill(memory_[role_shift], statistics, 0, 1, request_.seed + 2);
    // Pages that were never written are one page to the caches.
    std::memset(memory_[role_y].data(), 0, memory_[role_y].size());
}

void Problem::make_operands() {
    with_statistics_.statistic = request_.statistic;
    for (const RoleRow &row : role_rows) {
        with_statistics_.tensors[row.role] = &views_[row.role];
    }
    operands_ = with_statistics_;
    operands_.tensors[role_mean] = operands_.tensors[role_rstd] = &Operands::absent;
}

Operands Problem::operands(const ConstTensorView &x, const ConstTensorView &y) const {
    Operands operands = operands_;
    operands.tensors[role_x] = &x;
    operands.tensors[role_y] = &y;
    return operands;
}

std::string Problem::refusal(const Kernel &kernel, const Layout &layout, const Operands &operands, Plan &plan) const {
    if (const char *why = plan_kernel(kernel, layout, operands, this_machine(request_.device), plan); why != nullptr) {
        return why;
    }
    try {
        check_reach(pattern_, Slice(plan, layout));
    } catch (const Refusal &refusal) {
        return refusal.message;
    }
    return "";
}

bool Problem::serves_statistics(const Kernel &kernel) const {
    Plan plan;
    return refusal(kernel, layout_with_statistics_, with_statistics_, plan).empty();
}

std::vector<std::int64_t> Problem::extents(const Plan &plan) const {
    const Slice whole(plan, layout_);
    const Letters &letters = plan.kernel->letters;
    std::vector<std::int64_t> extents(whole.reduced.begin(), whole.reduced.begin() + letters.reduced_count);
    extents.insert(extents.end(), whole.kept.begin(), whole.kept.begin() + letters.kept_count);
    return extents;
}

void Problem::write_outputs() const {
    for (const RoleRow &row : role_rows) {
        if (on_gpu_ && operands_.written(row.role)) {
            on_gpu_->write(row.role, memory_[row.role]);
        }
    }
}

void Problem::read_outputs() const {
    for (const RoleRow &row : role_rows) {
        if (on_gpu_ && operands_.written(row.role)) {
            on_gpu_->read(row.role, memory_[row.role]);
        }
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

void Problem::run_with_statistics(const Kernel &kernel, Stores stores) const {
    Plan plan;
    refusal(kernel, layout_with_statistics_, with_statistics_, plan);
    run_planned(layout_with_statistics_, plan, with_statistics_, options(stores, nullptr));
}

Way Problem::way(const Plan &plan) const {
    return way_of(Slice(plan, layout_), operands_, options(Stores::automatic, nullptr));
}

}  // namespace axnorm::measure
