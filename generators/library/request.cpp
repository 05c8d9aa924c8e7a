#include "request.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "named.h"
#include "refuse.h"

namespace axnorm::build {
namespace {

using Words = std::vector<std::string>;

// How many values a keyword takes.
enum class Values : std::uint8_t { none, one, some };

struct Keyword {
    const char *name;
    Values values;
    bool repeated;  // may stand more than once behind a KERNEL
    void (*apply)(KernelRequest &request, const Words &values);
};

template <class Enum>
std::vector<Enum> all_named(const std::string &keyword, const Words &words, std::initializer_list<Enum> all) {
    std::vector<Enum> values;
    for (const std::string &word : words) {
        const Enum value = value_named(keyword, word, all);
        if (std::ranges::find(values, value) != values.end()) {
            refuse(keyword + " '" + word + "' is listed twice");
        }
        values.push_back(value);
    }
    return values;
}

std::vector<DTypePair> parse_dtypes(const Words &words) {
    std::vector<DTypePair> all;
    for (const std::string &word : words) {
        const std::optional<DTypePair> dtypes = dtypes_named(word);
        if (!dtypes) {
            refuse(
                "DTYPES '" + word +
                "': it is one of float32, float64, float16, bfloat16, or two of them, as bfloat16:float32, where x is "
                "bfloat16 and y float32");
        }
        if (std::ranges::find(all, *dtypes) != all.end()) {
            refuse("DTYPES '" + word + "' is listed twice");
        }
        all.push_back(*dtypes);
    }
    return all;
}

// "c=2,3" as an axis and its lengths.
std::vector<Extent> parse_extent(const std::string &word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string axis = word.substr(0, equals);
    std::vector<Extent> extents;
    for (std::size_t at = equals; at < word.size();) {
        const std::size_t end = std::min(word.find(',', at + 1), word.size());
        std::int64_t length = 0;
        const auto [stop, error] = std::from_chars(word.data() + at + 1, word.data() + end, length);
        if (error != std::errc() || stop != word.data() + end || length < 1) {
            extents.clear();
            break;
        }
        extents.push_back({axis, length});
        at = end;
    }
    if (axis.empty() || extents.empty()) {
        refuse("EXTENTS '" + word + "': it is <axis>=<length>[,<length>...], each length at least 1");
    }
    return extents;
}

// Each set that there is, with each length of the next axis.
void apply_extents(KernelRequest &request, const Words &words) {
    for (const std::string &word : words) {
        const std::vector<Extent> alternatives = parse_extent(word);
        if (std::ranges::find(request.extents[0], alternatives[0].axis, &Extent::axis) != request.extents[0].end()) {
            refuse("EXTENTS gives the length of axis '" + alternatives[0].axis + "' twice");
        }
        std::vector<std::vector<Extent>> sets;
        for (const std::vector<Extent> &set : request.extents) {
            for (const Extent &extent : alternatives) {
                sets.push_back(set);
                sets.back().push_back(extent);
            }
        }
        request.extents = sets;
    }
}

void apply_memory(KernelRequest &request, const Words &words) {
    for (const std::string &word : words) {
        if (word.find_first_not_of(" \t()") == std::string::npos) {
            refuse("MEMORY '" + word + "' names no axes");
        }
        request.memory.push_back(word);
    }
}

// "default", or "rows:4,batch_elements:4096".
void apply_knobs(KernelRequest &request, const Words &words) {
    request.knobs.clear();
    for (const std::string &word : words) {
        codegen::KnobValues values;
        try {
            values = codegen::parse_knobs(word == "default" ? "" : word);
        } catch (const std::invalid_argument &error) {
            refuse("KNOBS '" + word + "': " + error.what() + "; or default");
        }
        if (std::ranges::find(request.knobs, values) != request.knobs.end()) {
            refuse("KNOBS '" + word + "' is listed twice");
        }
        request.knobs.push_back(values);
    }
}

const Keyword keywords[] = {
    {"PARAMS", Values::one, false, [](KernelRequest &r, const Words &w) { r.params = w[0]; }},
    {"MEMORY", Values::some, true, apply_memory},
    {"STATISTIC", Values::some, false,
     [](KernelRequest &r, const Words &w) {
         if (std::ranges::find(w, name_of(Statistic::given)) != w.end()) {
             refuse("STATISTIC 'given': kernels of mean_var serve given statistics, too");
         }
         r.statistics = all_named("STATISTIC", w, {Statistic::mean_var, Statistic::rms});
     }},
    {"DTYPES", Values::some, false, [](KernelRequest &r, const Words &w) { r.dtypes = parse_dtypes(w); }},
    {"DEVICES", Values::some, false,
     [](KernelRequest &r, const Words &w) {
         r.devices = all_named("DEVICES", w, {Device::cpu, Device::cuda, Device::opencl});
     }},
    {"EXTENTS", Values::some, false, apply_extents},
    {"STRICT", Values::none, false, [](KernelRequest &r, const Words &) { r.strict = true; }},
    {"KNOBS", Values::some, false, apply_knobs},
};

// Those before the first KERNEL.
struct KeywordOfLibrary {
    const char *name;
    Values values;
    void (*apply)(LibraryRequest &library, const Words &values);
};

void apply_instruction_sets(LibraryRequest &library, const Words &words) {
    for (const InstructionSet one : all_named("INSTRUCTION_SETS", words, each_instruction_set)) {
        library.instruction_sets.add(one);
    }
}

void apply_sanitize(LibraryRequest &library, const Words &words) {
    if (words[0] != "address" && words[0] != "thread") {
        refuse("SANITIZE '" + words[0] + "': it is one of address, thread");
    }
    library.features += words[0] == "address" ? "-asan" : "-tsan";
}

const KeywordOfLibrary keywords_of_library[] = {
    {"CANONICAL", Values::none, [](LibraryRequest &l, const Words &) { l.canonical = true; }},
    {"INSTRUCTION_SETS", Values::some, apply_instruction_sets},
    {"SCHEDULES", Values::some, [](LibraryRequest &l, const Words &) { l.tuned = true; }},
    {"SANITIZE", Values::one, apply_sanitize},
    {"DEBUG", Values::none, [](LibraryRequest &l, const Words &) { l.features += "-enable_backtraces"; }},
};

const KeywordOfLibrary *keyword_of_library(const std::string &word) {
    const auto *found = std::ranges::find_if(keywords_of_library, [&](const auto &one) { return word == one.name; });
    return found == std::end(keywords_of_library) ? nullptr : found;
}

// "PARAMS, MEMORY and STRICT".
template <class Keywords>
std::string names_of(const Keywords &all) {
    std::string names;
    for (const auto &keyword : all) {
        const bool is_last = &keyword == std::end(all) - 1;
        names += std::string(names.empty() ? "" : is_last ? " and " : ", ") + keyword.name;
    }
    return names;
}

bool is_keyword(const std::string &word) {
    return word == "KERNEL" || keyword_of_library(word) != nullptr ||
           std::ranges::any_of(keywords, [&](const Keyword &keyword) { return word == keyword.name; });
}

// The values behind the keyword at `at`, which is moved to the next keyword.
Words take_values(const Words &words, std::size_t &at, Values values) {
    const std::string &keyword = words[at++];
    Words taken;
    while (at < words.size() && !is_keyword(words[at])) {
        taken.push_back(words[at++]);
    }
    if (values != Values::none && taken.empty()) {
        refuse(keyword + " has no value");
    }
    if (taken.size() > (values == Values::none ? 0 : values == Values::one ? 1 : taken.size())) {
        const std::string &extra = taken[values == Values::none ? 0 : 1];
        refuse("'" + extra + "' behind " + keyword + " is no keyword; there are KERNEL, " + names_of(keywords) +
               ", and before the first KERNEL " + names_of(keywords_of_library));
    }
    return taken;
}

void parse_keywords(KernelRequest &request, const Words &words, std::size_t &at) {
    Words seen;
    while (at < words.size() && words[at] != "KERNEL") {
        const std::string word = words[at];
        const auto *keyword = std::ranges::find_if(keywords, [&](const Keyword &k) { return word == k.name; });
        if (keyword == std::end(keywords)) {
            refuse(word + " is for the whole library: it stands before the first KERNEL");
        }
        if (!keyword->repeated && std::ranges::find(seen, word) != seen.end()) {
            refuse(word + " is given twice");
        }
        seen.push_back(word);
        keyword->apply(request, take_values(words, at, keyword->values));
    }
    if (request.strict && request.extents[0].empty()) {
        refuse("STRICT without EXTENTS: there is nothing to be strict about");
    }
}

// What stands before the first KERNEL.
void parse_keywords_of_library(LibraryRequest &library, const Words &words, std::size_t &at) {
    Words seen;
    while (at < words.size() && words[at] != "KERNEL") {
        const std::string word = words[at];
        const KeywordOfLibrary *keyword = keyword_of_library(word);
        if (keyword == nullptr) {
            refuse("'" + word + "' stands before the first KERNEL; only " + names_of(keywords_of_library) + " may");
        }
        if (std::ranges::find(seen, word) != seen.end()) {
            refuse(word + " is given twice");
        }
        seen.push_back(word);
        keyword->apply(library, take_values(words, at, keyword->values));
    }
}

}  // namespace

std::string title(std::size_t index, const KernelRequest &request) {
    return "KERNEL " + std::to_string(index + 1) + " '" + request.pattern + "'";
}

LibraryRequest parse_request(const Words &words) {
    LibraryRequest library;
    std::size_t at = 0;
    parse_keywords_of_library(library, words, at);
    while (at < words.size()) {
        KernelRequest request;
        const Words pattern = take_values(words, at, Values::one);
        request.pattern = pattern[0];
        try {
            parse_keywords(request, words, at);
        } catch (const std::runtime_error &error) {
            refuse(title(library.kernels.size(), request) + ": " + error.what());
        }
        library.kernels.push_back(std::move(request));
    }
    if (library.kernels.empty()) {
        refuse("there is no KERNEL");
    }
    return library;
}

}  // namespace axnorm::build
