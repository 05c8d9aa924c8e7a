// axnorm_bench_cases: the cases of cases.h as JSON, one a line, for programs that are not C++: scripts/tune --suite
// bench.
#include <cstdio>
#include <string>

#include "bench/cases.h"

namespace {

using namespace bench;

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";  // no text here has a quotation mark in it
}

// The names of the axes of a dimension of x.
std::string axes_of(const axnorm::Pattern &pattern, std::size_t dimension) {
    const axnorm::Dimensions::Run run = pattern.tensor.runs[dimension];
    std::string names;
    for (std::size_t i = run.begin; i < run.end; ++i) {
        names += (names.empty() ? "" : " ") + std::string(pattern.axes[pattern.tensor.axes[i]].name);
    }
    return names;
}

// The axes from the outermost in memory to the innermost; "" where that is as written.
std::string memory_of(const Case &c) {
    if (c.order == Order::as_written) {
        return "";
    }
    std::string order;
    for (const std::size_t dimension : {0U, 2U, 3U, 1U}) {
        order += (order.empty() ? "" : " ") + axes_of(c.pattern, dimension);
    }
    return order;
}

std::string shape_of(const Case &c) {
    std::string text;
    for (std::size_t d = 0; d < static_cast<std::size_t>(c.pattern.tensor.rank); ++d) {
        text += (d == 0 ? "[" : ", ") + std::to_string(c.shape[d]);
    }
    return text + "]";
}

std::string line_of(const Case &c) {
    std::string text = "{\"name\": " + quoted(c.name) + ", \"pattern\": " + quoted(c.pattern.text) +
                       ", \"params\": " + quoted(c.pattern.params_text) + ", \"shape\": " + shape_of(c);
    if (c.groups != 0) {
        text += ", \"lengths\": {\"g\": " + std::to_string(c.groups) + "}";
    }
    text += ", \"memory\": " + quoted(memory_of(c)) + ", \"statistic\": " + quoted(axnorm::name_of(c.statistic));
    return text + ", \"dtype\": " + quoted(axnorm::name_of(c.dtype)) + "}";
}

}  // namespace

int main() {
    for (const Case &c : cases) {
        std::puts(line_of(c).c_str());
    }
    return 0;
}
