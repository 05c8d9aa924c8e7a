// Enumerations by the names of their values, as words and records have them.
#pragma once

#include <initializer_list>
#include <string>

#include "refuse.h"

namespace axnorm::build {

// Throws std::runtime_error, which says what there is, where the word is none of them; `what` is what it stands for.
template <class Enum>
Enum value_named(const std::string &what, const std::string &word, std::initializer_list<Enum> all) {
    std::string names;
    for (const Enum value : all) {
        if (word == name_of(value)) {
            return value;
        }
        names += std::string(names.empty() ? "" : ", ") + name_of(value);
    }
    refuse(what + " '" + word + "': it is one of " + names);
}

}  // namespace axnorm::build
