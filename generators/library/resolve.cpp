#include "resolve.h"
#include "axnorm/parse.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "device_kernels.h"
#include "refuse.h"
#include "runtime/language/described_call.h"
#include "schedules/knobs/families.h"

namespace axnorm::build {
namespace {

// Kept groups outside, reduced groups inside, or the other way round: four of each serve every pattern. Where no params
// index the reduced groups, scale and shift stay out of the innermost loop.
const Loops canonical_kernels[] = {{"KKKKRRRr"}, {"KKKKRRRR"}, {"rrrrKKKK"}, {"RRRRKKKK"}, {"KKKKRRRR", false, false}};

const char *suffix(DType dtype) {
    switch (dtype) {
        case DType::float32: return "f32";
        case DType::float64: return "f64";
        case DType::float16: return "f16";
        case DType::bfloat16: return "bf16";
    }
    return "";
}

// "bf16", "bf16_f32".
std::string suffix(DTypePair dtypes) {
    const std::string x = suffix(dtypes.x);
    return dtypes.x == dtypes.y ? x : x + "_" + suffix(dtypes.y);
}

std::string memory_as_written(const Pattern &pattern) {
    std::string order;
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &axis = detail::at(pattern.axes, i);
        order +=
            (order.empty() ? "" : " ") + (axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name));
    }
    return order;
}

// "b  (g n)" as "b g n".
std::string plain(const std::string &order) {
    std::string axes;
    detail::Lexer lexer{order, 0, order.size()};
    for (detail::Token token = lexer.next(); !token.text.empty(); token = lexer.next()) {
        if (token.text != "(" && token.text != ")") {
            axes += (axes.empty() ? "" : " ") + std::string(token.text);
        }
    }
    return axes;
}

// Whether the kernels are others without this one of the lengths, or are refused: it is merged with another one then.
bool changes_a_kernel(const Pattern &pattern, const std::string &order, const std::vector<Extent> &extents,
                      std::size_t which, bool strict) {
    std::vector<Extent> others = extents;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(which));
    const DryOptions options{.memory = order};
    try {
        return loops_of_calls(pattern, options, extents, strict) != loops_of_calls(pattern, options, others, strict);
    } catch (const std::runtime_error &) {
        return true;
    }
}

class Resolver {
  public:
    Resolver(std::string library, const LibraryRequest &request, const std::vector<TunedRow> &record)
        : library_(std::move(library)),
          instruction_sets_(request.instruction_sets),
          canonical_(request.canonical),
          record_(record) {}

    void add(const KernelRequest &request) {
        const Pattern pattern = parse(request.pattern, request.params);
        const std::vector<std::string> memory =
            request.memory.empty() ? std::vector{memory_as_written(pattern)} : request.memory;
        bool is_new = false;
        families_.clear();
        for (const std::string &text : memory) {
            const std::string order = plain(text);
            for (const Device device : request.devices) {
                for (const Statistic statistic : request.statistics) {
                    is_new |= add_order(request, pattern, order, statistic, device);
                }
            }
        }
        if (!is_new) {
            refuse("it is listed twice");
        }
        check_knobs(request.knobs);
    }

    // Lengths that no kernel has compiled in, whatever the order.
    void note_useless_extents(const std::string &of, const KernelRequest &request) {
        const Pattern pattern = parse(request.pattern, request.params);
        std::vector<std::string> memory = request.memory;
        if (memory.empty()) {
            memory.push_back(memory_as_written(pattern));
        }
        for (const std::vector<Extent> &extents : request.extents) {
            for (std::size_t i = 0; i < extents.size(); ++i) {
                const bool is_used = std::ranges::any_of(memory, [&](const std::string &order) {
                    return changes_a_kernel(pattern, plain(order), extents, i, request.strict);
                });
                if (!is_used) {
                    result_.notes.push_back(of + ": EXTENTS " + extents[i].axis + "=" +
                                            std::to_string(extents[i].length) +
                                            " changes no kernel, since threads divide kept axes: leave it out");
                }
            }
        }
    }

    // For every statistic and dtypes that a kernel has.
    void add_canonical() {
        const std::vector<Row> exact = result_.rows;
        for (const Row &row : exact) {
            for (const Loops &canonical : canonical_kernels) {
                if (row.device == Device::cpu) {
                    add_kernel(row.statistic, canonical, row.dtypes, {});
                }
            }
        }
    }

