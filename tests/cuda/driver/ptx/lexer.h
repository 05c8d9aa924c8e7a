// Text of PTX -> tokens.
//
//     "add.s32 %r1, %r2, -4;" -> word "add.s32", word "%r1", ',', word "%r2", ',', '-', number "4", ';'
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace axnorm::ptx {

struct Token {
    enum class Kind : std::uint8_t { word, number, text, punctuation, end };
    Kind kind = Kind::end;
    std::string_view text;
    std::uint32_t line = 0;

    bool is(std::string_view what) const { return kind != Kind::text && text == what; }
};

// What is wrong with a module, with the line.
struct InvalidPtx : std::runtime_error {
    InvalidPtx(std::uint32_t line, const std::string &what)
        : std::runtime_error("line " + std::to_string(line) + ": " + what) {}
};

// Words hold the dots and "::" of modifiers; directives begin with a dot. Comments are left out. Views into `source`.
std::vector<Token> tokenize(std::string_view source);

}  // namespace axnorm::ptx
