// What a call costs the host: nanoseconds of normalize() with a small tensor on a GPU, for which nothing waits.
//
//     axnorm_cuda_calls          a line for each kind of call: a name, a tab, nanoseconds
//
// A time is the median of many batches, each behind an empty stream and short enough for the driver's queue: a full one
// makes calls wait for the GPU. `launch alone` is what the driver takes for a kernel that does nothing.
#include <axnorm_cuda.h>
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include "driver_api.h"

namespace {

using namespace axnorm::test;

constexpr std::int64_t columns = 768;
constexpr int calls_of_a_batch = 200, batches = 300, batches_before = 20;

template <class Function>
Function *driver_function(const char *name) {
    static void *const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    void *const function = library == nullptr ? nullptr : dlsym(library, name);
    if (function == nullptr) {
        throw std::runtime_error(std::string("libcuda.so.1 has no ") + name);
    }
    return reinterpret_cast<Function *>(function);
}

// A kernel that does nothing, launched without anything around it.
class EmptyKernel {
  public:
    EmptyKernel() {
        const auto load = driver_function<int(void **, const void *)>("cuModuleLoadData");
        const auto find = driver_function<int(void **, void *, const char *)>("cuModuleGetFunction");
        expect_success(load(&module_, ptx), "cuModuleLoadData");
        expect_success(find(&function_, module_, "nothing"), "cuModuleGetFunction");
    }
    void launch(void *stream) const {
        expect_success(launch_(function_, 1, 1, 1, 32, 1, 1, 0, stream, nullptr, nullptr), "cuLaunchKernel");
    }

  private:
    static constexpr const char *ptx =
        ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry nothing()\n{\n    ret;\n}\n";
    using Launch = int(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
                       void **);
    Launch *launch_ = driver_function<Launch>("cuLaunchKernel");
    void *module_ = nullptr, *function_ = nullptr;
};

// One row, its params, and a stream.
struct Row {
    DeviceArray x{std::vector<float>(columns, 1)}, y = x_like(), scale = x_like(), shift = x_like();
    OwnStream stream;

    static DeviceArray x_like() { return DeviceArray(std::vector<float>(columns, 1)); }
    axnorm::ConstTensorView view(const DeviceArray &array, std::initializer_list<std::int64_t> shape) const {
        return {array.data(), axnorm::DType::float32, shape, {}, axnorm::Device::cuda, 0};
    }
    axnorm::TensorView out() const {
        return {y.data(), axnorm::DType::float32, {1, columns}, {}, axnorm::Device::cuda, 0};
    }
    axnorm::Options options(axnorm::Statistic statistic, bool params) const {
        axnorm::Options options;
        options.statistic = statistic;
        options.stream = stream.handle();
        if (params) {
            options.scale = view(scale, {columns});
            options.shift = view(shift, {columns});
        }
        return options;
    }
};

struct Kind {
    std::string name;
    std::function<void()> call;
    std::vector<double> times = {};  // nanoseconds of a call, for each batch
};

std::vector<Kind> kinds(const Row &row, const EmptyKernel &empty) {
    using axnorm::Statistic;
    const auto normalize = [&row](Statistic statistic, bool params) {
        axnorm::normalize<"b c -> b", "c">(row.view(row.x, {1, columns}), row.out(), row.options(statistic, params));
    };
    return {
        {"layer 1x768", [=] { normalize(Statistic::mean_var, false); }},
        {"layer 1x768 a", [=] { normalize(Statistic::mean_var, true); }},
        {"rms 1x768", [=] { normalize(Statistic::rms, false); }},
        {"layer 1x768, from strings",
         [&row] {
             axnorm::normalize("b c -> b", "c", row.view(row.x, {1, columns}), row.out(),
                               row.options(Statistic::mean_var, false));
         }},
        {"launch alone", [&] { empty.launch(row.stream.handle()); }},
    };
}

void measure_batch(Kind &kind, const OwnStream &stream) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    for (int i = 0; i < calls_of_a_batch; ++i) {
        kind.call();
    }
    const std::chrono::duration<double, std::nano> time = Clock::now() - begin;
    stream.synchronize();
    kind.times.push_back(time.count() / calls_of_a_batch);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

void run() {
    const PrimaryContext context(0);
    const Row row;
    const EmptyKernel empty;
    std::vector<Kind> all = kinds(row, empty);
    for (int i = 0; i < batches_before + batches; ++i) {
        for (Kind &kind : all) {  // one after the other, so that what else the machine does meets all of them
            measure_batch(kind, row.stream);
        }
    }
    for (Kind &kind : all) {
        kind.times.erase(kind.times.begin(), kind.times.begin() + batches_before);
        std::printf("%s\t%.0f\n", kind.name.c_str(), median(kind.times));
    }
}

}  // namespace

int main() {
    try {
        run();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "axnorm_cuda_calls: %s\n", error.what());
        return 1;
    }
}
