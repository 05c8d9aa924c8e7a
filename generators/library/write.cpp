#include "write.h"

#include <algorithm>
#include <array>

namespace axnorm::build {
namespace {

// Replaces @word@ in a template by its text.
std::string fill(std::string text, std::initializer_list<std::pair<const char *, std::string>> words) {
    for (const auto &[word, value] : words) {
        for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size())) {
            text.replace(at, std::char_traits<char>::length(word), value);
        }
    }
    return text;
}

template <class T, class F>
std::string join(const std::vector<T> &values, const F &text_of) {
    std::string all;
    for (const T &value : values) {
        all += (all.empty() ? "" : ", ") + text_of(value);
    }
    return all;
}

using Cells = std::array<std::string, 7>;

Cells cells_of(const Line &line) {
    const auto name = [](auto value) { return std::string(name_of(value)); };
    return {line.pattern,
            line.params,
            line.memory,
            name(line.statistic),
            line.signature,
            join(line.dtypes, name),
            join(line.devices, name)};
}

// The lines as columns of a comment.
std::string comment_table(const std::vector<Line> &lines) {
    std::vector<Cells> table{{"pattern", "params", "memory", "statistic", "signature", "dtypes", "devices"}};
    std::ranges::transform(lines, std::back_inserter(table), cells_of);
    std::array<std::size_t, 7> widths{};
    for (const Cells &row : table) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string text;
    for (const Cells &row : table) {
        std::string out = "//    ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += " " + row[i] + std::string(widths[i] - row[i].size() + 1, ' ');
        }
        text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

// As C++ has it.
std::string braced(DTypePair dtypes) {
    return std::string("{axnorm::DType::") + name_of(dtypes.x) + ", axnorm::DType::" + name_of(dtypes.y) + "}";
}

const char *boolean(bool value) {
    return value ? "true" : "false";
}

std::string quoted(const std::string &text) {
    return "\"" + text + "\"";
}

std::string braced_sets(InstructionSets sets) {
    std::string names;
    for (const InstructionSet one : each_instruction_set) {
        if (sets.has(one)) {
            names += std::string(names.empty() ? "" : ", ") + "axnorm::InstructionSet::" + name_of(one);
        }
    }
    return "{" + names + "}";
}

// A row of the table, from its device on: nothing, where it is what Kernel has anyway.
std::string from_device(const Row &row) {
    const bool is_on_cpu = row.device == Device::cpu;
    const bool is_tuned = row.tuned_for.exists();
    const bool has_all_sets = !is_tuned && (!is_on_cpu || row.instruction_sets == all_instruction_sets);
    if (is_on_cpu && has_all_sets && row.knobs.empty()) {
        return "";
    }
    const std::string sets = is_on_cpu ? braced_sets(row.instruction_sets) : "axnorm::all_instruction_sets";
    return std::string(", axnorm::Device::") + name_of(row.device) + ", /*aligned=*/" + boolean(row.aligned) +
           ", /*split=*/" + boolean(row.split) + ", axnorm::DType::" + name_of(row.params_dtype) + ", " +
           quoted(row.knobs) + (has_all_sets ? "" : ", " + sets) +
           (is_tuned
                ? ", {" + std::to_string(row.tuned_for.least_bytes) + ", " + std::to_string(row.tuned_for.most_bytes) +
                      (row.processor.empty() ? "" : ", " + quoted(row.processor)) + "}"
                : "");
}

constexpr const char *header_template =
    R"(// @library@: normalization kernels. Made by axnorm_add_library(@library@ ...) in @made_in@; changes are lost.
//
//     #include "@library@.h"   // in one source of the program or more: normalize() then knows these kernels
//
@table@//
// @count@.
// A signature is what dense tensors of that order come to (axnorm/signature.h).
#pragma once

#include <axnorm/axnorm.h>

namespace @library@ {

// What was asked for, and what it comes to.
AXNORM_LOCAL inline constexpr axnorm::KernelLine lines[] = {
@lines@};

// The kernels, in lib@library@.a.
AXNORM_LOCAL extern const axnorm::Library library;

AXNORM_LOCAL inline const bool is_registered = axnorm::register_library(library);

}  // namespace @library@
)";

