#include "check_call.h"

#include <cmath>

#include "arena.h"
#include "made_call.h"
#include "reference/pattern_reference.h"
#include "written.h"

namespace axnorm::fuzz {
namespace {

using test::Values;

enum class Side : bool { begin, end };

const Arena &arena() {
    static const Arena arena(tensor_count);
    return arena;
}

// Tensors in their slots, at the begin of each or at its end. One without elements, or that has to be refused, lies
// where nothing may be touched. False where one is too large.
bool place(MadeCall &call, Side side) {
    const bool is_good = call.is_good();
    for (std::size_t i = 0; i < tensor_count; ++i) {
        Described &tensor = call.tensors[i];
        tensor.first = arena().forbidden();
        if (!tensor.present || !is_good || tensor.is_empty()) {
            continue;
        }
        const std::optional<Range> range = tensor.range();
        if (!range) {
            return false;
        }
        tensor.first = side == Side::begin ? arena().slot(i) : arena().slot(i) + slot_bytes - range->high;
    }
    if (is_good && call.shared) {
        Described &one = call.tensors[(*call.shared)[0]], &other = call.tensors[(*call.shared)[1]];
        if (one.is_empty() || other.is_empty()) {
            return true;
        }
        // Each range leaves a third of a slot; the distance is a few hundred bytes. Alignment stays.
        const std::int64_t low = std::min<std::int64_t>(0, call.shared_distance);
        const std::int64_t high = std::max(one.range()->high, call.shared_distance + other.range()->high);
        const std::int64_t bytes = (high - low + 7) / 8 * 8;
        unsigned char *const slot = arena().slot((*call.shared)[0]);
        one.first = slot + (side == Side::begin ? 0 : static_cast<std::int64_t>(slot_bytes) - bytes) - low;
        other.first = one.first + call.shared_distance;
    }
    return true;
}

// --- Values

// In the range of all dtypes; a spread of one and another mean, or all alike.
void fill_values(const MadeCall &call) {
    arena().fill();
    test::Random random(call.seed);
    const int kind = call.seed % 8;
    const double of_mean = kind < 4    ? 0
                           : kind == 4 ? 3
                           : kind == 5 ? -100
                                       : 1,
                 of_std = kind == 6   ? 0
                          : kind == 5 ? 5
                                      : 1;
    for (std::size_t i = 0; i < tensor_count; ++i) {
        const Described &tensor = call.tensors[i];
        if (!tensor.present || tensor.is_empty()) {
            continue;
        }
        const DType dtype = *tensor.dtype();
        const bool is_rstd = i == given_rstd;
        tensor.each([&](unsigned char *at) {
            // Sums of three: the normal distribution is slow, and has no use here.
            const double value = 2 * (random.uniform() + random.uniform() + random.uniform()) - 3;
            const double element = is_rstd                     ? 1 + value / 4
                                   : i == x || i == given_mean ? of_mean + of_std * value
                                                               : value;
            const bool is_special = kind == 7 && random.chance(0.02);
            test::store(is_special ? (value < 0 ? NAN : value < 1 ? HUGE_VAL : 1e30) : element, dtype, at);
        });
    }
}

Values values_of(const Described &tensor) {
    Values values;
    if (tensor.present) {
        tensor.each([&](const unsigned char *at) { values.push_back(test::load(*tensor.dtype(), at)); });
    }
    return values;
}

bool are_moderate(const Values &values) {
    return std::ranges::all_of(values, [](double v) { return std::isfinite(v) && std::abs(v) < 1000; });
}

// --- Results

struct Result {
    int code = AXNORM_OK;
    Values y, mean, rstd;
};

bool is_written(const MadeCall &call, std::size_t i) {
    return call.tensors[i].present && (i == y || i == mean || i == rstd);
}

// Marks the bytes of a tensor; says whether one of them was marked by another element.
bool mark(const Described &tensor, std::vector<bool> &marks) {
    bool repeats = false;
    tensor.each([&](const unsigned char *at) {
        const std::size_t begin = arena().offset_of(at);
        for (std::size_t b = begin; b < begin + static_cast<std::size_t>(tensor.size()); ++b) {
            repeats = repeats || marks[b];
            marks[b] = true;
        }
    });
    return repeats;
}

bool meets(const Described &tensor, const std::vector<bool> &marks) {
    bool is_met = false;
    tensor.each([&](const unsigned char *at) {
        const std::size_t begin = arena().offset_of(at);
        for (std::size_t b = begin; b < begin + static_cast<std::size_t>(tensor.size()); ++b) {
            is_met = is_met || marks[b];
        }
    });
    return is_met;
}

// Each element of y is that of x.
bool is_in_place(const MadeCall &call) {
    std::vector<const unsigned char *> of_x, of_y;
    call.tensors[x].each([&](const unsigned char *at) { of_x.push_back(at); });
    call.tensors[y].each([&](const unsigned char *at) { of_y.push_back(at); });
    return of_x == of_y && call.tensors[x].dtype() == call.tensors[y].dtype();
}

// Whether an element of what is written is one of another index or tensor, too, but for y over x.
bool overlaps(const MadeCall &call) {
    for (const std::size_t output : {y, mean, rstd}) {
        if (!is_written(call, output) || call.tensors[output].is_empty()) {
            continue;
        }
        std::vector<bool> marks(tensor_count * slot_bytes);
        if (mark(call.tensors[output], marks)) {
            return true;
        }
        for (std::size_t i = 0; i < tensor_count; ++i) {
            const Described &other = call.tensors[i];
            if (i != output && other.present && meets(other, marks) && !(output == y && i == x && is_in_place(call))) {
                return true;
            }
        }
    }
    return false;
}

// Runs a placed call. Bytes change where an element is written, and nowhere else; in a call that is refused none does.
Result run(MadeCall &call) {
    static std::vector<unsigned char> before;
    arena().copy_to(before);
    Result result;
    result.code = call.run(false);
    if (result.code != AXNORM_OK) {
        AXNORM_WANT(arena().equals(before));
        return result;
    }
    for (const std::size_t i : {y, mean, rstd}) {
        if (is_written(call, i)) {
            const Described &tensor = call.tensors[i];
            tensor.each([&](const unsigned char *at) {
                std::memcpy(before.data() + arena().offset_of(at), at, static_cast<std::size_t>(tensor.size()));
            });
        }
    }
    AXNORM_WANT(arena().equals(before));
    result.y = values_of(call.tensors[y]);
    result.mean = values_of(call.tensors[mean]);
    result.rstd = values_of(call.tensors[rstd]);
    return result;
}

void check_close(const Values &actual, const std::vector<double> &expected, const auto &tolerance_of) {
    AXNORM_WANT(actual.empty() || actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const bool is_close = test::close(actual[i], expected[i], tolerance_of(i));
        if (!is_close) {
            std::fprintf(stderr, "element %zu is %.17g, expected %.17g, tolerance %g\n", i, actual[i], expected[i],
                         tolerance_of(i));
        }
        AXNORM_WANT(is_close);
    }
}

// What is given to a call, before y is written over x.
struct Given {
    Values x, scale, shift, mean, rstd;

