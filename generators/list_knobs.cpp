#include "list_knobs.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "runtime/planning/summation_tree.h"
#include "schedules/knobs/families.h"

namespace axnorm::codegen {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string quoted(const std::string &text) {
    return "\"" + text + "\"";  // no text here has a quotation mark in it
}

// One under the other, each `indent` blanks from the left; in a row where that is negative.
std::string object(const Fields &fields, int indent = -1) {
    const std::string line = indent < 0 ? "" : "\n" + std::string(static_cast<std::size_t>(indent), ' ');
    std::string text;
    for (const auto &[name, value] : fields) {
        text += (text.empty() ? "{" : indent < 0 ? ", " : ",") + line + quoted(name) + ": " + value;
    }
    return text + "}";
}

std::string array(const std::vector<int> &values) {
    std::string text;
    for (const int value : values) {
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    }
    return "[" + text + "]";
}

// What is not for tuning: checks count by it, too.
std::string tree_of(Device device) {
    if (device == Device::cpu) {
        return object({{"lanes", std::to_string(tree.lanes)},
                       {"steps", std::to_string(tree.steps)},
                       {"part_blocks", std::to_string(tree.part_blocks)},
                       {"joint_steps", std::to_string(tree.joint_steps)}});
    }
    const DeviceTree &t = device_tree;
    return object({{"warp", std::to_string(t.warp)},
                   {"vector_bytes", std::to_string(t.vector_bytes)},
                   {"short_lanes", std::to_string(t.short_lanes)},
                   {"short_elements", std::to_string(t.short_elements)},
                   {"warp_elements", std::to_string(t.warp_elements)},
                   {"few_warps", std::to_string(t.few_warps)},
                   {"few_warps_of_16_bits", std::to_string(t.few_warps_of_16_bits)},
                   {"few_warps_elements", std::to_string(t.few_warps_elements)},
                   {"many_warps", std::to_string(t.many_warps)},
                   {"held_kilobytes", std::to_string(t.held_kilobytes)},
                   {"most_held_kilobytes", std::to_string(t.most_held_kilobytes)},
                   {"part_steps", std::to_string(t.part_steps)}});
}

std::string family_text(const Family &family, const std::string &signature, Device device) {
    Fields knobs;
    for (const Knob &knob : family.knobs()) {
        knobs.emplace_back(knob.name, object({{"default", std::to_string(knob.default_value)},
                                              {"legal", array(knob.legal)},
                                              {"meaning", quoted(knob.meaning)},
                                              {"at_run_time", knob.at_run_time ? "true" : "false"},
                                              {"id", quoted(id_of(family.name(), knob))}}));
    }
    Fields fields = {{"family", quoted(family.name())}, {"device", quoted(device == Device::cpu ? "cpu" : "gpu")}};
    if (!signature.empty()) {
        fields.emplace_back("signature", quoted(signature));
    }
    fields.emplace_back("knobs", object(knobs, 4));
    fields.emplace_back("tree", tree_of(device));
    return object(fields, 2);
}

Device device_named(const std::string &name) {
    for (const auto &[known, device] :
         {std::pair("cpu", Device::cpu), std::pair("cuda", Device::cuda), std::pair("opencl", Device::opencl)}) {
        if (name == known) {
            return device;
        }
    }
    throw std::invalid_argument("device '" + name + "': it is cpu, cuda or opencl");
}

}  // namespace

std::string list_knobs(const std::vector<std::string> &words) {
    if (words.size() > 2) {
        throw std::invalid_argument("a signature and a device are all that may follow");
    }
    if (words.empty()) {
        std::string all;
        for (const Device device : {Device::cpu, Device::cuda}) {
            for (const Family *family : families_of(device)) {
                all += (all.empty() ? "" : ",\n") + family_text(*family, "", device);
            }
        }
        return "[" + all + "]\n";
    }
    const Device device = words.size() == 2 ? device_named(words[1]) : Device::cpu;
    if (!Letters::valid(words[0], device)) {
        throw std::invalid_argument("signature '" + words[0] + "' is not valid");
    }
    return family_text(family_for(Letters(words[0]), device), words[0], device) + "\n";
}

}  // namespace axnorm::codegen
