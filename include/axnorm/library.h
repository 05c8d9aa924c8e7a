// Libraries of kernels: what axnorm_add_library() makes, and which of them a program has.
//
//     axnorm_add_library(my_norms KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n")   # CMake
//
//     #include "my_norms.h"                                             // C++: normalize() now knows its kernels
//     for (const axnorm::KernelLine &line : my_norms::lines) { std::cout << line.pattern << '\n'; }
//
// A library is known to a program where one of its sources includes the library's header. Of the kernels of all
// libraries the one of least cost serves a call (kernel.h), and of equals the one that was registered first; all give
// the same bits. A shared library that holds kernels and takes the runtime from the program that loads it may not be
// unloaded: link it with -Wl,-z,nodelete.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "kernel.h"

struct halide_filter_metadata_t;  // HalideRuntime.h

namespace axnorm {

// At most `Most` values, stored in place.
template <class T, std::size_t Most>
class ShortList {
  public:
    constexpr ShortList() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): {DType::float32} has to become one.
    constexpr ShortList(std::initializer_list<T> values) {
        for (const T &value : values) {
            values_[count_++] = value;
        }
    }
    constexpr const T *begin() const { return values_.data(); }
    constexpr const T *end() const { return values_.data() + count_; }
    constexpr std::size_t size() const { return count_; }

  private:
    std::array<T, Most> values_{};
    std::size_t count_ = 0;
};

// A KERNEL line of axnorm_add_library(), for one order in memory and one statistic, and the signature it comes to.
struct KernelLine {
    std::string_view pattern, params;
    std::string_view memory;  // the axes from the outermost in memory to the innermost
    Statistic statistic;
    std::string_view signature;
    ShortList<DTypePair, dtype_count * dtype_count> dtypes;
    ShortList<Device, device_count> devices;
};

class Library {
  public:
    // What Halide says of the arguments of a kernel, which is in its object.
    using Metadata = const halide_filter_metadata_t *(*)();

    // `metadata` is that of each kernel, or empty: then nobody checks what kernels take.
    constexpr Library(std::string_view name, std::span<const Kernel> kernels, std::span<const Metadata> metadata = {})
        : name_(name), kernels_(kernels), metadata_(metadata) {
        for (std::size_t i = 0; i < kernels.size(); ++i) {
            Range &range = ranges_[index(kernels[i].statistic, kernels[i].dtypes)];
            range = {range.end == 0 ? i : range.begin, i + 1};
        }
    }
    Library(const Library &) = delete;
    Library &operator=(const Library &) = delete;

    std::string_view name() const { return name_; }
    std::span<const Metadata> metadata() const { return metadata_; }
    std::span<const Kernel> kernels() const { return kernels_; }                   // the first of equals wins
    const Library *next() const { return next_.load(std::memory_order_acquire); }  // the one registered after it

    // All kernels of a statistic and dtypes, in their order: a call looks at no others where they are neighbours in the
    // table, as axnorm_add_library() writes it. Elsewhere there may be others among them.
    std::span<const Kernel> kernels(Statistic statistic, DTypePair dtypes) const {
        const Range range = ranges_[index(statistic, dtypes)];
        return kernels_.subspan(range.begin, range.end - range.begin);
    }

  private:
    friend void append_library(const Library &library) noexcept;

    struct Range {
        std::size_t begin = 0, end = 0;
    };
    static constexpr std::size_t index(Statistic statistic, DTypePair dtypes) {
        return (static_cast<std::size_t>(statistic) * dtype_count + static_cast<std::size_t>(dtypes.x)) * dtype_count +
               static_cast<std::size_t>(dtypes.y);
    }

    std::string_view name_;
    std::span<const Kernel> kernels_;
    std::span<const Metadata> metadata_;
    std::array<Range, statistic_count * dtype_count * dtype_count> ranges_{};
    mutable std::atomic<const Library *> next_{nullptr};
};

// Makes a library known, once; always true. The headers of libraries call it. It takes no lock, and may run at any
// time, beside calls and in static initializers. The library has to last as long as the program.
bool register_library(const Library &library) noexcept;

// The library that was registered first; nullptr where there is none.
const Library *first_library();

// The kernels of all libraries, in the order of registration.
std::vector<const Kernel *> kernels();

}  // namespace axnorm
