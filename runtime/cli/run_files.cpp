#include "run_files.h"

#include "axnorm/normalize.h"
#include "axnorm/parse.h"
#include "npy.h"

namespace axnorm::cli {

std::string run_files(const RunRequest &request) {
    const Pattern pattern = parse(request.pattern, request.params);
    NpyArray x = read_npy(request.x), scale, shift;
    Options options{.statistic = request.statistic, .eps = request.eps};
    if (!request.scale.empty()) {
        scale = read_npy(request.scale);
        options.scale = scale.view();
    }
    if (!request.shift.empty()) {
        shift = read_npy(request.shift);
        options.shift = shift.view();
    }
    std::vector<NamedLength> lengths;
    for (const auto &[name, length] : request.lengths) {
        lengths.push_back({name, length});
    }
    normalize(pattern, x.view(), x.view(), options, lengths);  // in place
    write_npy(request.y, x);
    return request.y + ": " + name_of(x.dtype) + " " + to_string(x.shape) + '\n';
}

}  // namespace axnorm::cli
