#include "check.h"

#include "axnorm/parse.h"
#include "plain_text.h"

namespace axnorm::cli {

std::string check(std::string_view text, std::string_view params) {
    const Pattern pattern = parse(text, params);
    const int named = pattern.axis_count - (pattern.ellipsis >= 0 ? 1 : 0);
    std::string result = "ok: " + std::to_string(named) + (named == 1 ? " axis" : " axes");
    result += pattern.ellipsis >= 0 ? " and those of ..." : "";
    const std::string statistics = trimmed(text.substr(text.find("->") + 2));
    result += statistics.empty() ? ", one statistic of everything" : ", statistics " + statistics;
    return result + (pattern.params.rank == 0 ? ", no params" : ", params " + trimmed(params)) + '\n';
}

}  // namespace axnorm::cli
