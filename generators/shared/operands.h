// Inputs and outputs of a generator, as the table of operands has them (runtime/language/operand_table.h).
//
//     operands.add(*this, form, letters, type_of);
//     Halide::Func x = *operands.input(argument_x);
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "Halide.h"
#include "runtime/language/operand_table.h"

namespace axnorm::codegen {

// What an algorithm is given: inputs by argument.
struct GivenOperands {
    std::array<Halide::Func, argument_count> tensors;
    std::array<Halide::Expr, argument_count> values;  // flags, numbers and counts; undefined where there is none

    const Halide::Func &tensor(Argument argument) const { return tensors[argument]; }
    const Halide::Expr &value(Argument argument) const { return values[argument]; }
};

class GeneratorOperands {
  public:
    using Input = Halide::GeneratorInput<Halide::Buffer<void>>;
    using Output = Halide::GeneratorOutput<Halide::Buffer<void>>;

    // Declares those that kernels of the form have, tensors with elements of type_of(row).
    void add(Halide::Internal::GeneratorBase &generator, const KernelForm &form, const Letters &letters,
             const std::function<Halide::Type(const ArgumentRow &)> &type_of);

    // nullptr where kernels of the form have none.
    Input *input(Argument argument) const { return inputs_[argument]; }
    Output *output(Argument argument) const { return outputs_[argument]; }
    // Nothing where there is no such output.
    void set_output(Argument argument, const Halide::Func &value) const {
        if (outputs_[argument] != nullptr) {
            *outputs_[argument] = value;
        }
    }
    // Of a flag, a number or a count; undefined where there is none.
    Halide::Expr value(Argument argument) const { return values_[argument] ? values_[argument]() : Halide::Expr(); }

    // From generate() on, when Halide tells them.
    GivenOperands given() const;

    // Calls f(row, buffer) for each input that there is, or each output.
    template <class F>
    void for_each_input(const F &f) const {
        for (const ArgumentRow &row : argument_rows) {
            if (inputs_[row.argument] != nullptr) {
                f(row, *inputs_[row.argument]);
            }
        }
    }
    template <class F>
    void for_each_output(const F &f) const {
        for (const ArgumentRow &row : argument_rows) {
            if (outputs_[row.argument] != nullptr) {
                f(row, *outputs_[row.argument]);
            }
        }
    }

  private:
    std::array<Input *, argument_count> inputs_{};
    std::array<Output *, argument_count> outputs_{};
    std::array<std::function<Halide::Expr()>, argument_count> values_;
};

}  // namespace axnorm::codegen
