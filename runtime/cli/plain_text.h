// Plain text: tables, labelled lines.
//
//     Table table({{"axis"}, {"length", Align::right}});
//     table.add({"b", "8"});
//     std::cout << table.text();
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace axnorm::cli {

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // A cell for each column.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    // Leaves the last column out where it has nothing to say.
    void drop_last_if_empty();

    std::string text() const;      // a heading, and a line for each row, without blanks at their ends
    std::string markdown() const;  // cells as code

    const std::vector<Column> &columns() const { return columns_; }
    const std::vector<std::vector<std::string>> &rows() const { return rows_; }

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// "kernel           axnorm_mean_var_kR_f32": what is too long for a line goes on under itself.
std::string fact(std::string_view label, std::string_view text);

// With so many digits behind the point.
std::string fixed(double value, int digits);

// Without the blanks of the pattern language around it.
std::string trimmed(std::string_view text);

}  // namespace axnorm::cli
