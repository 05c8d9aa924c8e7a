// What the fuzzers share: reading an input, and what happens where something is wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace axnorm::fuzz {

// Ends the program, so that libFuzzer keeps the input.
#define AXNORM_WANT(condition)                                                                       \
    do {                                                                                             \
        if (!(condition)) {                                                                          \
            std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                            \
        }                                                                                            \
    } while (false)

// Texts up to a bar each, so that corpora can be read, then bytes. Behind the end texts are empty and bytes are 0.
class Input {
  public:
    Input(const std::uint8_t *data, std::size_t size) : rest_(reinterpret_cast<const char *>(data), size) {}

    std::string_view text() {
        const std::size_t end = rest_.find('|');
        const std::string_view result = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return result;
    }

    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const auto result = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return result;
    }

    int below(int n) { return byte() % n; }
    bool has_more() const { return !rest_.empty(); }

    // Most bytes are a small number; some are one at an edge of the range.
    std::int64_t number() {
        constexpr std::array<std::int64_t, 24> edges = {-1,
                                                        -2,
                                                        INT64_MIN,
                                                        INT64_MAX,
                                                        INT64_MIN + 1,
                                                        INT64_MAX - 1,
                                                        INT32_MAX,
                                                        INT32_MIN,
                                                        INT64_MAX / 2,
                                                        INT64_MAX / 4,
                                                        std::int64_t{1} << 62,
                                                        std::int64_t{1} << 61,
                                                        1 << 30,
                                                        65535,
                                                        std::int64_t{1} << 31,
                                                        std::int64_t{1} << 32,
                                                        std::int64_t{1} << 33,
                                                        std::int64_t{1} << 59,
                                                        4096,
                                                        1000,
                                                        INT32_MAX - 65536,
                                                        INT64_MAX / 3,
                                                        -4096,
                                                        100};
        const std::uint8_t code = byte();
        return code < 256 - edges.size() ? code % 48 : edges[code - (256 - edges.size())];
    }

  private:
    std::string_view rest_;
};

}  // namespace axnorm::fuzz
