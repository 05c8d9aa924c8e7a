// The words of axnorm_add_library(), as any lines: they are refused, or come to kernels that fit together. Nothing is
// compiled.
//
//     KERNEL
//     b c -> b
//     DTYPES
//     float64|ROWS OF RECORDS
#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "axnorm/parse.h"
#include "generators/library/command.h"
#include "generators/library/write.h"
#include "input.h"

namespace axnorm::fuzz {
namespace {

using build::Function;
using build::LibraryRequest;
using build::Line;
using build::Resolved;
using build::Row;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// It becomes a name in C++, and in a file of words.
bool is_identifier(const std::string &name) {
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

void check_line(const Line &line) {
    const Pattern pattern = parse(line.pattern, line.params);
    AXNORM_WANT(pattern.axis_count > 0 && !line.memory.empty() && !line.dtypes.empty() && line.devices.size() == 1);
    AXNORM_WANT(line.statistic != Statistic::given);
    // Both are written into literals of C++.
    for (const std::string *text : {&line.pattern, &line.params, &line.memory}) {
        AXNORM_WANT(text->find_first_of("\"\\\n\r") == std::string::npos);
    }
}

void check_row(const Row &row, const std::set<std::string> &symbols) {
    AXNORM_WANT(is_identifier(row.name) && symbols.contains(row.symbol));
    AXNORM_WANT(Letters::valid(row.loops.signature, row.device));
    AXNORM_WANT(row.device != Device::cpu || !row.instruction_sets.empty());
    AXNORM_WANT(!row.tuned_for.exists() || row.tuned_for.least_bytes <= row.tuned_for.most_bytes);
}

void check_function(const Function &function) {
    AXNORM_WANT(is_identifier(function.symbol) && Letters::valid(function.loops.signature, function.device));
    AXNORM_WANT(function.device != Device::cpu || !function.instruction_sets.empty());
    const std::string command = command_text(function, "");
    AXNORM_WANT(command.find_first_of("\n;\"") == std::string::npos);  // a line for CMake, whose lists have semicolons
}

void check_resolved(const Resolved &resolved) {
    AXNORM_WANT(!resolved.lines.empty() && !resolved.rows.empty() && !resolved.functions.empty());
    std::set<std::string> names, symbols, used;
    for (const Function &function : resolved.functions) {
        AXNORM_WANT(symbols.insert(function.symbol).second);
        check_function(function);
    }
    for (const Row &row : resolved.rows) {
        AXNORM_WANT(names.insert(row.name).second);
        used.insert(row.symbol);
        check_row(row, symbols);
    }
    AXNORM_WANT(used == symbols);  // nothing is compiled in vain
    std::ranges::for_each(resolved.lines, check_line);
}

// How main() in generators/library goes about it.
void run(const std::vector<std::string> &words, const std::string &record) {
    const LibraryRequest request = build::parse_request(words);
    const Resolved resolved =
        build::resolve("norms", request, request.tuned ? build::parse_record(record) : std::vector<build::TunedRow>());
    check_resolved(resolved);
    AXNORM_WANT(!build::header_text("norms", resolved, "CMakeLists.txt").empty());
    AXNORM_WANT(!build::table_text("norms", resolved).empty());
}

}  // namespace
}  // namespace axnorm::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace axnorm::fuzz;
    Input input(data, size);
    const std::string_view words = input.text(), record = input.text();
    try {
        run(words_of(words), std::string(record));
    } catch (const std::runtime_error &) {
        // Refused, in words for the user. Any other exception is a fault.
    }
    return 0;
}
