#include "split_kernel.h"

#include <HalideRuntimeCuda.h>

#include <array>

// Of Halide's base runtime, for its own host code.
extern "C" void halide_device_free_as_destructor(void *user_context, void *buffer);

namespace axnorm::test {

std::function<void()> behind_first_launch;

namespace {

// A thread for each statistic group, a block for 32 of them; in sum_parts two blocks for half of the rows each.
constexpr char ptx[] = R"(
.version 7.0
.target sm_80
.address_size 64

.visible .entry sum_parts(
    .param .u64 p_x,
    .param .u64 p_parts,
    .param .u32 p_columns,
    .param .u32 p_rows,
    .param .u32 p_row,
    .param .u32 p_batch
)
{
    .reg .pred %p<4>;
    .reg .f32 %f<4>;
    .reg .b32 %r<16>;
    .reg .b64 %rd<8>;

    ld.param.u64 %rd1, [p_x];
    ld.param.u64 %rd2, [p_parts];
    cvta.to.global.u64 %rd3, %rd1;
    cvta.to.global.u64 %rd4, %rd2;
    ld.param.u32 %r1, [p_columns];
    ld.param.u32 %r2, [p_rows];
    ld.param.u32 %r3, [p_row];
    ld.param.u32 %r4, [p_batch];
    mov.u32 %r5, %ctaid.x;
    mov.u32 %r6, %tid.x;
    mov.u32 %r7, %ctaid.y;
    mov.u32 %r8, %ctaid.z;
    mad.lo.s32 %r5, %r5, 32, %r6;
    setp.ge.u32 %p1, %r5, %r1;
    @%p1 bra $L_done;
    add.s32 %r9, %r2, 1;
    shr.u32 %r9, %r9, 1;
    mul.lo.s32 %r10, %r8, %r9;
    add.s32 %r11, %r10, %r9;
    min.u32 %r11, %r11, %r2;
    mad.lo.s32 %r12, %r7, %r4, %r5;
    mov.f32 %f1, 0f00000000;
$L_next:
    setp.ge.u32 %p2, %r10, %r11;
    @%p2 bra $L_store;
    mad.lo.s32 %r13, %r10, %r3, %r12;
    mul.wide.s32 %rd5, %r13, 4;
    add.s64 %rd6, %rd3, %rd5;
    ld.global.f32 %f2, [%rd6];
    add.rn.f32 %f1, %f1, %f2;
    add.s32 %r10, %r10, 1;
    bra.uni $L_next;
$L_store:
    mad.lo.s32 %r14, %r7, 2, %r8;
    mad.lo.s32 %r14, %r14, %r1, %r5;
    mul.wide.s32 %rd5, %r14, 4;
    add.s64 %rd6, %rd4, %rd5;
    st.global.f32 [%rd6], %f1;
$L_done:
    ret;
}

.visible .entry merge_parts(
    .param .u64 p_parts,
    .param .u64 p_sums,
    .param .u32 p_columns
)
{
    .reg .pred %p<2>;
    .reg .f32 %f<4>;
    .reg .b32 %r<16>;
    .reg .b64 %rd<12>;

    ld.param.u64 %rd1, [p_parts];
    ld.param.u64 %rd2, [p_sums];
    cvta.to.global.u64 %rd3, %rd1;
    cvta.to.global.u64 %rd4, %rd2;
    ld.param.u32 %r1, [p_columns];
    mov.u32 %r2, %ctaid.x;
    mov.u32 %r3, %tid.x;
    mov.u32 %r4, %ctaid.y;
    mad.lo.s32 %r2, %r2, 32, %r3;
    setp.ge.u32 %p1, %r2, %r1;
    @%p1 bra $L_done;
    shl.b32 %r5, %r4, 1;
    mad.lo.s32 %r6, %r5, %r1, %r2;
    add.s32 %r7, %r6, %r1;
    mul.wide.s32 %rd5, %r6, 4;
    add.s64 %rd6, %rd3, %rd5;
    ld.global.f32 %f1, [%rd6];
    mul.wide.s32 %rd7, %r7, 4;
    add.s64 %rd8, %rd3, %rd7;
    ld.global.f32 %f2, [%rd8];
    add.rn.f32 %f3, %f1, %f2;
    mad.lo.s32 %r8, %r4, %r1, %r2;
    mul.wide.s32 %rd9, %r8, 4;
    add.s64 %rd10, %rd4, %rd9;
    st.global.f32 [%rd10], %f3;
$L_done:
    ret;
}

.visible .entry add_sums(
    .param .u64 p_x,
    .param .u64 p_sums,
    .param .u64 p_y,
    .param .u32 p_columns,
    .param .u32 p_rows,
    .param .u32 p_x_row,
    .param .u32 p_x_batch,
    .param .u32 p_y_row,
    .param .u32 p_y_batch
)
{
    .reg .pred %p<4>;
    .reg .f32 %f<4>;
    .reg .b32 %r<20>;
    .reg .b64 %rd<16>;

    ld.param.u64 %rd1, [p_x];
    ld.param.u64 %rd2, [p_sums];
    ld.param.u64 %rd3, [p_y];
    cvta.to.global.u64 %rd4, %rd1;
    cvta.to.global.u64 %rd5, %rd2;
    cvta.to.global.u64 %rd6, %rd3;
    ld.param.u32 %r1, [p_columns];
    ld.param.u32 %r2, [p_rows];
    ld.param.u32 %r3, [p_x_row];
    ld.param.u32 %r4, [p_x_batch];
    ld.param.u32 %r5, [p_y_row];
    ld.param.u32 %r6, [p_y_batch];
    mov.u32 %r7, %ctaid.x;
    mov.u32 %r8, %tid.x;
    mov.u32 %r9, %ctaid.y;
    mad.lo.s32 %r7, %r7, 32, %r8;
    setp.ge.u32 %p1, %r7, %r1;
    @%p1 bra $L_done;
    mad.lo.s32 %r10, %r9, %r1, %r7;
    mul.wide.s32 %rd7, %r10, 4;
    add.s64 %rd8, %rd5, %rd7;
    ld.global.f32 %f1, [%rd8];
    mad.lo.s32 %r11, %r9, %r4, %r7;
    mad.lo.s32 %r12, %r9, %r6, %r7;
    mov.u32 %r13, 0;
$L_next:
    setp.ge.u32 %p2, %r13, %r2;
    @%p2 bra $L_done;
    mul.wide.s32 %rd9, %r11, 4;
    add.s64 %rd10, %rd4, %rd9;
    ld.global.f32 %f2, [%rd10];
    add.rn.f32 %f3, %f2, %f1;
    mul.wide.s32 %rd11, %r12, 4;
    add.s64 %rd12, %rd6, %rd11;
    st.global.f32 [%rd12], %f3;
    add.s32 %r11, %r11, %r3;
    add.s32 %r12, %r12, %r5;
    add.s32 %r13, %r13, 1;
    bra.uni $L_next;
$L_done:
    ret;
}
)";

// A buffer between two launches, dense, as Halide's host code makes them.
struct Intermediate {
    std::array<halide_dimension_t, 3> dimensions;
    halide_buffer_t buffer{};

