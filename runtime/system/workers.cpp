#include "workers.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <new>
#include <type_traits>

namespace axnorm {
namespace {

// How long a thread looks for work before it sleeps: to wake one up took 5 to 50 us.
constexpr std::chrono::microseconds spin_time{50};

constexpr std::size_t cache_line = 64;

using Word = std::atomic<std::uint32_t>;
static_assert(sizeof(Word) == sizeof(std::uint32_t));

void wait_while(const Word &word, std::uint32_t value) {
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void wake(const Word &word, int threads) {
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}

// Waits a while for it to hold. Others get the core in between, where they need it.
template <class Condition>
bool spin_until(const Condition &holds) {
    const auto end = std::chrono::steady_clock::now() + spin_time;
    for (;;) {
        for (int i = 0; i < 32; ++i) {
            if (holds()) {
                return true;
            }
            __builtin_ia32_pause();
        }
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        sched_yield();
    }
}

// A call that is divided, on the stack of the thread that makes it.
class Job {
  public:
    Job(int count, int threads, void (*task)(void *context, int index), void *context)
        : more(threads - 1), task_(task), context_(context), count_(count) {}

    bool wants_more() const { return more > 0 && next_.load(std::memory_order_relaxed) < count_; }

    void work() noexcept {
        for (;;) {
            const std::int64_t index = next_.fetch_add(1, std::memory_order_relaxed);
            if (index >= count_) {
                return;
            }
            task_(context_, static_cast<int>(index));
        }
    }

    void enter() { inside_.fetch_add(1, std::memory_order_relaxed); }

    // Behind it the job may be gone: only its address is still told to the system.
    void leave() {
        if (inside_.fetch_sub(1, std::memory_order_acq_rel) == (owner_sleeps | 1)) {
            wake(inside_, 1);
        }
    }

    void wait_for_others() {
        if (spin_until([&] { return inside_.load(std::memory_order_acquire) == 0; })) {
            return;
        }
        for (std::uint32_t inside = inside_.fetch_or(owner_sleeps) | owner_sleeps; inside != owner_sleeps;
             inside = inside_.load(std::memory_order_acquire)) {
            wait_while(inside_, inside);
        }
    }

    // With the lock of the workers:
    int more;  // threads that it may have
    Job *other = nullptr;

  private:
    static constexpr std::uint32_t owner_sleeps = std::uint32_t{1} << 31;

    void (*task_)(void *context, int index);
    void *context_;
    std::int64_t count_;
    alignas(cache_line) std::atomic<std::int64_t> next_{0};
    alignas(cache_line) Word inside_{0};  // of the workers
};

class Workers {
  public:
    void run(Job &job, int threads) {
        const Started started = add(job, threads);
        if (started.woken > 0) {
            wake(signal_, started.woken);
        }
        start(started.created);
        job.work();
        remove(job);
        job.wait_for_others();
    }

  private:
    struct Started {
        int created, woken;
    };

    Started add(Job &job, int threads) {
        const std::lock_guard lock(mutex_);
        job.other = newest_;
        newest_ = &job;
        signal_.fetch_add(1, std::memory_order_relaxed);
        const int created = std::max(threads - 1 - count_, 0);
        count_ += created;
        return {created, std::min(std::max(threads - 1 - spinning_, 0), sleeping_)};
    }

    // No thread takes it up behind that.
    void remove(const Job &job) {
        const std::lock_guard lock(mutex_);
        Job **place = &newest_;
        while (*place != &job) {
            place = &(*place)->other;
        }
        *place = job.other;
    }

    void start(int threads);

    static void *main_of_thread(void *workers) {
        static_cast<Workers *>(workers)->work();
        return nullptr;
    }

    [[noreturn]] void work() {
        std::unique_lock lock(mutex_);
        bool may_spin = true;
        for (;;) {
            if (Job *job = take(); job != nullptr) {
                lock.unlock();
                job->work();
                job->leave();
                lock.lock();
                may_spin = true;
            } else {
                may_spin = rest(lock, may_spin);
            }
        }
    }

    // The newest, as others may wait for it.
    Job *take() {
        for (Job *job = newest_; job != nullptr; job = job->other) {
            if (job->wants_more()) {
                --job->more;
                job->enter();
                return job;
            }
        }
        return nullptr;
    }

    // Until there is another job, which is for other threads perhaps. Returns whether to spin the next time without
    // having worked.
    bool rest(std::unique_lock<std::mutex> &lock, bool may_spin) {
        const std::uint32_t seen = signal_.load(std::memory_order_relaxed);
        const auto is_signaled = [&] { return signal_.load(std::memory_order_relaxed) != seen; };
        if (may_spin) {
            ++spinning_;
            lock.unlock();
            spin_until(is_signaled);
            lock.lock();
            --spinning_;
            if (is_signaled()) {
                return false;
            }
        }
        ++sleeping_;
        lock.unlock();
        wait_while(signal_, seen);
        lock.lock();
        --sleeping_;
        return false;
    }

    std::mutex mutex_;
    Job *newest_ = nullptr;
    int count_ = 0, spinning_ = 0, sleeping_ = 0;  // threads
    alignas(cache_line) Word signal_{0};           // another one with each job
};

// The code of threads stays where it is, should this be in a shared library that the program unloads.
void keep_code() {
    Dl_info library;
    if (dladdr(reinterpret_cast<void *>(keep_code), &library) != 0 && library.dli_fname != nullptr) {
        dlopen(library.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

// Signals are for the program's own threads, but those that a thread raises itself. Where the system gives no thread,
// others do the work.
void Workers::start(int threads) {
    if (threads == 0) {
        return;
    }
    keep_code();
    sigset_t all, before;
    sigfillset(&all);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
        sigdelset(&all, own);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int failed = 0;
    for (int i = 0; i < threads; ++i) {
        pthread_t thread;
        failed += pthread_create(&thread, &attributes, main_of_thread, this) == 0 ? 0 : 1;
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed > 0) {
        const std::lock_guard lock(mutex_);
        count_ -= failed;
    }
}

constinit Workers workers;
static_assert(std::is_trivially_destructible_v<Workers>);

// The child has the thread that forked, and none of these.
void forget_workers() {
    new (&workers) Workers;
}

// Before there are threads, which may fork.
[[gnu::constructor(101)]] void expect_forks() {
    pthread_atfork(nullptr, nullptr, forget_workers);
}

}  // namespace

void run_on_workers(int count, int threads, void (*task)(void *context, int index), void *context) noexcept {
    threads = std::min(threads, count);
    Job job(count, threads, task, context);
    if (threads > 1) {
        workers.run(job, threads);
    } else {
        job.work();
    }
}

}  // namespace axnorm
