// How much of the caller's stack a call takes: threads of other programs have little.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "kernel_case.h"
#include "runtime/system/halide_hooks.h"
#include "runtime/system/isa.h"
#include "sanitizers.h"
#include "scales.h"

namespace axnorm::test {
namespace {

// Most kernels take 16; those whose vectors span groups of 6 and more spill registers.
constexpr std::size_t most = std::size_t{32} << 10;

// A stack that is painted below the frame of who calls a function: how deep that wrote is seen afterwards.
class PaintedStack {
  public:
    PaintedStack()
        : memory_(static_cast<unsigned char *>(
              mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0))) {}
    PaintedStack(const PaintedStack &) = delete;
    PaintedStack &operator=(const PaintedStack &) = delete;
    ~PaintedStack() { munmap(memory_, size); }

    std::size_t bytes_of(const std::function<void()> &function) {
        function_ = &function;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, memory_, size);
        pthread_t thread{};
        EXPECT_EQ(pthread_create(&thread, &attributes, run, this), 0);
        pthread_join(thread, nullptr);
        pthread_attr_destroy(&attributes);
        const auto *written = std::find_if(memory_, frame_, [](unsigned char byte) { return byte != paint; });
        return static_cast<std::size_t>(frame_ - written);
    }

  private:
    static constexpr std::size_t size = std::size_t{3} << 17, room_to_paint = 1024;
    static constexpr unsigned char paint = 0x5c;

    static void *run(void *self) {
        auto &stack = *static_cast<PaintedStack *>(self);
        stack.frame_ = static_cast<unsigned char *>(__builtin_frame_address(0));
        std::memset(stack.memory_, paint, static_cast<std::size_t>(stack.frame_ - stack.memory_) - room_to_paint);
        (*stack.function_)();
        return nullptr;
    }

    unsigned char *memory_, *frame_ = nullptr;
    const std::function<void()> *function_ = nullptr;
};

struct Deepest {
    std::size_t bytes = 0;
    std::string where;

    void add(std::size_t more, const std::string &of) {
        EXPECT_LE(more, most) << of;
        if (more > bytes) {
            bytes = more;
            where = of;
        }
    }
    void print() const {
        std::printf("[    stack ] at most %zu bytes: %s\n", bytes, where.c_str());
        EXPECT_GT(bytes, 1024U);  // more than is not painted
    }
};

TEST(Stack, OfEveryKernelIsSmall) {
    if (sanitized) {
        GTEST_SKIP() << "sanitizers make frames larger";
    }
    install_halide_hooks();
    PaintedStack stack;
    Deepest deepest;
    for (const Kernel *kernel : kernels()) {
        if (!kernel->instruction_sets.run_with(instruction_set())) {
            continue;
        }
        Kernel any_size = *kernel;
        any_size.tuned_for = {};
        std::size_t bytes = 0;
        for (const Shape &shape : few_shapes(Signature(kernel->signature))) {
            for (const bool given : {false, true}) {
                Variant variant = all_operands;
                variant.given = given;
                KernelCase kernel_case(any_size, shape, variant, 1);
                kernel_case.options.parallel.threads = 1;
                for (const Stores stores : {Stores::cached, Stores::streaming}) {
                    bytes = std::max(bytes, stack.bytes_of([&] { kernel_case.run_planned(stores); }));
                }
            }
        }
        deepest.add(bytes, std::string(kernel->name));
    }
    deepest.print();
}

TEST(Stack, OfCallsIsSmall) {
    if (sanitized) {
        GTEST_SKIP() << "sanitizers make frames larger";
    }
    std::vector<Place> places = small_places();
    places.push_back({"b (g n) h w -> b g", "(g n)", {2, 8, 7, 7}, {.order = {0, 2, 3, 1}}, {{"g", 4}}});
    places.insert(places.end(), shared_places().begin(), shared_places().end());
    PaintedStack stack;
    Deepest deepest;
    for (const Place &place : places) {
        for (const Statistic statistic : {Statistic::mean_var, Statistic::rms, Statistic::given}) {
            for (const DTypePair dtypes : default_dtypes()) {
                for (const bool canonical : {false, true}) {
                    ScaledCall call(place, dtypes, {.name = "steps", .x = {1, 2, 3, 4}, .statistic = statistic});
                    call.options.canonical = canonical;
                    call.options.parallel.threads = 1;
                    deepest.add(stack.bytes_of([&] { call.run(); }), place.describe() + ' ' + name_of(statistic) + ' ' +
                                                                         name_of(dtypes) +
                                                                         (canonical ? " canonical" : ""));
                }
            }
        }
    }
    deepest.print();
}

}  // namespace
}  // namespace axnorm::test
