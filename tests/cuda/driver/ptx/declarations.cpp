#include "declarations.h"

#include <algorithm>
#include <bit>

namespace axnorm::ptx {

namespace {
Type parse_type(Cursor &cursor) {
    const Token token = cursor.peek();
    const auto type = token.text.starts_with('.') ? type_named(token.text.substr(1)) : std::nullopt;
    if (!type) {
        cursor.unexpected("a type");
    }
    cursor.take();
    return *type;
}

std::uint64_t parse_alignment(Cursor &cursor) {
    const std::int64_t alignment = cursor.integer();
    if (alignment <= 0 || !std::has_single_bit(static_cast<std::uint64_t>(alignment))) {
        cursor.fail("an alignment is a power of 2");
    }
    return static_cast<std::uint64_t>(alignment);
}

void append(std::vector<std::uint8_t> &bytes, std::uint64_t bits, std::uint32_t size) {
    for (std::uint32_t k = 0; k < size; ++k) {
        bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * k)));
    }
}

void parse_pointer(Cursor &cursor, Variable &variable) {
    const bool generic = cursor.accept("generic");
    if (generic) {
        cursor.expect("(");
    }
    Variable::Pointer pointer{variable.initial.size(), std::string(cursor.word("a symbol")), 0};
    if (generic) {
        cursor.expect(")");
    }
    if (cursor.accept("+")) {
        pointer.offset = cursor.integer();
    }
    variable.pointers.push_back(pointer);
    append(variable.initial, 0, 8);
}

// Braces may be nested; what is left out is zero.
void parse_initializer(Cursor &cursor, Variable &variable, Type type) {
    if (cursor.accept("{")) {
        while (!cursor.accept("}")) {
            parse_initializer(cursor, variable, type);
            if (!cursor.peek().is("}")) {
                cursor.expect(",");
            }
        }
    } else if (cursor.at_literal()) {
        const std::uint32_t line = cursor.line();
        append(variable.initial, literal_bits(cursor.literal(), type, line), size_of(type));
    } else if (size_of(type) == 8) {
        parse_pointer(cursor, variable);
    } else {
        cursor.unexpected("a number");
    }
}

// The product of "[4][8]"; `open` for "[]".
std::uint64_t parse_extents(Cursor &cursor, bool &open) {
    std::uint64_t count = 1;
    while (cursor.accept("[")) {
        if (cursor.accept("]")) {
            open = true;
            continue;
        }
        count *= static_cast<std::uint64_t>(cursor.integer());
        cursor.expect("]");
    }
    return count;
}

void finish_variable(Cursor &cursor, Variable &variable, Type type, bool is_extern, bool open) {
    if (cursor.accept("=")) {
        if (variable.space != Space::global && variable.space != Space::constant) {
            cursor.fail("a variable of this space has no initial value");
        }
        parse_initializer(cursor, variable, type);
        variable.size = open ? variable.initial.size() : variable.size;
        if (variable.initial.size() > variable.size) {
            cursor.fail("more values than " + variable.name + " has room for");
        }
    }
    variable.dynamic = is_extern && variable.space == Space::shared;
    if (is_extern && !variable.dynamic) {
        cursor.fail("the external variable " + variable.name + " is nowhere defined");
    }
    if (variable.dynamic) {
        variable.size = 0;
    }
    variable.initial.resize(variable.space == Space::shared || variable.space == Space::local ? 0 : variable.size);
}
}  // namespace

std::vector<std::unique_ptr<Variable>> parse_variables(Cursor &cursor, Space space, bool is_extern) {
    std::uint64_t alignment = 0, vector = 1;
    for (;;) {
        if (cursor.accept(".align")) {
            alignment = parse_alignment(cursor);
        } else if (cursor.accept(".v2")) {
            vector = 2;
        } else if (cursor.accept(".v4")) {
            vector = 4;
        } else {
            break;
        }
    }
    const Type type = parse_type(cursor);
    std::vector<std::unique_ptr<Variable>> result;
    do {
        auto variable = std::make_unique<Variable>();
        variable->name = cursor.word("a name");
        variable->space = space;
        variable->alignment = std::max<std::uint64_t>(alignment, size_of(type) * vector);
        bool open = false;
        variable->size = parse_extents(cursor, open) * size_of(type) * vector;
        finish_variable(cursor, *variable, type, is_extern, open);
        result.push_back(std::move(variable));
    } while (cursor.accept(","));
    cursor.expect(";");
    return result;
}

Parameter parse_parameter(Cursor &cursor, std::uint32_t &bytes) {
    std::uint64_t alignment = 0;
    if (cursor.accept(".align")) {
        alignment = parse_alignment(cursor);
    }
    const Type type = parse_type(cursor);
    if (cursor.accept(".ptr")) {  // of what it points to
        for (const std::string_view space : {".global", ".shared", ".local", ".const"}) {
            cursor.accept(space);
        }
        if (cursor.accept(".align")) {
            parse_alignment(cursor);
        }
    }
    Parameter result{std::string(cursor.word("the name of a parameter")), 0, 0};
    bool open = false;
    result.size = static_cast<std::uint32_t>(parse_extents(cursor, open)) * size_of(type);
    if (open) {
        cursor.fail("a parameter has a size");
    }
    const auto step = static_cast<std::uint32_t>(std::max<std::uint64_t>(alignment, size_of(type)));
    result.offset = (bytes + step - 1) / step * step;
    bytes = result.offset + result.size;
    return result;
}

std::vector<Parameter> parse_parameters(Cursor &cursor, std::uint32_t &bytes) {
    std::vector<Parameter> result;
    if (!cursor.accept("(")) {
        return result;
    }
    while (!cursor.accept(")")) {
        cursor.expect(".param");
        result.push_back(parse_parameter(cursor, bytes));
        if (!cursor.peek().is(")")) {
            cursor.expect(",");
        }
    }
    return result;
}

}  // namespace axnorm::ptx