constexpr const char *table_template = R"(// The kernels of @library@. Made by axnorm_add_library(); changes are lost.
#include <axnorm/library.h>

#pragma GCC visibility push(hidden)
extern "C" {
@declarations@}

namespace @library@ {
namespace {

constexpr axnorm::Kernel kernels[] = {
@rows@};

// What their objects say of their arguments, which is checked when the library is registered.
constexpr axnorm::Library::Metadata metadata[] = {
@metadata@};

}  // namespace

// constinit: static initializers of a program may call kernels.
extern const axnorm::Library library;
constinit const axnorm::Library library("@library@", kernels, metadata);

}  // namespace @library@

#pragma GCC visibility pop
@more@)";

// What kernels for ThreadSanitizer call, and its runtimes before LLVM 16 do not have: it watches memset() itself.
constexpr const char *thread_sanitizer_text = R"(
#include <cstring>

extern "C" [[gnu::weak, gnu::visibility("hidden")]] void *__tsan_memset(void *to, int value, std::size_t size) {
    return std::memset(to, value, size);
}
extern "C" [[gnu::weak, gnu::visibility("hidden")]] void *__tsan_memcpy(void *to, const void *from, std::size_t size) {
    return std::memcpy(to, from, size);
}
)";

}  // namespace

std::string header_text(const std::string &library, const Resolved &resolved, const std::string &made_in) {
    std::string lines;
    for (const Line &line : resolved.lines) {
        lines += "    {" + quoted(line.pattern) + ", " + quoted(line.params) + ", " + quoted(line.memory) +
                 ", axnorm::Statistic::" + name_of(line.statistic) + ", " + quoted(line.signature) + ", {" +
                 join(line.dtypes, braced) + "}, {" +
                 join(line.devices, [](Device device) { return std::string("axnorm::Device::") + name_of(device); }) +
                 "}},\n";
    }
    const auto canonical =
        std::ranges::count_if(resolved.rows, [](const Row &row) { return Letters(row.loops.signature).canonical(); });
    std::string count = std::to_string(resolved.rows.size()) + " kernels";
    count += canonical == 0 ? "" : ", " + std::to_string(canonical) + " of them canonical: these serve every pattern";
    return fill(header_template, {{"@library@", library},
                                  {"@made_in@", made_in},
                                  {"@table@", comment_table(resolved.lines)},
                                  {"@count@", count},
                                  {"@lines@", lines}});
}

std::string table_text(const std::string &library, const Resolved &resolved, const std::string &features) {
    std::string declarations, rows, metadata;
    for (const Function &function : resolved.functions) {
        declarations += "int " + function.symbol + "_argv(void **);\n";
        declarations += "const halide_filter_metadata_t *" + function.symbol + "_metadata();\n";
    }
    for (const Row &row : resolved.rows) {
        rows += std::string("    {axnorm::Statistic::") + name_of(row.statistic) + ", " + quoted(row.loops.signature) +
                ", /*contiguous=*/" + boolean(row.loops.contiguous) + ", /*contiguous_params=*/" +
                boolean(row.loops.contiguous_params) + ", " + braced(row.dtypes) + ", " + row.symbol + "_argv, " +
                quoted(row.name) + from_device(row) + "},\n";
        metadata += "    " + row.symbol + "_metadata,\n";
    }
    const bool has_threads = features.find("-tsan") != std::string::npos;
    return fill(table_template, {{"@library@", library},
                                 {"@declarations@", declarations},
                                 {"@rows@", rows},
                                 {"@metadata@", metadata},
                                 {"@more@", has_threads ? thread_sanitizer_text : ""}});
}

}  // namespace axnorm::build
