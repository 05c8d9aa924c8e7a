#include "completion.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "axnorm/dtype.h"

namespace axnorm::cli {

namespace {

// What is behind an option, or a word of its own.
struct Values {
    bool are_files = false;
    std::string words;  // "mean_var rms"; "": anything
};

Values values_of(const CLI::Option &option) {
    const std::string type = option.get_type_name();
    Values values{type.find(file_type) != std::string::npos, {}};
    if (type.find(dtype_type) != std::string::npos) {
        for (const DType dtype : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
            values.words += (values.words.empty() ? "" : " ") + std::string(name_of(dtype));
        }
    } else if (const std::size_t open = type.find('{'); open != std::string::npos) {
        values.words = type.substr(open + 1, type.find('}') - open - 1);
        std::ranges::replace(values.words, ',', ' ');
    }
    return values;
}

bool is_flag(const CLI::Option &option) {
    return option.get_items_expected_max() == 0;
}

// "-o --output"
std::vector<std::string> names_of(const CLI::Option &option) {
    std::vector<std::string> names;
    for (const std::string &name : option.get_snames()) {
        names.push_back("-" + name);
    }
    for (const std::string &name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    return names;
}

std::vector<const CLI::App *> commands_of(const CLI::App &app) {
    std::vector<const CLI::App *> commands;
    for (const CLI::App *command : app.get_subcommands([](const CLI::App *one) { return !one->get_group().empty(); })) {
        commands.push_back(command);
    }
    return commands;
}

std::string joined(const std::vector<std::string> &texts, const std::string &between) {
    std::string result;
    for (const std::string &text : texts) {
        result += (result.empty() ? "" : between) + text;
    }
    return result;
}

std::string bash_reply(const Values &values) {
    if (values.are_files) {
        return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$word\"))";
    }
    return values.words.empty() ? ":" : "COMPREPLY=($(compgen -W \"" + values.words + "\" -- \"$word\"))";
}

std::string bash_completion(const CLI::App &app) {
    std::vector<std::string> names;
    std::string of_values, of_commands;
    for (const CLI::App *command : commands_of(app)) {
        names.push_back(command->get_name());
        std::vector<std::string> options;
        Values positional;
        for (const CLI::Option *option : command->get_options()) {
            const std::vector<std::string> of_option = names_of(*option);
            options.insert(options.end(), of_option.begin(), of_option.end());
            std::vector<std::string> cases;
            std::ranges::transform(of_option, std::back_inserter(cases), [&](const std::string &name) {
                return "\"" + command->get_name() + " " + name + "\"";
            });
            if (of_option.empty()) {
                positional.are_files = positional.are_files || values_of(*option).are_files;
            } else if (!is_flag(*option)) {
                of_values +=
                    "        " + joined(cases, " | ") + ") " + bash_reply(values_of(*option)) + "; return ;;\n";
            }
        }
        of_commands += "        " + command->get_name() + ")\n            if [[ $word == -* ]]; then " +
                       bash_reply({false, joined(options, " ")}) + "; else " + bash_reply(positional) + "; fi ;;\n";
    }
    return "# Completion of axnorm for bash: printed by `axnorm completion bash`.\n_axnorm() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}\n"
           "    if ((COMP_CWORD == 1)); then\n        " +
           bash_reply({false, joined(names, " ") + " --help --version"}) +
           "\n        return\n    fi\n    case \"$command $previous\" in\n" + of_values +
           "    esac\n    case \"$command\" in\n" + of_commands + "    esac\n}\ncomplete -F _axnorm axnorm\n";
}

// Within single quotes; and of what _arguments and _describe have a meaning of their own for.
std::string zsh_text(const std::string &text) {
    std::string result;
    for (const char c : text) {
        result += c == '\'' ? "'\\'" : c == ':' || c == '[' || c == ']' || c == '\\' ? "\\" : "";
        result += c;
    }
    return result;
}

std::string zsh_action(const Values &values) {
    return values.are_files ? "_files" : values.words.empty() ? " " : "(" + values.words + ")";
}

std::string zsh_option(const CLI::Option &option, int position) {
    const std::vector<std::string> names = names_of(option);
    const std::string action = zsh_action(values_of(option));
    if (names.empty()) {
        return " \\\n                '" + std::to_string(position) + ":" + option.get_name() + ":" + action + "'";
    }
    std::string text;
    for (const std::string &name : names) {
        text += " \\\n                '" + std::string(option.get_expected_max() > 1 ? "*" : "") + name + "[" +
                zsh_text(option.get_description()) + "]" + (is_flag(option) ? "" : ":value:" + action) + "'";
    }
    return text;
}

std::string zsh_completion(const CLI::App &app) {
    std::string described, of_commands;
    for (const CLI::App *command : commands_of(app)) {
        described += "        '" + command->get_name() + ":" + zsh_text(command->get_description()) + "'\n";
        of_commands += "        " + command->get_name() + ")\n            _arguments";
        int position = 0;
        for (const CLI::Option *option : command->get_options()) {
            position += names_of(*option).empty() ? 1 : 0;
            of_commands += zsh_option(*option, position);
        }
        of_commands += " ;;\n";
    }
    return "#compdef axnorm\n# Completion of axnorm for zsh: printed by `axnorm completion zsh`.\n_axnorm() {\n"
           "    local -a commands=(\n" +
           described +
           "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n"
           "    shift words\n    ((CURRENT--))\n    case $words[1] in\n" +
           of_commands + "    esac\n}\n_axnorm \"$@\"\n";
}

}  // namespace

std::string completion(const CLI::App &app, std::string_view shell) {
    return shell == "bash" ? bash_completion(app) : zsh_completion(app);
}

}  // namespace axnorm::cli
