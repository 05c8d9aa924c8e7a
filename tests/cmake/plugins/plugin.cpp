// A plugin that has axnorm inside, with the kernels of HEADER.
#include "plugin.h"

#include HEADER

#include <cmath>
#include <string>
#include <vector>

namespace {

const char *kernels() {
    static std::string names;
    names.clear();
    for (const axnorm::Kernel *kernel : axnorm::kernels()) {
        names += std::string(kernel->name) + "\n";
    }
    return names.c_str();
}

bool is_right(const std::vector<float> &x, const std::vector<float> &y, std::size_t row) {
    for (std::size_t begin = 0; begin < x.size(); begin += row) {
        double sum = 0, squares = 0;
        for (std::size_t i = begin; i < begin + row; ++i) {
            sum += x[i];
        }
        const double mean = sum / static_cast<double>(row);
        for (std::size_t i = begin; i < begin + row; ++i) {
            squares += (x[i] - mean) * (x[i] - mean);
        }
        const double deviation = std::sqrt(squares / static_cast<double>(row) + 1e-5);
        for (std::size_t i = begin; i < begin + row; ++i) {
            if (!(std::abs(y[i] - (x[i] - mean) / deviation) < 1e-5)) {
                return false;
            }
        }
    }
    return true;
}

const char *normalize(const char *pattern) {
    static std::string message;
    message.clear();
    const std::size_t row = 400;  // enough of them for threads
    std::vector<float> x(240 * row), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i * 37 % 101) / 10;
    }
    const bool has_four_axes = std::string(pattern).find('h') != std::string::npos;
    const axnorm::Extents shape = has_four_axes ? axnorm::Extents{60, 4, 20, 20} : axnorm::Extents{240, 400};
    try {
        axnorm::normalize(pattern, "", {x.data(), shape}, {y.data(), shape});
        message = is_right(x, y, row) ? "" : "y is wrong";
    } catch (const axnorm::Error &error) {
        message = error.what();
    }
    // Of the same name in both plugins, and each calls its own.
    try {
        axnorm::normalize<"b c -> b">({x.data(), {240, 400}}, {y.data(), {240, 400}});
        message += is_right(x, y, row) ? "" : "y is wrong";
        // Three heads of six are rows to the same kernel, though tokens and heads do not merge.
        std::vector<float> heads(y.size());
        const axnorm::Extents slice{40, 3, 400}, strides{2400, 400, 1};
        axnorm::normalize("t h d -> t h", "", {x.data(), slice, strides}, {heads.data(), slice, strides});
        bool same = true;
        for (std::size_t i = 0; i < heads.size(); ++i) {
            same = same && heads[i] == (i % 2400 < 1200 ? y[i] : 0);
        }
        message += same ? "" : "y of a slice is wrong";
    } catch (const axnorm::Error &error) {
        message += error.what();
    }
    return message.c_str();
}

const Plugin functions{kernels, normalize, axnorm::num_threads, axnorm::set_num_threads};

}  // namespace

const Plugin *plugin() {
    return &functions;
}
