#include "copied_tile.h"

#include <algorithm>
#include <cstring>

#include "arguments.h"
#include "runtime/planning/gathered.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {

using detail::at;

namespace {

std::int64_t offset_of(const TensorLoops &loops, std::int64_t index) {
    std::int64_t offset = 0;
    write_offsets(loops, index, index + 1, 0, &offset);
    return offset;
}

std::size_t bytes_for(std::int64_t count, std::int64_t size) {
    return static_cast<std::size_t>(count * size);
}

}  // namespace

GatheredCall::GatheredCall(const Layout &layout, const Plan &plan, const Operands &of_call, double of_eps)
    : copies(gathered_layout(layout, of_call)),
      whole(plan, copies),
      parts(whole.reduced),
      operands(of_call),
      eps(of_eps),
      groups(copies.groups[0].extent) {
    for (const RoleRow &row : role_rows) {
        at(kept, row.role) = kept_loops(layout, row.role);
        for (int i = 0; i < Letters::max_groups; ++i) {
            at(at(reduced, row.role), i) = reduced_loops(layout, i, row.role);
        }
    }
    const std::int64_t rows =
        std::clamp<std::int64_t>(limits.gathered_elements / parts.elements(0), 1, limits.gathered_rows);
    groups_at_once = std::min(groups, rows);
    // Other parts have columns of their own.
    const bool is_one_box = parts.has_all_of(0) && parts.has_all_of(1);
    parts_at_once = is_one_box ? std::min(parts.count(), rows / groups_at_once) : 1;
}

double GatheredCall::elements() const {
    double count = 1;
    for (const std::int64_t extent : whole.reduced) {
        count *= static_cast<double>(extent);
    }
    return count;
}

CopiedTile::CopiedTile(const GatheredCall &call) : call_(call) {
    const std::int64_t rows = call.groups_at_once * call.parts_at_once, row_elements = call.row_of(role_x);
    constexpr std::int64_t offset_size = sizeof(std::int64_t), number_size = sizeof(double);
    for (const RoleRow &row : role_rows) {
        const std::int64_t count = call.row_of(row.role);
        if (count != 0) {
            Piece &piece = at(pieces_, row.role);
            piece.data.emplace(bytes_for(rows * count, size_of(call.operands[row.role].dtype())));
            piece.rows.emplace(bytes_for(rows, offset_size));
            piece.columns.emplace(bytes_for(row_elements, sizeof(ElementRun)));
        }
    }
    if (const int numbers = numbers_summed(call.operands.statistic); numbers != 0) {
        sums_.emplace(bytes_for(rows * numbers, number_size));
        statistics_.emplace(bytes_for(rows * 3, number_size));
    }
}

Places CopiedTile::places(Role role) const {
    const Piece &piece = at(pieces_, role);
    return {{static_cast<const std::int64_t *>(piece.rows->data()), static_cast<std::size_t>(rows_)},
            {static_cast<const ElementRun *>(piece.columns->data()), piece.runs}};
}

// Where the elements lie that are copied.
void CopiedTile::place(Range groups, Range parts) {
    rows_ = groups.count() * parts.count();
    part_ = parts.begin;
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (call_.row_of(role) == 0) {
            continue;
        }
        const auto &reduced = at(call_.reduced, role);
        auto *to = static_cast<std::int64_t *>(at(pieces_, role).rows->data());
        for (std::int64_t part = parts.begin; part < parts.end; ++part) {
            std::int64_t first = 0;
            for (int i = 2; i < Letters::max_groups && row.axes != Axes::kept; ++i) {
                first += offset_of(at(reduced, i), call_.parts.range(part, i).begin);
            }
            to = write_offsets(at(call_.kept, role), groups.begin, groups.end, first, to);
        }
        place_columns(role, call_.parts.range(part_, 0), call_.parts.range(part_, 1));
    }
}

