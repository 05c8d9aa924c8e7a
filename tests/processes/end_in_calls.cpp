// Ends while other threads are in calls.
//
//     end_in_calls return|exit
#include <axnorm_default.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

void call_for_ever(int threads) {
    static constexpr std::int64_t rows = 70, columns = 1000;
    const std::vector<float> x(rows * columns, 1);
    std::vector<float> y(x.size());
    for (;;) {
        axnorm::normalize<"b c -> b">({x.data(), {rows, columns}}, {y.data(), {rows, columns}},
                                      {.parallel = {.threads = threads}});
    }
}

}  // namespace

int main(int, char **argv) {
    for (const int threads : {2, 3, 8, 8, 2, 8}) {
        std::thread(call_for_ever, threads).detach();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (std::strcmp(argv[1], "exit") == 0) {
        std::exit(0);
    }
    return 0;
}
