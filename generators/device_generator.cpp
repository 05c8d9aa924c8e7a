// The generator of kernels for a GPU: signature, statistic, dtypes and accesses in, a kernel out.
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "generators/device/algorithm.h"
#include "generators/device/optional_stores.h"
#include "generators/device/packed_words.h"
#include "schedules/device/butterflies.h"
#include "schedules/device/groups.h"
#include "schedules/device/needless_barriers.h"
#include "schedules/device/wide_accesses.h"

namespace axnorm::codegen {

using namespace Halide;

class DeviceNormGenerator : public Generator<DeviceNormGenerator> {
  public:
    GeneratorParam<std::string> signature{"signature", "kR"};
    GeneratorParam<Statistic> statistic{
        "statistic",
        Statistic::mean_var,
        {{"mean_var", Statistic::mean_var}, {"rms", Statistic::rms}, {"given", Statistic::given}}};
    GeneratorParam<DType> dtype{"dtype", DType::float32, dtypes_by_name()};
    GeneratorParam<DType> y_dtype{"y_dtype", DType::float32, dtypes_by_name()};
    GeneratorParam<DType> params_dtype{"params_dtype", DType::float32, dtypes_by_name()};
    // The innermost group has stride 1 in x and y, and in scale and shift, where it is reduced and indexes them.
    GeneratorParam<bool> contiguous{"contiguous", true};
    // Accesses of 128 bits: rows of x and y, and of scale and shift where it indexes them, are whole vectors of 16
    // bytes (of x) and begin at multiples of that many elements.
    GeneratorParam<bool> aligned{"aligned", true};
    // Blocks share a statistic group.
    GeneratorParam<bool> split{"split", false};
    // As in norm_generator.cpp.
    GeneratorParam<std::string> knobs{"knobs", ""};

    void configure() {
        if (!Letters::valid(signature.value(), Device::cuda)) {
            throw std::invalid_argument("signature '" + signature.value() +
                                        "': one to four letters r or R, at most four k or K, and perhaps the most "
                                        "elements that a group has, as kR-1024");
        }
        letters = Letters(signature.value());
        if (letters.kept_count == 0) {
            throw std::invalid_argument("signature '" + signature.value() + "': a GPU's kernels have a kept group");
        }
        if (!get_target().has_feature(Target::NoAsserts) || !get_target().has_feature(Target::StrictFloat)) {
            throw std::invalid_argument("target " + get_target().to_string() +
                                        ": device_norm is compiled with the features strict_float and no_asserts");
        }
        if (split && letters.most != 0) {
            throw std::invalid_argument("signature '" + signature.value() +
                                        "': groups that are held on the chip are not split");
        }
        knob_values = device_groups_family.filled(device_groups_family.parse(knobs, signature));
        shape = device_shape(letters, dtype, aligned, split, knob_values);
        row_params = !letters.kept_innermost && letters.reduced[0];
        operands.x_tensor = tensor(dtype, true);
        operands.y_tensor = tensor(y_dtype, true);
        operands.params_tensor = tensor(params_dtype, row_params);
        const Type computed = Conversion::stored(statistics_dtype(dtype));
        const int rank = letters.reduced_count + letters.kept_count;
        const int params = letters.reduced_params() + letters.kept_params();

        x = add_input<Buffer<void>>("x", operands.x_tensor.stored(), rank);
        scale = add_input<Buffer<void>>("scale", operands.params_tensor.stored(), params);
        shift = add_input<Buffer<void>>("shift", operands.params_tensor.stored(), params);
        has_scale = add_input<bool>("has_scale");
        has_shift = add_input<bool>("has_shift");
        eps = add_input<double>("eps");
        if (statistic == Statistic::given) {
            given_mean = add_input<Buffer<void>>("given_mean", computed, letters.kept_count);
            given_rstd = add_input<Buffer<void>>("given_rstd", computed, letters.kept_count);
        }
        if (statistic != Statistic::rms) {
            has_mean = add_input<bool>("has_mean");
        }
        if (statistic != Statistic::given) {
            has_rstd = add_input<bool>("has_rstd");
        }
        y = add_output<Buffer<void>>("y_out", operands.y_tensor.stored(), rank);
        if (statistic == Statistic::mean_var) {
            mean = add_output<Buffer<void>>("mean_out", computed, letters.kept_count + 2);
        }
        if (statistic != Statistic::given) {
            rstd = add_output<Buffer<void>>("rstd_out", computed, letters.kept_count + 2);
        }
    }

