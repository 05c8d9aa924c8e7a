#include "lexer.h"

#include <cctype>

namespace axnorm::ptx {

namespace {
class Lexer {
  public:
    explicit Lexer(std::string_view source) : source_(source) {}

    std::vector<Token> tokens() {
        std::vector<Token> result;
        for (skip_blanks(); at_ < source_.size(); skip_blanks()) {
            result.push_back(next());
        }
        result.push_back({Token::Kind::end, "end of the text", line_});
        return result;
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
    static bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    void skip_blanks() {
        while (at_ < source_.size()) {
            if (source_.substr(at_, 2) == "//") {
                at_ = std::min(source_.find('\n', at_), source_.size());
            } else if (source_.substr(at_, 2) == "/*") {
                const std::size_t end = source_.find("*/", at_ + 2);
                if (end == source_.npos) {
                    throw InvalidPtx(line_, "a comment has no end");
                }
                for (; at_ < end + 2; ++at_) {
                    line_ += source_[at_] == '\n';
                }
            } else if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
                line_ += source_[at_++] == '\n';
            } else {
                return;
            }
        }
    }

    Token next() {
        const std::size_t begin = at_;
        const char c = peek();
        Token::Kind kind = Token::Kind::punctuation;
        if (is_digit(c)) {
            kind = Token::Kind::number;
            scan_number();
        } else if (c == '"') {
            kind = Token::Kind::text;
            at_ = source_.find('"', at_ + 1);
            if (at_ == source_.npos) {
                throw InvalidPtx(line_, "a string has no end");
            }
            ++at_;
        } else if (starts_word(c)) {
            kind = Token::Kind::word;
            scan_word();
        } else {
            ++at_;
        }
        return {kind, source_.substr(begin, at_ - begin), line_};
    }

    bool starts_word(char c) const {
        return is_alnum(c) || c == '_' || c == '$' || c == '%' || (c == '.' && (is_alnum(peek(1)) || peek(1) == '_'));
    }

    void scan_word() {
        for (++at_;; ++at_) {
            const char c = peek();
            if (c == ':' && peek(1) == ':') {
                ++at_;
            } else if (!(is_alnum(c) || c == '_' || c == '$' || c == '.')) {
                return;
            }
        }
    }

    // Digits, letters (0x1F, 0f3F800000, 12U), a fraction, and the sign of an exponent.
    void scan_number() {
        const bool decimal = !std::isalpha(static_cast<unsigned char>(peek(1)));
        for (++at_;; ++at_) {
            const char c = peek(), before = source_[at_ - 1];
            const bool exponent = decimal && (c == '-' || c == '+') && (before == 'e' || before == 'E');
            if (!(is_alnum(c) || c == '.' || exponent)) {
                return;
            }
        }
    }

    std::string_view source_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
};
}  // namespace

std::vector<Token> tokenize(std::string_view source) {
    return Lexer(source).tokens();
}

}  // namespace axnorm::ptx