    // Rows of a statistic and dtypes are neighbours: Library::kernels() looks at no others.
    Resolved result() && {
        std::ranges::stable_sort(result_.rows, {},
                                 [](const Row &row) { return std::tuple(row.statistic, row.dtypes.x, row.dtypes.y); });
        result_.tuned = static_cast<int>(used_.size());
        return std::move(result_);
    }

  private:
    bool add_order(const KernelRequest &request, const Pattern &pattern, const std::string &order, Statistic statistic,
                   Device device) {
        const DryOptions options{.memory = order, .statistic = statistic, .device = device};
        bool is_new = false;
        for (const std::vector<Extent> &extents : request.extents) {
            for (const Loops &loops : loops_of_calls(pattern, options, extents, request.strict)) {
                is_new |= add_line(request, order, statistic, loops, device);
            }
        }
        return is_new;
    }

    // Says whether the line, or a kernel of it, was not there yet.
    bool add_line(const KernelRequest &request, const std::string &order, Statistic statistic, const Loops &loops,
                  Device device) {
        Line line{request.pattern, request.params, order, statistic, loops.signature, {}, {device}};
        const auto is_listed = [&](DTypePair dtypes) {
            return std::ranges::any_of(result_.lines, [&](const Line &other) {
                Line same = other;
                same.dtypes.clear();
                return same == line && std::ranges::find(other.dtypes, dtypes) != other.dtypes.end();
            });
        };
        std::vector<DTypePair> unlisted;
        std::ranges::remove_copy_if(request.dtypes, std::back_inserter(unlisted), is_listed);
        if (!unlisted.empty()) {
            line.dtypes = unlisted;
            result_.lines.push_back(line);
        }
        const std::size_t rows = result_.rows.size();
        for (const DTypePair dtypes : request.dtypes) {
            for (const codegen::KnobValues &knobs : request.knobs) {
                add_kernels(statistic, loops, dtypes, device, knobs);
            }
        }
        return !unlisted.empty() || result_.rows.size() > rows;
    }

    void add_kernels(Statistic statistic, const Loops &loops, DTypePair dtypes, Device device,
                     const codegen::KnobValues &knobs) {
        if (device != Device::cpu) {
            add_device_kernels(statistic, loops, dtypes, device, knobs);
            return;
        }
        add_kernel(statistic, loops, dtypes, knobs);
        // No short rows of float64, or they would be a fourth more kernels.
        const std::optional<Loops> short_loops = loops_of_short_groups(loops);
        if (short_loops && (dtypes.x != DType::float64 || Letters(short_loops->signature).has_channels())) {
            add_kernel(statistic, *short_loops, dtypes, knobs);
        }
    }

    // Of the values those that the kernel has, as text.
    std::string knobs_of(const Loops &loops, Device device, const codegen::KnobValues &values) {
        const codegen::Family &family = codegen::family_for(Letters(loops.signature), device);
        if (std::ranges::find(families_, &family) == families_.end()) {
            families_.push_back(&family);
        }
        try {
            return codegen::text_of(family.own(values));
        } catch (const std::invalid_argument &error) {
            refuse(std::string("KNOBS: ") + error.what());
        }
    }

    // A KERNEL has kernels of several families: each knob has to be one of one of them.
    void check_knobs(const std::vector<codegen::KnobValues> &all) const {
        for (const codegen::KnobValues &values : all) {
            for (const auto &named : values) {
                const std::string &name = named.first;
                if (std::ranges::any_of(families_, [&](const auto *family) { return family->find(name) != nullptr; })) {
                    continue;
                }
                std::string families;
                for (const codegen::Family *family : families_) {
                    families += "\n" + family->description();
                }
                refuse("KNOBS: there is no knob '" + name + "' in" + families);
            }
        }
    }

    // What a symbol ends on, where knobs are not as usual.
    static std::string suffix_of(std::string knobs) {
        std::ranges::replace(knobs, ':', '_');
        std::ranges::replace(knobs, ',', '_');
        return knobs.empty() ? "" : "_" + knobs;
    }

    std::string symbol(Statistic statistic, const Loops &loops, DTypePair dtypes) const {
        std::string signature = loops.signature;
        std::ranges::replace(signature, '-', '_');
        return library_ + "_" + name_of(statistic) + "_" + signature +
               (!loops.contiguous          ? "_strided_"
                : !loops.contiguous_params ? "_strided_params_"
                                           : "_") +
               suffix(dtypes);
    }

