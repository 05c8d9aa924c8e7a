// The state of the stand-in driver, and the frame around each of its functions.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cuda_api.h"
#include "fake_cuda.h"
#include "ptx/launch.h"

namespace axnorm::fake_cuda {

struct Context {
    int device = 0;
    bool primary = false, alive = false;
    unsigned retained = 0;
    std::uint64_t id = 0;
    ptx::Memory memory;
    std::set<std::uint64_t> allocations;
    CUresult sticky = CUDA_SUCCESS;  // after a fault of a kernel every call returns it
};

struct Module {
    Context *context = nullptr;
    bool alive = true;
    ptx::Program program;
    std::map<std::string, struct Function *, std::less<>> functions;
};

struct Function {
    Module *module = nullptr;
    const ptx::Function *code = nullptr;
    int most_dynamic_shared = 0;
    bool alive = true;
};

struct Graph {
    bool alive = true;
    std::vector<std::function<CUresult()>> nodes;
};

struct Stream {
    Context *context = nullptr;
    bool alive = true, blocking = true;
    std::uint64_t id = 0;
    CUstreamCaptureStatus capture = CU_STREAM_CAPTURE_STATUS_NONE;
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    std::thread::id capturing_thread;
    Graph *graph = nullptr;
};

struct Event {
    Context *context = nullptr;
    bool alive = true, recorded = false, captured = false;
    std::chrono::steady_clock::time_point time;
};

// Objects behind handles. They stay when they are destroyed, so that a stale handle is found out.
template <class T>
class Handles {
  public:
    T *make() { return &objects_.emplace_back(); }
    // Null unless it is one of them and lives.
    template <class Handle>
    T *find(Handle handle) {
        for (T &object : objects_) {
            if (reinterpret_cast<Handle>(&object) == handle) {
                return object.alive ? &object : nullptr;
            }
        }
        return nullptr;
    }
    std::deque<T> &all() { return objects_; }

  private:
    std::deque<T> objects_;
};

struct Settings {
    int devices = 1, major = 9, minor = 0, driver_version = 12080;
    bool races = true, exited_lanes = false, quiet = false, no_run = false;
};

struct Driver {
    bool initialized = false;
    Settings settings;
    Handles<Context> contexts;
    Handles<Module> modules;
    Handles<Function> functions;
    Handles<Stream> streams;
    Handles<Graph> graphs, execs;
    Handles<Event> events;
    std::uint64_t last_context_id = 0, last_stream_id = 0;
    bool reuses_streams = false;  // their handles
    std::map<CUdevice, int> shared_limits;
    std::map<std::thread::id, CUstreamCaptureMode> capture_modes;  // of threads that set one; global of others
    std::uint64_t generation = 0;                                  // of threads' stacks of contexts

    std::vector<std::string> calls;
    std::map<std::string, std::uint64_t, std::less<>> counts, capturing_counts;
    struct Failure {
        std::string function;
        int calls_left = 0;
        CUresult result = CUDA_SUCCESS;
    };
    std::vector<Failure> failures;
    FakeCudaLaunch last_launch{};
    std::string last_kernel, last_error;
    std::uint64_t launches = 0;

    bool is_capturing() const;
    void report(const std::string &error);
};

// The lock is held while any function of the API or a hook runs, kernels included.
std::unique_lock<std::recursive_mutex> locked();
Driver &driver();
std::vector<Context *> &context_stack();  // of this thread
void reset_driver();

// Notes the call and runs it, unless it is to fail or the driver is not initialized.
CUresult call(const char *name, const std::function<CUresult(Driver &)> &body);
CUresult call_before_init(const char *name, const std::function<CUresult(Driver &)> &body);
// With the current context, which lives and has seen no fault.
CUresult call_in_context(const char *name, const std::function<CUresult(Driver &, Context &)> &body);

Context *current_context();
bool is_device(const Driver &driver, CUdevice device);
int most_shared(const Driver &driver, CUdevice device);  // bytes of a block, if a function asks for them

// Frees what belongs to the context.
void destroy_context(Driver &driver, Context &context);

// What a stream handle stands for, the default streams included.
struct StreamRef {
    CUresult error = CUDA_SUCCESS;
    Context *context = nullptr;
    Stream *stream = nullptr;  // null for a default stream
    bool legacy = false;
};
StreamRef stream_of(Driver &driver, CUstream handle);

// Executes the work, or adds it to the graph if the stream captures.
CUresult submit(Driver &driver, CUstream handle, const std::function<CUresult()> &work);
// For what may not be called while a stream of the context captures, in every mode or in those but relaxed. The
// capture is lost then.
CUresult refuse_capturing(Driver &driver, const Context &context);
CUresult refuse_unsafe(Driver &driver);

}  // namespace axnorm::fake_cuda
