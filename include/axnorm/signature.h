// Statistics and signatures: what a kernel is compiled for.
//
// A signature writes a merged axis group as a letter, from the outermost in memory to the innermost: k kept, K kept and
// indexed by params, r reduced, R reduced and indexed by params. Batch norm of NCHW is "rKr", group norm "kKRr". A
// number behind a letter is the one extent that a kernel is compiled for: "krK32R4"; one behind a dash at the end is
// the most elements that a statistic group may have: "kR-128", short rows; "kKRr-8192", groups that fit into the fast
// memory of a device. But "krKR-32" are channels, which the CPU alone has: a short group, of at most 32, and the kept
// one right around it, which the kernel sees as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "dtype.h"

namespace axnorm {

enum class Statistic : std::uint8_t {
    mean_var,  // y = (x - mean) * rstd * scale + shift, rstd = 1 / sqrt(var + eps), var the biased variance
    rms,       // y = x * rstd * scale + shift, rstd = 1 / sqrt(mean(x * x) + eps)
    given,     // as mean_var, with mean and rstd from the caller
};
inline constexpr std::size_t statistic_count = 3;
const char *name_of(Statistic statistic);

// Letters of a signature by kind, innermost first; true where scale and shift are indexed.
struct Letters {
    static constexpr int max_groups = 4;  // of a kind in one kernel
    // Kernels index with 32 bits, and count over the end of a group by less than a block, masked.
    static constexpr std::int32_t max_extent = INT32_MAX - 65536;
    bool reduced[max_groups]{}, kept[max_groups]{};
    std::int32_t reduced_extents[max_groups]{}, kept_extents[max_groups]{};  // 0: any extent
    std::int32_t most = 0;  // elements of a statistic group, of channels one's innermost reduced extent; 0: any number
    int reduced_count = 0, kept_count = 0;
    bool kept_innermost = false;
    bool alternates = false;  // the two innermost letters are of different kinds
    int switches = 0;         // how often neighbours are

    // Rows that are short: no more than four steps of the summation tree (generators/cpu/algorithm.h).
    static constexpr std::int32_t max_most = 128;

    // And in channels no more than one.
    static constexpr std::int32_t max_most_of_channels = 32;

    // A statistic group that stays on a device's multiprocessor between its two readings.
    static constexpr std::int32_t max_most_of_device = 65536;

    // One to max_groups reduced letters, at most max_groups kept ones, each with an extent from 2 to max_extent or
    // none; or kept ones and a reduced one that is short; or channels, which alone have params, inside of other groups.
    // For another device than the CPU there are no channels, and all signatures may have a limit.
    static constexpr bool valid(std::string_view signature, Device device = Device::cpu) {
        int reduced_letters = 0, kept_letters = 0, params = 0;
        char last = ' ', before = ' ';
        bool has_extent = false;
        while (!signature.empty() && !signature.starts_with('-')) {
            const char c = signature.front();
            reduced_letters += c == 'r' || c == 'R';
            kept_letters += c == 'k' || c == 'K';
            params += c == 'R' || c == 'K';
            before = std::exchange(last, c);
            signature.remove_prefix(1);
            has_extent = !signature.empty() && is_digit(signature.front());
            const std::int64_t extent = take_extent(signature);
            if ((c != 'r' && c != 'R' && c != 'k' && c != 'K') || (has_extent && extent < 2) || extent > max_extent) {
                return false;
            }
        }
        const bool counts_fit = reduced_letters >= 1 && reduced_letters <= max_groups && kept_letters <= max_groups;
        if (signature.empty() || !counts_fit) {
            return counts_fit;
        }
        signature.remove_prefix(1);
        const std::int64_t limit = take_extent(signature);
        if (limit < 2 || !signature.empty()) {
            return false;
        }
        if (device != Device::cpu) {
            return limit <= max_most_of_device && (reduced_letters == 1 || limit > max_most_of_channels);
        }
        const bool are_channels = reduced_letters > 1 && before == 'K' && last == 'R' && params == 2;
        return (last == 'r' || last == 'R') && (reduced_letters == 1 || are_channels) && kept_letters >= 1 &&
               !has_extent && limit <= (are_channels ? max_most_of_channels : max_most);
    }

