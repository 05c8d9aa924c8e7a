// The one generator: signature, statistic and strides in, a kernel out.
#include <memory>
#include <stdexcept>
#include <string>

#include "generators/cpu/algorithm.h"
#include "generators/cpu/estimates.h"
#include "generators/cpu/extreme_groups.h"
#include "generators/cpu/masked_load.h"
#include "generators/cpu/scratch.h"
#include "generators/shared/operands.h"
#include "schedules/cpu/schedule.h"
#include "schedules/cpu/whole_loads.h"

namespace axnorm::codegen {

using namespace Halide;

class NormGenerator : public Generator<NormGenerator> {
  public:
    GeneratorParam<std::string> signature{"signature", "kR"};
    GeneratorParam<Statistic> statistic{
        "statistic", Statistic::mean_var, {{"mean_var", Statistic::mean_var}, {"rms", Statistic::rms}}};
    // Of x; and of y, where it is not "".
    GeneratorParam<DType> dtype{"dtype", DType::float32, dtypes_by_name()};
    GeneratorParam<std::string> y_dtype{"y_dtype", ""};
    // The innermost group has stride 1: in x and y; and in scale and shift, where it is reduced and indexes them.
    GeneratorParam<bool> contiguous{"contiguous", true};
    GeneratorParam<bool> contiguous_params{"contiguous_params", true};
    // For axnorm's runtime, which kernels call then: extreme groups are done again (generators/cpu/extreme_groups.h),
    // the runtime has the memory that they work in (generators/cpu/scratch.h), and an argument `stream` chooses stores
    // that go past the caches (schedules/cpu/streaming.h).
    GeneratorParam<bool> for_runtime{"for_runtime", false};
    // Arguments `given`, `given_mean`, `given_rest` and `given_rstd`: where the first is true, the others are the
    // statistics; the second and third as Algorithm::output_of() has them. Arguments `length` and `summed`: of what a
    // part of the groups sums up to, for who merges parts. x is such a part, of groups of an innermost extent of
    // `length`; y may have extents of 0 then.
    GeneratorParam<bool> in_parts{"in_parts", false};
    // "rows:4,batch_elements:4096": those of the family that serves the signature (schedules/knobs/knobs.h).
    GeneratorParam<std::string> knobs{"knobs", ""};
    // "768,4096": of the letters' groups, where one of Halide's autoschedulers is to make the schedule, not a family
    // (generators/cpu/estimates.h).
    GeneratorParam<std::string> estimates{"estimates", ""};

    void configure() {
        if (!Letters::valid(signature.value())) {
            throw std::invalid_argument(
                "signature '" + signature.value() +
                "': one to four letters r or R, at most four k or K, no others; a letter may have "
                "an extent of at least 2 behind it, or end on a row of at most 128, as kR-128, or on groups of at most "
                "32 "
                "channels, as krKR-32");
        }
        // Halide's assertions take a masked lane for one that is read. And at a mean of 1e4 the errors are 300 times as
        // large where the compiler may take x - m1 - d for x - (m1 + d).
        if (!get_target().has_feature(Target::NoAsserts) || !get_target().has_feature(Target::StrictFloat)) {
            throw std::invalid_argument("target " + get_target().to_string() +
                                        ": norm is compiled with the features strict_float and no_asserts");
        }
        letters = Letters(signature.value());
        knob_values = family_for(letters, Device::cpu).parse(knobs, signature);
        const Conversion conversion = conversions();
        io.add(*this, form(), letters, [&](const ArgumentRow &row) {
            return Conversion::stored(dtype_of(row, conversion.dtypes, statistics_dtype(conversion.dtypes.x)));
        });
    }

    void generate() {
        const auto &x = *io.input(argument_x);
        Operands op;
        static_cast<GivenOperands &>(op) = io.given();
        op.conversion = conversions();
        op.stream = for_runtime ? io.value(argument_stream) : Internal::const_false();
        op.fma = get_target().has_feature(Target::FMA);
        for (int i = 0; i < letters.reduced_count; ++i) {
            const std::int32_t fixed = letters.reduced_extents[i];
            op.extent.push_back(fixed != 0 ? Expr(fixed) : x.dim(i).extent());
        }
        if (letters.has_channels()) {
            op.channels = op.extent[0];
            op.extent[0] = io.value(argument_group_length);
        } else if (letters.most != 0 || (letters.kept_innermost && letters.block_extent() == 0)) {
            op.kept_extent = x.dim(letters.reduced_count).extent();  // whole batches, or vectors
        }
        op.length = in_parts && letters.reduced_extents[0] == 0 ? io.value(argument_length) : op.extent[0];
        algorithm = std::make_unique<Algorithm>(letters, statistic, op);
        io.set_output(argument_y, algorithm->y);
        io.set_output(argument_mean, algorithm->mean);
        io.set_output(argument_rstd, algorithm->rstd);
        io.set_output(argument_summed, algorithm->summed);
        if (!in_parts) {
            algorithm->summed = Func();
        }
    }

    void schedule() {
        set_strides();
        set_extents();
        set_block();
        const bool has_masked_loads = letters.most != 0 && !letters.has_channels();
        if (has_masked_loads) {
            get_pipeline().add_custom_lowering_pass(new MaskedLoads(get_target()));
        }
        if (using_autoscheduler()) {
            get_pipeline().add_custom_lowering_pass(new WatchedGroups(algorithm->statistics, false));
            set_estimates(io, letters, form(), parse_estimates(estimates, letters));
            return;
        }
        const Streaming tiles = schedule_for(letters).apply(*algorithm, letters, get_target(), knob_values);
        if (has_masked_loads) {
            get_pipeline().add_custom_lowering_pass(new WholeLoads);
        }
        if (for_runtime && contiguous) {
            get_pipeline().add_custom_lowering_pass(
                new StreamStores(algorithm->y, "x", io.input(argument_x)->type(), tiles));
        }
        get_pipeline().add_custom_lowering_pass(new WatchedGroups(algorithm->statistics, for_runtime));
        if (for_runtime) {
            get_pipeline().add_custom_lowering_pass(new Scratch);
        }
    }

  private:
    KernelForm form() const { return {statistic, false, in_parts, for_runtime, letters.has_channels()}; }

    Conversion conversions() const {
        const auto names = dtypes_by_name();
        const auto of_y = names.find(y_dtype.value());
        if (of_y == names.end() && !y_dtype.value().empty()) {
            throw std::invalid_argument("y_dtype '" + y_dtype.value() +
                                        "': it is float32, float64, float16 or bfloat16");
        }
        return {{dtype, of_y == names.end() ? dtype : of_y->second}, get_target().has_feature(Target::F16C)};
    }

    // Halide takes dimension 0 as contiguous where it is not told otherwise.
    void set_strides() {
        const int innermost = letters.kept_innermost ? letters.reduced_count : 0;
        const bool row_params = contiguous_params && !letters.kept_innermost && letters.reduced[0];
        const auto set = [&](const ArgumentRow &row, auto &buffer) {
            const int unit = row.axes == Axes::all ? innermost : row.axes == Axes::params && row_params ? 0 : -1;
            for (int d = 0; d < buffer.dimensions(); ++d) {
                buffer.dim(d).set_min(0);
                buffer.dim(d).set_stride(contiguous && d == unit ? Expr(1) : Expr());
            }
        };
        io.for_each_input(set);
        io.for_each_output(set);
    }

    // The group outside of a short innermost one lies right around it.
    void set_block() {
        const int extent = letters.block_extent();
        if (extent == 0 || !contiguous) {
            return;
        }
        const int outer = letters.kept_innermost ? 0 : letters.reduced_count;
        const bool row_params = !letters.kept_innermost && letters.reduced[0] && letters.kept[0] && contiguous_params;
        const auto set = [&](const ArgumentRow &row, auto &buffer) {
            if (row.axes == Axes::all) {
                buffer.dim(outer).set_stride(extent);
            } else if (row.axes == Axes::params && row_params) {
                buffer.dim(letters.reduced_params()).set_stride(extent);
            }
        };
        io.for_each_input(set);
        io.for_each_output(set);
    }

    // Where the signature has them: loops of these groups, their ends and their divisions become constants.
    void set_extents() {
        if (letters.has_channels()) {
            return;
        }
        const auto set = [](Internal::Dimension dimension, std::int32_t extent) {
            if (extent != 0) {
                dimension.set_extent(extent);
            }
        };
        const auto set_all = [&](const ArgumentRow &row, auto &buffer) {
            for (int i = 0; row.axes == Axes::all && i < letters.reduced_count; ++i) {
                set(buffer.dim(i), letters.reduced_extents[i]);
            }
            for (int i = 0; row.axes == Axes::all && i < letters.kept_count; ++i) {
                set(buffer.dim(letters.reduced_count + i), letters.kept_extents[i]);
            }
        };
        io.for_each_input(set_all);
        io.for_each_output(set_all);
    }

    Letters letters{"r"};
    KnobValues knob_values;
    std::unique_ptr<Algorithm> algorithm;
    GeneratorOperands io;
};

}  // namespace axnorm::codegen

HALIDE_REGISTER_GENERATOR(axnorm::codegen::NormGenerator, norm)
