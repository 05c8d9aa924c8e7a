#include "document.h"

#include <cctype>

namespace axnorm::cli {

namespace {

// "stride of x" as "stride_of_x", "mean, rstd" as "mean_rstd".
std::string key_of(std::string_view label) {
    std::string key;
    for (const char c : label) {
        const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (is_word || (!key.empty() && key.back() != '_')) {
            key += is_word ? c : '_';
        }
    }
    return key.empty() ? "note" : key;
}

// The number that a cell is, of whole ones all digits; the text of one that is none.
Json value_of(const std::string &cell, Align align) {
    if (align == Align::left) {
        return cell;
    }
    Json number = Json::parse(cell, nullptr, /*allow_exceptions=*/false);
    return number.is_number() ? number : Json(cell);
}

}  // namespace

Json json_of(const Table &table) {
    Json rows = Json::array();
    for (const auto &row : table.rows()) {
        Json object = Json::object();
        for (std::size_t c = 0; c < row.size(); ++c) {
            const Column &column = table.columns()[c];
            object[key_of(column.title)] = value_of(row[c], column.align);
        }
        rows.push_back(std::move(object));
    }
    return rows;
}

std::string print(const Json &json) {
    return json.dump(2) + '\n';
}

void Document::fact(std::string_view label, std::string_view text) {
    text_ += cli::fact(label, text);
    json_[key_of(label)] = text;
}

void Document::table(std::string_view name, const Table &table) {
    text_ += table.text();
    json_[key_of(name)] = json_of(table);
}

void Document::note(std::string_view name, std::string_view text) {
    text_.append(text).append("\n");
    json_[key_of(name)] = text;
}

}  // namespace axnorm::cli
