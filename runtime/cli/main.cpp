// The program axnorm: its arguments.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "bench.h"
#include "check.h"
#include "completion.h"
#include "explain.h"
#include "lengths.h"
#include "list.h"
#include "run_files.h"

namespace axnorm::cli {

namespace {

constexpr int refused = 1, wrong_usage = 2;

constexpr const char *exit_codes =
    "Exit codes: 0 it is fine; 1 the pattern, the shape or the request is refused; 2 wrong usage.\n"
    "Messages go to stderr, and nothing is then written to stdout.";

// The enumerators by name, as --statistic takes them.
template <class Enum>
std::map<std::string, Enum> by_name(std::initializer_list<Enum> values) {
    std::map<std::string, Enum> names;
    for (const Enum value : values) {
        names.emplace(name_of(value), value);
    }
    return names;
}

const auto &statistics() {
    static const auto names = by_name({Statistic::mean_var, Statistic::rms, Statistic::given});
    return names;
}

// What CLI11 says of a word that is not right.
std::string check_dtypes(const std::string &word) {
    return dtypes_named(word) ? "" : word + " is none of float32, float64, float16, bfloat16, nor two as x:y";
}

// What the arguments say, and the command that they choose.
struct Arguments {
    CallRequest request;
    RunRequest files;
    BenchOptions bench;
    std::string shell, shape, strides, statistic, dtype = "float32";
    std::vector<std::string> settings;
    bool no_params = false, lines = false, markdown = false, thresholds = false, json = false;
    const CLI::App *app = nullptr;
    std::string (*run)(Arguments &) = nullptr;

