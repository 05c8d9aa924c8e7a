// The functions of axnorm.h.
#include <axnorm_default.h>
#ifdef AXNORM_WITH_CUDA
#include <axnorm_cuda.h>
#endif

#include "axnorm.h"
#include "c_options.h"
#include "dlpack_view.h"
#include "last_error.h"
#include "pattern_cache.h"
#include "runtime/language/refusal.h"

#define AXNORM_TEXT(x) #x
#define AXNORM_TEXT_OF(x) AXNORM_TEXT(x)
#define AXNORM_VERSION_TEXT              \
    AXNORM_TEXT_OF(AXNORM_VERSION_MAJOR) \
    "." AXNORM_TEXT_OF(AXNORM_VERSION_MINOR) "." AXNORM_TEXT_OF(AXNORM_VERSION_PATCH)

namespace axnorm::c_api {
namespace {

static_assert(std::string_view(AXNORM_VERSION_TEXT) == AXNORM_PROJECT_VERSION,
              "axnorm.h and project() in CMakeLists.txt disagree about the version");
static_assert(AXNORM_MAX_NDIM == max_axes);

// What was given for the axes, as the core takes it.
class Lengths {
  public:
    Lengths(const axnorm_length *lengths, std::size_t count) : count_(count) {
        if (count > named_.size()) {
            throw Error(std::to_string(count) + " lengths are given, a pattern has at most " +
                        std::to_string(named_.size()) + " axes");
        }
        if (lengths == nullptr && count > 0) {
            throw Error("lengths is NULL, but length_count is " + std::to_string(count));
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (lengths[i].name == nullptr) {
                throw Error("lengths[" + std::to_string(i) + "].name is NULL");
            }
            named_[i] = {lengths[i].name, lengths[i].length};
        }
    }

    std::span<const NamedLength> all() const { return std::span(named_).first(count_); }

  private:
    std::array<NamedLength, max_axes> named_{};
    std::size_t count_;
};

// Good until the next call of this thread.
const Pattern &parsed(const char *pattern, const char *params) {
    if (pattern == nullptr) {
        throw Error("pattern is NULL");
    }
    return PatternCache::of_this_thread().get(pattern, params != nullptr ? params : "");
}

// Runs function(pattern, lengths), which may throw a Refusal: its message then tells both.
template <class F>
int with_pattern(const char *text, const char *params, const axnorm_length *lengths, std::size_t length_count,
                 const F &function) noexcept {
    return guarded([&] {
        const Pattern &pattern = parsed(text, params);
        const Lengths named(lengths, length_count);
        try {
            function(pattern, named.all());
        } catch (const Refusal &refusal) {
            throw with_context(refusal, pattern, {}, named.all());
        }
    });
}

using ShapeFunction = Extents (*)(const Pattern &, const Extents &, std::span<const NamedLength>);

// A shape that `function` finds for an x of `ndim` dimensions.
template <ShapeFunction function>
int write_shape(const char *text, const char *params, int ndim, const int64_t *shape, const axnorm_length *lengths,
                size_t length_count, int *out_ndim, int64_t *out_shape) noexcept {
    return with_pattern(text, params, lengths, length_count, [&](const Pattern &pattern, const auto &named) {
        if (out_ndim == nullptr || out_shape == nullptr) {
            throw Refusal{std::string(out_ndim == nullptr ? "out_ndim" : "out_shape") + " is NULL"};
        }
        const Extents result = function(pattern, Extents(checked_shape(shape, ndim, "x")), named);
        std::copy(result.begin(), result.end(), out_shape);
        *out_ndim = result.size();
    });
}

}  // namespace
}  // namespace axnorm::c_api

using namespace axnorm::c_api;

int axnorm_normalize(const char *pattern, const char *params, const DLTensor *x, DLTensor *y,
                     const axnorm_length *lengths, size_t length_count, const axnorm_options *options) {
    return with_pattern(pattern, params, lengths, length_count, [&](const auto &parsed_pattern, const auto &named) {
        const axnorm::TensorView x_view = view_of(x, "x"), y_view = view_of(y, "y");
        axnorm::normalize(parsed_pattern, x_view, y_view, options_of(options), named);
    });
}

int axnorm_workspace_size(const char *pattern, const char *params, const DLTensor *x, const DLTensor *y,
                          const axnorm_length *lengths, size_t length_count, const axnorm_options *options,
                          size_t *out_size) {
    return with_pattern(pattern, params, lengths, length_count, [&](const auto &parsed_pattern, const auto &named) {
        if (out_size == nullptr) {
            throw axnorm::Refusal{"out_size is NULL"};
        }
        const axnorm::TensorView x_view = view_of(x, "x"), y_view = view_of(y, "y");
        *out_size = axnorm::workspace_size(parsed_pattern, x_view, y_view, options_of(options), named);
    });
}

int axnorm_release_workspaces(int device_index) {
    return guarded([&] { axnorm::release_workspaces(device_index); });
}

int axnorm_check_pattern(const char *pattern, const char *params) {
    return guarded([&] { parsed(pattern, params); });
}

int axnorm_statistics_shape(const char *pattern, const char *params, int ndim, const int64_t *shape,
                            const axnorm_length *lengths, size_t length_count, int *out_ndim, int64_t *out_shape) {
    return write_shape<axnorm::statistics_shape>(pattern, params, ndim, shape, lengths, length_count, out_ndim,
                                                 out_shape);
}

int axnorm_params_shape(const char *pattern, const char *params, int ndim, const int64_t *shape,
                        const axnorm_length *lengths, size_t length_count, int *out_ndim, int64_t *out_shape) {
    return write_shape<axnorm::params_shape>(pattern, params, ndim, shape, lengths, length_count, out_ndim, out_shape);
}

int axnorm_set_num_threads(int threads) {
    return guarded([&] { axnorm::set_num_threads(threads); });
}

int axnorm_num_threads(void) {
    int threads = 0;
    guarded([&] { threads = axnorm::num_threads(); });
    return threads;
}

int axnorm_load_tuning(const char *path) {
    return guarded([&] {
        if (path == nullptr) {
            throw axnorm::Error("path is NULL");
        }
        axnorm::load_tuning(path);
    });
}

const char *axnorm_cpu_isa(void) {
    const char *isa = nullptr;
    guarded([&] { isa = axnorm::cpu_isa(); });
    return isa;
}

const char *axnorm_last_error(void) {
    return last_error();
}

int axnorm_version(void) {
    return 10000 * AXNORM_VERSION_MAJOR + 100 * AXNORM_VERSION_MINOR + AXNORM_VERSION_PATCH;
}

const char *axnorm_version_string(void) {
    return AXNORM_VERSION_TEXT;
}
