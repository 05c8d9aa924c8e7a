// The CUDA driver as a caller of axnorm uses it: libcuda.so.1, be it a GPU's or the stand-in that runs kernels on the
// CPU and records what is called (driver/).
//
//     const PrimaryContext context(0);
//     DeviceArray x({1, 2, 3});
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace axnorm::test {

// cuda.h's, as far as the tests call them; each checks its result.
struct DriverApi {
    int (*cuInit)(unsigned);
    int (*cuDeviceGetCount)(int *);
    int (*cuDevicePrimaryCtxRetain)(void **, int);
    int (*cuDevicePrimaryCtxRelease)(int);
    int (*cuCtxCreate)(void **, unsigned, int);
    int (*cuCtxDestroy)(void *);
    int (*cuCtxGetCurrent)(void **);
    int (*cuCtxSetCurrent)(void *);
    int (*cuCtxPushCurrent)(void *);
    int (*cuCtxPopCurrent)(void **);
    int (*cuCtxSynchronize)();
    int (*cuMemAlloc)(std::uint64_t *, std::size_t);
    int (*cuMemFree)(std::uint64_t);
    int (*cuMemcpyHtoD)(std::uint64_t, const void *, std::size_t);
    int (*cuMemcpyDtoH)(void *, std::uint64_t, std::size_t);
    int (*cuStreamCreate)(void **, unsigned);
    int (*cuStreamDestroy)(void *);
    int (*cuStreamSynchronize)(void *);
    int (*cuStreamBeginCapture)(void *, int);
    int (*cuStreamEndCapture)(void *, void **);
    int (*cuGraphInstantiateWithFlags)(void **, void *, unsigned long long);
    int (*cuGraphLaunch)(void *, void *);
    int (*cuGraphDestroy)(void *);
    int (*cuGraphExecDestroy)(void *);
};

// Whether a driver can be loaded at all.
bool has_driver();

// Throws std::runtime_error without one.
const DriverApi &driver_api();

// Throws std::runtime_error where a call of the driver did not succeed.
void expect_success(int result, const char *call);

int device_count();
void *current_context();

// The primary context of a device, retained and current as long as it lives.
class PrimaryContext {
  public:
    explicit PrimaryContext(int device);
    ~PrimaryContext();
    PrimaryContext(const PrimaryContext &) = delete;
    PrimaryContext &operator=(const PrimaryContext &) = delete;

    void *handle() const { return handle_; }

  private:
    int device_;
    void *handle_ = nullptr;
};

// A context of its own, current as long as it lives.
class OwnContext {
  public:
    explicit OwnContext(int device);
    ~OwnContext();
    OwnContext(const OwnContext &) = delete;
    OwnContext &operator=(const OwnContext &) = delete;

    void *handle() const { return handle_; }

  private:
    void *handle_ = nullptr;
};

// Bytes in the memory of the context that is current when it is made.
class DeviceMemory {
  public:
    explicit DeviceMemory(std::size_t bytes);
    ~DeviceMemory();
    DeviceMemory(const DeviceMemory &) = delete;
    DeviceMemory &operator=(const DeviceMemory &) = delete;

    void *data() const { return reinterpret_cast<void *>(address_); }
    void write(const void *from, std::size_t bytes);
    void read(void *to, std::size_t bytes) const;

  private:
    void *context_;
    std::uint64_t address_ = 0;
};

// Floats there.
class DeviceArray {
  public:
    explicit DeviceArray(const std::vector<float> &values)
        : memory_(values.size() * sizeof(float)), count_(values.size()) {
        memory_.write(values.data(), count_ * sizeof(float));
    }

    void *data() const { return memory_.data(); }
    std::vector<float> get() const {
        std::vector<float> values(count_);
        memory_.read(values.data(), count_ * sizeof(float));
        return values;
    }

  private:
    DeviceMemory memory_;
    std::size_t count_;
};

// A stream of the current context, destroyed with it.
class OwnStream {
  public:
    OwnStream();
    ~OwnStream();
    OwnStream(const OwnStream &) = delete;
    OwnStream &operator=(const OwnStream &) = delete;

    void *handle() const { return handle_; }
    void synchronize() const;

  private:
    void *handle_ = nullptr;
};

}  // namespace axnorm::test
