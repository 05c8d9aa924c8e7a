// ld and st, of one element or of a vector, and what asks for data in caches.
#include <bit>

#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
bool reaches_global(const Instruction &i, std::uint64_t address) {
    const bool window = address - shared_window < window_size || address - local_window < window_size;
    return i.space == Space::global || (i.space == Space::generic && !window);
}

bool reaches_shared(const Instruction &i, std::uint64_t address) {
    return i.space == Space::shared || (i.space == Space::generic && address - shared_window < window_size);
}

void count_load(Counters &counters, const Instruction &i, std::uint64_t address, std::uint32_t bytes) {
    const auto width = static_cast<std::size_t>(std::countr_zero(bytes));
    if (reaches_global(i, address)) {
        counters.global_load_bytes += bytes;
        ++counters.global_loads[width];
    } else if (reaches_shared(i, address)) {
        ++counters.shared_loads[width];
    }
}

void count_store(Counters &counters, const Instruction &i, std::uint64_t address, std::uint32_t bytes) {
    const auto width = static_cast<std::size_t>(std::countr_zero(bytes));
    if (reaches_global(i, address)) {
        counters.global_store_bytes += bytes;
        ++counters.global_stores[width];
    } else if (reaches_shared(i, address)) {
        ++counters.shared_stores[width];
    }
}

// A register wider than the element takes its sign, or zeros.
std::uint64_t extended(std::uint64_t bits, Type type) {
    const std::uint32_t unused = 64 - 8 * size_of(type);
    return is_signed(type) && !is_floating(type)
               ? static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused)
               : bits;
}

void run_ld(Thread &t, const Instruction &i) {
    const std::uint64_t address = t.r[i.r[5]] + static_cast<std::uint64_t>(i.offset);
    const std::uint32_t size = size_of(i.type), bytes = size * i.count;
    const std::uint8_t *const from = locate(t, i.space, address, bytes, Access::read);
    count_load(t.block->counters, i, address, bytes);
    for (std::uint32_t k = 0; k < i.count; ++k) {
        if (i.r[k] != no_register) {
            std::uint64_t bits = 0;
            std::memcpy(&bits, from + k * size, size);
            t.r[i.r[k]] = extended(bits, i.type);
        }
    }
}

void run_st(Thread &t, const Instruction &i) {
    const std::uint64_t address = t.r[i.r[5]] + static_cast<std::uint64_t>(i.offset);
    const std::uint32_t size = size_of(i.type), bytes = size * i.count;
    std::array<std::uint8_t, 32> stored;
    for (std::uint32_t k = 0; k < i.count; ++k) {
        std::memcpy(stored.data() + k * size, &t.r[i.r[k]], size);
    }
    std::uint8_t *const to = locate(t, i.space, address, bytes, Access::write, stored.data());
    count_store(t.block->counters, i, address, bytes);
    std::memcpy(to, stored.data(), bytes);
}

// What says how memory is ordered or cached changes nothing here.
void skip_order(Decoder &d) {
    d.skip({"weak", "volatile", "relaxed", "acquire", "release", "mmio", "cta", "cluster", "gpu", "sys"});
}
void skip_caching(Decoder &d) {
    d.skip({"ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "L1::evict_normal", "L1::evict_unchanged",
            "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::64B", "L2::128B", "L2::256B"});
}

void take_vector(Decoder &d) {
    skip_order(d);
    d.result.space = d.space();
    skip_caching(d);
    d.result.count = d.accept("v2") ? 2 : d.accept("v4") ? 4 : 1;
    d.result.type = d.any_type();
    if (size_of(d.result.type) * d.result.count > 16) {
        d.fail("is wider than 16 bytes");
    }
    d.operands(2);
}

const Operand &element(Decoder &d, std::size_t operand, std::size_t k) {
    const Operand &all = d.operand(operand);
    if ((all.kind == Operand::Kind::vector ? all.items.size() : 1) != d.result.count) {
        d.fail("has another number of elements than it says");
    }
    return all.kind == Operand::Kind::vector ? all.items[k] : all;
}

void decode_ld(Decoder &d) {
    take_vector(d);
    for (std::size_t k = 0; k < d.result.count; ++k) {
        const Operand &to = element(d, 0, k);
        if (to.kind != Operand::Kind::sink) {
            d.result.r[k] = d.destination(to, d.result.type, true);
        }
    }
    d.address(1, d.result.r[5], d.result.offset);
    d.result.run = run_ld;
}

void decode_st(Decoder &d) {
    take_vector(d);
    if (d.result.space == Space::constant) {
        d.fail("writes constant memory");
    }
    d.address(0, d.result.r[5], d.result.offset);
    for (std::size_t k = 0; k < d.result.count; ++k) {
        d.result.r[k] = d.source(element(d, 1, k), d.result.type, true);
    }
    d.result.run = run_st;
}

void run_nothing(Thread &, const Instruction &) {}

void decode_prefetch(Decoder &d) {
    d.space();
    d.skip({"L1", "L2", "L2::evict_last", "L2::evict_normal"});
    d.operands(1);
    d.result.run = run_nothing;
}

constexpr DecodeRow rows[] = {{"ld", decode_ld}, {"ldu", decode_ld}, {"st", decode_st}, {"prefetch", decode_prefetch}};
}  // namespace

DecodeTable memory_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx
