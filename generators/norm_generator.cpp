// The one generator: signature, statistic and strides in, a kernel out.
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "../schedules/schedule.h"
#include "../schedules/whole_loads.h"
#include "algorithm.h"
#include "masked_load.h"

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
    // An argument `stream` chooses stores that go past the caches (schedules/streaming.h): calls of axnorm_stream().
    GeneratorParam<bool> streaming{"streaming", false};
    // Arguments `given`, `given_mean`, `given_rest` and `given_rstd`: where the first is true, the others are the
    // statistics, the mean as a pair. Arguments `length` and `summed`: of what a part of the groups sums up to, for who
    // merges parts. x is such a part, of groups of an innermost extent of `length`; y may have extents of 0 then.
    GeneratorParam<bool> in_parts{"in_parts", false};

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
        const int fused = letters.has_channels() ? 1 : 0;  // two groups that are one
        const int params = letters.reduced_params() + letters.kept_params() - fused;
        const int kept = letters.kept_count, rank = letters.reduced_count + kept - fused;
        const Conversion conversion = conversions();
        const Type computed = conversion.computed();

        x = add_input<Buffer<void>>("x", Conversion::stored(conversion.dtypes.x), rank);
        scale = add_input<Buffer<void>>("scale", computed, params);
        shift = add_input<Buffer<void>>("shift", computed, params);
        has_scale = add_input<bool>("has_scale");
        has_shift = add_input<bool>("has_shift");
        eps = add_input<double>("eps");
        if (in_parts) {
            add_parts(computed, kept);
        }
        if (streaming) {
            stream = add_input<bool>("stream");
        }
        if (letters.has_channels()) {
            group_length = add_input<std::int32_t>("group_length");
        }
        y = add_output<Buffer<void>>("y_out", Conversion::stored(conversion.dtypes.y), rank);
        if (statistic == Statistic::mean_var) {
            mean = add_output<Buffer<void>>("mean_out", computed, kept);
        }
        rstd = add_output<Buffer<void>>("rstd_out", computed, kept);
        if (in_parts) {
            summed = add_output<Buffer<void>>("summed_out", Float(64), kept + 1);
        }
    }

    void generate() {
        Operands op;
        op.conversion = conversions();
        op.x = *x;
        op.scale = *scale;
        op.shift = *shift;
        op.has_scale = *has_scale;
        op.has_shift = *has_shift;
        op.stream = stream != nullptr ? Expr(*stream) : Internal::const_false();
        op.fma = get_target().has_feature(Target::FMA);
        op.eps = *eps;
        for (int i = 0; i < letters.reduced_count; ++i) {
            const std::int32_t fixed = letters.reduced_extents[i];
            op.extent.push_back(fixed != 0 ? Expr(fixed) : x->dim(i).extent());
        }
        if (in_parts) {
            op.given = *given;
            op.given_rstd = *given_rstd;
            if (statistic == Statistic::mean_var) {
                op.given_mean = *given_mean;
                op.given_rest = *given_rest;
            }
        }
        if (letters.has_channels()) {
            op.channels = op.extent[0];
            op.extent[0] = *group_length;
        } else if (letters.most != 0 || (letters.kept_innermost && letters.block_extent() == 0)) {
            op.kept_extent = x->dim(letters.reduced_count).extent();  // whole batches, or vectors
        }
        op.length = in_parts && letters.reduced_extents[0] == 0 ? Expr(*length) : op.extent[0];
        algorithm = std::make_unique<Algorithm>(letters, statistic, op);
        *y = algorithm->y;
        if (mean != nullptr) {
            *mean = algorithm->mean;
        }
        *rstd = algorithm->rstd;
        if (in_parts) {
            *summed = algorithm->summed;
        } else {
            algorithm->summed = Func();
        }
    }

    void schedule() {
        set_strides();
        set_extents();
        set_block();
        const Streaming tiles = schedule_for(letters).apply(*algorithm, letters, get_target());
        if (letters.most != 0 && !letters.has_channels()) {
            get_pipeline().add_custom_lowering_pass(new MaskedLoads(get_target()));
            get_pipeline().add_custom_lowering_pass(new WholeLoads);
        }
        if (streaming && contiguous) {
            get_pipeline().add_custom_lowering_pass(new StreamStores(algorithm->y, "x", x->type(), tiles));
        }
    }

  private:
    void add_parts(Type computed, int kept) {
        given = add_input<bool>("given");
        if (statistic == Statistic::mean_var) {
            given_mean = add_input<Buffer<void>>("given_mean", computed, kept);
            given_rest = add_input<Buffer<void>>("given_rest", computed, kept);
        }
        given_rstd = add_input<Buffer<void>>("given_rstd", computed, kept);
        length = add_input<std::int32_t>("length");
    }

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
        const auto set = [&](auto &buffer, int contiguous_dim) {
            for (int d = 0; d < buffer.dimensions(); ++d) {
                buffer.dim(d).set_min(0);
                buffer.dim(d).set_stride(contiguous && d == contiguous_dim ? Expr(1) : Expr());
            }
        };
        set(*x, innermost);
        set(*y, innermost);
        const bool row_params = contiguous_params && !letters.kept_innermost && letters.reduced[0];
        set(*scale, row_params ? 0 : -1);
        set(*shift, row_params ? 0 : -1);
        const auto set_if_present = [&](auto *buffer) {
            if (buffer != nullptr) {
                set(*buffer, -1);
            }
        };
        for (auto *input : {given_mean, given_rest, given_rstd}) {
            set_if_present(input);
        }
        for (auto *output : {mean, rstd, summed}) {
            set_if_present(output);
        }
    }

    // The group outside of a short innermost one lies right around it.
    void set_block() {
        const int extent = letters.block_extent();
        if (extent == 0 || !contiguous) {
            return;
        }
        const int outer = letters.kept_innermost ? 0 : letters.reduced_count;
        x->dim(outer).set_stride(extent);
        y->dim(outer).set_stride(extent);
        if (!letters.kept_innermost && letters.reduced[0] && letters.kept[0] && contiguous_params) {
            scale->dim(letters.reduced_params()).set_stride(extent);
            shift->dim(letters.reduced_params()).set_stride(extent);
        }
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
        const auto set_all = [&](auto &buffer) {
            for (int i = 0; i < letters.reduced_count; ++i) {
                set(buffer.dim(i), letters.reduced_extents[i]);
            }
            for (int i = 0; i < letters.kept_count; ++i) {
                set(buffer.dim(letters.reduced_count + i), letters.kept_extents[i]);
            }
        };
        set_all(*x);
        set_all(*y);
    }

    Letters letters{"r"};
    std::unique_ptr<Algorithm> algorithm;
    GeneratorInput<Buffer<void>> *x = nullptr, *scale = nullptr, *shift = nullptr, *given_mean = nullptr,
                                 *given_rest = nullptr, *given_rstd = nullptr;
    GeneratorInput<bool> *has_scale = nullptr, *has_shift = nullptr, *given = nullptr, *stream = nullptr;
    GeneratorInput<double> *eps = nullptr;
    GeneratorInput<std::int32_t> *length = nullptr;
    GeneratorInput<std::int32_t> *group_length = nullptr;  // where channels are one group to the kernel
    GeneratorOutput<Buffer<void>> *y = nullptr, *mean = nullptr, *rstd = nullptr, *summed = nullptr;
};

}  // namespace axnorm::codegen

HALIDE_REGISTER_GENERATOR(axnorm::codegen::NormGenerator, norm)
