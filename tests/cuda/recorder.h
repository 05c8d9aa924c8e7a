// What the stand-in driver (driver/fake_cuda.h) recorded, and failures that it is told to make. A GPU's driver does
// neither: tests that need it skip there.
#pragma once

#include <string>
#include <vector>

namespace axnorm::test {

// Whether the driver is the stand-in.
bool is_stand_in();

// Forgets all calls so far.
void clear_calls();

// The names of the driver's functions that were called since, in order, as it exports them.
std::vector<std::string> calls();

// The next call of a function fails with this result.
void fail_next(const char *function, int result);

// Whether new streams get the handles of destroyed ones.
void reuse_streams(bool reuse);

// Blocks of a device have at most this much shared memory, as long as it lives.
class SharedLimit {
  public:
    SharedLimit(int device, int bytes);
    ~SharedLimit();
    SharedLimit(const SharedLimit &) = delete;
    SharedLimit &operator=(const SharedLimit &) = delete;

  private:
    int device_;
};

}  // namespace axnorm::test