// One behind the other, as the tile has them: a part that is shorter than others is of a single row (part_lengths.h).
void CopiedTile::place_columns(Role role, Range inner, Range outer) {
    Piece &piece = at(pieces_, role);
    auto *const first = static_cast<ElementRun *>(piece.columns->data());
    if (!is_indexed(role, false, call_.copies.groups[1].params)) {
        *first = {0, 1, 0};
        piece.runs = 1;
        return;
    }
    if (piece.runs != 0 && piece.inner == inner && piece.outer == outer) {
        return;
    }
    const auto &reduced = at(call_.reduced, role);
    ElementRun *to = first;
    for (std::int64_t i = outer.begin; i < outer.end; ++i) {
        to = write_runs(reduced[0], inner.begin, inner.end, offset_of(reduced[1], i), to);
    }
    piece.runs = static_cast<std::size_t>(to - first);
    piece.inner = inner;
    piece.outer = outer;
}

void CopiedTile::copy(Role role) {
    const ConstTensorView &tensor = call_.operands[role];
    if (call_.row_of(role) != 0) {
        gather(places(role), size_of(tensor.dtype()), tensor.data(), at(pieces_, role).data->data(),
               call_.row_of(role));
    }
}

Slice CopiedTile::slice() const {
    Slice slice = call_.whole;
    for (int i = 0; i < Letters::max_groups; ++i) {
        at(slice.reduced, i) = call_.parts.range(part_, i).count();
    }
    for (int i = 0; i < slice.plan.kept_count; ++i) {
        at(slice.kept, i) = at(slice.plan.kept, i) < 0 ? 1 : rows_;
    }
    return slice;
}

// What is not copied is read as it is.
void CopiedTile::set_copies(Copies &copies) const {
    copies.operands = call_.operands;
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (call_.row_of(role) != 0) {
            at(copies.views, role) = {at(pieces_, role).data->data(), call_.operands[role].dtype(), Extents{}};
            copies.operands.tensors[role] = &at(copies.views, role);
        }
    }
}

int CopiedTile::run_copies(const Slice &slice) {
    Copies copies;
    set_copies(copies);
    return run(slice, copies.operands, call_.eps);
}

void CopiedTile::each_part(std::int64_t group,
                           const std::function<void(const Slice &slice, const GroupElements &x)> &f) {
    Copies copies;
    set_copies(copies);
    for (std::int64_t part = 0; part < call_.parts.count(); ++part) {
        place({group, group + 1}, {part, part + 1});
        copy(role_x);
        const Slice tile = slice();
        f(tile, elements_of(tile, copies.operands, {}));
    }
}

int CopiedTile::sum_up(Range groups, Range parts, double *sums) {
    place(groups, parts);
    copy(role_x);
    Slice tile = slice();
    tile.sums = static_cast<double *>(sums_->data());
    if (const int error = run_copies(tile); error != 0) {
        return error;
    }
    const int numbers = numbers_summed(call_.operands.statistic);
    for (std::int64_t part = 0; part < parts.count(); ++part) {
        for (std::int64_t number = 0; number < numbers; ++number) {
            std::copy_n(tile.sums + number * rows_ + part * groups.count(), groups.count(), sums);
            sums += groups.count();
        }
    }
    return 0;
}

int CopiedTile::normalize(Range groups, Range parts, const void *statistics, std::span<const ExtremeGroup> extreme) {
    place(groups, parts);
    for (const RoleRow &row : role_rows) {
        if (row.role != role_y) {
            copy(row.role);
        }
    }
    Slice tile = slice();
    extreme_.clear();
    for (std::int64_t part = 0; part < parts.count(); ++part) {
        for (const ExtremeGroup &group : extreme) {
            extreme_.push_back({part * groups.count() + group.group, group.statistics});
        }
    }
    tile.extreme = &extreme_;
    if (statistics != nullptr) {
        const std::size_t bytes = bytes_for(groups.count(), size_of(call_.computed()));
        auto *to = static_cast<char *>(statistics_->data());
        for (std::size_t i = 0; i < tile.statistics.size(); ++i) {
            tile.statistics[i] = to;
            for (std::int64_t part = 0; part < parts.count(); ++part, to += bytes) {
                std::memcpy(to, static_cast<const char *>(statistics) + i * bytes, bytes);
            }
        }
    }
    if (const int error = run_copies(tile); error != 0) {
        return error;
    }
    const ConstTensorView &y = call_.operands[role_y];
    scatter(places(role_y), size_of(y.dtype()), const_cast<void *>(y.data()), at(pieces_, role_y).data->data(),
            call_.row_of(role_y));
    return 0;
}

}  // namespace axnorm
