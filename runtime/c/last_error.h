// No exception leaves the C interface: it becomes an error code, and a message that the thread keeps.
//
//     return guarded([&] { normalize(...); });
#pragma once

namespace axnorm::c_api {

// The message of the last failure of this thread; "" where there was none.
const char *last_error() noexcept;

// The code of the exception that is being handled, whose message is kept. For catch blocks.
int keep_exception() noexcept;

// Runs `function`; 0 where it returns, the code of what it throws where it does not.
template <class F>
int guarded(const F &function) noexcept {
    try {
        function();
        return 0;
    } catch (...) {
        return keep_exception();
    }
}

}  // namespace axnorm::c_api
