// A call of "b c -> b" on a device that the hand-written kernel `rows_1024` serves, and what comes out of it.
//
//     const PrimaryContext context(0);
//     RowsCall call(0);
//     call.run();
//     EXPECT_EQ(call.y(), call.expected());
#pragma once

#include "driver_api.h"
#include "kernels.h"

namespace axnorm::test {

class RowsCall {
  public:
    static constexpr std::int64_t rows = 3, columns = 40;

    // Its tensors are in the current context.
    explicit RowsCall(int device = 0) : device_(device) {}

    Options options() const {
        Options options;
        options.scale = on_device(scale_.data(), {columns}, device_);
        options.rstd = out_on_device(rstd_.data(), {rows}, device_);
        options.eps = 0.5;
        return options;
    }
    void run(void *stream = nullptr) const {
        Options with = options();
        with.stream = stream;
        run(with);
    }
    void run(const Options &with) const {
        normalize<"b c -> b", "c">(on_device(x_.data(), {rows, columns}, device_),
                                   out_on_device(y_.data(), {rows, columns}, device_), with);
    }

    std::vector<float> y() const { return y_.get(); }
    std::vector<float> rstd() const { return rstd_.get(); }
    static std::vector<float> expected() {
        std::vector<float> values;
        for (int i = 0; i < rows * columns; ++i) {
            values.push_back(static_cast<float>(i) * 0.5F * static_cast<float>(1 + i % columns));
        }
        return values;
    }
    static std::vector<float> expected_rstd() { return {0, 1, 2}; }
    static std::vector<float> untouched() { return std::vector<float>(rows * columns, -1); }

  private:
    static std::vector<float> from(float begin, std::int64_t count) {
        std::vector<float> values;
        for (std::int64_t i = 0; i < count; ++i) {
            values.push_back(begin + static_cast<float>(i));
        }
        return values;
    }

    int device_;
    DeviceArray x_{from(0, rows *columns)}, scale_{from(1, columns)}, y_{untouched()}, rstd_{{-1, -1, -1}};
};

// What a call throws, as text; "" where it throws nothing.
template <class F>
std::string error_of(const F &call, ErrorCode *code = nullptr) {
    try {
        call();
    } catch (const Error &error) {
        if (code != nullptr) {
            *code = error.code();
        }
        return error.what();
    }
    return "";
}

inline bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

}  // namespace axnorm::test
