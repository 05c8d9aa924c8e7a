// What the driver calls, in C: bench/peers/native.py. It is a part of each native library; ways_of() is what differs.
#include <chrono>
#include <exception>
#include <map>

#include "peer.h"

namespace {

std::string message;

// What `function` returns; `failed` where it throws, and the message is kept.
template <class T, class F>
T guarded(T failed, const F &function) {
    try {
        return function();
    } catch (const std::exception &error) {
        message = error.what();
        return failed;
    }
}

// A case of the table in any dtype. It lasts: runs refer to it.
const bench::Case &case_of(int index, const std::string &dtype) {
    static std::map<std::pair<int, std::string>, bench::Case> made;
    const auto [place, is_new] = made.try_emplace({index, dtype}, bench::cases[index]);
    for (const axnorm::DType type : bench::dtypes) {
        if (dtype == axnorm::name_of(type)) {
            place->second.dtype = type;
        }
    }
    return place->second;
}

}  // namespace

#define AXNORM_EXPORT extern "C" __attribute__((visibility("default")))

AXNORM_EXPORT const char *peer_message() {
    return message.c_str();
}

AXNORM_EXPORT const char *peer_version() {
    static const std::string text = bench::version();
    return text.c_str();
}

// How many ways there are for a case, in that dtype; -1 where that failed.
AXNORM_EXPORT int peer_ways(int index, const char *dtype) {
    return guarded(-1, [&] { return static_cast<int>(bench::ways_of(case_of(index, dtype)).size()); });
}

// Until the next call.
AXNORM_EXPORT const char *peer_way_name(int index, const char *dtype, int way) {
    static std::string name;
    name = bench::ways_of(case_of(index, dtype))[static_cast<std::size_t>(way)].name;
    return name.c_str();
}

// nullptr where it failed.
AXNORM_EXPORT bench::Run *peer_open(int index, const char *dtype, int way, int threads, const bench::Data *data) {
    return guarded<bench::Run *>(nullptr, [&] {
        const auto ways = bench::ways_of(case_of(index, dtype));
        return new bench::Run(ways[static_cast<std::size_t>(way)].make(*data, threads));
    });
}

// Seconds for `count` runs; below 0 where one failed.
AXNORM_EXPORT double peer_time(const bench::Run *run, std::int64_t count) {
    return guarded(-1.0, [&] {
        const auto start = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < count; ++i) {
            (*run)();
        }
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
}

AXNORM_EXPORT void peer_close(const bench::Run *run) {
    delete run;
}
