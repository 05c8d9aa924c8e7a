// A place in the tokens of a module, and the small things that every part of the grammar reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lexer.h"
#include "types.h"

namespace axnorm::ptx {

struct Literal {
    enum class Kind : std::uint8_t { integer, single, real };  // bits of an integer, a float, a double
    Kind kind = Kind::integer;
    std::uint64_t bits = 0;
};
// The bits of a literal where a `type` is wanted; the text of errors has the line.
std::uint64_t literal_bits(const Literal &literal, Type type, std::uint32_t line);

class Cursor {
  public:
    explicit Cursor(std::string_view source) : tokens_(tokenize(source)) {}

    const Token &peek(std::size_t ahead = 0) const;
    Token take();
    bool accept(std::string_view text);
    void expect(std::string_view text);
    std::string_view word(std::string_view what);
    std::int64_t integer();
    Literal literal();  // with its sign
    bool at_literal() const;
    void skip_past(std::string_view text);
    void skip_line();
    std::uint32_t line() const { return peek().line; }
    [[noreturn]] void fail(const std::string &what) const;
    [[noreturn]] void unexpected(std::string_view wanted) const;

  private:
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace axnorm::ptx
