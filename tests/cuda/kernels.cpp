#include "kernels.h"

#include <HalideRuntimeCuda.h>

#include "split_kernel.h"

namespace axnorm::test {

std::atomic<int> shared_bytes{0};

std::vector<Seen> &seen() {
    thread_local std::vector<Seen> all;
    return all;
}

namespace {

// A block for each row. Where `room` is not 0 the products go through the end of shared memory.
constexpr char ptx[] = R"(
.version 7.0
.target sm_80
.address_size 64

.extern .shared .align 16 .b8 shared[];

.visible .entry multiply_rows(
    .param .u64 p_x,
    .param .u64 p_y,
    .param .u64 p_scale,
    .param .u64 p_rstd,
    .param .u32 p_length,
    .param .u32 p_x_stride,
    .param .u32 p_y_stride,
    .param .u32 p_rstd_count,
    .param .u32 p_has_scale,
    .param .f32 p_factor,
    .param .u32 p_room
)
{
    .reg .pred %p<8>;
    .reg .f32 %f<8>;
    .reg .b32 %r<24>;
    .reg .b64 %rd<24>;

    ld.param.u64 %rd1, [p_x];
    ld.param.u64 %rd2, [p_y];
    ld.param.u64 %rd3, [p_scale];
    ld.param.u64 %rd4, [p_rstd];
    cvta.to.global.u64 %rd5, %rd1;
    cvta.to.global.u64 %rd6, %rd2;
    cvta.to.global.u64 %rd7, %rd3;
    cvta.to.global.u64 %rd8, %rd4;
    ld.param.u32 %r1, [p_length];
    ld.param.u32 %r2, [p_x_stride];
    ld.param.u32 %r3, [p_y_stride];
    ld.param.u32 %r4, [p_rstd_count];
    ld.param.u32 %r5, [p_has_scale];
    ld.param.f32 %f1, [p_factor];
    ld.param.u32 %r6, [p_room];
    mov.u32 %r7, %ctaid.x;
    mov.u32 %r8, %tid.x;
    mov.u32 %r9, %ntid.x;
    setp.ne.u32 %p1, %r5, 0;
    setp.ne.u32 %p2, %r6, 0;

    setp.lt.u32 %p3, %r7, %r4;
    setp.eq.u32 %p4, %r8, 0;
    and.pred %p5, %p3, %p4;
    @!%p5 bra $L_rows;
    mul.wide.u32 %rd9, %r7, 4;
    add.s64 %rd10, %rd8, %rd9;
    cvt.rn.f32.u32 %f2, %r7;
    st.global.f32 [%rd10], %f2;
$L_rows:
    mul.lo.s32 %r10, %r7, %r2;
    mul.lo.s32 %r11, %r7, %r3;
    mov.u32 %r16, shared;
    shl.b32 %r17, %r8, 2;
    add.s32 %r18, %r16, %r6;
    sub.s32 %r19, %r18, %r17;
    mov.u32 %r12, %r8;
$L_next:
    setp.ge.u32 %p6, %r12, %r1;
    @%p6 bra $L_done;
    add.s32 %r13, %r10, %r12;
    mul.wide.s32 %rd11, %r13, 4;
    add.s64 %rd12, %rd5, %rd11;
    ld.global.f32 %f3, [%rd12];
    mul.rn.f32 %f4, %f3, %f1;
    @!%p1 bra $L_scaled;
    mul.wide.s32 %rd13, %r12, 4;
    add.s64 %rd14, %rd7, %rd13;
    ld.global.f32 %f5, [%rd14];
    mul.rn.f32 %f4, %f4, %f5;
$L_scaled:
    @!%p2 bra $L_through;
    st.shared.f32 [%r19+-4], %f4;
    ld.shared.f32 %f4, [%r19+-4];
$L_through:
    add.s32 %r14, %r11, %r12;
    mul.wide.s32 %rd15, %r14, 4;
    add.s64 %rd16, %rd6, %rd15;
    st.global.f32 [%rd16], %f4;
    add.s32 %r12, %r12, %r9;
    bra.uni $L_next;
$L_done:
    ret;
}
)";

// The arguments of a kernel, taken one after the other.
class Arguments {
  public:
    explicit Arguments(void **arguments) : next_(arguments) {}

    template <class T>
    T &take() {
        return *static_cast<T *>(*next_++);
    }

