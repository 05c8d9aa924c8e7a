#include "families.h"

#include <stdexcept>

#include "channels_knobs.h"
#include "dense_block_knobs.h"
#include "device_groups_knobs.h"
#include "group_tiles_knobs.h"
#include "kept_innermost_knobs.h"
#include "reduced_innermost_knobs.h"
#include "short_rows_knobs.h"

namespace axnorm::codegen {

const std::vector<const Family *> &families_of(Device device) {
    static const std::vector<const Family *> of_cpu = {&dense_block_family,       &channels_family,
                                                       &group_tiles_family,       &short_rows_family,
                                                       &reduced_innermost_family, &kept_innermost_family};
    static const std::vector<const Family *> of_devices = {&device_groups_family};
    return device == Device::cpu ? of_cpu : of_devices;
}

const Family &family_for(const Letters &letters, Device device) {
    for (const Family *family : families_of(device)) {
        if (family->serves(letters)) {
            return *family;
        }
    }
    throw std::invalid_argument("no family of schedules serves this signature");
}

}  // namespace axnorm::codegen
