#include "npy.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace axnorm::cli {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;  // of what follows the header
constexpr std::string_view blanks = " ";

struct Named {
    DType dtype;
    std::string_view descr;
};
constexpr Named dtypes[] = {{DType::float32, "<f4"}, {DType::float64, "<f8"}, {DType::float16, "<f2"}};

[[noreturn]] void refuse(const std::string &path, const std::string &why, ErrorCode code = ErrorCode::argument) {
    throw Error(path + ": " + why, code);
}

// What stands behind "'key':" in the header, a dictionary as Python writes it.
std::string_view value_of(std::string_view header, std::string_view key, const std::string &path) {
    const std::size_t at = header.find("'" + std::string(key) + "'");
    const std::size_t colon = at == std::string_view::npos ? at : header.find(':', at);
    if (colon == std::string_view::npos) {
        refuse(path, "its header has no " + std::string(key));
    }
    const std::string_view value = header.substr(colon + 1);
    return value.substr(std::min(value.find_first_not_of(blanks), value.size()));
}

DType dtype_of(std::string_view value, const std::string &path) {
    const std::string_view descr = value.starts_with("'") ? value.substr(1, value.find('\'', 1) - 1) : value;
    for (const Named &named : dtypes) {
        if (descr == named.descr) {
            return named.dtype;
        }
    }
    refuse(path,
           "its dtype is " + std::string(descr.substr(0, 20)) +
               "; there are <f4, <f8 and <f2: float32, float64 and float16. NumPy has no bfloat16 to write",
           ErrorCode::unsupported);
}

// "(8, 64)", "(8,)" or "()".
Extents shape_of(std::string_view value, const std::string &path) {
    std::vector<std::int64_t> extents;
    std::size_t at = value.starts_with("(") ? 1 : value.size();
    while (at < value.size() && value[at] != ')') {
        std::int64_t extent = 0;
        const auto [end, error] = std::from_chars(value.data() + at, value.data() + value.size(), extent);
        if (error != std::errc() || extent < 0) {
            break;
        }
        extents.push_back(extent);
        at = std::min(value.find_first_not_of(", ", static_cast<std::size_t>(end - value.data())), value.size());
    }
    if (at >= value.size() || value[at] != ')') {
        refuse(path, "its header has a shape that cannot be read");
    }
    return Extents(std::span<const std::int64_t>(extents));
}

std::size_t byte_count(const NpyArray &array, const std::string &path) {
    std::int64_t count = size_of(array.dtype);
    for (const std::int64_t extent : array.shape) {
        if (__builtin_mul_overflow(count, extent, &count)) {
            refuse(path, "its shape " + to_string(array.shape) + " overflows");
        }
    }
    return static_cast<std::size_t>(count);
}

Extents strides_of(const NpyArray &array) {
    Extents strides = array.shape;
    std::int64_t stride = 1;
    for (int i = 0; i < strides.size(); ++i) {
        const int dimension = array.is_fortran ? i : strides.size() - 1 - i;
        strides[dimension] = stride;
        stride *= std::max<std::int64_t>(array.shape[dimension], 1);
    }
    return strides;
}

std::string header_of(const NpyArray &array) {
    std::string shape;
    for (const std::int64_t extent : array.shape) {
        shape += std::to_string(extent) + ", ";
    }
    const auto *named = std::ranges::find(dtypes, array.dtype, &Named::dtype);
    std::string header = "{'descr': '" + std::string(named->descr) +
                         "', 'fortran_order': " + (array.is_fortran ? "True" : "False") + ", 'shape': (" + shape + ")}";
    const std::size_t before = magic.size() + 4;
    header.append(alignment - 1 - (before + header.size()) % alignment, ' ');
    return header + '\n';
}

}  // namespace

TensorView NpyArray::view() {
    return {bytes.data(), dtype, shape, strides_of(*this)};
}

NpyArray read_npy(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        refuse(path, "it cannot be read");
    }
    const std::vector<char> all{std::istreambuf_iterator<char>(file), {}};
    const std::string_view text(all.data(), all.size());
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    if (!text.starts_with(magic) || text.size() < 12) {
        refuse(path, "it is no .npy file");
    }
    const bool is_first_version = byte(6) == 1;
    const std::size_t begin = is_first_version ? 10 : 12;
    const std::size_t length = byte(8) + (byte(9) << 8) + (is_first_version ? 0 : (byte(10) << 16) + (byte(11) << 24));
    if (length > text.size() - begin) {
        refuse(path, "it is cut off within its header");
    }
    const std::string_view header = text.substr(begin, length);
    NpyArray array;
    array.dtype = dtype_of(value_of(header, "descr", path), path);
    array.is_fortran = value_of(header, "fortran_order", path).starts_with("True");
    array.shape = shape_of(value_of(header, "shape", path), path);
    const std::size_t expected = byte_count(array, path), found = text.size() - begin - length;
    if (found != expected) {
        refuse(path, "it has " + std::to_string(found) + " bytes of elements, its shape " + to_string(array.shape) +
                         " has " + std::to_string(expected));
    }
    array.bytes.assign(all.end() - static_cast<std::ptrdiff_t>(found), all.end());
    return array;
}

void write_npy(const std::string &path, const NpyArray &array) {
    const std::string header = header_of(array);
    std::ofstream file(path, std::ios::binary);
    file << magic << '\x01' << '\0' << static_cast<char>(header.size() & 255) << static_cast<char>(header.size() >> 8)
         << header;
    file.write(array.bytes.data(), static_cast<std::streamsize>(array.bytes.size()));
    file.close();
    if (!file) {
        refuse(path, "it cannot be written");
    }
}

}  // namespace axnorm::cli