    void add_device_row(const Row &row) {
        add_row(row);
        add_function({row.symbol, row.statistic, row.loops, row.dtypes, row.device, row.params_dtype, row.aligned,
                      row.split, row.knobs});
    }

    // A row of a record is for kernels with aligned tensors and not, split and not, and params of each dtype.
    void add_tuned_on_device(const Row &usual) {
        int number = 0;
        for (const TunedRow *tuned : tuned_rows(usual.statistic, usual.loops, usual.dtypes, usual.device)) {
            ++number;
            if (!tuned->knobs.empty()) {
                Row row = tuned_row(usual, *tuned, number);
                row.symbol += suffix_of(tuned->knobs);
                add_device_row(row);
            }
        }
    }

    void add_device_kernels(Statistic statistic, const Loops &loops, DTypePair dtypes, Device device,
                            const codegen::KnobValues &values) {
        const std::string knobs = knobs_of(loops, device, values);
        for (const DeviceKernel &kernel : device_kernels(statistic, loops, dtypes)) {
            const std::string params =
                kernel.params_dtype == statistics_dtype(dtypes.x) ? "" : std::string("_params_") + suffix(dtypes.x);
            const std::string name = symbol(kernel.statistic, kernel.loops, dtypes) + params + "_" + name_of(device) +
                                     (kernel.aligned ? "_aligned" : "") + (kernel.split ? "_split" : "") +
                                     suffix_of(knobs);
            Row row{name,         name,   kernel.statistic,    kernel.loops,
                    dtypes,       device, kernel.params_dtype, kernel.aligned,
                    kernel.split, knobs};
            if (values.empty()) {
                add_tuned_on_device(row);
            }
            add_device_row(row);
        }
    }

    // Canonical kernels are the largest, a tenth of the default library's time for each instruction set, and no faster
    // with AVX-512: over the 41 cases of bench/results/zen5-avx2.txt and zen5-avx512.txt AVX2 takes 0.98 of its time.
    // Those for short rows and for channels would be large without masked loads, and slower than those for rows of any
    // length.
    InstructionSets instruction_sets_of(const Letters &letters) const {
        InstructionSets sets = instruction_sets_.empty() ? all_instruction_sets : instruction_sets_;
        if (letters.canonical() && sets.has(InstructionSet::avx512)) {
            sets.remove({InstructionSet::avx512});
            sets.add(InstructionSet::avx2);
        }
        const bool is_replaced = canonical_ && !letters.canonical() && letters.block_extent() == 0;
        if (letters.most != 0 || (instruction_sets_.empty() && is_replaced)) {
            sets.remove({InstructionSet::baseline});
        }
        return sets;
    }

    // The rows of the record for a kernel, by size.
    std::vector<const TunedRow *> tuned_rows(Statistic statistic, const Loops &loops, DTypePair dtypes, Device device) {
        std::vector<const TunedRow *> rows;
        for (const TunedRow &row : record_) {
            if (row.statistic == statistic && row.loops == loops && row.dtypes == dtypes && row.device == device) {
                rows.push_back(&row);
                if (std::ranges::find(used_, &row) == used_.end()) {
                    used_.push_back(&row);
                }
            }
        }
        std::ranges::stable_sort(rows, {}, [](const TunedRow *row) { return row->calls.least_bytes; });
        return rows;
    }

    void add_row(const Row &row) {
        if (std::ranges::find(result_.rows, row.name, &Row::name) == result_.rows.end()) {
            result_.rows.push_back(row);
        }
    }

    void add_function(const Function &function) {
        if (std::ranges::find(result_.functions, function.symbol, &Function::symbol) == result_.functions.end()) {
            result_.functions.push_back(function);
        }
    }

    // A row for the calls that `tuned`, the kernel's row of that number, is for, beside the usual one. Knobs, sizes and
    // processor would be a name of a hundred letters.
    static Row tuned_row(Row usual, const TunedRow &tuned, int number) {
        usual.name += "_tuned_" + std::to_string(number);
        usual.processor = tuned.device == Device::cpu ? tuned.processor : "";
        usual.knobs = tuned.knobs;
        usual.tuned_for = tuned.calls;
        return usual;
    }