    // How many groups of a kind are indexed by params.
    constexpr int reduced_params() const { return count_params(reduced); }
    constexpr int kept_params() const { return count_params(kept); }

    // Four groups of each kind, all kept ones on one side, of any extents and with params: they serve what no exact
    // kernel does. For calls whose params index no reduced group, or not the innermost one, there are some without.
    constexpr bool canonical() const {
        const int params = reduced_params();
        return kept_count == max_groups && reduced_count == max_groups && switches == 1 && fixed_extents() == 0 &&
               kept_params() == max_groups && most == 0 && (params == 0 || params + (reduced[0] ? 0 : 1) == max_groups);
    }

    // How many groups have the one extent.
    constexpr int fixed_extents() const {
        int count = 0;
        for (int i = 0; i < max_groups; ++i) {
            count += (reduced_extents[i] != 0 ? 1 : 0) + (kept_extents[i] != 0 ? 1 : 0);
        }
        return count;
    }

    // Kept groups are divided between threads, and a kernel that is compiled for a kept extent can take no part of it.
    // So such an extent is a condition of the choice of a kernel only, but for one: a short innermost group, which
    // nothing divides. There a constant pays: `scripts/bench --filter "x3$"`, axnorm against canonical.
    static constexpr std::int32_t max_constant_kept = 128;
    constexpr bool kept_extent_is_constant(int i) const {
        return i == 0 && kept_innermost && kept_extents[0] > 0 && kept_extents[0] <= max_constant_kept;
    }

    // Of a short innermost group the extent of which is known, a vector spans the next group as well: kernels for these
    // take the two as one block without a gap, in x and y, and in scale and shift where both index them. 0 for all
    // others.
    constexpr std::int32_t block_extent() const {
        const std::int32_t extent = kept_innermost ? kept_extents[0] : reduced_extents[0];
        const bool is_short = kept_innermost ? extent >= 2 && extent <= 8 && !reduced[0] : extent >= 2 && extent < 32;
        return alternates && is_short ? extent : 0;
    }

    // Whether the two innermost groups are one to the kernel, in x, y, scale and shift, which have no gap there.
    constexpr bool has_channels() const { return most != 0 && most <= max_most_of_channels && reduced_count > 1; }

    // Of a valid signature.
    constexpr explicit Letters(std::string_view signature) {
        while (!signature.empty()) {
            const char c = signature.front();
            signature.remove_prefix(1);
            const auto extent = static_cast<std::int32_t>(take_extent(signature));
            const bool is_kept = c == 'k' || c == 'K';
            alternates = reduced_count + kept_count > 0 && is_kept != kept_innermost;
            switches += alternates ? 1 : 0;
            kept_innermost = is_kept;
            if (is_kept) {
                push_front(kept, c == 'K', kept_extents, extent, kept_count);
            } else {
                push_front(reduced, c == 'R', reduced_extents, extent, reduced_count);
            }
            if (signature.starts_with('-')) {
                signature.remove_prefix(1);
                most = static_cast<std::int32_t>(take_extent(signature));
            }
        }
    }

  private:
    static constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

    // The number that the text begins with, or 0; what does not fit 32 bits is some number above.
    static constexpr std::int64_t take_extent(std::string_view &text) {
        std::int64_t value = 0;
        for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
            value = value > INT32_MAX ? value : value * 10 + (text.front() - '0');
        }
        return value;
    }

    static constexpr void push_front(bool (&params)[max_groups], bool has_params, std::int32_t (&extents)[max_groups],
                                     std::int32_t extent, int &count) {
        for (int i = count++; i > 0; --i) {
            params[i] = params[i - 1];
            extents[i] = extents[i - 1];
        }
        params[0] = has_params;
        extents[0] = extent;
    }

    // Groups that a signature lacks are false.
    static constexpr int count_params(const bool (&groups)[max_groups]) {
        int count = 0;
        for (const bool params : groups) {
            count += params ? 1 : 0;
        }
        return count;
    }
};

}  // namespace axnorm
