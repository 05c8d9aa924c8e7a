// Stores that go past the caches, directly to memory (non-temporal stores): lines of y are not read before they are
// written, and the caches are left to x.
// Kernels call axnorm_stream() with finished tiles of y (schedules/cpu/streaming.h).
#pragma once

#include <cstdint>

#include "axnorm/options.h"
#include "runtime/language/operands.h"

namespace axnorm {

// The size of the last-level cache that a core has, in bytes.
std::int64_t last_level_cache();

// Bytes of one store past the caches: a register of the instruction set that kernels run with.
int streamed_bytes();

// Whether the outputs of a call go past the caches: where its options leave that open the kernel says so for one
// thread, and where that does not they do if they are too large to be found in a cache again. Threads share the speed
// of memory, so that what is best for one says nothing of several.
bool is_streamed(const Operands &operands, Stores of_call, Stores of_kernel, std::int64_t elements, int threads);

// To be called by each thread behind its last kernel: other threads may then see what it stored.
void finish_streaming();

}  // namespace axnorm

// Copies `bytes` bytes from `tile` to `y` + `y_offset`, of any alignment; whole lines go past the caches. Meanwhile
// `next_bytes` bytes at `x` + `next_offset` are fetched into them, as far as there is such memory. Always 0.
extern "C" int axnorm_stream(void *y, std::int64_t y_offset, const void *tile, std::int64_t bytes, const void *x,
                             std::int64_t next_offset, std::int64_t next_bytes);
