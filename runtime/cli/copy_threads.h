// A copy that several threads share, which wait for it.
//
//     CopyThreads copy(to, from, bytes, 4);
//     copy.run();
#pragma once

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

namespace axnorm::cli {

class CopyThreads {
  public:
    CopyThreads(char *to, const char *from, std::size_t bytes, int threads)
        : to_(to),
          from_(from),
          bytes_(bytes),
          count_(static_cast<std::size_t>(threads)),
          begin_(threads),
          end_(threads) {
        for (std::size_t i = 1; i < count_; ++i) {
            threads_.emplace_back([this, i] {
                for (begin_.arrive_and_wait(); !is_over_; begin_.arrive_and_wait()) {
                    copy_share(i);
                    end_.arrive_and_wait();
                }
            });
        }
    }
    CopyThreads(const CopyThreads &) = delete;
    CopyThreads &operator=(const CopyThreads &) = delete;
    ~CopyThreads() {
        is_over_ = true;
        begin_.arrive_and_wait();
    }

    void run() {
        begin_.arrive_and_wait();
        copy_share(0);
        end_.arrive_and_wait();
    }

  private:
    void copy_share(std::size_t i) {
        const std::size_t begin = bytes_ / count_ * i, end = i + 1 == count_ ? bytes_ : bytes_ / count_ * (i + 1);
        std::memcpy(to_ + begin, from_ + begin, end - begin);
    }

    char *to_;
    const char *from_;
    std::size_t bytes_, count_;
    bool is_over_ = false;  // written before a barrier, read behind it
    std::barrier<> begin_, end_;
    std::vector<std::jthread> threads_;  // end first
};

}  // namespace axnorm::cli
