// A module of PTX, decoded: its functions as arrays of instructions over dense register numbers, and its variables.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexer.h"
#include "types.h"

namespace axnorm::ptx {

struct Thread;
struct Function;

// What the threads of a warp do together; each waits there for the others that the mask names.
enum class Collective : std::uint8_t { none, shuffle, vote, match, reduce, active, synchronize };

inline constexpr std::uint32_t no_register = ~std::uint32_t{0};

// Literals and addresses of variables lie in registers too, which nothing writes: an operand is a register always.
struct Instruction {
    using Run = void (*)(Thread &, const Instruction &);
    Run run = nullptr;
    std::array<std::uint32_t, 6> r{no_register, no_register, no_register, no_register, no_register, no_register};
    std::int64_t offset = 0;       // added to an address; where a branch goes
    const void *detail = nullptr;  // a Call, or the targets of brx.idx
    std::uint32_t line = 0;
    std::uint32_t guard = no_register;  // a predicate
    bool unless = false;                // the guard is negated
    Type type = Type::none, from = Type::none;
    Rounding rounding = Rounding::nearest;
    Compare compare = Compare::eq;
    Combine combine = Combine::none;
    Space space = Space::generic;
    bool flush = false, saturate = false, negated = false, nan = false, aligned = true;
    Collective collective = Collective::none;
    std::uint8_t count = 1;  // elements of a vector
    std::uint8_t mode = 0;   // of an instruction with variants of its own
};

struct Variable {
    std::string name;
    Space space = Space::global;
    std::uint64_t size = 0, alignment = 1;
    bool dynamic = false;  // .extern .shared: what the launch asks for
    std::vector<std::uint8_t> initial;
    struct Pointer {  // an initializer that is an address
        std::uint64_t at = 0;
        std::string symbol;
        std::int64_t offset = 0;
    };
    std::vector<Pointer> pointers;
    std::uint64_t address = 0;
};

struct Parameter {
    std::string name;
    std::uint32_t offset = 0, size = 0;
};

struct Call {
    const Function *callee = nullptr;
    std::vector<Parameter> arguments, results;  // of the caller
};

enum class Special : std::uint8_t {
    tid_x,
    tid_y,
    tid_z,
    ntid_x,
    ntid_y,
    ntid_z,
    ctaid_x,
    ctaid_y,
    ctaid_z,
    nctaid_x,
    nctaid_y,
    nctaid_z,
    laneid,
    warpid,
    nwarpid,
    zero,
    warp_size,
    lanemask_eq,
    lanemask_lt,
    lanemask_le,
    lanemask_gt,
    lanemask_ge,
    dynamic_shared,
    total_shared
};

struct Function {
    std::string name;
    bool is_entry = false, is_defined = false;
    std::vector<Parameter> parameters, results;
    std::uint32_t param_bytes = 0;         // of parameters
    std::uint32_t frame_param_bytes = 0;   // and of those for calls
    std::vector<std::uint64_t> registers;  // what they hold at the start
    std::vector<std::pair<Special, std::uint32_t>> specials;
    struct Address {  // a register that holds the address of a variable
        std::uint32_t reg = 0;
        const Variable *variable = nullptr;
        std::int64_t offset = 0;
    };
    std::vector<Address> addresses;
    std::vector<Instruction> code;
    std::uint64_t local_bytes = 0, static_shared = 0;
    std::uint32_t max_threads = 1024;
    std::optional<std::array<std::uint32_t, 3>> required_threads;
    bool calls = false;
    std::vector<std::unique_ptr<Variable>> own_variables;
    std::vector<std::unique_ptr<Call>> call_details;
    std::vector<std::unique_ptr<std::vector<std::uint32_t>>> branch_targets;
};

struct Program {
    std::uint32_t version = 0;  // 78 of ".version 7.8"
    std::uint32_t target = 0;   // 80 of ".target sm_80"
    std::map<std::string, std::unique_ptr<Function>, std::less<>> functions;
    std::vector<std::unique_ptr<Variable>> variables;
    std::uint64_t static_shared = 0;  // bytes of all shared variables

    const Function *entry(std::string_view name) const;
    const Variable *variable(std::string_view name) const;
    // To be called when every global and constant variable has its address: these go into the code and into `initial`.
    void link();
};

// Throws InvalidPtx, naming the line, for what it does not know.
Program parse(std::string_view source);

}  // namespace axnorm::ptx
