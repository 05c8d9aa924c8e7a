#include "timed_calls.h"

#include <cstring>

#include "runtime/cpu/streaming.h"

namespace axnorm::measure {
namespace {

std::size_t whole_pages(std::size_t bytes) {
    return (bytes + GuardedMemory::page - 1) / GuardedMemory::page * GuardedMemory::page;
}

}  // namespace

TimedCalls::TimedCalls(const Problem &problem) : problem_(problem) {
    if (!problem.request().cold) {
        return;
    }
    y_offset_ = whole_pages(problem.memory(role_x).size());
    step_ = y_offset_ + whole_pages(problem.memory(role_y).size());
    copies_ = 2 * static_cast<std::size_t>(last_level_cache()) / step_ + 1;
    memory_ = GuardedMemory(copies_ * step_);
    for (std::size_t i = 0; i < copies_; ++i) {
        std::memcpy(memory_.data() + i * step_, problem.memory(role_x).data(), problem.memory(role_x).size());
        std::memset(memory_.data() + i * step_ + y_offset_, 0, problem.memory(role_y).size());
    }
}

void TimedCalls::run(const Plan &plan) {
    if (copies_ == 0) {
        problem_.run(plan, problem_.operands(), Stores::automatic);
        return;
    }
    unsigned char *copy = memory_.data() + next_ * step_;
    next_ = (next_ + 1) % copies_;
    const ConstTensorView x = problem_.x_in(copy), y = problem_.y_in(copy + y_offset_);
    problem_.run(plan, problem_.operands(x, y), Stores::automatic);
}

void TimedCalls::settle(const Plan &plan) {
    constexpr int calls = 5;
    for (int i = 0; i < calls && !problem_.request().cold; ++i) {
        run(plan);
    }
    finish();
}

void TimedCalls::finish() const {
    if (problem_.request().device != Device::cpu) {
        finish_launches();
    }
}

bool TimedCalls::are_counted() const {
    return problem_.request().device != Device::cpu && is_stand_in();
}

}  // namespace axnorm::measure
