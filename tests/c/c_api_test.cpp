// The C interface computes what C++ does, in every bit, and carries every argument over.
#include <axnorm_default.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "../systems.h"
#include "c_call.h"

namespace axnorm::test {
namespace {

// A call of C beside one of C++: the same x and params, outputs of its own, stored alike.
struct Twin {
    const Call &cpp;
    Tensor y, mean, rstd;
    DLTensor x_tensor, y_tensor, scale_tensor, shift_tensor, mean_tensor, rstd_tensor;
    axnorm_options options = AXNORM_OPTIONS_INIT;

    Twin(const Call &call, const Storage &storage)
        : cpp(call),
          y(call.x.shape(), storage, call.y.dtype()),
          mean(call.mean.shape(), {}, call.mean.dtype()),
          rstd(call.rstd.shape(), {}, call.rstd.dtype()),
          x_tensor(describe(call.x)),
          y_tensor(describe(y)),
          scale_tensor(describe(call.scale)),
          shift_tensor(describe(call.shift)),
          mean_tensor(describe(mean)),
          rstd_tensor(describe(rstd)) {
        options.scale = &scale_tensor;
        options.shift = &shift_tensor;
        options.mean = &mean_tensor;
        options.rstd = &rstd_tensor;
    }

    int run() {
        const axnorm_length g{"g", cpp.groups};
        return axnorm_normalize(cpp.system.text.c_str(), cpp.system.params.c_str(), &x_tensor, &y_tensor, &g,
                                cpp.system.has_groups ? 1 : 0, &options);
    }

