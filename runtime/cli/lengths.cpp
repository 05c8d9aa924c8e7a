#include "lengths.h"

#include <algorithm>
#include <charconv>

namespace axnorm::cli {

namespace {

std::int64_t parse_length(std::string_view text, const std::string &argument) {
    std::int64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool is_number = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number || error != std::errc{} || end != text.data() + text.size()) {
        throw UsageError(argument + ": '" + std::string(text) + "' is not a length, a number from 0 to " +
                         std::to_string(INT64_MAX));
    }
    return length;
}

}  // namespace

namespace {

Extents parse_extents(std::string_view text, const std::string &argument) {
    std::vector<std::int64_t> extents;
    for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        extents.push_back(parse_length(text.substr(begin, comma - begin), argument));
        begin = comma + 1;
    }
    return Extents(std::span<const std::int64_t>(extents));
}

}  // namespace

Extents parse_shape(std::string_view text) {
    return parse_extents(text, "--shape " + std::string(text));
}

std::pair<Extents, Extents> parse_strides(std::string_view text) {
    const std::string argument = "--strides " + std::string(text);
    const std::size_t colon = text.find(':');
    const Extents x = parse_extents(text.substr(0, colon), argument);
    return {x, colon == std::string_view::npos ? x : parse_extents(text.substr(colon + 1), argument)};
}

std::vector<std::pair<std::string, std::int64_t>> parse_lengths(std::span<const std::string> settings) {
    std::vector<std::pair<std::string, std::int64_t>> lengths;
    for (const std::string &setting : settings) {
        const std::size_t equals = setting.find('=');
        if (equals == 0 || equals == std::string::npos) {
            throw UsageError("--set '" + setting + "' is not written name=length, as g=32 is");
        }
        lengths.emplace_back(setting.substr(0, equals), parse_length(setting.substr(equals + 1), "--set " + setting));
    }
    return lengths;
}

}  // namespace axnorm::cli