    Intermediate(int columns, int parts, int batches)
        : dimensions{{{0, columns, 1, 0}, {0, parts, columns, 0}, {0, batches, columns * parts, 0}}} {
        buffer.type = halide_type_of<float>();
        buffer.dimensions = 3;
        buffer.dim = dimensions.data();
    }
    Intermediate(const Intermediate &) = delete;
    Intermediate &operator=(const Intermediate &) = delete;
};

struct Argument {
    void *value;
    std::size_t size;
    bool is_buffer;
};
Argument arg(halide_buffer_t &buffer) {
    return {&buffer, 8, true};
}
Argument arg(int &number) {
    return {&number, 4, false};
}

struct Launcher {
    void *user_context, *state;
    int blocks_x, blocks_y;

    // As kernels without asserts, which do not look at what it returns.
    template <std::size_t count>
    void run(const char *entry, int blocks_z, const std::array<Argument, count> &arguments) const {
        std::array<void *, count + 1> values{};
        std::array<std::size_t, count + 1> sizes{};
        std::array<std::int8_t, count + 1> are_buffers{};
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = arguments[i].value;
            sizes[i] = arguments[i].size;
            are_buffers[i] = arguments[i].is_buffer ? 1 : 0;
        }
        halide_cuda_run(user_context, state, entry, blocks_x, blocks_y, blocks_z, 32, 1, 1, 0, sizes.data(),
                        values.data(), are_buffers.data());
    }
};

}  // namespace

int add_sums_of_columns(void **arguments) {
    static void *state = nullptr;
    void *user_context = *static_cast<void **>(arguments[0]);
    auto &x = *static_cast<halide_buffer_t *>(arguments[1]), &y = *static_cast<halide_buffer_t *>(arguments[9]);
    int rows = x.dim[0].extent, columns = x.dim[1].extent, batches = x.dim[2].extent;
    halide_cuda_initialize_kernels(user_context, &state, ptx, sizeof(ptx));
    const Launcher launcher{user_context, state, (columns + 31) / 32, batches};
    Intermediate parts(columns, 2, batches), sums(columns, 1, batches);

    halide_device_malloc(user_context, &parts.buffer, halide_cuda_device_interface());
    launcher.run(
        "sum_parts", 2,
        std::array{arg(x), arg(parts.buffer), arg(columns), arg(rows), arg(x.dim[0].stride), arg(x.dim[2].stride)});
    if (behind_first_launch) {
        behind_first_launch();
    }
    halide_device_malloc(user_context, &sums.buffer, halide_cuda_device_interface());
    launcher.run("merge_parts", 1, std::array{arg(parts.buffer), arg(sums.buffer), arg(columns)});
    halide_device_free(user_context, &parts.buffer);
    launcher.run("add_sums", 1,
                 std::array{arg(x), arg(sums.buffer), arg(y), arg(columns), arg(rows), arg(x.dim[0].stride),
                            arg(x.dim[2].stride), arg(y.dim[0].stride), arg(y.dim[2].stride)});
    halide_device_free_as_destructor(user_context, &sums.buffer);
    halide_cuda_finalize_kernels(user_context, state);
    return 0;
}

}  // namespace axnorm::test
