#include "operands.h"

namespace axnorm::codegen {

using namespace Halide;

namespace {

template <class T>
std::function<Expr()> value_of(const GeneratorInput<T> *input) {
    return [input] { return Expr(*input); };
}

}  // namespace

void GeneratorOperands::add(Internal::GeneratorBase &generator, const KernelForm &form, const Letters &letters,
                            const std::function<Type(const ArgumentRow &)> &type_of) {
    for (const ArgumentRow &row : argument_rows) {
        if (!row.exists(form)) {
            continue;
        }
        const int dimensions = dimensions_of(row, letters, form);
        switch (row.kind) {
            case ArgumentKind::input:
                inputs_[row.argument] = generator.add_input<Buffer<void>>(row.name, type_of(row), dimensions);
                break;
            case ArgumentKind::output:
                outputs_[row.argument] = generator.add_output<Buffer<void>>(row.name, type_of(row), dimensions);
                break;
            case ArgumentKind::flag: values_[row.argument] = value_of(generator.add_input<bool>(row.name)); break;
            case ArgumentKind::number: values_[row.argument] = value_of(generator.add_input<double>(row.name)); break;
            case ArgumentKind::count:
                values_[row.argument] = value_of(generator.add_input<std::int32_t>(row.name));
                break;
        }
    }
}

GivenOperands GeneratorOperands::given() const {
    GivenOperands given;
    for_each_input([&](const ArgumentRow &row, const Input &input) { given.tensors[row.argument] = input; });
    for (const ArgumentRow &row : argument_rows) {
        given.values[row.argument] = value(row.argument);
    }
    return given;
}

}  // namespace axnorm::codegen
