// atom and red: threads run one after another, so that reading and writing is enough.
#include <algorithm>
#include <array>

#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
enum class Change : std::uint8_t { add, min, max, inc, dec, exch, cas, and_, or_, xor_ };
constexpr std::array<std::string_view, 10> names = {"add",  "min", "max", "inc", "dec",
                                                    "exch", "cas", "and", "or",  "xor"};

template <class T>
T changed_integer(Change change, T old, T b, T c) {
    switch (change) {
        case Change::add: return static_cast<T>(static_cast<std::uint64_t>(old) + static_cast<std::uint64_t>(b));
        case Change::min: return std::min(old, b);
        case Change::max: return std::max(old, b);
        case Change::inc: return old >= b ? T{0} : static_cast<T>(old + 1);
        case Change::dec: return old == 0 || old > b ? b : static_cast<T>(old - 1);
        case Change::exch: return b;
        case Change::cas: return old == b ? c : old;
        case Change::and_: return old & b;
        case Change::or_: return old | b;
        case Change::xor_: return old ^ b;
    }
    return old;
}

template <class T>
T added(T a, T b) {
    if constexpr (sizeof(T) == 2) {
        return narrow<T>(odd_sum(widen(a), widen(b)));
    } else {
        return canonical(a + b);
    }
}

template <class T>
T changed(Change change, T old, T b, T c) {
    if constexpr (std::is_integral_v<T>) {
        return changed_integer(change, old, b, c);
    } else {
        return added(old, b);
    }
}

template <class T>
void run_atomic(Thread &t, const Instruction &i) {
    const std::uint64_t address = t.r[i.r[5]] + static_cast<std::uint64_t>(i.offset);
    std::uint8_t *const at = locate(t, i.space, address, sizeof(T), Access::atomic);
    ++t.block->counters.atomics;
    T old;
    std::memcpy(&old, at, sizeof old);
    const T next =
        changed(static_cast<Change>(i.mode), old, get<T>(t, i.r[1]), i.r[2] == no_register ? T{} : get<T>(t, i.r[2]));
    std::memcpy(at, &next, sizeof next);
    if (i.r[0] != no_register) {
        set(t, i.r[0], old);
    }
}

template <class T>
void run_atomic_pair(Thread &t, const Instruction &i) {
    using Pair = std::array<T, 2>;
    const std::uint64_t address = t.r[i.r[5]] + static_cast<std::uint64_t>(i.offset);
    std::uint8_t *const at = locate(t, i.space, address, sizeof(Pair), Access::atomic);
    ++t.block->counters.atomics;
    Pair old;
    std::memcpy(&old, at, sizeof old);
    const auto b = get<Pair>(t, i.r[1]);
    const Pair next = {added(old[0], b[0]), added(old[1], b[1])};
    std::memcpy(at, &next, sizeof next);
    if (i.r[0] != no_register) {
        set(t, i.r[0], old);
    }
}

Instruction::Run atomic_run(Type type) {
    switch (type) {
        case Type::b32:
        case Type::u32: return run_atomic<std::uint32_t>;
        case Type::s32: return run_atomic<std::int32_t>;
        case Type::b64:
        case Type::u64: return run_atomic<std::uint64_t>;
        case Type::s64: return run_atomic<std::int64_t>;
        case Type::f32: return run_atomic<float>;
        case Type::f64: return run_atomic<double>;
        case Type::f16: return run_atomic<Half>;
        case Type::bf16: return run_atomic<BFloat>;
        case Type::f16x2: return run_atomic_pair<Half>;
        case Type::bf16x2: return run_atomic_pair<BFloat>;
        default: return nullptr;
    }
}

template <bool returns>
void decode_atomic(Decoder &d) {
    d.skip({"relaxed", "acquire", "release", "acq_rel", "cta", "cluster", "gpu", "sys"});
    d.result.space = d.space();
    const auto *const found = std::ranges::find(names, d.take("an operation"));
    if (found == names.end()) {
        d.fail("has no operation that is known");
    }
    const auto change = static_cast<Change>(found - names.begin());
    d.accept("noftz");
    const Type type = d.any_type();
    if ((is_floating(type) && change != Change::add) || (change == Change::cas && !returns) ||
        (d.result.space != Space::generic && d.result.space != Space::global && d.result.space != Space::shared)) {
        d.fail("is not known in this form");
    }
    const std::size_t first = returns ? 1 : 0;
    d.operands(first + (change == Change::cas ? 3 : 2));
    d.result.mode = static_cast<std::uint8_t>(change);
    d.result.run = atomic_run(type);
    if (returns && d.operand(0).kind != Operand::Kind::sink) {
        d.result.r[0] = d.destination(0, type);
    }
    d.address(first, d.result.r[5], d.result.offset);
    d.result.r[1] = d.source(first + 1, type);
    if (change == Change::cas) {
        d.result.r[2] = d.source(first + 2, type);
    }
}

constexpr DecodeRow rows[] = {{"atom", decode_atomic<true>}, {"red", decode_atomic<false>}};
}  // namespace

DecodeTable atomic_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx
