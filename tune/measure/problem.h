// The call that kernels are measured on: its tensors in memory, dense, with ordinary data, and its layout.
//
//     const Problem problem({.pattern = "b (g n) h w -> b g", .params = "(g n)", .shape = {8, 128, 64, 64}, ...});
//     if (problem.refusal(kernel, plan) == "") { problem.run(plan, problem.operands(), Stores::automatic); }
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "axnorm/options.h"
#include "gpu.h"
#include "memory.h"
#include "runtime/cpu/launch.h"
#include "runtime/language/layout.h"
#include "runtime/planning/plan.h"

namespace axnorm::measure {

struct ProblemRequest {
    std::string pattern{}, params{}, memory{};
    std::vector<std::int64_t> shape{};
    std::map<std::string, std::int64_t> lengths{};
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes{};
    double eps = 1e-5;
    int threads = 1;
    Device device = Device::cpu;
    bool cold = false;          // x and y of a call that is timed are in no cache
    std::uint64_t seed = 1;     // of the data
    std::optional<int> core{};  // the first one; none: any
};

Extents dense_strides(const Extents &shape);

// They refer to the names.
std::vector<NamedLength> named(const std::map<std::string, std::int64_t> &lengths);

class Problem {
  public:
    // Throws Error where the call would.
    explicit Problem(ProblemRequest request);
    Problem(const Problem &) = delete;
    Problem &operator=(const Problem &) = delete;

    const ProblemRequest &request() const { return request_; }
    const Layout &layout() const { return layout_; }
    const Extents &strides() const { return strides_; }  // of x and y, in elements

    // Of y, mean and rstd what the last run wrote. Tensors that the call has not are empty. Scale, shift, mean and rstd
    // are dense and of statistics_dtype().
    const GuardedMemory &memory(Role role) const { return memory_[role]; }
    const Extents &statistics_shape() const { return statistics_; }

    // As a call sees x and y, in other memory.
    ConstTensorView x_in(const void *data) const {
        return {data, request_.dtypes.x, shape_, strides_, request_.device};
    }
    TensorView y_in(void *data) const { return {data, request_.dtypes.y, shape_, strides_, request_.device}; }

    // Those of the call, which asks for y alone; with other views in place of x and y. They refer to the views.
    const Operands &operands() const { return operands_; }
    Operands operands(const ConstTensorView &x, const ConstTensorView &y) const;

    // Plans the call with this kernel; or says why the kernel does not serve it, else "".
    std::string refusal(const Kernel &kernel, Plan &plan) const { return refusal(kernel, layout_, operands_, plan); }
    bool serves_statistics(const Kernel &kernel) const;  // the call that asks for mean and rstd, too

    // Of the groups of the kernel's letters, reduced ones before kept ones, innermost first.
    std::vector<std::int64_t> extents(const Plan &plan) const;

    // Of a device: y, mean and rstd there become what they are here, and the other way round. Of the CPU they are one.
    void write_outputs() const;
    void read_outputs() const;

    // As a call runs its plan. Without a pool Halide's threads have the tasks. On a device it may still run when this
    // returns.
    void run(const Plan &plan, const Operands &operands, Stores stores, ThreadPool *pool = nullptr) const;
    void run_with_statistics(const Kernel &kernel, Stores stores) const;  // which serves that

    // How that would be, by the thresholds in use.
    Way way(const Plan &plan) const;

  private:
    Options options(Stores stores, ThreadPool *pool) const;
    std::string refusal(const Kernel &kernel, const Layout &layout, const Operands &operands, Plan &plan) const;
    void describe(std::span<const NamedLength> lengths);
    void make_tensors();
    void fill_inputs();
    void make_operands();

    ProblemRequest request_;
    Pattern pattern_;
    Extents shape_, strides_, statistics_;
    std::array<GuardedMemory, role_count> memory_;
    std::array<ConstTensorView, role_count> views_;  // first as described, without memory
    std::unique_ptr<OnGpu> on_gpu_;
    Operands operands_, with_statistics_;
    Layout layout_, layout_with_statistics_;
};

}  // namespace axnorm::measure
