// axnorm and the copies as peers, the table of cases as JSON, the reference, and the eviction of caches.
#include <omp.h>

#include <memory>
#include <sstream>

#include "../copies.h"
#include "../naive.h"
#include "peer.h"
#include "signature.h"

namespace bench {

namespace {

constexpr std::int64_t least_shared = 1 << 15;  // elements: fewer are copied by one thread, which is quicker

// Each thread copies a share, of whole vectors; the bytes of a case of any dtype count as floats.
using Copy = void (*)(float *, const float *, std::int64_t);
Run copier(const Case &c, Copy copy, const Data &data, int threads) {
    const std::int64_t count = elements(c) * axnorm::size_of(c.dtype) / static_cast<std::int64_t>(sizeof(float));
    auto *const y = static_cast<float *>(data.y);
    const auto *const x = static_cast<const float *>(data.x);
    if (threads == 1 || count < least_shared) {
        return [=] { copy(y, x, count); };
    }
    return [=] {
        const std::int64_t share = (count / threads + 31) / 32 * 32;
#pragma omp parallel num_threads(threads)
        {
            const std::int64_t begin = std::min(count, omp_get_thread_num() * share);
            copy(y + begin, x + begin, std::min(share, count - begin));
        }
    };
}

Way copy_way(const char *name, const Case &c, Copy copy) {
    return {name, [&c, copy](const Data &data, int threads) { return copier(c, copy, data, threads); }};
}

// The threads that oneDNN has, too: they spin for a while before they sleep. axnorm's own sleep at once.
struct OpenMp : axnorm::ThreadPool {
    int threads;

    explicit OpenMp(int count) : threads(count) {}
    void run(int count, void (*task)(void *context, int index), void *context) override {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int i = 0; i < count; ++i) {
            task(context, i);
        }
    }
};

Run axnorm_run(const Case &c, const Data &data, int threads, bool with_openmp) {
    if (!with_openmp) {
        return [&c, data, threads] { run_axnorm(c, data, {.threads = threads}); };
    }
    const auto pool = std::make_shared<OpenMp>(threads);
    return [&c, data, threads, pool] { run_axnorm(c, data, {.threads = threads, .pool = pool.get()}); };
}

}  // namespace

// Here the ways are not of one kind: the driver measures each copy.
std::vector<Way> ways_of(const Case &c) {
    std::vector<Way> result{copy_way("copy memcpy", c, copy_memcpy)};
    if (has_avx2()) {
        result.push_back(copy_way("copy avx2", c, copy_avx2));
        result.push_back(copy_way("copy stream", c, copy_stream));
    }
    if (available(c)) {
        for (const bool with_openmp : {false, true}) {
            result.push_back(
                {with_openmp ? "OpenMP's threads" : "own threads", [&c, with_openmp](const Data &data, int threads) {
                     return axnorm_run(c, data, threads, with_openmp);
                 }});
        }
    }
    return result;
}

std::string version() {
#ifdef __clang__
    const char *const compiler = __VERSION__;  // it names itself
#else
    const char *const compiler = "g++ " __VERSION__;
#endif
    return std::string(axnorm::cpu_isa()) + " kernels, " + compiler;
}

namespace {

void write_case(std::ostream &out, const Case &c) {
    const auto quoted = [](std::string_view text) { return "\"" + std::string(text) + "\""; };
    static float some = 0;  // nothing is read, but views have to point somewhere
    const Data data{&some, &some, &some, &some, &some, &some};
    out << "{\"case\": " << quoted(c.name) << ", \"dtype\": " << quoted(name_of(c.dtype))
        << ", \"statistic\": " << quoted(name_of(c.statistic)) << ", \"elements\": " << elements(c)
        << ", \"params\": " << c.params << ", \"given\": " << given_elements(c) << ", \"eps\": " << eps
        << ", \"bytes\": " << 2 * elements(c) * axnorm::size_of(c.dtype)
        << ", \"kernel\": " << quoted(available(c) ? kernel_name(c, data) : "");
    out << ", \"dtypes\": [";
    const char *separator = "";
    for (const axnorm::DType dtype : dtypes) {
        if (available(in(dtype, c))) {
            out << separator << quoted(name_of(dtype));
            separator = ", ";
        }
    }
    out << "]";
    const Signature signature = signature_of(c);
    out << ", \"signature\": " << quoted(signature.letters) << ", \"extents\": [";
    for (std::size_t i = 0; i < signature.extents.size(); ++i) {
        out << (i != 0 ? ", " : "") << signature.extents[i];
    }
    out << "], \"axes\": [";
    separator = "";
    for (const MemoryAxis &axis : memory_axes(c)) {
        out << separator << "{\"name\": " << quoted(axis.name) << ", \"extent\": " << axis.extent
            << ", \"kept\": " << axis.kept << ", \"params\": " << axis.params << "}";
        separator = ", ";
    }
    out << "], \"params_axes\": [";
    for (int i = 0; i < c.pattern.params.count; ++i) {
        const axnorm::Axis &axis = c.pattern.axes[c.pattern.params.axes[static_cast<std::size_t>(i)]];
        out << (i != 0 ? ", " : "") << quoted(axis.name);
    }
    out << "]}";
}

std::string all_cases() {
    std::ostringstream out;
    out.precision(17);
    const char *separator = "[";
    for (const Case &c : cases) {
        out << separator;
        write_case(out, c);
        separator = ",\n";
    }
    out << "]";
    return out.str();
}

}  // namespace

}  // namespace bench

#define AXNORM_EXPORT extern "C" __attribute__((visibility("default")))

// JSON, a list of objects.
AXNORM_EXPORT const char *bench_cases() {
    static const std::string text = bench::all_cases();
    return text.c_str();
}

// y of a case in double; x too is in double, so that it may have been of any dtype.
AXNORM_EXPORT void bench_reference(int index, const bench::Data *data) {
    const bench::Case &c = bench::cases[index];
    const bool affine = c.params != 0;
    bench::NaiveLoops(c).run(static_cast<const double *>(data->x), affine ? data->scale : nullptr,
                             affine ? data->shift : nullptr, static_cast<double *>(data->y), data->mean, data->rstd);
}

// Writes `bytes` on all threads, each its share, so that nothing else is left in their caches.
AXNORM_EXPORT void bench_evict(char *memory, std::int64_t bytes, int threads) {
    const std::int64_t share = bytes / threads;
#pragma omp parallel num_threads(threads)
    for (std::int64_t i = omp_get_thread_num() * share, end = i + share; i < end; i += 64) {
        ++memory[i];
    }
}
