#include "groups.h"

#include <algorithm>

namespace axnorm::codegen {
namespace {

using namespace Halide;

const Var vectors("vectors"), turns("turns"), rounds("rounds"), batch("batch"), row("row"), share("share"),
    group_in_warp("group_in_warp"), all_lanes("all_lanes");

using Knobs = DeviceGroupsKnobs;

// Dimensions of a grid of blocks; loops beyond these are over launches.
constexpr int grid_dimensions = 3;

// Vectors that a lane loads before it waits for the first of them: of registers, one of 32 bits each, or of elements
// that take one each.
int most_loads(const DeviceShape &shape, const Knobs &knobs) {
    const int registers = shape.aligned ? device_tree.vector_bytes / 4 : shape.vector;
    return std::min(knobs.loads, knobs.load_registers / registers);
}

bool has(const Func &stage, const Var &var) {
    const std::vector<Var> args = stage.args();
    return std::any_of(args.begin(), args.end(), [&](const Var &arg) { return arg.same_as(var); });
}

// Places stages on the threads of a block. Those with shuffles keep what only a lane reads in its registers; OpenCL has
// no shuffles, and there all stages are in shared memory.
struct Threads {
    DeviceAlgorithm &a;
    bool has_shuffles;
    // Warps of a group, or the groups of a block: a loop of y, and what other stages are indexed by.
    Var team, team_arg;
    Func &found_by;                     // whose blocks compute the statistics: y's, where groups are not split
    LoopLevel of_y, of_group, of_part;  // what a block does once, for y, a statistic group, and a part of one

    explicit Threads(DeviceAlgorithm &algorithm, bool shuffles)
        : a(algorithm),
          has_shuffles(shuffles),
          team(a.shape.teams > 1 ? row : a.warp_of),
          team_arg(a.shape.teams > 1 ? a.k[0] : a.warp_of),
          found_by(a.summary.defined() ? a.summary : a.y),
          of_y(a.y, a.shape.teams > 1 ? batch
                    : a.shape.split   ? share
                                      : a.k[0]),
          of_group(a.summary.defined() ? LoopLevel(a.summary, a.k[0]) : of_y),
          of_part(a.shape.held          ? of_group
                  : a.summary.defined() ? LoopLevel(a.part_moments, a.part)
                                        : LoopLevel(a.moments, a.parts.x)) {}

    // A group that is a single row: of several, Halide does not see which lane has an element.
    bool in_registers() const { return has_shuffles && a.shape.warps == 1 && a.r.size() == 1; }

    // Of OpenCL Halide has no branches within vectors.
    template <class T>
    void words(T &stage) const {
        a.shape.aligned &&has_shuffles ? stage.vectorize(a.word) : stage.unroll(a.word);
    }

    void on_lanes(Stage stage, const Var &lane) const {
        has_shuffles ? stage.gpu_lanes(lane) : stage.gpu_threads(lane);
    }

    // A block's stages are at a thread each; a lane's are within the loop over the team.
    void map(Stage stage, std::vector<VarOrRVar> loops, bool over_team) const {
        loops.emplace_back(a.lane);
        if (over_team) {
            loops.emplace_back(team_arg);
        }
        stage.reorder(loops);
        on_lanes(stage, a.lane);
        if (over_team) {
            stage.gpu_threads(team_arg);
        }
    }

    // Which Halide cannot see where loops are fused: it would ask the device's heap for room.
    void of_groups(Func &stage, int groups) const {
        for (const Var &kept : a.k) {
            stage.bound_extent(kept, kept.same_as(a.k[0]) ? groups : 1);
        }
    }

    // A stage that all threads of the block can read, behind a barrier.
    void shared(Func &stage, const LoopLevel &level, const std::vector<VarOrRVar> &loops = {}) const {
        const bool over_team = has(stage, team_arg);
        stage.compute_at(level).store_in(MemoryType::GPUShared).bound(a.lane, 0, warp);
        of_groups(stage, a.shape.teams);
        if (over_team && a.shape.warps > 1) {
            stage.bound(a.warp_of, 0, a.shape.warps);
        }
        map(stage, loops, over_team);
    }

