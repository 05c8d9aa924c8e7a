#include "choice.h"

#include <algorithm>

#include "plain_text.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"

namespace axnorm::cli {

namespace {

constexpr std::size_t most_shown = 6;  // of the kernels that serve a call

std::string library_of(const Kernel &kernel) {
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        for (const Kernel &of_library : library->kernels()) {
            if (&of_library == &kernel) {
                return std::string(library->name());
            }
        }
    }
    return "unknown";
}

std::string form_of(const Kernel &kernel) {
    const Letters &letters = kernel.letters;
    const int loops = letters.kept_count + letters.reduced_count;
    std::string form = kernel.canonical() ? "canonical" : "exact";
    if (letters.fixed_extents() > 0) {
        form += ", " + std::to_string(letters.fixed_extents()) + " of its " + std::to_string(loops) + " extents fixed";
    }
    return form + "; strides of the innermost group: " + strides_of(kernel);
}

std::string_view instruction_set_of(const Kernel &kernel) {
    return name_of(kernel.instruction_sets.best(this_machine(Device::cpu).instruction_set));
}

// Kept groups that have no letter in the kernel.
std::string looped_outside(const Pattern &pattern, const Layout &layout, const Plan &plan) {
    std::string groups;
    for (int i = plan.kernel->letters.kept_count; i < plan.kept_count; ++i) {
        const Group &group = detail::at(layout.groups, detail::at(plan.kept, i));
        groups +=
            (groups.empty() ? "" : ", ") + name_of_axes(pattern, group) + " (" + std::to_string(group.extent) + ")";
    }
    return groups;
}

// What the linked kernels are to a call.
struct Judged {
    std::vector<Candidate> serving;  // the best first
    std::vector<std::pair<std::string, int>> refused;
};

Judged judge(const Layout &layout, const Operands &operands, bool canonical) {
    Judged judged;
    for (const Candidate &candidate : candidates(layout, operands, this_machine(device_of(operands)))) {
        const bool is_excluded = candidate.refused == nullptr && canonical && !candidate.kernel->canonical();
        if (candidate.refused == nullptr && !is_excluded) {
            judged.serving.push_back(candidate);
            continue;
        }
        const std::string reason = is_excluded ? "not canonical, which is asked for" : candidate.refused;
        const auto same = std::ranges::find(judged.refused, reason, &std::pair<std::string, int>::first);
        if (same == judged.refused.end()) {
            judged.refused.emplace_back(reason, 1);
        } else {
            ++same->second;
        }
    }
    std::ranges::stable_sort(judged.serving, {}, &Candidate::cost);
    std::ranges::stable_sort(judged.refused, std::greater{}, &std::pair<std::string, int>::second);
    return judged;
}

// The columns are what decides, in this order.
void add_serving(Document &document, const Judged &judged) {
    Table table({{"serves"},
                 {"signature"},
                 {"loops", Align::right},
                 {"R loops", Align::right},
                 {"fixed", Align::right},
                 {"strides"},
                 {"knobs"}});
    for (std::size_t i = 0; i < std::min(judged.serving.size(), most_shown); ++i) {
        const Kernel &kernel = *judged.serving[i].kernel;
        const Letters &letters = kernel.letters;
        table.add({std::string(kernel.name), std::string(kernel.signature),
                   std::to_string(letters.kept_count + letters.reduced_count), std::to_string(letters.reduced_params()),
                   std::to_string(letters.fixed_extents()), strides_of(kernel), knobs_of(kernel)});
    }
    table.drop_last_if_empty();
    const std::size_t more = judged.serving.size() - std::min(judged.serving.size(), most_shown);
    document.table("serving", table);
    if (more > 0) {
        document.note("more", "and " + std::to_string(more) + " more");
    }
}

void add_refused(Document &document, const Judged &judged) {
    if (judged.refused.empty()) {
        return;
    }
    Table table({{"kernels", Align::right}, {"do not serve the call, because of"}});
    for (const auto &[reason, count] : judged.refused) {
        table.add({std::to_string(count), reason});
    }
    document.blank();
    document.table("not serving", table);
}

std::string why(const Judged &judged) {
    std::size_t linked = judged.serving.size();
    for (const auto &refused : judged.refused) {
        linked += static_cast<std::size_t>(refused.second);
    }
    const std::string counts = std::to_string(judged.serving.size()) + " of " + std::to_string(linked) +
                               (linked == 1 ? " linked kernel" : " linked kernels");
    if (judged.serving.size() == 1) {
        return counts + " serves the call";
    }
    return counts + " serve the call: one for a block of a short group and the next one runs before others, then " +
           "the one with the fewest loops; of as many fewer R loops, more fixed extents, contiguous strides decide, " +
           "in this order, then which was linked first. Those with kept groups looped over outside come behind them, " +
           "and canonical ones last";
}

}  // namespace

std::string knobs_of(const Kernel &kernel) {
    return kernel.tuned_for.exists() ? "tuned" : std::string(kernel.knobs);
}

const char *strides_of(const Kernel &kernel) {
    return !kernel.contiguous ? "any" : kernel.contiguous_params ? "contiguous" : "any params";
}

void add_choice(Document &document, const DryCall &call, const Layout &layout, const Plan &plan, bool canonical) {
    const Kernel &kernel = *plan.kernel;
    document.fact("kernel", kernel.name);
    document.fact("library", library_of(kernel));
    document.fact("kind", form_of(kernel));
    if (!kernel.knobs.empty()) {
        document.fact("knobs", kernel.knobs);
    }
    document.fact("instruction set", instruction_set_of(kernel));
    if (const std::string outside = looped_outside(call.pattern(), layout, plan); !outside.empty()) {
        document.fact("looped outside", outside);
    }
    if (layout.elements == 0) {
        const bool is_written = call.operands()[role_rstd].present() && call.operands().written(role_rstd);
        document.fact("note", std::string("x has no elements: no kernel runs, nothing is moved") +
                                  (is_written ? "; written statistics are NaN" : ""));
    }
    if (plan.gathered) {
        document.fact("why",
                      "a statistic group has more than four reduced groups that do not merge, or reaches "
                      "over more than 2^31 elements, which no kernel can index: parts of it are copied, "
                      "and this one is the best for the copies");
        return;
    }
    const Judged judged = judge(layout, call.operands(), canonical);
    document.fact("why", why(judged));
    document.blank();
    add_serving(document, judged);
    add_refused(document, judged);
}

}  // namespace axnorm::cli
