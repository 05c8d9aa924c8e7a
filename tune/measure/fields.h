// The fields of a request, each by its name and type. What is missing, of another type or not known is named.
//
//     Fields fields(request);
//     const std::string name = fields.text("name");
//     const double seconds = fields.number("seconds", 0.6);
//     fields.finish();
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace axnorm::measure {

using Json = nlohmann::ordered_json;

// Every function throws Failure. Those with a second argument take that where the field is not there, or null.
class Fields {
  public:
    // An object; it has to last.
    explicit Fields(const Json &object) : object_(object) {}

    std::string text(const char *name);
    std::string text(const char *name, const std::string &otherwise);
    std::int64_t integer(const char *name, std::int64_t otherwise, std::int64_t least);
    double number(const char *name, double otherwise);
    std::optional<double> optional_number(const char *name);
    std::optional<int> optional_index(const char *name);
    std::vector<std::string> texts(const char *name);
    std::vector<std::int64_t> lengths(const char *name);
    std::map<std::string, std::int64_t> named_lengths(const char *name);

    // What `value_of` makes of a text; it gives an optional, which is not empty where the text is right.
    template <class ValueOf>
    auto parsed(const char *name, const std::string &otherwise, const std::string &expected, const ValueOf &value_of) {
        const std::string value = text(name, otherwise);
        const auto result = value_of(value);
        if (!result) {
            refuse(name, expected);
        }
        return *result;
    }

    // To be called behind all others: nothing else may be there.
    void finish() const;

  private:
    const Json *find(const char *name);  // nullptr where it is not there, or null
    const Json &get(const char *name);
    [[noreturn]] void refuse(const char *name, const std::string &expected) const;

    const Json &object_;
    std::set<std::string> known_;
};

}  // namespace axnorm::measure
