#include "c_options.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string>

#include "dlpack_view.h"
#include "runtime/language/refusal.h"

namespace axnorm::c_api {
namespace {

static_assert(offsetof(axnorm_options, size) == 0, "size is where every version has it");

struct Field {
    const char *name;
    std::size_t begin;  // each ends where the next one begins
};
#define AXNORM_FIELD(name) #name, offsetof(axnorm_options, name)
constexpr Field fields[] = {
    {AXNORM_FIELD(size)},           {AXNORM_FIELD(statistic)},
    {AXNORM_FIELD(threads)},        {AXNORM_FIELD(eps)},
    {AXNORM_FIELD(scale)},          {AXNORM_FIELD(shift)},
    {AXNORM_FIELD(mean)},           {AXNORM_FIELD(rstd)},
    {AXNORM_FIELD(given_mean)},     {AXNORM_FIELD(given_rstd)},
    {AXNORM_FIELD(stores)},         {AXNORM_FIELD(reserved)},
    {AXNORM_FIELD(stream)},         {AXNORM_FIELD(workspace)},
    {AXNORM_FIELD(workspace_size)}, {"the end", sizeof(axnorm_options)},
};
#undef AXNORM_FIELD

// More than any version will have: what is above was never set.
constexpr std::size_t most_size = 4096;

std::string size_is(std::size_t size) {
    return "options->size is " + std::to_string(size);
}

void check_size(const axnorm_options *given, std::size_t size) {
    if (size < sizeof(size) || size > most_size) {
        throw Refusal{size_is(size) + ", it has to be sizeof(axnorm_options): begin with AXNORM_OPTIONS_INIT"};
    }
    for (std::size_t i = 0; i + 1 < std::size(fields); ++i) {
        if (size > fields[i].begin && size < fields[i + 1].begin) {
            throw Refusal{size_is(size) + ", which cuts " + fields[i].name + " in two"};
        }
    }
    const auto *bytes = reinterpret_cast<const unsigned char *>(given);
    if (size > sizeof(axnorm_options) &&
        std::any_of(bytes + sizeof(axnorm_options), bytes + size, [](unsigned char byte) { return byte != 0; })) {
        throw Refusal{size_is(size) + ", of which this library knows " + std::to_string(sizeof(axnorm_options)) +
                          ": the library (" + axnorm_version_string() +
                          ") is older than the program, and an option is set that it lacks",
                      ErrorCode::unsupported};
    }
}

// What the caller knows of it, the rest at its defaults.
axnorm_options complete(const axnorm_options *given) {
    axnorm_options options = AXNORM_OPTIONS_INIT;
    if (given != nullptr) {
        // A caller's struct may be shorter than ours: it is read by its bytes.
        std::size_t size = 0;
        std::memcpy(&size, given, sizeof(size));
        check_size(given, size);
        std::memcpy(&options, given, std::min(size, sizeof(options)));
    }
    return options;
}

Statistic statistic_of(std::int32_t statistic) {
    switch (statistic) {
        case AXNORM_MEAN_VAR: return Statistic::mean_var;
        case AXNORM_RMS: return Statistic::rms;
        case AXNORM_GIVEN: return Statistic::given;
        default: throw Refusal{"options->statistic is " + std::to_string(statistic) + ", which is no axnorm_statistic"};
    }
}

Stores stores_of(std::int32_t stores) {
    switch (stores) {
        case AXNORM_STORES_AUTOMATIC: return Stores::automatic;
        case AXNORM_STORES_CACHED: return Stores::cached;
        case AXNORM_STORES_STREAMING: return Stores::streaming;
        default: throw Refusal{"options->stores is " + std::to_string(stores) + ", which is no axnorm_stores"};
    }
}

}  // namespace

Options options_of(const axnorm_options *given) {
    const axnorm_options from = complete(given);
    Options options;
    options.statistic = statistic_of(from.statistic);
    options.stores = stores_of(from.stores);
    if (from.reserved != 0) {
        throw Refusal{"options->reserved is " + std::to_string(from.reserved) + ", it has to be 0"};
    }
    options.eps = from.eps;
    options.stream = from.stream;
    options.workspace = {from.workspace, from.workspace_size};
    options.parallel.threads = from.threads;
    const auto set = [](auto &view, const DLTensor *tensor, const char *name) {
        if (tensor != nullptr) {
            view = view_of(tensor, name);
        }
    };
    set(options.scale, from.scale, "scale");
    set(options.shift, from.shift, "shift");
    set(options.mean, from.mean, "mean");
    set(options.rstd, from.rstd, "rstd");
    set(options.given_mean, from.given_mean, "given_mean");
    set(options.given_rstd, from.given_rstd, "given_rstd");
    return options;
}

}  // namespace axnorm::c_api
