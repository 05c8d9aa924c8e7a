#include "session.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <new>

#include "axnorm/error.h"
#include "check.h"
#include "choice.h"
#include "failure.h"
#include "machine.h"
#include "race.h"
#include "runtime/language/traffic.h"
#include "runtime/system/halide_hooks.h"
#include "way.h"
#include "words.h"

namespace axnorm::measure {
namespace {

constexpr const char *chosen_of_all = "*";

std::optional<Device> device_named(const std::string &name) {
    return name == "cpu" ? std::optional(Device::cpu) : name == "cuda" ? std::optional(Device::cuda) : std::nullopt;
}

std::optional<bool> is_cold(const std::string &name) {
    return name == "cold" || name == "warm" ? std::optional(name == "cold") : std::nullopt;
}

ProblemRequest problem_request(Fields &fields) {
    ProblemRequest request;
    request.pattern = fields.text("pattern");
    request.params = fields.text("params", "");
    request.memory = fields.text("memory", "");
    request.shape = fields.lengths("shape");
    request.lengths = fields.named_lengths("lengths");
    request.statistic = fields.parsed("statistic", "mean_var", "mean_var or rms", statistic_named);
    request.dtypes = fields.parsed("dtype", "float32", "a dtype, as float16, or two, as bfloat16:float32",
                                   [](const std::string &name) { return dtypes_named(name); });
    request.eps = fields.number("eps", request.eps);
    request.threads = static_cast<int>(fields.integer("threads", 1, 1));
    request.cold = fields.parsed("cache", "warm", "warm or cold", is_cold);
    request.device = fields.parsed("device", "cpu", "cpu or cuda", device_named);
    if (request.cold && request.device != Device::cpu) {
        throw Failure("request", "cold caches are the CPU's alone");
    }
    request.seed = static_cast<std::uint64_t>(fields.integer("seed", 1, 0));
    request.core = fields.optional_index("cpu");
    return request;
}

Json failed(const char *kind, const std::string &message) {
    return {{"ok", false}, {"error", message}, {"kind", kind}};
}

// Or instructions, which are whole.
Json microseconds(double seconds, bool counts) {
    return counts ? std::round(seconds * 1e6) : seconds * 1e6;
}

// JSON has no number for it.
Json number_or_null(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// For people, who see where it went.
std::vector<double> rounded(std::vector<double> ratios) {
    for (double &ratio : ratios) {
        ratio = std::round(ratio * 1e4) / 1e4;
    }
    return ratios;
}

// Returns the thresholds that the environment asks for.
const Thresholds &ready() {
    core_count();  // those that it was started on
    install_halide_hooks();
    return thresholds();
}

}  // namespace

Session::Session() : thresholds_(ready()) {}

Json Session::choose(Fields &fields) {
    const ProblemRequest request = problem_request(fields);
    const std::vector<std::string> kernels = fields.texts("kernels");
    const UsedThresholds used(thresholds_.get(fields.text("thresholds", "")));
    fields.finish();
    return {{"ok", true}, {"chosen", chosen(request, kernels)}};
}

Json Session::make_case(Fields &fields) {
    const ProblemRequest request = problem_request(fields);
    fields.finish();
    // The one before goes first: two of them need not have room.
    calls_.reset();
    reference_.reset();
    problem_.reset();
    pin(request.core, request.threads);
    problem_ = std::make_unique<Problem>(request);
    reference_.emplace(*problem_);
    return {{"ok", true},
            {"elements", problem_->layout().elements},
            {"bytes", static_cast<std::int64_t>(least_traffic(problem_->operands()))},
            {"signature", problem_->layout().signature()},
            {"checked_groups", reference_->checked_groups()},
            {"groups", reference_->groups()}};
}

Json Session::load(Fields &fields) {
    const std::string name = fields.text("name"), library = fields.text("library"), words = fields.text("words");
    fields.finish();
    if (name == chosen_of_all) {
        throw Failure("request", "kernel '" + name + "': it is the name of the one that a call runs");
    }
    if (kernels_.count(name) != 0) {
        throw Failure("request", "kernel '" + name + "' is loaded already");
    }
    const Problem &served = problem();
    auto loaded = std::make_unique<LoadedKernel>(name, library, words);
    Plan plan;
    const std::string why = served.refusal(loaded->kernel(), plan);
    kernels_.emplace(name, std::move(loaded));
    Json answer = {{"ok", true}, {"serves", why.empty()}, {"why", why}};
    if (why.empty()) {
        answer["extents"] = served.extents(plan);
    }
    return answer;
}

Json Session::set_thresholds(Fields &fields) {
    const std::string name = fields.text("name"), text = fields.text("text");
    fields.finish();
    thresholds_.set(name, text);
    return {{"ok", true}};
}

Json Session::tell_way(Fields &fields) {
    const Side told = side(fields.text("name", chosen_of_all), fields.text("thresholds", ""));
    fields.finish();
    Json answer = {{"ok", true}, {"kernel", name_of(*told.plan.kernel)}};
    answer.update(way_in_words(problem(), told));
    return answer;
}

Json Session::check_kernel(Fields &fields) {
    const std::string name = fields.text("name"), like = fields.text("like", "");
    const Side checked_side = side(name, fields.text("thresholds", ""));
    const std::string thresholds_of_like = fields.text("like_thresholds", "");
    fields.finish();
    const Side other = like.empty() ? Side{} : side(like, thresholds_of_like);
    const Checked checked = check(problem(), *reference_, checked_side, like.empty() ? nullptr : &other);
    Json answer = {{"ok", true},
                   {"right", checked.deviation.wrong.empty()},
                   {"largest_error", number_or_null(checked.deviation.largest_error)},
                   {"tolerance", checked.deviation.tolerance},
                   {"wrong", checked.deviation.wrong}};
    if (!like.empty()) {
        answer["same_bits"] = checked.first_difference.empty();
        answer["first_difference"] = checked.first_difference;
    }
    return answer;
}

Json Session::race_kernels(Fields &fields) {
    const std::string candidate = fields.text("candidate"), incumbent = fields.text("incumbent");
    const RaceRequest request{.seconds = fields.number("seconds", 0.6),
                              .prune_above = fields.optional_number("prune_above"),
                              .seed = static_cast<std::uint64_t>(fields.integer("seed", 1, 0))};
    const std::string of_candidate = fields.text("candidate_thresholds", "");
    const std::string of_incumbent = fields.text("incumbent_thresholds", "");
    fields.finish();
    const Side first = side(candidate, of_candidate), second = side(incumbent, of_incumbent);
    if (!calls_) {
        calls_.emplace(*problem_);
    }
    const RaceResult result =
        calls_->are_counted() ? count(*calls_, first, second) : race(*calls_, first, second, request);
    return {{"ok", true},
            {"unit", result.counts ? "instructions" : "us"},
            {"pairs", result.pairs},
            {"candidate_us", microseconds(result.candidate_seconds, result.counts)},
            {"incumbent_us", microseconds(result.incumbent_seconds, result.counts)},
            {"ratio", result.ratio},
            {"low", result.low},
            {"high", result.high},
            {"noise", result.noise},
            {"pruned", result.pruned},
            {"trace", rounded(result.course)}};
}

Json Session::unload(Fields &fields) {
    const std::string name = fields.text("name");
    fields.finish();
    kernel_of(name);
    kernels_.erase(name);
    return {{"ok", true}};
}

Json Session::info(Fields &fields) {
    fields.finish();
    Json sizes = Json::object();
    for (const auto &[name, bytes] : caches()) {
        sizes[name] = bytes;
    }
    return {{"ok", true},
            {"protocol", 1},
            {"axnorm", AXNORM_VERSION},
            {"halide", HALIDE_VERSION},
            {"processor", processor_name()},
            {"cpu_isa", cpu_isa()},
            {"cores", core_count()},
            {"caches", sizes},
            {"thresholds", list_of_thresholds()}};
}

const Kernel &Session::kernel_of(const std::string &name) const {
    const auto place = kernels_.find(name);
    if (place == kernels_.end()) {
        throw Failure("request", "no kernel '" + name + "' is loaded");
    }
    return place->second->kernel();
}

const Kernel &Session::chosen_kernel() const {
    std::vector<Kernel> all;
    for (const auto &[name, loaded] : kernels_) {
        all.push_back(loaded->kernel());
    }
    const std::size_t index = chosen(problem().layout(), problem().operands(), all);
    return std::next(kernels_.begin(), static_cast<std::ptrdiff_t>(index))->second->kernel();
}

const std::string &Session::name_of(const Kernel &kernel) const {
    const auto is_it = [&](const auto &loaded) { return &loaded.second->kernel() == &kernel; };
    return std::ranges::find_if(kernels_, is_it)->first;
}

Side Session::side(const std::string &kernel, const std::string &of_thresholds) const {
    const Thresholds &named = thresholds_.get(of_thresholds);
    const UsedThresholds used(named);
    return {plan_of(problem(), kernel == chosen_of_all ? chosen_kernel() : kernel_of(kernel)), &named};
}

const Problem &Session::problem() const {
    if (problem_ == nullptr) {
        throw Failure("request", "there is no case yet");
    }
    return *problem_;
}

Json Session::answer_to(const std::string &line) {
    static const std::map<std::string, Json (Session::*)(Fields &)> operations = {
        {"choose", &Session::choose},     {"case", &Session::make_case},
        {"load", &Session::load},         {"thresholds", &Session::set_thresholds},
        {"way", &Session::tell_way},      {"check", &Session::check_kernel},
        {"race", &Session::race_kernels}, {"unload", &Session::unload},
        {"info", &Session::info}};
    const Json request = Json::parse(line);
    if (!request.is_object()) {
        throw Failure("request", "a request is an object, as {\"op\": \"info\"}");
    }
    Fields fields(request);
    const std::string op = fields.text("op");
    const auto operation = operations.find(op);
    if (operation == operations.end()) {
        constexpr const char *known = "choose, case, load, thresholds, way, check, race, unload and info";
        throw Failure("request", "op '" + op + "' is not known; there are " + known);
    }
    return (this->*operation->second)(fields);
}

std::string Session::answer(const std::string &line) {
    Json answer;
    try {
        answer = answer_to(line);
    } catch (const Failure &failure) {
        answer = failed(failure.kind(), failure.what());
    } catch (const Json::exception &error) {
        answer = failed("request", std::string("a request is a line of JSON: ") + error.what());
    } catch (const Error &error) {
        answer = failed(error.code() == ErrorCode::kernel ? "kernel" : "request", error.what());
    } catch (const std::bad_alloc &) {
        answer = failed("machine", "there is not enough memory");
    } catch (const std::exception &error) {
        answer = failed("machine", error.what());
    }
    return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace axnorm::measure
