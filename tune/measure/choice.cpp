#include "choice.h"

#include <optional>

#include "axnorm/parse.h"
#include "failure.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/language/described_call.h"
#include "words.h"

namespace axnorm::measure {

std::size_t chosen(const Layout &layout, const Operands &operands, std::span<const Kernel> kernels) {
    Machine machine = this_machine(operands[role_x].device());
    machine.has_shared_memory = nullptr;  // a kernel that is not there cannot say what it asks for
    std::optional<std::size_t> best;
    int least = 0;
    std::string refused;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const Candidate candidate = judge(kernels[i], layout, operands, machine);
        if (candidate.refused != nullptr) {
            refused.append("; ").append(kernels[i].signature).append(": ").append(candidate.refused);
        } else if (!best || candidate.cost < least) {
            best = i;
            least = candidate.cost;
        }
    }
    if (!best) {
        throw Failure("kernel", "no kernel serves signature " + layout.signature() + refused);
    }
    return *best;
}

std::size_t chosen(const ProblemRequest &request, const std::vector<std::string> &lines) {
    const std::vector<NamedLength> lengths = named(request.lengths);
    const DryCall call(
        parse(request.pattern, request.params), Extents(std::span<const std::int64_t>(request.shape)), lengths,
        {.memory = request.memory, .statistic = request.statistic, .dtypes = request.dtypes, .device = request.device});
    const std::vector<KernelWords> words(lines.begin(), lines.end());
    std::vector<Kernel> kernels;
    for (const KernelWords &of_kernel : words) {
        kernels.push_back(of_kernel.kernel());
    }
    return chosen(call.layout(), call.operands(), kernels);
}

}  // namespace axnorm::measure
