#include "plain_text.h"

#include <algorithm>
#include <cstdio>

namespace axnorm::cli {

namespace {

constexpr std::size_t line_width = 100, label_width = 17;

std::string padded(const std::string &cell, std::size_t width, Align align) {
    const std::string blanks(width - std::min(width, cell.size()), ' ');
    return align == Align::right ? blanks + cell : cell + blanks;
}

}  // namespace

void Table::drop_last_if_empty() {
    if (std::ranges::all_of(rows_, [](const auto &row) { return row.back().empty(); })) {
        columns_.pop_back();
        for (auto &row : rows_) {
            row.pop_back();
        }
    }
}

std::string Table::text() const {
    std::vector<std::string> titles;
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        titles.push_back(columns_[c].title);
        widths.push_back(titles[c].size());
        for (const auto &row : rows_) {
            widths[c] = std::max(widths[c], row[c].size());
        }
    }
    std::string result;
    const auto add_line = [&](const std::vector<std::string> &row) {
        std::string line;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            line += (c == 0 ? "" : "  ") + padded(row[c], widths[c], columns_[c].align);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        result += line + '\n';
    };
    add_line(titles);
    for (const auto &row : rows_) {
        add_line(row);
    }
    return result;
}

std::string Table::markdown() const {
    std::string titles = "|", rule = "|", rows;
    for (const Column &column : columns_) {
        titles += " " + column.title + " |";
        rule += column.align == Align::right ? "---:|" : "---|";
    }
    for (const auto &row : rows_) {
        rows += "|";
        for (const std::string &cell : row) {
            rows += cell.empty() ? " |" : " `" + cell + "` |";
        }
        rows += '\n';
    }
    return titles + '\n' + rule + '\n' + rows;
}

std::string fact(std::string_view label, std::string_view text) {
    std::string result = padded(std::string(label), label_width, Align::left);
    constexpr std::size_t width = line_width - label_width;
    while (text.size() > width) {
        const std::size_t blank = text.rfind(' ', width);
        if (blank == std::string_view::npos || blank == 0) {
            break;
        }
        result.append(text.substr(0, blank)).append("\n").append(label_width, ' ');
        text.remove_prefix(blank + 1);
    }
    return result.append(text).append("\n");
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    return std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

}  // namespace axnorm::cli