    void generate() {
        operands.x = *x;
        operands.scale = *scale;
        operands.shift = *shift;
        operands.has_scale = *has_scale;
        operands.has_shift = *has_shift;
        operands.eps = *eps;
        if (given_mean != nullptr) {
            operands.has_given_mean = *has_mean;
            operands.given_mean = *given_mean;
            operands.given_rstd = *given_rstd;
        }
        operands.has_fma = operands.has_f16 = get_target().has_feature(Target::CUDA);
        const int words = aligned ? shape.vector / operands.x_tensor.per_word() : 1;
        for (int i = 0; i < letters.reduced_count; ++i) {
            // Of several groups only the outermost may be empty, so that Halide sees divisors that are not 0.
            const int least = i + 1 < letters.reduced_count ? 1 : 0;
            const int unit = i == 0 ? words : 1;
            x->dim(i).set_extent(max(x->dim(i).extent() / unit, least) * unit);
            operands.reduced.push_back(x->dim(i).extent() / unit * (i == 0 && aligned ? shape.vector : 1));
        }
        for (int i = 0; i < letters.kept_count; ++i) {
            operands.kept.push_back(x->dim(letters.reduced_count + i).extent());
        }
        algorithm = std::make_unique<DeviceAlgorithm>(letters, statistic, shape, operands);
        *y = algorithm->y;
        if (mean != nullptr) {
            *mean = algorithm->mean;
        }
        if (rstd != nullptr) {
            *rstd = algorithm->rstd;
        }
    }

    void schedule() {
        set_buffer(*x, operands.x_tensor, 0);
        set_buffer(*y, operands.y_tensor, 0);
        // In terms of x, so that Halide sees where loops over y are loops over x.
        y->dim(0).set_extent(operands.reduced[0] / operands.y_tensor.per_word());
        for (int d = 1; d < y->dimensions(); ++d) {
            y->dim(d).set_extent(x->dim(d).extent());
        }
        for (auto *params : {scale, shift}) {
            set_buffer(*params, operands.params_tensor, row_params ? 0 : -1);
        }
        for (auto *input : {given_mean, given_rstd}) {
            if (input != nullptr) {
                set_buffer(*input, {dtype}, -1);
            }
        }
        for (auto *output : {mean, rstd}) {
            if (output != nullptr) {
                set_buffer(*output, {dtype}, -1);
                output->dim(0).set_extent(1);
                output->dim(1).set_extent(1);
                for (int i = 0; i < letters.kept_count; ++i) {
                    output->dim(i + 2).set_extent(operands.kept[i]);
                }
            }
        }
        schedule_device_groups(*algorithm, operands, get_target(), knob_values);
        get_pipeline().add_custom_lowering_pass(new NeedlessBarriers);
        get_pipeline().add_custom_lowering_pass(new Butterflies);
        std::map<std::string, Expr> wanted;
        if (mean != nullptr) {
            wanted[algorithm->mean.name()] = *has_mean;
        }
        if (rstd != nullptr) {
            wanted[algorithm->rstd.name()] = *has_rstd;
        }
        get_pipeline().add_custom_lowering_pass(new OptionalStores(wanted));
        if (aligned) {
            get_pipeline().add_custom_lowering_pass(new PackedWords);
            get_pipeline().add_custom_lowering_pass(new WideAccesses({{"scale", *has_scale}, {"shift", *has_shift}}));
        }
    }

  private:
    DeviceTensor tensor(DType of, bool along_row) const { return {of, aligned && along_row && size_of(of) == 2}; }

    // `row` is the dimension of stride 1, if any. What is promised of vectors is promised here.
    template <class Buffer>
    void set_buffer(Buffer &buffer, const DeviceTensor &tensor, int row) {
        const int words = shape.vector / tensor.per_word();
        for (int d = 0; d < buffer.dimensions(); ++d) {
            buffer.dim(d).set_min(0);
            if (contiguous && d == row) {
                buffer.dim(d).set_stride(1);
            } else if (aligned && row >= 0) {
                buffer.dim(d).set_stride(buffer.dim(d).stride() / words * words);
            } else {
                buffer.dim(d).set_stride(Expr());
            }
        }
    }

    Letters letters{"r"};
    DeviceGroupsKnobs knob_values;
    DeviceShape shape{};
    DeviceOperands operands;
    bool row_params = false;
    std::unique_ptr<DeviceAlgorithm> algorithm;
    GeneratorInput<Buffer<void>> *x = nullptr, *scale = nullptr, *shift = nullptr, *given_mean = nullptr,
                                 *given_rstd = nullptr;
    GeneratorInput<bool> *has_scale = nullptr, *has_shift = nullptr, *has_mean = nullptr, *has_rstd = nullptr;
    GeneratorInput<double> *eps = nullptr;
    GeneratorOutput<Buffer<void>> *y = nullptr, *mean = nullptr, *rstd = nullptr;
};

}  // namespace axnorm::codegen

HALIDE_REGISTER_GENERATOR(axnorm::codegen::DeviceNormGenerator, device_norm)
