#include "knobs.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace axnorm::codegen {
namespace {

std::string join(const std::vector<int> &values) {
    std::string all;
    for (const int value : values) {
        all += (all.empty() ? "" : ", ") + std::to_string(value);
    }
    return all;
}

}  // namespace

// FNV-1a, 32 bits.
std::string id_of(const std::string &family, const Knob &knob) {
    std::uint32_t hash = 2166136261U;
    for (const char c : family + "." + knob.name + ": " + join(knob.legal)) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    std::string id;
    for (int shift = 28; shift >= 0; shift -= 4) {
        id += "0123456789abcdef"[hash >> shift & 15U];
    }
    return id;
}

KnobValues parse_knobs(std::string_view text) {
    KnobValues values;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size()), colon = std::min(text.find(':', at), end);
        const std::string name(text.substr(at, colon - at));
        int value = 0;
        const char *last = text.data() + end;
        const auto [stop, error] = std::from_chars(text.data() + std::min(colon + 1, end), last, value);
        if (name.empty() || error != std::errc() || stop != last || end + 1 == text.size()) {
            throw std::invalid_argument("they are written <knob>:<value>[,<knob>:<value>...], each value a number");
        }
        if (!values.emplace(name, value).second) {
            throw std::invalid_argument("knob '" + name + "' is given twice");
        }
        at = end + 1;
    }
    return values;
}

std::string text_of(const KnobValues &values) {
    std::string text;
    for (const auto &[name, value] : values) {
        text += (text.empty() ? "" : ",") + name + ":" + std::to_string(value);
    }
    return text;
}

void Family::add(Knob knob) {
    knobs_.insert(std::ranges::upper_bound(knobs_, knob.name, {}, &Knob::name), std::move(knob));
}

const Knob *Family::find(std::string_view name) const {
    const auto found = std::ranges::find(knobs_, name, &Knob::name);
    return found == knobs_.end() ? nullptr : &*found;
}

std::string Family::description() const {
    std::string text;
    for (const Knob &knob : knobs_) {
        text += (text.empty() ? "" : "; ") + knob.name + ": " + join(knob.legal);
    }
    return "family " + name_ + ", which has the knobs " + text;
}

KnobValues Family::own(const KnobValues &values) const {
    KnobValues changed;
    for (const auto &[name, value] : values) {
        const Knob *knob = find(name);
        if (knob == nullptr || value == knob->default_value) {
            continue;
        }
        if (std::ranges::find(knob->legal, value) == knob->legal.end()) {
            throw std::invalid_argument("knob '" + name + "' of family " + name_ + " is " + std::to_string(value) +
                                        "; legal are " + join(knob->legal));
        }
        changed.emplace(name, value);
    }
    return changed;
}

KnobValues Family::parse(const std::string &text, const std::string &signature) const {
    try {
        const KnobValues values = parse_knobs(text);
        for (const auto &named : values) {
            if (find(named.first) == nullptr) {
                throw std::invalid_argument("there is no knob '" + named.first + "'");
            }
        }
        return own(values);
    } catch (const std::invalid_argument &error) {
        throw std::invalid_argument("knobs '" + text + "': " + error.what() + ". Signature '" + signature +
                                    "' is served by " + description());
    }
}

}  // namespace axnorm::codegen
