// The one generator: signature, statistic and strides in, a kernel out.
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "../schedules/schedule.h"
#include "algorithm.h"
#include "masked_load.h"

namespace axnorm::codegen {

using namespace Halide;

class NormGenerator : public Generator<NormGenerator> {
  public:
    GeneratorParam<std::string> signature{"signature", "kR"};
    GeneratorParam<Statistic> statistic{
        "statistic",
        Statistic::mean_var,
        {{"mean_var", Statistic::mean_var}, {"rms", Statistic::rms}, {"given", Statistic::given}}};
    // Of x; and of y, where it is not "".
    GeneratorParam<DType> dtype{"dtype", DType::float32, dtypes()};
    GeneratorParam<std::string> y_dtype{"y_dtype", ""};
    // The innermost group has stride 1: in x and y; and in scale and shift, where it is reduced and indexes them.
    GeneratorParam<bool> contiguous{"contiguous", true};
    GeneratorParam<bool> contiguous_params{"contiguous_params", true};
    // An argument `stream` chooses stores that go past the caches (schedules/streaming.h): calls of axnorm_stream().
    GeneratorParam<bool> streaming{"streaming", false};

    void configure() {
        if (!Letters::valid(signature.value())) {
            throw std::invalid_argument(
                "signature '" + signature.value() +
                "': one to four letters r or R, at most four k or K, no others; a letter may have "
                "an extent of at least 2 behind it, or end on a row of at most 64, as kR-64, or on groups of at most "
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
        if (statistic == Statistic::given) {
            mean_in = add_input<Buffer<void>>("mean", computed, kept);
            rstd_in = add_input<Buffer<void>>("rstd", computed, kept);
        } else {
            eps = add_input<double>("eps");
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
        if (statistic != Statistic::given) {
            rstd = add_output<Buffer<void>>("rstd_out", computed, kept);
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
        if (statistic == Statistic::given) {
            op.mean = *mean_in;
            op.rstd = *rstd_in;
        } else {
            op.eps = *eps;
        }
        for (int i = 0; i < letters.reduced_count; ++i) {
            const std::int32_t fixed = letters.reduced_extents[i];
            op.extent.push_back(fixed != 0 ? Expr(fixed) : x->dim(i).extent());
        }
        if (letters.has_channels()) {
            op.channels = op.extent[0];
            op.extent[0] = *group_length;
        }
        algorithm = std::make_unique<Algorithm>(letters, statistic, op);
        *y = algorithm->y;
        if (mean) {
            *mean = algorithm->mean;
        }
        if (rstd) {
            *rstd = algorithm->rstd;
        }
    }

    void schedule() {
        set_strides();
        set_extents();
        set_block();
        const Streaming tiles = schedule_for(letters).apply(*algorithm, letters, get_target());
        if (letters.most != 0 && !letters.has_channels()) {
            get_pipeline().add_custom_lowering_pass(new MaskedLoads);
        }
        if (streaming && contiguous) {
            get_pipeline().add_custom_lowering_pass(new StreamStores(algorithm->y, "x", x->type(), tiles));
        }
    }

  private:
    static std::map<std::string, DType> dtypes() {
        return {{"float32", DType::float32},
                {"float64", DType::float64},
                {"float16", DType::float16},
                {"bfloat16", DType::bfloat16}};
    }

    Conversion conversions() const {
        const auto names = dtypes();
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
        set_if_present(mean_in);
        set_if_present(rstd_in);
        set_if_present(mean);
        set_if_present(rstd);
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
    GeneratorInput<Buffer<void>> *x = nullptr, *scale = nullptr, *shift = nullptr, *mean_in = nullptr,
                                 *rstd_in = nullptr;
    GeneratorInput<bool> *has_scale = nullptr, *has_shift = nullptr, *stream = nullptr;
    GeneratorInput<double> *eps = nullptr;
    GeneratorInput<std::int32_t> *group_length = nullptr;  // where channels are one group to the kernel
    GeneratorOutput<Buffer<void>> *y = nullptr, *mean = nullptr, *rstd = nullptr;
};

}  // namespace axnorm::codegen

HALIDE_REGISTER_GENERATOR(axnorm::codegen::NormGenerator, norm)