    Format format() const { return json ? Format::json : markdown ? Format::markdown : Format::text; }
};

Statistic statistic_or_usual(const Arguments &arguments) {
    return arguments.statistic.empty() ? Statistic::mean_var : statistics().at(arguments.statistic);
}

// What explain and bench are told of a call.
CallRequest &call_request(Arguments &arguments) {
    CallRequest &request = arguments.request;
    request.shape = parse_shape(arguments.shape);
    if (!arguments.strides.empty()) {
        std::tie(request.x_strides, request.y_strides) = parse_strides(arguments.strides);
    }
    request.lengths = parse_lengths(arguments.settings);
    request.statistic = statistic_or_usual(arguments);
    request.dtypes = *dtypes_named(arguments.dtype);
    request.scale_and_shift = !arguments.no_params;
    return request;
}

std::string run_explain(Arguments &arguments) {
    return explain(call_request(arguments)).print(arguments.format());
}

std::string run_bench(Arguments &arguments) {
    return bench(call_request(arguments), arguments.bench).print(arguments.format());
}

std::string run_run(Arguments &arguments) {
    RunRequest &files = arguments.files;
    files.pattern = arguments.request.pattern;
    files.params = arguments.request.params;
    files.lengths = parse_lengths(arguments.settings);
    files.statistic = statistic_or_usual(arguments);
    return run_files(files);
}

std::string run_list(Arguments &arguments) {
    std::optional<Statistic> statistic;
    if (!arguments.statistic.empty()) {
        statistic = statistics().at(arguments.statistic);
    }
    if (arguments.thresholds) {
        return list_thresholds(arguments.format());
    }
    return arguments.lines ? list_lines(statistic, arguments.format()) : list_kernels(statistic, arguments.format());
}

std::string run_completion(Arguments &arguments) {
    return completion(*arguments.app, arguments.shell);
}

std::string run_check(Arguments &arguments) {
    return check(arguments.request.pattern, arguments.request.params);
}

CLI::App *add_command(CLI::App &app, const std::string &name, const std::string &description, Arguments &arguments,
                      std::string (*run)(Arguments &)) {
    CLI::App *command = app.add_subcommand(name, description);
    command->callback([&arguments, run] { arguments.run = run; });
    return command;
}

// As a word of its own, or as an option.
void add_pattern(CLI::App &command, Arguments &arguments, const std::string &name = "pattern") {
    command.add_option(name, arguments.request.pattern, "\"axes of the tensor -> axes of its statistics\"")->required();
    command.add_option("--params", arguments.request.params, "The axes of scale and shift, as \"(g n)\"");
}

CLI::Option *add_json(CLI::App &command, Arguments &arguments) {
    return command.add_flag("--json", arguments.json, "The same as JSON");
}

void add_lengths(CLI::App &command, Arguments &arguments) {
    command
        .add_option("--set", arguments.settings,
                    "The length of an axis that the shape cannot tell, as g=32; repeatable")
        ->allow_extra_args(false);
}

// All that describes a call, for call_request().
void add_call(CLI::App &command, Arguments &arguments) {
    CallRequest &request = arguments.request;
    add_pattern(command, arguments);
    command.add_option("--shape", arguments.shape, "The shape of x, as 8,128,64,64; \"\" for rank 0")->required();
    add_lengths(command, arguments);
    CLI::Option *memory =
        command.add_option("--memory", request.memory,
                           "The axes of x and y from the outermost in memory to the innermost; else as written");
    command
        .add_option(
            "--strides", arguments.strides,
            "In place of --memory the strides of x and y in elements, as 2048,1; 2048,1:1024,1 where y's differ")
        ->excludes(memory);
    command.add_option("--statistic", arguments.statistic, "Else mean_var")->check(CLI::IsMember(&statistics()));
    command.add_option("--dtype", arguments.dtype, "Of x and y, as float16 or bfloat16:float32; else float32")
        ->check(check_dtypes, dtype_type);
    command.add_flag("--with-statistics", request.statistics, "Also write mean and rstd");
    command.add_flag("--no-params", arguments.no_params, "Without scale and shift");
    command.add_flag("--canonical", request.canonical, "Never an exact kernel");
    add_json(command, arguments);
}

void add_bench(CLI::App &app, Arguments &arguments) {
    CLI::App &command =
        *add_command(app, "bench", "How long a call takes, beside a copy of the same bytes", arguments, run_bench);
    add_call(command, arguments);
    command.add_option("--threads", arguments.bench.threads, "Of the call and of the copy; else 1")
        ->check(CLI::Range(1, 1024));
    command.add_option("--rounds", arguments.bench.rounds, "How often both are timed; else 31")
        ->check(CLI::Range(1, 1000000));
}

void add_run(CLI::App &app, Arguments &arguments) {
    RunRequest &files = arguments.files;
    CLI::App &command =
        *add_command(app, "run", "Normalizes an array of NumPy, of float32, float64 or float16", arguments, run_run);
    command.add_option("x", files.x, "x.npy")->required()->type_name(file_type);
    add_pattern(command, arguments, "--pattern");
    add_lengths(command, arguments);
    command.add_option("--scale", files.scale, "Of the shape of the params; else 1")->type_name(file_type);
    command.add_option("--shift", files.shift, "Of the shape of the params; else 0")->type_name(file_type);
    command.add_option("--eps", files.eps, "Else 1e-5");
    command.add_option("--statistic", arguments.statistic, "Else mean_var")->check(CLI::IsMember({"mean_var", "rms"}));
    command.add_option("-o,--output", files.y, "y.npy, of the dtype and order of x")->required()->type_name(file_type);
}

void add_list(CLI::App &app, Arguments &arguments) {
    CLI::App &command = *add_command(app, "list", "The kernels that are linked", arguments, run_list);
    CLI::Option *statistic = command.add_option("--statistic", arguments.statistic, "Only those of one statistic");
    statistic->check(CLI::IsMember(&statistics()));
    CLI::Option *lines =
        command.add_flag("--lines", arguments.lines, "The KERNEL lines that the default library was made from");
    command.add_flag("--markdown", arguments.markdown, "The lines as a table in Markdown")
        ->needs(lines)
        ->excludes(add_json(command, arguments));
    command
        .add_flag("--thresholds", arguments.thresholds, "Not kernels, but the runtime's thresholds as they are in use")
        ->excludes(lines)
        ->excludes(statistic);
}

// For the build: what it prints is installed. No group: --help does not list it.
void add_completion(CLI::App &app, Arguments &arguments) {
    CLI::App &command = *add_command(app, "completion", "What a shell completes", arguments, run_completion);
    command.group("");
    command.add_option("shell", arguments.shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
    arguments.app = &app;
}

void add_commands(CLI::App &app, Arguments &arguments) {
    app.require_subcommand(0, 1);  // that there is one is checked below: unknown words are to be named first
    app.set_version_flag("--version", "axnorm " AXNORM_VERSION);
    app.footer(exit_codes);
    add_call(*add_command(app, "explain", "What a call would do: its axes, groups, kernel and memory traffic",
                          arguments, run_explain),
             arguments);
    add_run(app, arguments);
    add_bench(app, arguments);
    add_list(app, arguments);
    add_pattern(*add_command(app, "check", "Whether a pattern and its params are right", arguments, run_check),
                arguments);
    add_completion(app, arguments);
}

// As CLI11 takes them.
std::vector<std::string> reversed(std::span<char *const> words) {
    std::vector<std::string> result;
    for (std::size_t i = words.size(); i-- > 1;) {
        // A pattern without a left side is wrong, but no option.
        const std::string word = words[i];
        result.push_back(word.starts_with("->") ? " " + word : word);
    }
    return result;
}

// Returns the exit code. Nothing is printed before all is known to be right.
int run(std::span<char *const> words) {
    CLI::App app("Normalization kernels from axis patterns: \"b (g n) h w -> b g\" is group norm", "axnorm");
    Arguments arguments;
    add_commands(app, arguments);
    try {
        app.parse(reversed(words));
    } catch (const CLI::ParseError &error) {  // --help and --version are such, too
        return app.exit(error) == 0 ? 0 : wrong_usage;
    }
    if (arguments.run == nullptr) {
        throw UsageError("a command is missing: explain, run, bench, list or check; --help tells more");
    }
    std::cout << arguments.run(arguments) << std::flush;
    if (!std::cout) {
        throw std::runtime_error("axnorm: stdout cannot be written");
    }
    return 0;
}

}  // namespace

}  // namespace axnorm::cli

int main(int count, char **words) {
    try {
        return axnorm::cli::run({words, static_cast<std::size_t>(count)});
    } catch (const axnorm::cli::UsageError &error) {
        std::cerr << error.what() << '\n';
        return axnorm::cli::wrong_usage;
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return axnorm::cli::refused;
    }
}
