#include "cursor.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace axnorm::ptx {

namespace {
std::uint64_t parse_digits(std::string_view digits, int base, const Token &token) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
        throw InvalidPtx(token.line, "'" + std::string(token.text) + "' is no number");
    }
    return value;
}

Literal parse_number(const Token &token) {
    std::string_view text = token.text;
    const char mark = text.size() > 1 && text[0] == '0' ? text[1] : '\0';
    if (mark == 'f' || mark == 'F') {
        return {Literal::Kind::single, parse_digits(text.substr(2), 16, token)};
    }
    if (mark == 'd' || mark == 'D') {
        return {Literal::Kind::real, parse_digits(text.substr(2), 16, token)};
    }
    if (mark != 'x' && mark != 'X' && text.find_first_of(".eE") != text.npos) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size()) {
            throw InvalidPtx(token.line, "'" + std::string(text) + "' is no number");
        }
        return {Literal::Kind::real, std::bit_cast<std::uint64_t>(value)};
    }
    if (text.back() == 'U') {
        text.remove_suffix(1);
    }
    const bool hexadecimal = mark == 'x' || mark == 'X', binary = mark == 'b' || mark == 'B';
    const int base = hexadecimal ? 16 : binary ? 2 : mark != '\0' ? 8 : 10;
    return {Literal::Kind::integer, parse_digits(text.substr(hexadecimal || binary ? 2 : 0), base, token)};
}

void negate(Literal &literal) {
    switch (literal.kind) {
        case Literal::Kind::integer: literal.bits = ~literal.bits + 1; break;
        case Literal::Kind::single: literal.bits ^= std::uint64_t{1} << 31; break;
        case Literal::Kind::real: literal.bits ^= std::uint64_t{1} << 63; break;
    }
}
}  // namespace

std::uint64_t literal_bits(const Literal &literal, Type type, std::uint32_t line) {
    const std::uint32_t size = size_of(type);
    const auto single = [&] { return std::bit_cast<float>(static_cast<std::uint32_t>(literal.bits)); };
    switch (literal.kind) {
        case Literal::Kind::integer:
            if (is_floating(type) && size >= 4 && element_of(type) == type) {
                throw InvalidPtx(line, "an integer where an instruction of floating point wants a number");
            }
            return size >= 8 ? literal.bits : literal.bits & ((std::uint64_t{1} << (8 * size)) - 1);
        case Literal::Kind::single:
            if (size == 4) {
                return literal.bits;
            }
            if (type == Type::f64) {
                return std::bit_cast<std::uint64_t>(static_cast<double>(single()));
            }
            break;
        case Literal::Kind::real:
            if (size == 8) {
                return literal.bits;
            }
            if (type == Type::f32) {
                return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(literal.bits)));
            }
            break;
    }
    throw InvalidPtx(line, "a number of floating point where none fits");
}

const Token &Cursor::peek(std::size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token Cursor::take() {
    const Token token = peek();
    at_ += at_ + 1 < tokens_.size();
    return token;
}

bool Cursor::accept(std::string_view text) {
    if (!peek().is(text)) {
        return false;
    }
    take();
    return true;
}

void Cursor::expect(std::string_view text) {
    if (!accept(text)) {
        unexpected("'" + std::string(text) + "'");
    }
}

std::string_view Cursor::word(std::string_view what) {
    if (peek().kind != Token::Kind::word) {
        unexpected(what);
    }
    return take().text;
}

bool Cursor::at_literal() const {
    const auto starts = [this](std::size_t ahead) {
        return peek(ahead).kind == Token::Kind::number || peek(ahead).is("WARP_SZ");
    };
    return starts(0) || ((peek().is("-") || peek().is("+")) && starts(1));
}

Literal Cursor::literal() {
    const bool negative = accept("-");
    if (!negative) {
        accept("+");
    }
    if (!at_literal()) {
        unexpected("a number");
    }
    const Token token = take();
    Literal result = token.is("WARP_SZ") ? Literal{Literal::Kind::integer, 32} : parse_number(token);
    if (negative) {
        negate(result);
    }
    return result;
}

std::int64_t Cursor::integer() {
    const Token before = peek();
    const Literal value = literal();
    if (value.kind != Literal::Kind::integer) {
        throw InvalidPtx(before.line, "an integer is wanted");
    }
    return static_cast<std::int64_t>(value.bits);
}

void Cursor::skip_past(std::string_view text) {
    while (!peek().is(text)) {
        if (peek().kind == Token::Kind::end) {
            unexpected("'" + std::string(text) + "'");
        }
        take();
    }
    take();
}

void Cursor::skip_line() {
    for (const std::uint32_t here = line(); line() == here && peek().kind != Token::Kind::end;) {
        take();
    }
}

void Cursor::fail(const std::string &what) const {
    throw InvalidPtx(line(), what);
}

void Cursor::unexpected(std::string_view wanted) const {
    fail("'" + std::string(peek().text) + "' where " + std::string(wanted) + " is expected");
}

}  // namespace axnorm::ptx
