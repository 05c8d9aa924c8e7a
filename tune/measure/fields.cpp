#include "fields.h"

#include <cmath>
#include <limits>

#include "failure.h"

namespace axnorm::measure {
namespace {

bool is_length(const Json &value) {
    return value.is_number_unsigned() && value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
}

std::string in_words(const Json &value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

const Json *Fields::find(const char *name) {
    known_.insert(name);
    const auto place = object_.find(name);
    return place == object_.end() || place->is_null() ? nullptr : &*place;
}

const Json &Fields::get(const char *name) {
    const Json *value = find(name);
    if (value == nullptr) {
        throw Failure("request", "field '" + std::string(name) + "' is missing");
    }
    return *value;
}

void Fields::refuse(const char *name, const std::string &expected) const {
    throw Failure("request",
                  "field '" + std::string(name) + "' is " + in_words(object_.at(name)) + ", it has to be " + expected);
}

std::string Fields::text(const char *name) {
    if (!get(name).is_string()) {
        refuse(name, "a text");
    }
    return get(name).get<std::string>();
}

std::string Fields::text(const char *name, const std::string &otherwise) {
    return find(name) == nullptr ? otherwise : text(name);
}

std::int64_t Fields::integer(const char *name, std::int64_t otherwise, std::int64_t least) {
    const Json *value = find(name);
    if (value == nullptr) {
        return otherwise;
    }
    if (!is_length(*value) || value->get<std::int64_t>() < least || value->get<std::int64_t>() > INT32_MAX) {
        refuse(name, "a number from " + std::to_string(least) + " to " + std::to_string(INT32_MAX));
    }
    return value->get<std::int64_t>();
}

std::optional<int> Fields::optional_index(const char *name) {
    return find(name) == nullptr ? std::nullopt : std::optional(static_cast<int>(integer(name, 0, 0)));
}

std::optional<double> Fields::optional_number(const char *name) {
    const Json *value = find(name);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_number() || !(value->get<double>() >= 0) || !std::isfinite(value->get<double>())) {
        refuse(name, "a number of at least 0");
    }
    return value->get<double>();
}

double Fields::number(const char *name, double otherwise) {
    return optional_number(name).value_or(otherwise);
}

std::vector<std::string> Fields::texts(const char *name) {
    std::vector<std::string> all;
    const Json &value = get(name);
    for (const Json &text : value.is_array() ? value : Json::array({0})) {
        if (!text.is_string()) {
            refuse(name, "a list of texts");
        }
        all.push_back(text.get<std::string>());
    }
    return all;
}

std::vector<std::int64_t> Fields::lengths(const char *name) {
    std::vector<std::int64_t> all;
    const Json &value = get(name);
    for (const Json &length : value.is_array() ? value : Json::array({""})) {
        if (!is_length(length)) {
            refuse(name, "a list of lengths, as [8, 128, 64, 64]");
        }
        all.push_back(length.get<std::int64_t>());
    }
    return all;
}

std::map<std::string, std::int64_t> Fields::named_lengths(const char *name) {
    std::map<std::string, std::int64_t> all;
    const Json *value = find(name);
    if (value == nullptr) {
        return all;
    }
    const std::string expected = "axes with their lengths, as {\"g\": 32}";
    if (!value->is_object()) {
        refuse(name, expected);
    }
    for (const auto &[axis, length] : value->items()) {
        if (!is_length(length)) {
            refuse(name, expected);
        }
        all.emplace(axis, length.get<std::int64_t>());
    }
    return all;
}

void Fields::finish() const {
    for (const auto &[name, value] : object_.items()) {
        if (known_.count(name) == 0) {
            std::string names;
            for (const std::string &known : known_) {
                names += (names.empty() ? "" : ", ") + known;
            }
            throw Failure("request", "field '" + name + "' is not known; there are " + names);
        }
    }
}

}  // namespace axnorm::measure
