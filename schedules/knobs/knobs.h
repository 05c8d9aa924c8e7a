// Knobs: the numbers of a schedule that may be others. Each family of schedules has a plain struct of them, which holds
// the defaults, and a table that gives each a name and the values that are legal:
//
//     struct ShortRowsKnobs { int far_rows = 32; };
//     inline const FamilyOf<ShortRowsKnobs> short_rows_family{
//         "short_rows", serves, {{"far_rows", &ShortRowsKnobs::far_rows, {16, 32, 64}, "rows of a batch past the
//         caches"}}};
//
// A knob never changes a bit of the result: what does is of the summation tree (runtime/planning/summation_tree.h). As
// text knobs are "far_rows:16,near_length:32": sorted, and without those that have their default. There is no Halide
// here, so that axnorm-kernels knows them as well as the generator.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "axnorm/signature.h"

namespace axnorm::codegen {

struct Knob {
    std::string name;
    int default_value;
    std::vector<int> legal;  // ascending
    std::string meaning;
    bool at_run_time = false;  // the kernel's code is the same
};

// A few letters for what a knob of a family is: they change where its legal values do, and what was measured with it is
// worth nothing.
std::string id_of(const std::string &family, const Knob &knob);

using KnobValues = std::map<std::string, int>;

// "rows:4,batch_elements:4096". Throws std::invalid_argument where it is written wrong, or a knob is there twice.
KnobValues parse_knobs(std::string_view text);

std::string text_of(const KnobValues &values);

// A family of schedules, as far as it is known without Halide.
class Family {
  public:
    using Serves = bool (*)(const Letters &letters);

    Family(std::string name, Serves which) : name_(std::move(name)), serves_(which) {}
    Family(const Family &) = delete;
    Family &operator=(const Family &) = delete;

    const std::string &name() const { return name_; }
    bool serves(const Letters &letters) const { return serves_(letters); }
    const std::vector<Knob> &knobs() const { return knobs_; }  // sorted by name
    const Knob *find(std::string_view name) const;             // nullptr where it has none of that name

    // The family and its knobs with their legal values: for messages.
    std::string description() const;

    // Those of the values that are knobs of this family, and not their default. Throws std::invalid_argument where one
    // is not legal.
    KnobValues own(const KnobValues &values) const;

    // The text's, all of which have to be knobs of this family. Throws std::invalid_argument, for `signature`.
    KnobValues parse(const std::string &text, const std::string &signature) const;

  protected:
    void add(Knob knob);

  private:
    std::string name_;
    Serves serves_;
    std::vector<Knob> knobs_;
};

// A row of a family's table.
template <class Knobs>
struct KnobRow {
    const char *name;
    int Knobs::*field;
    std::vector<int> legal;
    const char *meaning;
    bool at_run_time = false;
};

// A family whose knobs are the fields of a struct.
template <class Knobs>
class FamilyOf : public Family {
  public:
    FamilyOf(std::string name, Serves which, const std::vector<KnobRow<Knobs>> &rows) : Family(std::move(name), which) {
        for (const KnobRow<Knobs> &row : rows) {
            fields_[row.name] = row.field;
            add({row.name, Knobs{}.*row.field, row.legal, row.meaning, row.at_run_time});
        }
    }

    // The defaults, but for the given ones.
    Knobs filled(const KnobValues &values) const {
        Knobs knobs;
        for (const auto &[name, value] : values) {
            knobs.*fields_.at(name) = value;
        }
        return knobs;
    }

  private:
    std::map<std::string, int Knobs::*> fields_;
};

}  // namespace axnorm::codegen
