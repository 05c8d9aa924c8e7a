#include "plan_cache.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "runtime/tuning/thresholds.h"

namespace axnorm {

void CallKey::add(std::uint64_t word) {
    if (count_ < words_.size()) {
        words_[count_] = word;
    }
    ++count_;
}

void CallKey::add(std::string_view text) {
    add(text.size());
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t size = std::min(text.size(), sizeof(word));
        std::memcpy(&word, text.data(), size);
        add(word);
        text.remove_prefix(size);
    }
}

void CallKey::add(const ConstTensorView &tensor) {
    if (!tensor.present()) {
        add(0);
        return;
    }
    const auto flag = [](auto value, int bit) { return static_cast<std::uint64_t>(value) << bit; };
    const bool is_aligned = tensor.device() != Device::cpu && is_aligned_on_device(tensor);
    add(flag(1, 0) | flag(tensor.strides().has_value(), 1) | flag(tensor.data() == nullptr, 2) | flag(is_aligned, 3) |
        flag(tensor.dtype(), 8) | flag(tensor.device(), 16) | flag(tensor.rank(), 24) |
        flag(tensor.device_index(), 32));
    for (const std::int64_t extent : tensor.shape()) {
        add(static_cast<std::uint64_t>(extent));
    }
    if (tensor.strides()) {
        add(static_cast<std::uint64_t>(tensor.strides()->size()));
        for (const std::int64_t stride : *tensor.strides()) {
            add(static_cast<std::uint64_t>(stride));
        }
    }
}

CallKey::CallKey(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths,
                 bool canonical) {
    add(static_cast<std::uint64_t>(operands.statistic) << 1 | static_cast<std::uint64_t>(canonical));
    add(pattern.text);
    add(pattern.params_text);
    for (const ConstTensorView *tensor : operands.tensors) {
        add(*tensor);
    }
    for (const NamedLength &length : lengths) {
        const int axis = detail::LookedUp::axis_of(length);
        add(static_cast<std::uint64_t>(axis));
        add(axis >= 0 ? std::string_view() : length.name);
        add(static_cast<std::uint64_t>(length.length));
    }
}

bool CallKey::operator==(const CallKey &other) const {
    return count_ == other.count_ && std::memcmp(words_.data(), other.words_.data(), count_ * sizeof(words_[0])) == 0;
}

struct CachedCall::Entry {
    std::optional<CallKey> key;
    PlannedCall call;
    const Library *newest = nullptr;         // when the plan was made
    const Thresholds *thresholds = nullptr;  // then, too
    int users = 0;                           // a pool of the caller may let a thread make a call inside of another
};

struct CachedCall::Entries {
    std::array<Entry, 8> all;
    std::size_t next = 0;  // to be given to another call

    static Entries &of_thread() {
        thread_local const std::unique_ptr<Entries> entries = std::make_unique<Entries>();
        return *entries;
    }
};

namespace {

const Library *newest_library() {
    const Library *newest = first_library();
    while (newest != nullptr && newest->next() != nullptr) {
        newest = newest->next();
    }
    return newest;
}

}  // namespace

CachedCall::CachedCall(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths,
                       bool canonical)
    : key_(pattern, operands, lengths, canonical) {
    if (!key_.exists()) {
        return;
    }
    const Library *newest = newest_library();
    for (Entry &entry : Entries::of_thread().all) {
        if (entry.key && entry.newest == newest && entry.thresholds == &thresholds() && *entry.key == key_) {
            entry_ = &entry;
            ++entry.users;
            return;
        }
    }
}

CachedCall::~CachedCall() {
    if (entry_ != nullptr) {
        --entry_->users;
    }
}

const PlannedCall *CachedCall::find() const {
    return entry_ != nullptr ? &entry_->call : nullptr;
}

void CachedCall::keep(const Layout &layout, const Plan &plan) {
    if (!key_.exists() || entry_ != nullptr) {
        return;
    }
    Entries &entries = Entries::of_thread();
    Entry &entry = entries.all[entries.next];
    entries.next = (entries.next + 1) % entries.all.size();
    if (entry.users == 0) {
        entry.key = key_;
        entry.call = {layout, plan};
        entry.newest = newest_library();
        entry.thresholds = &thresholds();
    }
}

}  // namespace axnorm
