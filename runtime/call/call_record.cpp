#include "call_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "axnorm/parallel.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"

namespace axnorm {
namespace {

const char *record_path() {
    return std::getenv("AXNORM_RECORD");
}

// Patterns have no quotation marks, as nothing of them is a name that they accept.
std::string quoted_text(std::string_view text) {
    return concat({"\"", text, "\""});
}

// Whether the strides say what the shape does.
bool is_dense(const ConstTensorView &tensor) {
    std::int64_t dense = 1;
    for (int i = tensor.rank(); tensor.strides() && i-- > 0;) {
        if (tensor.shape()[i] != 1 && (*tensor.strides())[i] != dense) {
            return false;
        }
        dense *= tensor.shape()[i];
    }
    return true;
}

std::string text_of_call(const Pattern &pattern, const Operands &operands, const Options &options,
                         std::span<const NamedLength> lengths) {
    const ConstTensorView &x = operands[role_x];
    std::string text =
        concat({"{\"pattern\": ", quoted_text(pattern.text), ", \"params\": ", quoted_text(pattern.params_text),
                ", \"shape\": ", to_string(x.shape())});
    if (!is_dense(x)) {
        text += ", \"strides\": " + to_string(*x.strides());
    }
    if (!lengths.empty()) {
        std::string all;
        for (const NamedLength &length : lengths) {
            all += concat({all.empty() ? "" : ", ", quoted_text(length.name), ": ", std::to_string(length.length)});
        }
        text += concat({", \"lengths\": {", all, "}"});
    }
    const int threads = options.parallel.threads > 0 ? options.parallel.threads : num_threads();
    text += concat({", \"statistic\": ", quoted_text(name_of(operands.statistic)), ", \"dtype\": ",
                    quoted_text(name_of(dtypes_of(operands))), ", \"threads\": ", std::to_string(threads)});
    if (device_of(operands) != Device::cpu) {
        text += concat({", \"device\": ", quoted_text(name_of(device_of(operands)))});
    }
    return text + "}\n";
}

// In one piece, at the end.
void append(const std::string &line) {
    const int file = ::open(record_path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const bool is_written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (file >= 0) {
        ::close(file);
    }
    if (!is_written) {
        throw Error(concat({"AXNORM_RECORD names the file '", record_path(), "', which cannot be written"}));
    }
}

// The calls that were recorded, for as long as threads may call, at the end of the program too; without a lock, which a
// fork could leave locked.
struct Recorded {
    std::string line;
    std::atomic<bool> is_recorded{true};
    const Recorded *before = nullptr;
};
constinit std::atomic<const Recorded *> newest{nullptr};

}  // namespace

bool calls_are_recorded() {
    return record_path() != nullptr && *record_path() != '\0';
}

void record_call(const Pattern &pattern, const Operands &operands, const Options &options,
                 std::span<const NamedLength> lengths) {
    auto call = std::make_unique<Recorded>();
    call->line = text_of_call(pattern, operands, options, lengths);
    const Recorded *known = nullptr;  // all from it on are others
    do {
        call->before = newest;
        for (const Recorded *other = call->before; other != known; other = other->before) {
            if (other->line == call->line && other->is_recorded) {
                return;
            }
        }
        known = call->before;
    } while (!newest.compare_exchange_weak(call->before, call.get()));
    Recorded *const kept = call.release();
    try {
        append(kept->line);
    } catch (const Error &) {
        kept->is_recorded = false;
        throw;
    }
}

}  // namespace axnorm
