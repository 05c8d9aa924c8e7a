#include <algorithm>

#include "function_parser.h"

namespace axnorm::ptx {

std::optional<SpecialRegister> special_named(std::string_view name) {
    struct Row {
        std::string_view name;
        Special special;
    };
    static constexpr Row rows[] = {
        {"%tid.x", Special::tid_x},
        {"%tid.y", Special::tid_y},
        {"%tid.z", Special::tid_z},
        {"%ntid.x", Special::ntid_x},
        {"%ntid.y", Special::ntid_y},
        {"%ntid.z", Special::ntid_z},
        {"%ctaid.x", Special::ctaid_x},
        {"%ctaid.y", Special::ctaid_y},
        {"%ctaid.z", Special::ctaid_z},
        {"%nctaid.x", Special::nctaid_x},
        {"%nctaid.y", Special::nctaid_y},
        {"%nctaid.z", Special::nctaid_z},
        {"%laneid", Special::laneid},
        {"%warpid", Special::warpid},
        {"%nwarpid", Special::nwarpid},
        {"%smid", Special::zero},
        {"%lanemask_eq", Special::lanemask_eq},
        {"%lanemask_lt", Special::lanemask_lt},
        {"%lanemask_le", Special::lanemask_le},
        {"%lanemask_gt", Special::lanemask_gt},
        {"%lanemask_ge", Special::lanemask_ge},
        {"%dynamic_smem_size", Special::dynamic_shared},
        {"%total_smem_size", Special::total_shared},
    };
    const auto *const found = std::ranges::find(rows, name, &Row::name);
    return found == std::end(rows) ? std::nullopt : std::optional(SpecialRegister{found->special, Type::u32});
}

}  // namespace axnorm::ptx
