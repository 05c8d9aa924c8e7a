// What a command tells, as plain text or as JSON: labelled lines and tables, in their order.
//
//     Document document;
//     document.fact("signature", "rK");
//     document.table("axes", table);
//     std::cout << document.print(Format::json);   // {"signature": "rK", "axes": [{"axis": "b", "length": 8}]}
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "plain_text.h"

namespace axnorm::cli {

enum class Format : std::uint8_t { text, markdown, json };

using Json = nlohmann::ordered_json;

// The rows as objects, with the titles as keys. Columns on the right are numbers.
Json json_of(const Table &table);

// With a line's end behind it.
std::string print(const Json &json);

class Document {
  public:
    void fact(std::string_view label, std::string_view text);
    void table(std::string_view name, const Table &table);
    void note(std::string_view name, std::string_view text);  // a line without a label
    void blank() { text_ += '\n'; }

    std::string print(Format format) const { return format == Format::json ? cli::print(json_) : text_; }

  private:
    std::string text_;
    Json json_ = Json::object();
};

}  // namespace axnorm::cli