  private:
    void **next_;
};

SeenBuffer seen_buffer(const halide_buffer_t &buffer) {
    SeenBuffer result{buffer.device, reinterpret_cast<std::uint64_t>(buffer.host), buffer.type, {}, {}};
    for (int i = 0; i < buffer.dimensions; ++i) {
        result.extents.push_back(buffer.dim[i].extent);
        result.strides.push_back(buffer.dim[i].stride);
    }
    return result;
}

// Keeps a call; returns its buffers.
std::vector<halide_buffer_t *> see(std::string_view name, Statistic statistic, Arguments arguments) {
    std::vector<halide_buffer_t *> buffers;
    const auto take_buffers = [&](int count) {
        for (int i = 0; i < count; ++i) {
            buffers.push_back(&arguments.take<halide_buffer_t>());
        }
    };
    Seen call;
    call.kernel = name;
    take_buffers(3);
    call.has_scale = arguments.take<bool>();
    call.has_shift = arguments.take<bool>();
    call.eps = arguments.take<double>();
    if (statistic == Statistic::given) {
        take_buffers(2);
    }
    if (statistic != Statistic::rms) {
        call.has_mean = arguments.take<bool>();
    }
    if (statistic != Statistic::given) {
        call.has_rstd = arguments.take<bool>();
    }
    take_buffers(statistic == Statistic::given ? 1 : statistic == Statistic::rms ? 2 : 3);
    for (const halide_buffer_t *buffer : buffers) {
        call.buffers.push_back(seen_buffer(*buffer));
    }
    seen().push_back(std::move(call));
    return buffers;
}

template <FixedString Name, Statistic statistic = Statistic::mean_var>
int only_see(void **arguments) {
    see(Name.view(), statistic, Arguments(arguments + 1));
    return 0;
}

template <FixedString Name, bool uses_shared = true>
int multiply_rows(void **arguments) {
    static void *state = nullptr;
    void *user_context = *static_cast<void **>(arguments[0]);
    const auto buffers = see(Name.view(), Statistic::mean_var, Arguments(arguments + 1));
    halide_buffer_t *x = buffers[0], *scale = buffers[1], *y = buffers[3], *rstd = buffers[5];
    for (halide_buffer_t *buffer : buffers) {
        halide_copy_to_device(user_context, buffer, halide_cuda_device_interface());
    }
    halide_cuda_initialize_kernels(user_context, &state, ptx, sizeof(ptx));
    int length = x->dim[0].extent, x_stride = x->dim[1].stride, y_stride = y->dim[1].stride,
        rstd_count = seen().back().has_rstd ? rstd->dim[2].extent : 0, has_scale = seen().back().has_scale ? 1 : 0,
        room = uses_shared ? shared_bytes.load() : 0;
    float factor = static_cast<float>(seen().back().eps);
    void *all[] = {x, y, scale, rstd, &length, &x_stride, &y_stride, &rstd_count, &has_scale, &factor, &room, nullptr};
    std::size_t sizes[] = {8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 0};
    std::int8_t are_buffers[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    // As kernels without asserts, which do not look at what these return.
    halide_cuda_run(user_context, state, "multiply_rows", x->dim[1].extent, 1, 1, 32, 1, 1, room, sizes, all,
                    are_buffers);
    halide_cuda_finalize_kernels(user_context, state);
    return 0;
}

constexpr DTypePair f32{}, bf16{DType::bfloat16, DType::bfloat16};
constexpr Kernel kernels[] = {
    {Statistic::mean_var, "kR", true, true, f32, multiply_rows<"rows", false>, "rows", Device::cuda},
    {Statistic::mean_var, "kR-1024", true, true, f32, multiply_rows<"rows_1024">, "rows_1024", Device::cuda},
    // Of up to 100 KB, which is more than every GPU has.
    {Statistic::mean_var, "kR-25600", true, true, f32, multiply_rows<"rows_25600">, "rows_25600", Device::cuda},
    {Statistic::given, "kR", true, true, f32, only_see<"given", Statistic::given>, "given", Device::cuda},
    {Statistic::rms, "KKKKRRRR", false, false, f32, only_see<"any_rms", Statistic::rms>, "any_rms", Device::cuda},
    {Statistic::mean_var, "krK", true, true, f32, add_sums_of_columns, "columns_split", Device::cuda, false, true},
    {Statistic::given, "krK", true, true, f32, only_see<"given_split", Statistic::given>, "given_split", Device::cuda,
     false, true},

    {Statistic::mean_var, "kR", true, true, bf16, only_see<"half">, "half", Device::cuda},
    {Statistic::mean_var, "kR-8192", true, true, bf16, only_see<"half_8192">, "half_8192", Device::cuda},
    {Statistic::mean_var, "kR-1024", true, true, bf16, only_see<"half_1024">, "half_1024", Device::cuda},
    {Statistic::mean_var, "kR-8192", true, true, bf16, only_see<"half_8192_aligned">, "half_8192_aligned", Device::cuda,
     true},
    {Statistic::mean_var, "kR-8192", true, true, bf16, only_see<"half_8192_narrow_params">, "half_8192_narrow_params",
     Device::cuda, true, false, DType::bfloat16},
    {Statistic::mean_var, "kKRr-8192", true, true, bf16, only_see<"half_groups_8192">, "half_groups_8192",
     Device::cuda},
    {Statistic::mean_var, "rK", true, true, bf16, only_see<"half_columns">, "half_columns", Device::cuda, true},
    // It asks for memory, though it is not said to.
    {Statistic::mean_var, "krK", true, true, bf16, add_sums_of_columns, "half_sums_of_columns", Device::cuda},
    {Statistic::mean_var, "KKKKRRRR", false, false, bf16, only_see<"half_any">, "half_any", Device::cuda},
};

}  // namespace

constinit const Library hand_norms("hand_norms", kernels);

namespace {

[[maybe_unused]] const bool is_registered = register_library(hand_norms);

}  // namespace
}  // namespace axnorm::test
