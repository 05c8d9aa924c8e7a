// A call of "b h c -> b c" on a device that the hand-written kernel `columns_split` serves, which needs a workspace,
// and what comes out of it.
//
//     const PrimaryContext context(0);
//     ColumnsCall call;
//     call.run();
//     EXPECT_EQ(call.y(), call.expected());
#pragma once

#include "rows_call.h"
#include "split_kernel.h"

namespace axnorm::test {

class ColumnsCall {
  public:
    static constexpr std::int64_t batches = 2, rows = 5;

    // Its tensors are in the current context; x begins with this number.
    explicit ColumnsCall(int first = 1, std::int64_t columns = 40, int device = 0)
        : columns_(columns), device_(device), first_(first) {}

    ConstTensorView x_view() const { return on_device(x_.data(), {batches, rows, columns_}, device_); }
    TensorView y_view() const { return out_on_device(y_.data(), {batches, rows, columns_}, device_); }

    void run(void *stream = nullptr, Workspace workspace = {}) const {
        Options options;
        options.stream = stream;
        options.workspace = workspace;
        normalize<"b h c -> b c">(x_view(), y_view(), options);
    }
    std::size_t workspace_size() const { return axnorm::workspace_size<"b h c -> b c">(x_view(), y_view()); }
    std::size_t expected_size() const { return workspace_of_columns(batches, static_cast<std::size_t>(columns_)); }

    std::vector<float> y() const { return y_.get(); }
    std::vector<float> expected() const {
        std::vector<float> values = x();
        const std::vector<float> before = values;
        for (std::int64_t b = 0; b < batches; ++b) {
            for (std::int64_t i = 0; i < rows * columns_; ++i) {
                for (std::int64_t row = 0; row < rows; ++row) {
                    values[index(b, i / columns_, i % columns_)] += before[index(b, row, i % columns_)];
                }
            }
        }
        return values;
    }
    std::vector<float> untouched() const { return std::vector<float>(count(), -1); }

  private:
    std::size_t count() const { return static_cast<std::size_t>(batches * rows * columns_); }
    std::size_t index(std::int64_t batch, std::int64_t row, std::int64_t column) const {
        return static_cast<std::size_t>((batch * rows + row) * columns_ + column);
    }
    std::vector<float> x() const {
        std::vector<float> values;
        for (std::size_t i = 0; i < count(); ++i) {
            values.push_back(static_cast<float>(first_ + static_cast<int>(i % 97)));
        }
        return values;
    }

    std::int64_t columns_;
    int device_, first_;
    DeviceArray x_{x()}, y_{untouched()};
};

}  // namespace axnorm::test
