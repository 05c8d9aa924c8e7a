#include "record.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

#include "named.h"
#include "refuse.h"
#include "schedules/knobs/families.h"

namespace axnorm::build {
namespace {

using Fields = std::vector<std::string>;
enum Field : std::size_t {
    at_where,
    at_processor,
    at_statistic,
    at_signature,
    at_contiguous,
    at_contiguous_params,
    at_dtypes,
    at_device,
    at_instruction_set,
    at_least_bytes,
    at_most_bytes,
    at_knobs,
    at_ids,
    field_count,
};

Fields fields_of(const std::string &line) {
    Fields fields(1);
    for (const char c : line) {
        if (c == '\t') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    if (fields.size() != field_count) {
        refuse("a row of a record has " + std::to_string(fields.size()) + " fields, not " +
               std::to_string(field_count) + ": " + line);
    }
    return fields;
}

std::int64_t bytes_of_field(const std::string &text) {
    std::int64_t bytes = 0;
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    return bytes;
}

// "rows:1a2b3c4d,row_vector:..." has to say of each knob what it is now.
void check_ids(const codegen::Family &family, const std::string &knobs, const std::string &ids) {
    for (const auto &[name, value] : codegen::parse_knobs(knobs)) {
        const std::string expected = name + ":" + id_of(family.name(), *family.find(name));
        if (("," + ids + ",").find("," + expected + ",") == std::string::npos) {
            refuse("knob '" + name + "' of family " + family.name() +
                   " is not what it was when this was measured: its legal values are others. Tune again, or take the "
                   "row out");
        }
    }
}

TunedRow row_of(const Fields &fields) {
    const std::string &signature = fields[at_signature];
    TunedRow row{.where = fields[at_where],
                 .statistic = value_named("statistic", fields[at_statistic],
                                          {Statistic::mean_var, Statistic::rms, Statistic::given}),
                 .loops = {signature, fields[at_contiguous] == "true", fields[at_contiguous_params] == "true"},
                 .dtypes = {},
                 .device = value_named("device", fields[at_device], {Device::cpu, Device::cuda, Device::opencl}),
                 .instruction_set = value_named("isa", fields[at_instruction_set], each_instruction_set),
                 .calls = {bytes_of_field(fields[at_least_bytes]), bytes_of_field(fields[at_most_bytes])},
                 .processor = fields[at_processor],
                 .knobs = {}};
    const std::optional<DTypePair> dtypes = dtypes_named(fields[at_dtypes]);
    if (!dtypes) {
        refuse("dtypes '" + fields[at_dtypes] + "': they are one of float32, float64, float16, bfloat16, or two, x:y");
    }
    row.dtypes = *dtypes;
    if (!Letters::valid(signature, row.device)) {
        refuse("signature '" + signature + "' is not valid");
    }
    const codegen::Family &family = codegen::family_for(Letters(signature), row.device);
    row.knobs = codegen::text_of(family.parse(fields[at_knobs], signature));
    check_ids(family, fields[at_knobs], fields[at_ids]);
    return row;
}

bool are_of_the_same_calls(const TunedRow &a, const TunedRow &b) {
    const bool are_apart = !a.processor.empty() && !b.processor.empty() && a.processor != b.processor;
    return !are_apart && a.statistic == b.statistic && a.loops == b.loops && a.dtypes == b.dtypes &&
           a.device == b.device && a.instruction_set == b.instruction_set &&
           a.calls.least_bytes <= b.calls.most_bytes && b.calls.least_bytes <= a.calls.most_bytes;
}

}  // namespace

std::vector<TunedRow> parse_record(const std::string &text) {
    std::vector<TunedRow> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const Fields fields = fields_of(line);
        try {
            const TunedRow row = row_of(fields);
            const auto same =
                std::ranges::find_if(rows, [&](const TunedRow &other) { return are_of_the_same_calls(row, other); });
            if (same != rows.end()) {
                refuse("it is for calls that " + same->where + " is for, too: name one record for an instruction set");
            }
            rows.push_back(row);
        } catch (const std::logic_error &error) {  // of knobs
            refuse(fields[at_where] + ": " + error.what());
        } catch (const std::runtime_error &error) {
            refuse(fields[at_where] + ": " + error.what());
        }
    }
    return rows;
}

}  // namespace axnorm::build
