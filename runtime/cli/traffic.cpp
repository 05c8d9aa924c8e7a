#include "traffic.h"

#include <string>

#include "runtime/language/traffic.h"

namespace axnorm::cli {

namespace {

void add_row(Table &table, const std::string &what, double bytes, const std::string &note = "") {
    table.add({what, fixed(bytes, 0), fixed(bytes / 1e6, 2), note});
}

// The tensors of these axes that are there, "scale, shift", and their bytes.
struct Present {
    std::string names;
    double bytes = 0;

    Present(const Operands &operands, Axes axes) {
        for (const RoleRow &row : role_rows) {
            if (row.axes == axes && operands[row.role].present()) {
                names += (names.empty() ? "" : ", ") + std::string(operands.name_of(row.role));
                bytes += bytes_of(operands[row.role]);
            }
        }
    }
};

}  // namespace

Table traffic(const Operands &operands) {
    Table table({{"memory traffic"}, {"bytes", Align::right}, {"MB", Align::right}, {""}});
    const bool is_given = operands.statistic == Statistic::given;
    const double least = least_traffic(operands);
    double again = 0;
    for (const RoleRow &row : role_rows) {
        const double bytes = bytes_of(operands[row.role]);
        const std::string name = operands.name_of(row.role);
        if (row.axes != Axes::all || !operands[row.role].present()) {
            continue;
        }
        if (operands.written(row.role)) {
            add_row(table, name + " written", bytes);
            continue;
        }
        if (!is_given) {
            add_row(table, name + " read for the statistics", bytes);
            again += bytes;
        }
        add_row(table, is_given ? name + " read" : name + " read again for y", bytes,
                is_given ? "" : "from cache where the elements of a statistic stay there");
    }
    for (const Axes axes : {Axes::params, Axes::kept}) {
        const Present present(operands, axes);
        if (!present.names.empty()) {
            const bool is_read = axes == Axes::params || is_given;
            add_row(table, present.names + (is_read ? " read" : " written"), present.bytes);
        }
    }
    add_row(table, "total", least + again);
    add_row(table, "least possible", least, "each tensor once");
    return table;
}

}  // namespace axnorm::cli