    // A stage that the lanes of one warp have among themselves, where `level` is in that warp.
    void own(Func &stage, const LoopLevel &level, const LoopLevel &otherwise,
             const std::vector<VarOrRVar> &loops = {}) const {
        if (!has_shuffles) {
            shared(stage, otherwise, loops);
            return;
        }
        stage.compute_at(level).bound(a.lane, 0, warp);
        of_groups(stage, 1);
        map(stage, loops, false);
    }
};

void schedule_held(const Threads &t, const DeviceOperands &op, const Knobs &knobs) {
    DeviceAlgorithm &a = t.a;
    a.held.bound(a.word, 0, a.shape.vector / op.x_tensor.per_word()).bound(a.step, 0, a.steps_held);
    if (t.in_registers()) {
        t.own(a.held, LoopLevel(a.y, t.team), t.of_part, {a.word, a.step});
        a.held.unroll(a.step);
    } else {
        // Into registers first, so that a lane's loads are under way together: none waits for a store to shared memory.
        const int loads = std::min(a.shape.steps, most_loads(a.shape, knobs));
        a.held.split(a.step, rounds, a.step, loads, TailStrategy::GuardWithIf);
        t.shared(a.held, t.of_part, {a.word, a.step, rounds});
        a.held.reorder_storage(a.word, a.lane, t.team_arg, a.step);  // neighbours in different banks
        a.held.unroll(a.step).partition(rounds, Partition::Never);
        a.loaded.compute_at(a.held, rounds).store_in(MemoryType::Register);
        a.loaded.bound_extent(a.step, loads).unroll(a.step).reorder(a.word, a.step);
        t.words(a.loaded);
    }
    t.words(a.held);
}

void schedule_sum(const Threads &t, DeviceSum &sum, const LoopLevel &reader) {
    const bool of_warps = t.has_shuffles && sum.of_warp.defined();
    const LoopLevel level = of_warps ? LoopLevel(sum.of_warp, t.team) : reader;
    if (sum.of_warp.defined()) {
        t.shared(sum.of_warp, t.of_part);
    }
    t.own(sum.lane, level, t.of_part);
    t.map(sum.lane.update(0), {sum.steps.x}, !t.has_shuffles);
    if (t.in_registers()) {
        sum.lane.update(0).unroll(sum.steps.x);
    }
    for (Func &stage : sum.in_warp) {
        t.own(stage, level, t.of_part);
    }
    for (Func &stage : sum.across) {
        t.own(stage, reader, t.of_part);
    }
}

// The loops over statistic groups of a stage that goes to device memory; `inner` are those inside, and `within` a block
// has of a group.
void on_blocks(const Threads &t, Func &output, std::vector<VarOrRVar> inner, const std::vector<Var> &within = {}) {
    DeviceAlgorithm &a = t.a;
    std::vector<Var> blocks = within;
    blocks.insert(blocks.end(), a.k.begin(), a.k.end());
    const int in_warp = a.shape.groups_of_warp();
    if (a.shape.teams > 1) {
        output.split(a.k[0], batch, row, a.shape.teams * in_warp, TailStrategy::GuardWithIf);
        blocks[0] = batch;
    }
    if (in_warp > 1) {
        output.split(row, row, group_in_warp, in_warp);
        inner.emplace_back(group_in_warp);
    }
    inner.emplace_back(t.team);
    inner.insert(inner.end(), blocks.begin(), blocks.end());
    output.reorder(inner).gpu_threads(t.team);
    if (in_warp > 1) {
        output.fuse(a.lane, group_in_warp, all_lanes);
    }
    t.on_lanes(output, in_warp > 1 ? all_lanes : a.lane);
    for (size_t i = 0; i < std::min<size_t>(blocks.size(), grid_dimensions); ++i) {
        output.gpu_blocks(blocks[i]);
    }
}

// In shared memory where a block goes through all parts; else lanes have them in registers, when the parts are there.
void schedule_moments(const Threads &t, const LoopLevel &in_group) {
    DeviceAlgorithm &a = t.a;
    if (a.summary.defined()) {
        t.own(a.moments, in_group, t.of_group);
        t.map(a.moments.update(0), {a.parts.x}, false);
        a.part_moments.compute_root().bound(a.part, 0, a.part_total);
        on_blocks(t, a.part_moments, {a.lane}, {a.part});
        a.summary.compute_root();
        on_blocks(t, a.summary, {a.lane});
    } else {
        t.shared(a.moments, t.of_group);
        a.moments.update(0).unscheduled();  // by one thread
    }
    t.own(a.merging.lane, in_group, t.of_group);
    for (Func &stage : a.merging.in_warp) {
        t.own(stage, in_group, t.of_group);
    }
}

void schedule_statistics(const Threads &t, const DeviceOperands &op, const Knobs &knobs) {
    DeviceAlgorithm &a = t.a;
    const LoopLevel in_y(a.y, t.team), in_group(t.found_by, t.team);
    if (!a.sums.empty()) {
        schedule_held(t, op, knobs);
    }
    for (size_t i = 0; i < a.sums.size(); ++i) {
        const bool is_last = i + 1 == a.sums.size();
        const bool across_later = !is_last && a.shape.warps > 1;
        const LoopLevel reader = across_later ? LoopLevel(a.sums[i + 1].of_warp, t.team) : in_group;
        schedule_sum(t, a.sums[i], reader);
        if (a.pivot.defined() && !is_last) {
            t.own(a.pivot, reader, t.of_part);
        }
    }
    if (a.moments.defined()) {
        schedule_moments(t, in_group);
    }
    t.own(a.statistics, in_group, t.of_group);
    if (a.published.defined()) {
        t.own(a.published, in_group, t.of_group);
    }
    if (a.summary.defined()) {
        t.own(a.taken, in_y, t.of_y);
    }
    for (Func *stage : {&a.group_scale, &a.group_shift}) {
        if (stage->defined()) {
            t.own(*stage, in_y, t.of_y);
        }
    }
}

void schedule_y(const Threads &t, const DeviceOperands &op) {
    DeviceAlgorithm &a = t.a;
    const DeviceShape &shape = a.shape;
    a.y.split(a.r[0], vectors, a.word, shape.vector / op.y_tensor.per_word(),
              shape.aligned ? TailStrategy::RoundUp : TailStrategy::GuardWithIf);
    Var of_group = vectors;
    for (size_t i = 1; i < a.r.size(); ++i) {
        const Var fused("vectors" + std::to_string(i));  // two loops of one name confuse Halide
        a.y.fuse(of_group, a.r[i], fused);
        of_group = fused;
    }
    a.y.split(of_group, turns, a.lane, shape.lanes, TailStrategy::GuardWithIf);
    std::vector<VarOrRVar> inner = {a.word, a.step};
    if (shape.warps > 1) {
        a.y.split(turns, a.step, a.warp_of, shape.warps, TailStrategy::GuardWithIf);
    } else {
        a.y.split(turns, rounds, a.step, shape.steps, TailStrategy::GuardWithIf);
        a.y.partition(rounds, Partition::Never);
        inner.emplace_back(rounds);
    }
    inner.emplace_back(a.lane);
    std::vector<Var> within;
    if (shape.split) {
        a.y.split(a.step, share, a.step, shape.steps, TailStrategy::GuardWithIf);
        a.y.partition(a.step, Partition::Never);  // else Halide loses sight of which lane a vector is of
        within = {share};
    }
    on_blocks(t, a.y, inner, within);
    if (t.in_registers()) {
        a.y.unroll(a.step);
    }
    t.words(a.y);
}

}  // namespace

DeviceShape device_shape(const Letters &letters, DType x, bool aligned, bool split, const Knobs &knobs) {
    const bool canonical = letters.kept_innermost || letters.canonical();
    const int vector = canonical ? 1 : device_tree.vector_bytes / static_cast<int>(size_of(x));
    const auto held = [&](int lanes_of_group, int warps, int teams) -> DeviceShape {
        const int at_once = vector * lanes_of_group * warps;
        return {vector, lanes_of_group, warps, teams, (letters.most + at_once - 1) / at_once, true, aligned, false};
    };
    if (letters.most == 0) {
        return {vector, warp, device_tree.many_warps, 1, device_tree.part_steps, false, aligned, split};
    }
    if (letters.most <= device_tree.short_elements && letters.reduced_count == 1) {
        return held(device_tree.short_lanes, 1, letters.kept_count == 1 ? knobs.teams : knobs.teams_of_heads);
    }
    if (letters.most <= device_tree.warp_elements && letters.reduced_count == 1) {
        return held(warp, 1, knobs.teams);
    }
    const int few_warps = size_of(x) == 2 ? device_tree.few_warps_of_16_bits : device_tree.few_warps;
    return held(warp, letters.most > device_tree.few_warps_elements ? device_tree.many_warps : few_warps, 1);
}

void schedule_device_groups(DeviceAlgorithm &a, const DeviceOperands &op, const Target &target, const Knobs &knobs) {
    const Threads threads(a, target.has_feature(Target::CUDA));
    schedule_y(threads, op);
    for (Func *output : a.statistic_outputs()) {
        on_blocks(threads, *output,
                  a.shape.teams > 1 ? std::vector<VarOrRVar>{a.warp_of, a.lane} : std::vector<VarOrRVar>{a.lane});
        output->compute_with(threads.found_by, threads.team);
    }
    schedule_statistics(threads, op, knobs);
}

}  // namespace axnorm::codegen
