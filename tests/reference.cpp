#include "reference.h"

namespace axnorm::test {

namespace {
std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
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
    const std::size_t batch = at(shape[0]), height = at(shape[1]), width = at(shape[2]), channels = at(shape[3]);
    Expected expected(x.size(), options.statistic, {shape[3]});
    for (std::size_t c = 0; c < channels; ++c) {
        const auto each = [&](const auto &f) {
            for (std::size_t b = 0; b < batch; ++b) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        f(((b * height + h) * width + w) * channels + c, c);
                    }
                }
            }
        };
        normalize_group(x, options, each, c, expected);
    }
    return expected;
}

Expected batch_nchw(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), channels = at(shape[1]), height = at(shape[2]), width = at(shape[3]);
    Expected expected(x.size(), options.statistic, {shape[1]});
    for (std::size_t c = 0; c < channels; ++c) {
        const auto each = [&](const auto &f) {
            for (std::size_t b = 0; b < batch; ++b) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        f(((b * channels + c) * height + h) * width + w, c);
                    }
                }
            }
        };
        normalize_group(x, options, each, c, expected);
    }
    return expected;
}

Expected layer(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), channels = at(shape[1]), height = at(shape[2]), width = at(shape[3]);
    Expected expected(x.size(), options.statistic, {shape[0]});
    for (std::size_t b = 0; b < batch; ++b) {
        const auto each = [&](const auto &f) {
            for (std::size_t c = 0; c < channels; ++c) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        f(((b * channels + c) * height + h) * width + w, (c * height + h) * width + w);
                    }
                }
            }
        };
        normalize_group(x, options, each, b, expected);
    }
    return expected;
}

Expected instance(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), channels = at(shape[1]), height = at(shape[2]), width = at(shape[3]);
    Expected expected(x.size(), options.statistic, {shape[0], shape[1]});
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t c = 0; c < channels; ++c) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        f(((b * channels + c) * height + h) * width + w, c);
                    }
                }
            };
            normalize_group(x, options, each, b * channels + c, expected);
        }
    }
    return expected;
}

Expected instance_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), height = at(shape[1]), width = at(shape[2]), channels = at(shape[3]);
    Expected expected(x.size(), options.statistic, {shape[0], shape[3]});
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t c = 0; c < channels; ++c) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        f(((b * height + h) * width + w) * channels + c, c);
                    }
                }
            };
            normalize_group(x, options, each, b * channels + c, expected);
        }
    }
    return expected;
}

Expected group(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), channels = at(shape[1]), height = at(shape[2]), width = at(shape[3]);
    const std::size_t group_count = at(groups), group_size = channels / group_count;
    Expected expected(x.size(), options.statistic, {shape[0], groups});
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t g = 0; g < group_count; ++g) {
            const auto each = [&](const auto &f) {
                for (std::size_t n = 0; n < group_size; ++n) {
                    for (std::size_t h = 0; h < height; ++h) {
                        for (std::size_t w = 0; w < width; ++w) {
                            f(((b * channels + g * group_size + n) * height + h) * width + w, g * group_size + n);
                        }
                    }
                }
            };
            normalize_group(x, options, each, b * group_count + g, expected);
        }
    }
    return expected;
}

Expected group_nhwc(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options) {
    const std::size_t batch = at(shape[0]), height = at(shape[1]), width = at(shape[2]), channels = at(shape[3]);
    const std::size_t group_count = at(groups), group_size = channels / group_count;
    Expected expected(x.size(), options.statistic, {shape[0], groups});
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t g = 0; g < group_count; ++g) {
            const auto each = [&](const auto &f) {
                for (std::size_t h = 0; h < height; ++h) {
                    for (std::size_t w = 0; w < width; ++w) {
                        for (std::size_t n = 0; n < group_size; ++n) {
                            f(((b * height + h) * width + w) * channels + g * group_size + n, g * group_size + n);
                        }
                    }
                }
            };
            normalize_group(x, options, each, b * group_count + g, expected);
        }
    }
    return expected;
}

testing::AssertionResult y_close(const Values &y, const Expected &expected, const Tolerance &tolerance) {
    std::vector<double> bounds;
    for (std::size_t i = 0; i < expected.size.size(); ++i) {
        const double error = tolerance.y * std::max(1.0, expected.size[i]);
        bounds.push_back(error + tolerance.rounding_of(expected.y[i], error));
    }
    return first_difference("y", y, expected.y, bounds);
}

testing::AssertionResult mean_close(const Values &mean, const Expected &expected, const Tolerance &tolerance) {
    std::vector<double> bounds;
    for (std::size_t i = 0; i < expected.mean.size(); ++i) {
        bounds.push_back(tolerance.mean_error(expected.mean[i], expected.rstd[i]));
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
