#include "reference.h"

namespace axnorm::test {

namespace {
std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

Expected expected_for(const Values &x, const ReferenceOptions &options, const Shape &statistics_shape) {
    Expected expected;
    const std::size_t groups = at(product(statistics_shape));
    expected.y.resize(x.size());
    expected.size.resize(x.size());
    expected.mean.resize(options.statistic == Statistic::mean_var ? groups : 0);
    expected.rstd.resize(options.statistic == Statistic::given ? 0 : groups);
    expected.statistics_shape = statistics_shape;
    return expected;
}

testing::AssertionResult first_difference(const char *what, const Values &actual, const std::vector<double> &expected,
                                          const std::vector<double> &tolerance) {
    if (actual.size() != expected.size()) {
        return testing::AssertionFailure()
               << what << " has " << actual.size() << " elements, expected " << expected.size();
    }
    std::size_t wrong = 0, worst = 0;
    for (std::size_t i = actual.size(); i-- > 0;) {
        if (!close(actual[i], expected[i], tolerance[i])) {
            ++wrong;
            worst = i;
        }
    }
    if (wrong == 0) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << wrong << " of " << actual.size() << " elements of " << what
                                       << " are off, first " << what << "[" << worst << "] = " << actual[worst]
                                       << ", expected " << expected[worst] << ", error "
                                       << std::abs(actual[worst] - expected[worst]) << " above " << tolerance[worst];
}
}  // namespace

Expected batch_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), H = at(shape[1]), W = at(shape[2]), C = at(shape[3]);
    Expected expected = expected_for(x, options, {shape[3]});
    for (std::size_t c = 0; c < C; ++c) {
        const auto each = [&](const auto &f) {
            for (std::size_t b = 0; b < B; ++b) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        f(((b * H + h) * W + w) * C + c, c);
                    }
                }
            }
        };
        normalize_group(x, options, each, c, expected);
    }
    return expected;
}

Expected batch_nchw(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), C = at(shape[1]), H = at(shape[2]), W = at(shape[3]);
    Expected expected = expected_for(x, options, {shape[1]});
    for (std::size_t c = 0; c < C; ++c) {
        const auto each = [&](const auto &f) {
            for (std::size_t b = 0; b < B; ++b) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        f(((b * C + c) * H + h) * W + w, c);
                    }
                }
            }
        };
        normalize_group(x, options, each, c, expected);
    }
    return expected;
}

Expected layer(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), C = at(shape[1]), H = at(shape[2]), W = at(shape[3]);
    Expected expected = expected_for(x, options, {shape[0]});
    for (std::size_t b = 0; b < B; ++b) {
        const auto each = [&](const auto &f) {
            for (std::size_t c = 0; c < C; ++c) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        f(((b * C + c) * H + h) * W + w, (c * H + h) * W + w);
                    }
                }
            }
        };
        normalize_group(x, options, each, b, expected);
    }
    return expected;
}

Expected instance(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), C = at(shape[1]), H = at(shape[2]), W = at(shape[3]);
    Expected expected = expected_for(x, options, {shape[0], shape[1]});
    for (std::size_t b = 0; b < B; ++b) {
        for (std::size_t c = 0; c < C; ++c) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        f(((b * C + c) * H + h) * W + w, c);
                    }
                }
            };
            normalize_group(x, options, each, b * C + c, expected);
        }
    }
    return expected;
}

Expected instance_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), H = at(shape[1]), W = at(shape[2]), C = at(shape[3]);
    Expected expected = expected_for(x, options, {shape[0], shape[3]});
    for (std::size_t b = 0; b < B; ++b) {
        for (std::size_t c = 0; c < C; ++c) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        f(((b * H + h) * W + w) * C + c, c);
                    }
                }
            };
            normalize_group(x, options, each, b * C + c, expected);
        }
    }
    return expected;
}

Expected group(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), C = at(shape[1]), H = at(shape[2]), W = at(shape[3]);
    const std::size_t G = at(groups), N = C / G;
    Expected expected = expected_for(x, options, {shape[0], groups});
    for (std::size_t b = 0; b < B; ++b) {
        for (std::size_t g = 0; g < G; ++g) {
            const auto each = [&](const auto &f) {
                for (std::size_t n = 0; n < N; ++n) {
                    for (std::size_t h = 0; h < H; ++h) {
                        for (std::size_t w = 0; w < W; ++w) {
                            f(((b * C + g * N + n) * H + h) * W + w, g * N + n);
                        }
                    }
                }
            };
            normalize_group(x, options, each, b * G + g, expected);
        }
    }
    return expected;
}

Expected group_nhwc(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options) {
    const std::size_t B = at(shape[0]), H = at(shape[1]), W = at(shape[2]), C = at(shape[3]);
    const std::size_t G = at(groups), N = C / G;
    Expected expected = expected_for(x, options, {shape[0], groups});
    for (std::size_t b = 0; b < B; ++b) {
        for (std::size_t g = 0; g < G; ++g) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < H; ++h) {
                    for (std::size_t w = 0; w < W; ++w) {
                        for (std::size_t n = 0; n < N; ++n) {
                            f(((b * H + h) * W + w) * C + g * N + n, g * N + n);
                        }
                    }
                }
            };
            normalize_group(x, options, each, b * G + g, expected);
        }
    }
    return expected;
}

bool close(double actual, double expected, double tolerance) {
    if (!std::isfinite(actual) || !std::isfinite(expected)) {
        return (std::isnan(actual) && std::isnan(expected)) || actual == expected;
    }
    return std::abs(actual - expected) <= tolerance;
}

testing::AssertionResult y_close(const Values &y, const Expected &expected, const Tolerance &tolerance) {
    std::vector<double> bounds;
    for (const double size : expected.size) {
        bounds.push_back(tolerance.y * std::max(1.0, size));
    }
    return first_difference("y", y, expected.y, bounds);
}

testing::AssertionResult mean_close(const Values &mean, const Expected &expected, const Tolerance &tolerance) {
    std::vector<double> bounds;
    for (std::size_t i = 0; i < expected.mean.size(); ++i) {
        bounds.push_back(tolerance.mean / expected.rstd[i] + std::abs(expected.mean[i]) * 0x1p-23);
    }
    return first_difference("mean", mean, expected.mean, bounds);
}

testing::AssertionResult rstd_close(const Values &rstd, const Expected &expected, const Tolerance &tolerance) {
    std::vector<double> bounds;
    for (const double value : expected.rstd) {
        bounds.push_back(tolerance.rstd * value);
    }
    return first_difference("rstd", rstd, expected.rstd, bounds);
}

}  // namespace axnorm::test