    // Of knobs those that are in the kernel's code.
    static std::string compiled_knobs(const std::string &knobs, const Loops &loops) {
        const codegen::Family &family = codegen::family_for(Letters(loops.signature), Device::cpu);
        codegen::KnobValues values = codegen::parse_knobs(knobs);
        std::erase_if(values, [&](const auto &value) { return family.find(value.first)->at_run_time; });
        return codegen::text_of(values);
    }

    // False where it runs the usual function, as its knobs are not in the code.
    bool add_tuned_kernel(const Row &usual_row, const Function &usual, const TunedRow &tuned, int number) {
        const std::string isa = std::string("_") + name_of(tuned.instruction_set);
        Row row = tuned_row(usual_row, tuned, number);
        row.instruction_sets = {tuned.instruction_set};
        Function function = usual;
        function.knobs = compiled_knobs(row.knobs, usual.loops);
        const bool has_code = !function.knobs.empty();
        if (has_code) {
            function.symbol += suffix_of(function.knobs) + isa;
            function.instruction_sets = row.instruction_sets;
            add_function(function);
        }
        row.symbol = function.symbol;
        add_row(row);
        return has_code;
    }

    // The kernels that were tuned. The result are the instruction sets for which they serve calls of every size.
    InstructionSets add_tuned(const Row &usual_row, const Function &usual) {
        std::array<std::int64_t, each_instruction_set.size()> next{};  // the least bytes that no row serves
        InstructionSets whole;
        int number = 0;
        for (const TunedRow *tuned : tuned_rows(usual.statistic, usual.loops, usual.dtypes, Device::cpu)) {
            ++number;
            const InstructionSet one = tuned->instruction_set;
            if (tuned->knobs.empty() || !usual.instruction_sets.has(one)) {
                continue;
            }
            const bool has_code = add_tuned_kernel(usual_row, usual, *tuned, number);
            std::int64_t &least = next[static_cast<std::size_t>(one)];
            if (!has_code || !tuned->processor.empty() || least != tuned->calls.least_bytes) {
                continue;  // the usual one is run, or is for other processors, or for sizes in a gap
            }
            if (tuned->calls.most_bytes == INT64_MAX) {
                whole.add(one);
            } else {
                least = tuned->calls.most_bytes + 1;
            }
        }
        return whole;
    }

    void add_kernel(Statistic statistic, const Loops &asked, DTypePair dtypes, const codegen::KnobValues &values) {
        Loops made = asked;
        made.signature = compiled(asked.signature);
        const std::string knobs = knobs_of(made, Device::cpu, values), suffix = suffix_of(knobs);
        Function function{.symbol = symbol(statistic, made, dtypes) + suffix,
                          .statistic = statistic,
                          .loops = made,
                          .dtypes = dtypes,
                          .knobs = knobs,
                          .instruction_sets = instruction_sets_of(Letters(made.signature))};
        Row row{.name = symbol(statistic, asked, dtypes) + suffix,
                .symbol = function.symbol,
                .statistic = statistic,
                .loops = asked,
                .dtypes = dtypes,
                .knobs = knobs};
        if (values.empty()) {
            const InstructionSets whole = add_tuned(row, function);
            function.instruction_sets.remove(whole);
        }
        if (function.instruction_sets.empty()) {
            return;  // others serve all of its calls: one for longer groups, or tuned ones
        }
        row.instruction_sets = function.instruction_sets;
        add_row(row);
        add_function(function);
    }

    std::string library_;
    InstructionSets instruction_sets_;
    bool canonical_;
    const std::vector<TunedRow> &record_;
    std::vector<const TunedRow *> used_;
    std::vector<const codegen::Family *> families_;  // of the kernels of a KERNEL
    Resolved result_;
};

// The language's messages begin with the project's name, which stands before them anyway.
std::string without_prefix(const std::string &message) {
    const std::string prefix = "axnorm: ";
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
}

}  // namespace

Resolved resolve(const std::string &library, const LibraryRequest &request, const std::vector<TunedRow> &record) {
    Resolver resolver(library, request, record);
    for (std::size_t i = 0; i < request.kernels.size(); ++i) {
        try {
            resolver.add(request.kernels[i]);
            resolver.note_useless_extents(title(i, request.kernels[i]), request.kernels[i]);
        } catch (const std::runtime_error &error) {
            refuse(title(i, request.kernels[i]) + ": " + without_prefix(error.what()));
        }
    }
    if (request.canonical) {
        resolver.add_canonical();
    }
    return std::move(resolver).result();
}

}  // namespace axnorm::build
