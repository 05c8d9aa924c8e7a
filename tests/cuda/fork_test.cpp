// A process that is forked from one that made calls on a GPU: CUDA does not work there, and calls say so.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

bool is_refused(const RowsCall &call) {
    try {
        call.run();
    } catch (const Error &error) {
        return error.code() == ErrorCode::device &&
               std::string_view(error.what()).find("before this process was forked") != std::string_view::npos;
    }
    return false;
}

TEST(Fork, CallsAreRefused) {
    const PrimaryContext context(0);
    const RowsCall call(0);
    call.run();
    const pid_t child = fork();
    if (child == 0) {
        alarm(30);
        const bool refused = is_refused(call) && is_refused(call);
        release_workspaces(0);
        std::_Exit(refused ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    call.run();
    EXPECT_EQ(call.y(), RowsCall::expected());
}

}  // namespace
}  // namespace axnorm::test