    void expect_equal() const {
        EXPECT_TRUE(same_bits(y.get(), cpp.y.get()) && y.guards_intact());
        EXPECT_TRUE(same_bits(mean.get(), cpp.mean.get()) && mean.guards_intact());
        EXPECT_TRUE(same_bits(rstd.get(), cpp.rstd.get()) && rstd.guards_intact());
    }
};

const Storage storages[] = {
    {},
    {.padding = {0, 1, 2, 3}},
    {.order = {0, 2, 3, 1}},
    {.order = {3, 1, 0, 2}, .spacing = 2, .offset = 5},
};

TEST(CApi, BitsOfCppInEveryLayout) {
    for (const System &system : systems()) {
        for (const Storage &storage : storages) {
            SCOPED_TRACE(testing::Message() << system.name << " " << storage);
            const Shape shape = system.shape(3, 6, 5, 7);
            Call call(system, shape, 3, normal(product(shape), 5, 2, 91), storage);
            call.options.eps = 1e-3;
            call.run();
            Twin twin(call, storage);
            twin.options.eps = 1e-3;
            ASSERT_EQ(twin.run(), AXNORM_OK) << axnorm_last_error();
            twin.expect_equal();
        }
    }
}

TEST(CApi, BitsOfCppInEveryDType) {
    for (const System &system : systems()) {
        for (const DTypePair dtypes : default_dtypes()) {
            SCOPED_TRACE(system.name + ' ' + name_of(dtypes));
            const Shape shape = system.shape(3, 6, 5, 7);
            Call call(system, shape, 3, normal(product(shape), 5, 2, 92), {}, dtypes);
            call.scale = Tensor(call.scale.shape(), {}, dtypes.x);  // of the dtype of x, shift of that of mean and rstd
            call.scale.fill(normal(call.scale.count(), 1, 0.5, 93));
            call.options.scale = call.scale.view();
            call.run();
            Twin twin(call, {});
            ASSERT_EQ(twin.run(), AXNORM_OK) << axnorm_last_error();
            twin.expect_equal();
        }
    }
}

TEST(CApi, BitsOfCppWithoutStridesOnTwoThreadsAndInPlace) {
    for (const System &system : systems()) {
        SCOPED_TRACE(system.name);
        const Shape shape = system.shape(8, 12, 30, 40);  // more than runs on one thread
        Call call(system, shape, 3, normal(product(shape), -1, 2, 92));
        call.run();
        Twin twin(call, {});
        twin.y.fill(call.x.get());
        twin.x_tensor = twin.y_tensor;
        twin.x_tensor.strides = twin.y_tensor.strides = nullptr;
        twin.options.threads = 2;
        ASSERT_EQ(twin.run(), AXNORM_OK) << axnorm_last_error();
        twin.expect_equal();
    }
}

TEST(CApi, NullOptionsAreDefaults) {
    GoodCall call;
    ASSERT_EQ(call.run(nullptr), AXNORM_OK) << axnorm_last_error();
    Tensor expected(call.y.shape());
    normalize("b (g n) h w -> b g", "(g n)", call.x.view(), expected.out(), {}, {{"g", 3}});
    EXPECT_TRUE(same_bits(call.y.get(), expected.get()));
    EXPECT_TRUE(call.mean.untouched() && call.rstd.untouched());
}

TEST(CApi, RootMeanSquare) {
    GoodCall call;
    call.options.statistic = AXNORM_RMS;
    call.options.mean = nullptr;
    ASSERT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
    Tensor y(call.y.shape()), rstd(call.rstd.shape());
    normalize("b (g n) h w -> b g", "(g n)", call.x.view(), y.out(),
              {.statistic = Statistic::rms, .scale = call.scale.view(), .shift = call.shift.view(), .rstd = rstd.out()},
              {{"g", 3}});
    EXPECT_TRUE(same_bits(call.y.get(), y.get()) && same_bits(call.rstd.get(), rstd.get()));
}

TEST(CApi, StoresChangeNoBit) {
    GoodCall automatic;
    ASSERT_EQ(automatic.run(), AXNORM_OK) << axnorm_last_error();
    for (const int stores : {AXNORM_STORES_CACHED, AXNORM_STORES_STREAMING}) {
        GoodCall call;
        call.options.stores = stores;
        ASSERT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
        EXPECT_TRUE(same_bits(call.y.get(), automatic.y.get()));
    }
}

// Statistics of one call, given to the next.
TEST(CApi, StatisticsOutAndIn) {
    GoodCall out;
    ASSERT_EQ(out.run(), AXNORM_OK) << axnorm_last_error();
    GoodCall in;
    in.options.statistic = AXNORM_GIVEN;
    in.options.mean = in.options.rstd = nullptr;
    in.options.given_mean = &out.mean_tensor;
    in.options.given_rstd = &out.rstd_tensor;
    ASSERT_EQ(in.run(), AXNORM_OK) << axnorm_last_error();
    Tensor y(in.y.shape());
    normalize("b (g n) h w -> b g", "(g n)", in.x.view(), y.out(),
              {.statistic = Statistic::given,
               .scale = in.scale.view(),
               .shift = in.shift.view(),
               .given_mean = out.mean.view(),
               .given_rstd = out.rstd.view()},
              {{"g", 3}});
    EXPECT_TRUE(same_bits(in.y.get(), y.get()));
    // A mean that is not given is 0.
    in.options.given_mean = nullptr;
    ASSERT_EQ(in.run(), AXNORM_OK) << axnorm_last_error();
    EXPECT_FALSE(same_bits(in.y.get(), y.get()));
}

// Every tensor begins behind its data.
TEST(CApi, ByteOffset) {
    GoodCall plain, moved;
    for (DLTensor *tensor : {&moved.x_tensor, &moved.y_tensor, &moved.scale_tensor, &moved.shift_tensor,
                             &moved.mean_tensor, &moved.rstd_tensor}) {
        tensor->data = static_cast<float *>(tensor->data) - 7;
        tensor->byte_offset = 7 * sizeof(float);
    }
    ASSERT_EQ(plain.run(), AXNORM_OK) << axnorm_last_error();
    ASSERT_EQ(moved.run(), AXNORM_OK) << axnorm_last_error();
    EXPECT_TRUE(same_bits(moved.y.get(), plain.y.get()) && moved.y.guards_intact());
    EXPECT_TRUE(same_bits(moved.mean.get(), plain.mean.get()) && moved.mean.guards_intact());
}

TEST(CApi, HostMemoryOfOtherDevices) {
    for (const DLDeviceType device : {kDLCUDAHost, kDLROCMHost}) {
        GoodCall call;
        call.x_tensor.device.device_type = call.mean_tensor.device.device_type = device;
        EXPECT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
    }
}

TEST(CApi, NoElementsAndNoDimensions) {
    Shape shape = {0, 3};
    DLTensor empty{nullptr, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape.data(), nullptr, 0};
    Tensor mean({3});
    DLTensor mean_tensor = describe(mean);
    axnorm_options options = AXNORM_OPTIONS_INIT;
    options.mean = &mean_tensor;
    ASSERT_EQ(axnorm_normalize("b c -> c", nullptr, &empty, &empty, nullptr, 0, &options), AXNORM_OK)
        << axnorm_last_error();
    EXPECT_TRUE(std::isnan(mean.get()[2]));

    float in = 3, out = 0, scalar_mean = 0;
    DLTensor x{&in, {kDLCPU, 0}, 0, {kDLFloat, 32, 1}, nullptr, nullptr, 0}, y = x, m = x;
    y.data = &out;
    m.data = &scalar_mean;
    options.mean = &m;
    ASSERT_EQ(axnorm_normalize("... ->", nullptr, &x, &y, nullptr, 0, &options), AXNORM_OK) << axnorm_last_error();
    EXPECT_EQ(scalar_mean, 3);
}

TEST(CApi, Shapes) {
    const std::int64_t shape[] = {4, 6, 5, 7};
    const axnorm_length g{"g", 3};
    std::int64_t result[AXNORM_MAX_NDIM];
    int ndim = -1;
    const auto found = [&] { return Shape(result, result + ndim); };
    ASSERT_EQ(axnorm_statistics_shape("b (g n) h w -> 1 (g b)", "(g n)", 4, shape, &g, 1, &ndim, result), AXNORM_OK);
    EXPECT_EQ(found(), (Shape{1, 12}));
    ASSERT_EQ(axnorm_statistics_shape("b c h w ->", nullptr, 4, shape, nullptr, 0, &ndim, result), AXNORM_OK);
    EXPECT_EQ(found(), Shape{});
    ASSERT_EQ(axnorm_params_shape("b (g n) h w -> b g", "g n w", 4, shape, &g, 1, &ndim, result), AXNORM_OK);
    EXPECT_EQ(found(), (Shape{3, 2, 7}));
    ASSERT_EQ(axnorm_params_shape("b c h w -> b", nullptr, 4, shape, nullptr, 0, &ndim, result), AXNORM_OK);
    EXPECT_EQ(found(), Shape{});
    ASSERT_EQ(axnorm_statistics_shape("... ->", nullptr, 0, nullptr, nullptr, 0, &ndim, result), AXNORM_OK);
    EXPECT_EQ(found(), Shape{});
}

// A thread's message is its own, and a call that succeeds leaves it.
TEST(CApi, MessagesByThread) {
    ASSERT_EQ(axnorm_check_pattern("a -> k", nullptr), AXNORM_ERROR_PATTERN);
    const std::string here = axnorm_last_error();
    EXPECT_NE(here.find("a -> k"), std::string::npos);
    std::string before, after;
    std::thread([&] {
        before = axnorm_last_error();
        EXPECT_EQ(axnorm_check_pattern("b -> q", nullptr), AXNORM_ERROR_PATTERN);
        after = axnorm_last_error();
    }).join();
    EXPECT_EQ(before, "");
    EXPECT_NE(after.find("b -> q"), std::string::npos);
    EXPECT_EQ(axnorm_last_error(), here);
    EXPECT_EQ(axnorm_check_pattern("a ->", nullptr), AXNORM_OK);
    EXPECT_EQ(axnorm_last_error(), here);
}

TEST(CApi, CallsOnManyThreads) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([] {
            GoodCall first;
            EXPECT_EQ(first.run(), AXNORM_OK);
            for (int j = 0; j < 100; ++j) {
                GoodCall call;
                EXPECT_EQ(call.run(), AXNORM_OK);
                EXPECT_TRUE(same_bits(call.y.get(), first.y.get()));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

TEST(CApi, ThreadsAndVersion) {
    const int before = axnorm_num_threads(), of_cpp = num_threads();
    EXPECT_GE(before, 1);
    EXPECT_EQ(axnorm_set_num_threads(before + 3), AXNORM_OK);
    EXPECT_EQ(axnorm_num_threads(), before + 3);
    EXPECT_EQ(num_threads(), of_cpp);
    EXPECT_EQ(axnorm_set_num_threads(-1), AXNORM_ERROR_ARGUMENT);
    EXPECT_EQ(axnorm_set_num_threads(before), AXNORM_OK);
    EXPECT_STREQ(axnorm_cpu_isa(), cpu_isa());
    EXPECT_EQ(axnorm_version(), 100);
    EXPECT_STREQ(axnorm_version_string(), "0.1.0");
}

// In a process of its own each: the environment is read once.
TEST(CApiDeathTest, BadEnvironment) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto exit_with = [](bool right) {
        std::fputs(axnorm_last_error(), stderr);
        std::_Exit(right ? 0 : 1);
    };
    EXPECT_EXIT((setenv("AXNORM_MAX_CPU_ISA", "mmx", 1), exit_with(axnorm_cpu_isa() == nullptr)),
                testing::ExitedWithCode(0), "AXNORM_MAX_CPU_ISA is 'mmx'");
    EXPECT_EXIT((setenv("AXNORM_NUM_THREADS", "two", 1), exit_with(axnorm_num_threads() == 0)),
                testing::ExitedWithCode(0), "AXNORM_NUM_THREADS is 'two'");
    const auto call_fails = [] {
        GoodCall call;
        return call.run() == AXNORM_ERROR_ARGUMENT && call.untouched();
    };
    EXPECT_EXIT((setenv("AXNORM_MAX_CPU_ISA", "mmx", 1), exit_with(call_fails())), testing::ExitedWithCode(0),
                "AXNORM_MAX_CPU_ISA is 'mmx'");
    EXPECT_EXIT((setenv("AXNORM_NUM_THREADS", "two", 1), exit_with(call_fails())), testing::ExitedWithCode(0),
                "AXNORM_NUM_THREADS is 'two'");
}

}  // namespace
}  // namespace axnorm::test
