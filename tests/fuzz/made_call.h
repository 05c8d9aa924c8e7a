// A call of the C interface, made of an input: one that is right, mostly, of which some things are made wrong.
#pragma once

#include <axnorm.h>
#include <axnorm/axnorm.h>

#include <optional>
#include <string>
#include <vector>

#include "described.h"

namespace axnorm::fuzz {

struct MadeCall {
    std::string text, params;
    std::optional<Pattern> pattern;  // of the texts; none where they are wrong
    std::vector<std::string> names;  // of the lengths
    std::vector<std::int64_t> values;
    std::array<Described, tensor_count> tensors;
    axnorm_options options = AXNORM_OPTIONS_INIT;
    bool has_options = true;
    // y and x, or others: the second one lies this many bytes behind the first.
    std::optional<std::array<std::size_t, 2>> shared;
    std::int64_t shared_distance = 0;
    std::uint8_t seed = 0;  // of values

    explicit MadeCall(Input &input);
    MadeCall(const MadeCall &) = delete;
    MadeCall &operator=(const MadeCall &) = delete;

    // Whether all is right with the tensors that are there, each by itself.
    bool is_good() const;

    // Of the tensors as they are described now.
    int run(bool dry);

  private:
    void make_pattern(Input &input);
    void make_lengths(Input &input);
    void make_shapes(Input &input);
    void make_strides(Input &input, Described &tensor, bool may_repeat) const;
    void make_options(Input &input);
    void make_shared(Input &input);
    void make_fault(Input &input);
    void forget_what_is_cut();

    std::vector<std::int64_t> shape_of(const Dimensions &dimensions) const;

    std::array<std::int64_t, max_axes> lengths_{};  // by axis of the pattern
    std::vector<std::int64_t> ellipsis_;            // what it stands for
};

}  // namespace axnorm::fuzz
