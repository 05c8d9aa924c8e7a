#include "list.h"

#include <axnorm_default.h>

#include "choice.h"
#include "runtime/tuning/thresholds.h"
#include "runtime/tuning/tuning_file.h"

namespace axnorm::cli {

namespace {

template <class Values>
std::string joined_names(const Values &values) {
    std::string names;
    for (const auto value : values) {
        names += std::string(names.empty() ? "" : ", ") + name_of(value);
    }
    return names;
}

std::string printed(const Table &table, Format format) {
    return format == Format::json       ? print(json_of(table))
           : format == Format::markdown ? table.markdown()
                                        : table.text();
}

[[noreturn]] void refuse_empty(std::optional<Statistic> statistic) {
    if (statistic == Statistic::given) {
        throw Error("given statistics take no kernels of their own: those of mean_var serve them",
                    ErrorCode::unsupported);
    }
    throw Error(statistic ? std::string("no kernel of statistic ") + name_of(*statistic) + " is linked"
                          : "no kernels are linked",
                ErrorCode::unsupported);
}

}  // namespace

std::string list_kernels(std::optional<Statistic> statistic, Format format) {
    std::string text;
    Json libraries = Json::array();
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        Table table({{"kernel"}, {"statistic"}, {"signature"}, {"dtypes"}, {"strides"}, {"canonical"}, {"knobs"}});
        int count = 0;
        for (const Kernel &kernel : library->kernels()) {
            if (!statistic || kernel.statistic == *statistic) {
                table.add({std::string(kernel.name), name_of(kernel.statistic), std::string(kernel.signature),
                           name_of(kernel.dtypes), strides_of(kernel), kernel.canonical() ? "yes" : "no",
                           knobs_of(kernel)});
                ++count;
            }
        }
        table.drop_last_if_empty();
        if (count > 0) {
            libraries.push_back({{"library", library->name()}, {"kernels", json_of(table)}});
            text += (text.empty() ? "" : "\n") +
                    fact("library", std::string(library->name()) + ", kernels: " + std::to_string(count)) + '\n' +
                    table.text();
        }
    }
    if (text.empty()) {
        refuse_empty(statistic);
    }
    return format == Format::json ? print(libraries) : text;
}

std::string list_lines(std::optional<Statistic> statistic, Format format) {
    Table table({{"pattern"}, {"params"}, {"memory"}, {"statistic"}, {"signature"}, {"dtypes"}, {"devices"}});
    bool is_empty = true;
    for (const KernelLine &line : axnorm_default::lines) {
        if (!statistic || line.statistic == *statistic) {
            table.add({std::string(line.pattern), std::string(line.params), std::string(line.memory),
                       name_of(line.statistic), std::string(line.signature), joined_names(line.dtypes),
                       joined_names(line.devices)});
            is_empty = false;
        }
    }
    if (is_empty) {
        refuse_empty(statistic);
    }
    return printed(table, format);
}

std::string list_thresholds(Format format) {
    load_tuning_of_environment();
    Table table({{"threshold"},
                 {"value", Align::right},
                 {"usual", Align::right},
                 {"from", Align::right},
                 {"to", Align::right},
                 {"meaning"}});
    const Thresholds usual;
    for (const ThresholdRow &row : threshold_rows()) {
        table.add({row.name, text_of(row.value(thresholds())), text_of(row.value(usual)), text_of(row.least),
                   text_of(row.most), row.meaning});
    }
    return printed(table, format);
}

}  // namespace axnorm::cli
