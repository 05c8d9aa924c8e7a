// The generator of kernels for a GPU: signature, statistic, dtypes and accesses in, a kernel out.
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "generators/device/algorithm.h"
#include "generators/device/optional_stores.h"
#include "generators/device/packed_words.h"
#include "generators/shared/operands.h"
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
        inputs.x_tensor = tensor(dtype, true);
        inputs.y_tensor = tensor(y_dtype, true);
        inputs.params_tensor = tensor(params_dtype, row_params);
        const KernelForm form{.statistic = statistic, .on_device = true};
        io.add(*this, form, letters, [&](const ArgumentRow &row) {
            return row.axes == Axes::kept ? Conversion::stored(statistics_dtype(dtype)) : tensor_of(row).stored();
        });
    }

    void generate() {
        auto &x = *io.input(argument_x);
        static_cast<GivenOperands &>(inputs) = io.given();
        inputs.has_fma = inputs.has_f16 = get_target().has_feature(Target::CUDA);
        const int words = aligned ? shape.vector / inputs.x_tensor.per_word() : 1;
        for (int i = 0; i < letters.reduced_count; ++i) {
            // Of several groups only the outermost may be empty, so that Halide sees divisors that are not 0.
            const int least = i + 1 < letters.reduced_count ? 1 : 0;
            const int unit = i == 0 ? words : 1;
            x.dim(i).set_extent(max(x.dim(i).extent() / unit, least) * unit);
            inputs.reduced.push_back(x.dim(i).extent() / unit * (i == 0 && aligned ? shape.vector : 1));
        }
        for (int i = 0; i < letters.kept_count; ++i) {
            inputs.kept.push_back(x.dim(letters.reduced_count + i).extent());
        }
        algorithm = std::make_unique<DeviceAlgorithm>(letters, statistic, shape, inputs);
        io.set_output(argument_y, algorithm->y);
        io.set_output(argument_mean, algorithm->mean);
        io.set_output(argument_rstd, algorithm->rstd);
    }

    void schedule() {
        set_buffers();
        schedule_device_groups(*algorithm, inputs, get_target(), knob_values);
        get_pipeline().add_custom_lowering_pass(new NeedlessBarriers);
        get_pipeline().add_custom_lowering_pass(new Butterflies);
        std::map<std::string, Expr> wanted;
        if (io.output(argument_mean) != nullptr) {
            wanted[algorithm->mean.name()] = io.value(argument_has_mean);
        }
        if (io.output(argument_rstd) != nullptr) {
            wanted[algorithm->rstd.name()] = io.value(argument_has_rstd);
        }
        get_pipeline().add_custom_lowering_pass(new OptionalStores(wanted));
        if (aligned) {
            get_pipeline().add_custom_lowering_pass(new PackedWords);
            get_pipeline().add_custom_lowering_pass(
                new WideAccesses({{"scale", io.value(argument_has_scale)}, {"shift", io.value(argument_has_shift)}}));
        }
    }

  private:
    DeviceTensor tensor(DType of, bool along_row) const { return {of, aligned && along_row && size_of(of) == 2}; }

    const DeviceTensor &tensor_of(const ArgumentRow &row) const {
        return row.axes == Axes::params    ? inputs.params_tensor
               : row.dtype == DTypeRule::y ? inputs.y_tensor
                                           : inputs.x_tensor;
    }

    void set_buffers() {
        const auto set = [&](const ArgumentRow &row, auto &buffer) {
            if (row.axes == Axes::kept) {
                set_buffer(buffer, {dtype}, -1);
            } else {
                set_buffer(buffer, tensor_of(row), row.axes == Axes::all || row_params ? 0 : -1);
            }
        };
        io.for_each_input(set);
        io.for_each_output(set);
        // In terms of x, so that Halide sees where loops over y are loops over x.
        auto &x = *io.input(argument_x);
        auto &y = *io.output(argument_y);
        y.dim(0).set_extent(inputs.reduced[0] / inputs.y_tensor.per_word());
        for (int d = 1; d < y.dimensions(); ++d) {
            y.dim(d).set_extent(x.dim(d).extent());
        }
        io.for_each_output([&](const ArgumentRow &row, auto &buffer) {
            if (row.inner != Inner::units_on_device) {
                return;
            }
            buffer.dim(0).set_extent(1);
            buffer.dim(1).set_extent(1);
            for (int i = 0; i < letters.kept_count; ++i) {
                buffer.dim(i + 2).set_extent(inputs.kept[i]);
            }
        });
    }

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
    DeviceOperands inputs;
    bool row_params = false;
    std::unique_ptr<DeviceAlgorithm> algorithm;
    GeneratorOperands io;
};

}  // namespace axnorm::codegen

HALIDE_REGISTER_GENERATOR(axnorm::codegen::DeviceNormGenerator, device_norm)
