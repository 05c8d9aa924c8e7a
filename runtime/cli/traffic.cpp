#include "traffic.h"

#include <cstdio>

#include "plain_text.h"

namespace axnorm::cli {

namespace {

// In double, where no sum overflows; exact up to 9 PB.
double bytes_of(const ConstTensorView &tensor) {
    double bytes = tensor.present() ? static_cast<double>(size_of(tensor.dtype())) : 0;
    for (const std::int64_t extent : tensor.shape()) {
        bytes *= static_cast<double>(extent);
    }
    return bytes;
}

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

void add_row(Table &table, const std::string &what, double bytes, const std::string &note = "") {
    table.add({what, fixed(bytes, 0), fixed(bytes / 1e6, 2), note});
}

}  // namespace

std::string traffic(const Operands &operands) {
    Table table({{"memory traffic"}, {"bytes", Align::right}, {"MB", Align::right}, {""}});
    const bool is_given = operands.statistic == Statistic::given;
    const double x = bytes_of(operands[role_x]), y = bytes_of(operands[role_y]);
    const double params = bytes_of(operands[role_scale]) + bytes_of(operands[role_shift]);
    const double statistics = bytes_of(operands[role_mean]) + bytes_of(operands[role_rstd]);
    if (!is_given) {
        add_row(table, "x read for the statistics", x);
    }
    add_row(table, is_given ? "x read" : "x read again for y", x,
            is_given ? "" : "from cache where the elements of a statistic stay there");
    add_row(table, "y written", y);
    if (operands[role_scale].present()) {
        add_row(table, "scale, shift read", params);
    }
    if (operands[role_rstd].present()) {
        const std::string names = operands[role_mean].present() ? "mean, rstd " : "rstd ";
        add_row(table, names + (is_given ? "read" : "written"), statistics);
    }
    const double least = x + y + params + statistics;
    add_row(table, "total", least + (is_given ? 0 : x));
    add_row(table, "least possible", least, "each tensor once");
    return table.text();
}

}  // namespace axnorm::cli
