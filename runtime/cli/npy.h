// Arrays of NumPy in files: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//     const NpyArray x = read_npy("x.npy");
//     normalize(pattern, x.view(), y.view(), options);
//     write_npy("y.npy", y);
#pragma once

#include <string>
#include <vector>

#include "axnorm/tensor.h"

namespace axnorm::cli {

struct NpyArray {
    DType dtype = DType::float32;
    Extents shape{};
    bool is_fortran = false;  // the first dimension is innermost
    std::vector<char> bytes{};

    TensorView view();  // of the array's memory
};

// Throws Error, which names the file, where it is none, is cut off, or is of a dtype that axnorm has not.
NpyArray read_npy(const std::string &path);

// Throws Error where the file cannot be written.
void write_npy(const std::string &path, const NpyArray &array);

}  // namespace axnorm::cli
