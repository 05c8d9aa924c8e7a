#include "workspace.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "axnorm/error.h"
#include "runtime/language/refusal.h"

namespace axnorm::cuda {

struct KeptMemory {
    std::mutex in_use;  // while a call puts kernels into the stream
    std::uint64_t address = 0;
    std::size_t size = 0;
    std::vector<std::uint64_t> allocations;  // what was outgrown, too
    int device_index = 0;                    // set with the keeper's lock; all else with that of a call
};

namespace {

// Of all streams that ever needed it, for as long as threads may call: what is released stays as an empty one, for
// which a thread may be waiting.
struct Keeper {
    std::mutex mutex;
    std::map<StreamId, KeptMemory> by_stream;

    static Keeper &instance() {
        static auto &keeper = *new Keeper;
        return keeper;
    }
    KeptMemory &of(const StreamId &stream, int device_index) {
        const std::lock_guard lock(mutex);
        KeptMemory &kept = by_stream[stream];
        kept.device_index = device_index;
        return kept;
    }
    bool has_any_on(int device_index) {
        const std::lock_guard lock(mutex);
        return std::ranges::any_of(by_stream,
                                   [&](const auto &entry) { return entry.second.device_index == device_index; });
    }
    // In the order of streams: who locks several does it in the same order as others.
    std::vector<KeptMemory *> all_in(const ContextId &context) {
        const std::lock_guard lock(mutex);
        std::vector<KeptMemory *> all;
        for (auto &[stream, kept] : by_stream) {
            if (stream.context == context) {
                all.push_back(&kept);
            }
        }
        return all;
    }
};

void grow(KeptMemory &kept, Stream stream, std::size_t bytes) {
    const std::string needed = std::to_string(bytes);
    refuse_in_capture(stream, concat({"a workspace of ", needed,
                                      " bytes is not there for it yet: make such a call before the capture, or give a "
                                      "workspace"}));
    const std::size_t size = std::max(bytes, 2 * kept.size);
    kept.allocations.reserve(kept.allocations.size() + 1);
    std::uint64_t address = 0;
    const RelaxedCaptures others;
    if (const Result result = driver().cuMemAlloc(&address, size); result != 0) {
        throw Error(concat({failure(result, "cuMemAlloc"), " for a workspace of ", std::to_string(size), " bytes"}),
                    ErrorCode::device);
    }
    kept.allocations.push_back(address);
    kept.address = address;
    kept.size = size;
}

void release(KeptMemory &kept) {
    kept.address = kept.size = 0;
    while (!kept.allocations.empty()) {
        const std::uint64_t address = kept.allocations.back();
        kept.allocations.pop_back();
        check(driver().cuMemFree(address), "cuMemFree");
    }
}

}  // namespace

std::uint64_t Pieces::take(std::size_t bytes) {
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    if (rounded > size - used) {
        throw Error(concat({"it asks for ", std::to_string(bytes), " bytes of device memory, where it is given ",
                            std::to_string(size - used)}),
                    ErrorCode::kernel);
    }
    const std::uint64_t piece = address + used;
    used += rounded;
    return piece;
}

StreamWorkspace::StreamWorkspace(const ContextId &context, int device_index, Stream stream, std::size_t bytes)
    : kept_(Keeper::instance().of(identify(context, stream), device_index)), lock_(kept_.in_use) {
    if (bytes > kept_.size) {
        grow(kept_, stream, bytes);
    }
}

Pieces StreamWorkspace::pieces() const {
    return {kept_.address, kept_.size};
}

void release_workspaces(int device_index) {
    Keeper &keeper = Keeper::instance();
    if (is_behind_fork() || !keeper.has_any_on(device_index)) {
        return;  // perhaps without a driver; and no context is made for it
    }
    const CurrentContext context(device_index, nullptr);
    const std::vector<KeptMemory *> kept_there = keeper.all_in(context.id());
    std::vector<std::unique_lock<std::mutex>> locks;
    locks.reserve(kept_there.size());
    for (KeptMemory *kept : kept_there) {
        locks.emplace_back(kept->in_use);
    }
    check(driver().cuCtxSynchronize(), "cuCtxSynchronize");
    const RelaxedCaptures others;
    for (KeptMemory *kept : kept_there) {
        release(*kept);
    }
}

}  // namespace axnorm::cuda
