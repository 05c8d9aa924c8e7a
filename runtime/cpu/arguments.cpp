#include "arguments.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "extreme_groups.h"
#include "runtime/halide/argument_array.h"
#include "runtime/halide/stored_type.h"
#include "runtime/planning/kernel_context.h"
#include "runtime/planning/part_lengths.h"
#include "runtime/system/scratch_memory.h"
#include "runtime/tuning/thresholds.h"
#include "streaming.h"

namespace axnorm {

using detail::at;

namespace {

constexpr double zero = 0;                    // what is read of a tensor that is absent
constexpr float negative_zero_float = -0.0F;  // what is added to (x - mean) * rstd that may be -0
constexpr double negative_zero = -0.0;

// A tensor of the call, as a kernel sees it: its letters' groups, reduced before kept, innermost first. Of an absent
// one, the strides of which are 0, `absent` is the one element.
template <Axes axes>
void describe(Buffer &to, const Slice &slice, const Operands &operands, Role role, const void *absent) {
    const Plan &plan = slice.plan;
    const Letters &letters = plan.kernel->letters;
    const ConstTensorView &tensor = operands[role];
    if (tensor.present()) {
        to.begin(static_cast<const char *>(tensor.data()) + slice.offset[role] * size_of(tensor.dtype()),
                 stored_type(tensor.dtype()));
    } else {
        to.begin(absent, stored_type(statistics_dtype(operands[role_x].dtype())));
    }
    const bool has_channels = letters.has_channels() && axes != Axes::kept;
    const bool is_empty = axes == Axes::all && operands.written(role) && slice.sums != nullptr;
    for (int i = 0; axes != Axes::kept && i < letters.reduced_count; ++i) {
        if (axes == Axes::all || letters.reduced[i]) {
            const std::int64_t extent = at(slice.reduced, i) * (has_channels && i == 0 ? at(slice.kept, 0) : 1);
            to.add(is_empty ? 0 : extent, slice.group(at(plan.reduced, i)).strides[role]);
        }
    }
    for (int i = has_channels ? 1 : 0; i < letters.kept_count; ++i) {
        if (axes != Axes::params || letters.kept[i]) {
            to.add(at(slice.kept, i), slice.group(at(plan.kept, i)).strides[role]);
        }
    }
}

// A value for each group of a part, dense, or `numbers` of them.
void describe_dense(Buffer &to, const Slice &slice, const void *values, halide_type_t type, int numbers = 0) {
    to.begin(values, type);
    const std::span kept(slice.kept.data(), static_cast<std::size_t>(slice.plan.kernel->letters.kept_count));
    std::int64_t stride = 1;
    if (numbers != 0) {
        to.add(numbers, std::accumulate(kept.begin(), kept.end(), stride, std::multiplies<>()));
    }
    for (const std::int64_t extent : kept) {
        to.add(extent, stride);
        stride *= extent;
    }
}

// One element for all indices; as an output it has no elements.
void describe_unused(Buffer &to, const void *element) {
    to.begin(element, halide_type_of<double>());
    to.dimensions = {};
    to.buffer.dimensions = Letters::max_groups + 1;
}

// What the arguments of one call of a kernel are made of. The table's rows are constants here, as in a call of 0.4 us
// a choice for each row shows.
class Call {
  public:
    Call(const Slice &slice, const Operands &operands, const double &eps)
        : slice_(slice),
          operands_(operands),
          eps_(eps),
          given_(slice.sums == nullptr && (operands.statistic == Statistic::given || slice.statistics[0] != nullptr)),
          length_(length_of_kernel(slice.group(slice.plan.reduced[0]).extent)),
          extreme_groups_(slice, operands, eps),
          context_{scratch_of_thread(KernelContext::scratch_bytes), &extreme_groups_} {
        [&]<std::size_t... index>(std::index_sequence<index...>) {
            (add<static_cast<Argument>(index)>(), ...);
        }
        (std::make_index_sequence<argument_count>());
    }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    int run() {
        if (context_.scratch == nullptr) {
            return halide_error_code_out_of_memory;
        }
        const int error = run_in_scratch_memory(slice_.plan.kernel->function, arguments_.all());
        return error == 0 && !extreme_groups_.is_complete() ? int{halide_error_code_out_of_memory} : error;
    }

    // For each index of a group that the kernel has no letter for. Only addresses change: to describe all arguments
    // anew is half of a call of a few rows.
    int run_for_each(const Group &group, std::int64_t extent) {
        for (std::int64_t i = 0; i < extent; ++i) {
            extreme_groups_.set_looped(i);
            if (const int error = run(); error != 0) {
                return error;
            }
            [&]<std::size_t... index>(std::index_sequence<index...>) {
                (step<static_cast<Argument>(index)>(group), ...);
            }
            (std::make_index_sequence<argument_count>());
        }
        return 0;
    }

  private:
    template <Argument argument>
    void step(const Group &group) {
        constexpr ArgumentRow row = argument_rows[argument];
        if constexpr (is_tensor(row) && row.role != role_count) {
            constexpr bool is_given = row.axes == Axes::kept && row.kind == ArgumentKind::input;
            constexpr bool is_result = row.axes == Axes::kept && row.kind == ArgumentKind::output;
            const ConstTensorView &tensor = operands_[row.role];
            const bool is_used = is_given ? given_ : is_result ? !given_ : true;
            if (contains(slice_.plan.arguments, argument) && tensor.present() && is_used) {
                buffers_[argument].buffer.buffer.host += group.strides[row.role] * size_of(tensor.dtype());
            }
        }
    }

    template <Argument argument>
    void add() {
        constexpr ArgumentRow row = argument_rows[argument];
        if (!contains(slice_.plan.arguments, argument)) {
            return;
        }
        if constexpr (is_tensor(row)) {
            arguments_.add(tensor<argument>());
        } else if constexpr (row.kind == ArgumentKind::number) {
            arguments_.add(&eps_);
        } else if constexpr (row.kind == ArgumentKind::count) {
            arguments_.add(&length_);
        } else if constexpr (row.role != role_count) {
            arguments_.add(&(present_[row.role] = operands_[row.role].present()));
        } else {
            arguments_.add(argument == argument_given ? &given_ : &slice_.stream);
        }
    }

    template <Argument argument>
    const halide_buffer_t *tensor() {
        constexpr ArgumentRow row = argument_rows[argument];
        if constexpr (row.axes != Axes::kept) {
            Buffer &to = buffer<argument>();
            describe<row.axes>(to, slice_, operands_, row.role, &zero);
            return &to.buffer;
        } else if constexpr (row.kind == ArgumentKind::input) {
            return given<argument>();
        } else if constexpr (argument == argument_summed) {
            return summed();
        } else {
            Buffer &to = buffer<argument>();
            if (given_ || slice_.sums != nullptr) {
                describe_unused(to, &ignored_);
            } else {
                describe<row.axes>(to, slice_, operands_, row.role, &ignored_);
            }
            return &to.buffer;
        }
    }

    const halide_buffer_t *summed() {
        if (slice_.sums == nullptr) {
            return &unused().buffer;
        }
        Buffer &to = buffer<argument_summed>();
        describe_dense(to, slice_, slice_.sums, halide_type_of<double>(), numbers_summed(operands_.statistic));
        return &to.buffer;
    }

    // A statistic that the kernel is given: merged from parts, or by the caller.
    template <Argument argument>
    const halide_buffer_t *given() {
        constexpr Role role = argument_rows[argument].role;
        constexpr int index = argument == argument_given_mean ? 0 : argument == argument_given_rest ? 1 : 2;
        if (!given_) {
            return &unused().buffer;
        }
        Buffer &to = buffer<argument>();
        if (operands_.statistic != Statistic::given) {
            const halide_type_t type = stored_type(statistics_dtype(operands_[role_x].dtype()));
            describe_dense(to, slice_, slice_.statistics[index], type);
        } else if constexpr (role != role_count) {
            describe<Axes::kept>(to, slice_, operands_, role, &zero);
        } else if (operands_[role_x].dtype() == DType::float64) {
            describe_unused(to, &negative_zero);
        } else {
            describe_unused(to, &negative_zero_float);
        }
        return &to.buffer;
    }

    template <Argument argument>
    Buffer &buffer() {
        return *std::construct_at(&buffers_[argument].buffer);
    }

    static const Buffer &unused() {
        static const struct Unused : Buffer {
            Unused() { describe_unused(*this, &zero); }
        } buffer;
        return buffer;
    }

    const Slice &slice_;
    const Operands &operands_;
    const double &eps_;
    bool given_;
    std::int32_t length_;
    double ignored_ = 0;  // or a float: statistics that are not wanted
    ExtremeGroups extreme_groups_;
    KernelContext context_;
    void *user_context_ = &context_;
    std::array<bool, role_count> present_;
    // Halide's dimensions are zeroed where they are made: those of all arguments took 0.24 us a call.
    union Place {
        Place() {}  // NOLINT(modernize-use-equals-default): makes nothing
        Buffer buffer;
    };
    std::array<Place, argument_count> buffers_;
    ArgumentArray arguments_{user_context_};
};

// Where a group is looped over outside of the kernel, its loop is brought further in: around pieces of the kernel's
// outermost kept group.
template <class F>
int for_each_piece(const Slice &slice, const F &run_piece) {
    const int letters = slice.plan.kernel->letters.kept_count;
    int cut = letters - 1;
    while (cut >= 0 && at(slice.plan.kept, cut) < 0) {
        --cut;
    }
    if (!slice.plan.is_looped() || cut < (slice.plan.kernel->letters.kept_innermost ? 1 : 0)) {
        return run_piece(slice);
    }
    std::int64_t bytes = size_of(slice.plan.kernel->dtypes.x);
    for (const std::int64_t extent : slice.reduced) {
        bytes *= extent;
    }
    for (int i = 0; i < cut; ++i) {
        bytes *= at(slice.kept, i);
    }
    const std::int64_t step = std::max(limits.looped_bytes / bytes, limits.looped_indices), all = at(slice.kept, cut);
    for (std::int64_t begin = 0; begin < all; begin += step) {
        Slice piece = slice;
        piece.narrow(cut, begin, std::min(begin + step, all));
        if (const int error = run_piece(piece); error != 0) {
            return error;
        }
    }
    return 0;
}

}  // namespace

int run(const Slice &slice, const Operands &operands, double eps) {
    struct Context {
        const Operands &operands;
        double eps;
    } context{operands, eps};
    const auto call_part = [](void *of_call, const Slice &part) {
        const auto &c = *static_cast<Context *>(of_call);
        Call call(part, c.operands, c.eps);
        if (!part.plan.is_looped()) {
            return call.run();
        }
        const int beyond = part.plan.kernel->letters.kept_count;
        return call.run_for_each(part.group(at(part.plan.kept, beyond)), at(part.kept, beyond));
    };
    return for_each_piece(slice, [&](const Slice &piece) { return for_each_part(piece, call_part, &context, 1); });
}

void finish_stores(const Slice &slice) {
    if (slice.stream) {
        finish_streaming();
    }
}

}  // namespace axnorm
