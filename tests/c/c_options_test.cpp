// axnorm_options of other versions: what a shorter one lacks is a default, what a longer one has is refused unless 0.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "c_call.h"

namespace axnorm::test {
namespace {

// The first `size` bytes of the options in memory of that size, behind which a sanitizer sees every byte that is read.
// Beyond what this version knows they are `more`.
int run_with_size(GoodCall &call, std::size_t size, unsigned char more = 0) {
    call.options.size = size;
    std::unique_ptr<unsigned char[]> memory(new unsigned char[std::max(size, sizeof(size))]);
    std::memset(memory.get(), more, size);
    std::memcpy(memory.get(), &call.options, std::min(std::max(size, sizeof(size)), sizeof(call.options)));
    return call.run(reinterpret_cast<const axnorm_options *>(memory.get()));
}

bool says(const char *words) {
    return std::strstr(axnorm_last_error(), words) != nullptr;
}

TEST(COptions, Defaults) {
    const axnorm_options options = AXNORM_OPTIONS_INIT;
    EXPECT_EQ(options.size, sizeof(options));
    EXPECT_EQ(options.eps, 1e-5);
}

// As from a program of a version that ended with eps: its params are not read.
TEST(COptions, ShorterTakeDefaults) {
    GoodCall call, plain;
    call.options.eps = plain.options.eps = 0.25;
    ASSERT_EQ(run_with_size(call, offsetof(axnorm_options, scale)), AXNORM_OK) << axnorm_last_error();
    EXPECT_TRUE(call.mean.untouched() && call.rstd.untouched());
    plain.options.scale = plain.options.shift = nullptr;
    ASSERT_EQ(plain.run(), AXNORM_OK);
    EXPECT_TRUE(same_bits(call.y.get(), plain.y.get()));
    // The size alone: all defaults.
    GoodCall least;
    least.options.eps = 0.25;
    ASSERT_EQ(run_with_size(least, sizeof(std::size_t)), AXNORM_OK) << axnorm_last_error();
    EXPECT_FALSE(same_bits(least.y.get(), plain.y.get()));
}

TEST(COptions, EveryFieldEndsOneVersion) {
    for (const std::size_t size :
         {offsetof(axnorm_options, statistic), offsetof(axnorm_options, threads), offsetof(axnorm_options, eps),
          offsetof(axnorm_options, scale), offsetof(axnorm_options, shift), offsetof(axnorm_options, mean),
          offsetof(axnorm_options, rstd), offsetof(axnorm_options, given_mean), offsetof(axnorm_options, given_rstd),
          offsetof(axnorm_options, stores), offsetof(axnorm_options, reserved), offsetof(axnorm_options, stream),
          offsetof(axnorm_options, workspace), offsetof(axnorm_options, workspace_size), sizeof(axnorm_options)}) {
        GoodCall call;
        EXPECT_EQ(run_with_size(call, size), AXNORM_OK) << size << axnorm_last_error();
    }
}

TEST(COptions, LongerWhereTheRestIsZero) {
    GoodCall call;
    EXPECT_EQ(run_with_size(call, sizeof(axnorm_options) + 24), AXNORM_OK) << axnorm_last_error();
    GoodCall set;
    EXPECT_EQ(run_with_size(set, sizeof(axnorm_options) + 24, 1), AXNORM_ERROR_UNSUPPORTED);
    EXPECT_TRUE(says("options->size is 128") && says("older than the program") && says("b (g n) h w -> b g"))
        << axnorm_last_error();
    EXPECT_TRUE(set.untouched());
}

TEST(COptions, SizesThatAreNone) {
    for (const std::size_t size : {std::size_t{0}, sizeof(std::size_t) - 1, std::size_t{4097}}) {
        GoodCall call;
        EXPECT_EQ(run_with_size(call, size), AXNORM_ERROR_ARGUMENT);
        EXPECT_TRUE(says("options->size") && says("AXNORM_OPTIONS_INIT")) << axnorm_last_error();
        EXPECT_TRUE(call.untouched());
    }
    GoodCall call;
    EXPECT_EQ(run_with_size(call, offsetof(axnorm_options, eps) + 4), AXNORM_ERROR_ARGUMENT);
    EXPECT_TRUE(says("cuts eps in two")) << axnorm_last_error();
    EXPECT_EQ(run_with_size(call, sizeof(axnorm_options) - 1), AXNORM_ERROR_ARGUMENT);
    EXPECT_TRUE(says("cuts workspace_size in two")) << axnorm_last_error();
    EXPECT_TRUE(call.untouched());
}

TEST(COptions, Values) {
    const auto refused_after = [](auto change, const char *words) {
        GoodCall call;
        change(call.options);
        EXPECT_EQ(call.run(), AXNORM_ERROR_ARGUMENT);
        EXPECT_TRUE(says(words)) << axnorm_last_error();
        EXPECT_TRUE(call.untouched());
    };
    refused_after([](axnorm_options &o) { o.statistic = 3; }, "options->statistic is 3");
    refused_after([](axnorm_options &o) { o.statistic = -1; }, "options->statistic is -1");
    refused_after([](axnorm_options &o) { o.stores = 3; }, "options->stores is 3");
    refused_after([](axnorm_options &o) { o.stores = -1; }, "options->stores is -1");
    refused_after([](axnorm_options &o) { o.reserved = 1; }, "options->reserved is 1");
    refused_after([](axnorm_options &o) { o.threads = -1; }, "threads is -1");
    refused_after([](axnorm_options &o) { o.eps = -1; }, "eps");
    refused_after([](axnorm_options &o) { o.workspace_size = 8; },
                  "a workspace of 8 bytes is given; calls on device cpu");
    refused_after([](axnorm_options &o) { o.statistic = AXNORM_RMS; }, "rms has no mean");
    refused_after([](axnorm_options &o) { o.statistic = AXNORM_GIVEN; }, "given_rstd");
    refused_after([](axnorm_options &o) { o.given_rstd = o.rstd; }, "statistic given only");
}

}  // namespace
}  // namespace axnorm::test