    explicit Given(const MadeCall &call)
        : x(values_of(call.tensors[fuzz::x])),
          scale(values_of(call.tensors[fuzz::scale])),
          shift(values_of(call.tensors[fuzz::shift])),
          mean(values_of(call.tensors[given_mean])),
          rstd(values_of(call.tensors[given_rstd])) {}

    bool is_moderate() const {
        return are_moderate(x) && are_moderate(scale) && are_moderate(shift) && are_moderate(mean) &&
               are_moderate(rstd);
    }
};

void check_result(const MadeCall &call, const Given &given, const Result &result) {
    const auto statistic = static_cast<Statistic>(call.options.statistic);
    const double eps = call.options.eps;
    if (!given.is_moderate() || !std::isfinite(eps) || eps < 1e-6 || eps > 1) {
        return;  // other bounds hold there: special_values_test.cpp
    }
    const auto values = [&](std::size_t i, const Values &of) { return call.tensors[i].present ? &of : nullptr; };
    test::Lengths lengths;
    for (std::size_t i = 0; i < call.names.size(); ++i) {
        lengths[call.names[i]] = call.values[i];
    }
    const Written written(*call.pattern);
    const auto extents = call.tensors[x].extents();
    const test::Expected expected =
        test::by_pattern(written.text, written.params, test::Shape(extents.begin(), extents.end()), lengths, given.x,
                         {.scale = values(scale, given.scale),
                          .shift = values(shift, given.shift),
                          .eps = eps,
                          .statistic = statistic,
                          .given_mean = values(given_mean, given.mean),
                          .given_rstd = values(given_rstd, given.rstd)});
    // Rows may be one row, by a stride of 0: their rounding errors do not average.
    const test::Tolerance usual;
    const auto tolerance = test::Tolerance{.y = 4 * usual.y, .mean = 4 * usual.mean, .rstd = 4 * usual.rstd}.of(
        {*call.tensors[x].dtype(), *call.tensors[y].dtype()});
    check_close(result.y, expected.y, [&](std::size_t i) {
        const double error = tolerance.y * std::max(1.0, expected.size[i]);
        return error + tolerance.rounding_of(expected.y[i], error);
    });
    if (call.tensors[mean].present) {
        check_close(result.mean, expected.mean,
                    [&](std::size_t i) { return tolerance.mean_error(expected.mean[i], expected.rstd[i]); });
    }
    if (call.tensors[rstd].present) {
        check_close(result.rstd, expected.rstd, [&](std::size_t i) { return tolerance.rstd * expected.rstd[i]; });
    }
}

void check_code(const MadeCall &call, int code) {
    AXNORM_WANT(code == AXNORM_OK || code == AXNORM_ERROR_PATTERN || code == AXNORM_ERROR_ARGUMENT ||
                code == AXNORM_ERROR_UNSUPPORTED || code == AXNORM_ERROR_DEVICE);
    AXNORM_WANT((code == AXNORM_ERROR_PATTERN) == !call.pattern);
    AXNORM_WANT(code == AXNORM_OK || std::string_view(axnorm_last_error()).starts_with("axnorm: "));
}

}  // namespace

void check_call(MadeCall &call) {
    const bool is_small = place(call, Side::begin);
    const int dry = call.run(true);
    check_code(call, dry);
    if (!is_small) {
        return;  // its memory would be more than a slot has, or its time more than there is
    }
    if (!call.is_good()) {
        arena().fill();
        const int code = run(call).code;
        check_code(call, code);
        AXNORM_WANT(code != AXNORM_OK);
        return;
    }
    fill_values(call);
    const Given given(call);
    const Result result = run(call);
    check_code(call, result.code);
    AXNORM_WANT(result.code != AXNORM_OK || dry == AXNORM_OK);
    if (result.code != AXNORM_OK) {
        const std::string_view message = axnorm_last_error(), reason = message.substr(0, message.find('\n'));
        AXNORM_WANT(reason.find(" overlap") == std::string_view::npos || overlaps(call));
        return;
    }
    AXNORM_WANT(!overlaps(call));
    check_result(call, given, result);
    // Where tensors lie changes no bit.
    place(call, Side::end);
    fill_values(call);
    const Result other = run(call);
    AXNORM_WANT(other.code == AXNORM_OK && test::same_bits(result.y, other.y));
    AXNORM_WANT(test::same_bits(result.mean, other.mean) && test::same_bits(result.rstd, other.rstd));
}

}  // namespace axnorm::fuzz
