// A value that is found out by the thread that needs it first, or by several at once. Without a lock, which a fork
// could leave locked, and never destroyed, as other threads may be in calls while the program ends.
#pragma once

#include <atomic>

namespace axnorm {

template <class T>
class Found {
  public:
    // What find() returned; it may throw.
    template <class Find>
    const T &get(const Find &find) {
        const T *value = value_.load(std::memory_order_acquire);
        if (value == nullptr) {
            const T *const made = new T(find());
            if (value_.compare_exchange_strong(value, made, std::memory_order_acq_rel)) {
                return *made;
            }
            delete made;
        }
        return *value;
    }

  private:
    std::atomic<const T *> value_{nullptr};
};

}  // namespace axnorm
