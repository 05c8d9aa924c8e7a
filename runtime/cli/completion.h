// What a shell completes: commands, options and their values, as CLI11 knows them.
//
//     completion(app, "bash");   // the text of share/bash-completion/completions/axnorm
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>

namespace axnorm::cli {

// The type name of an option that takes a dtype, two with a colon between them, or a file.
inline constexpr const char *dtype_type = "DTYPE", *file_type = "FILE";

// `shell` is "bash" or "zsh". Commands without a group are left out.
std::string completion(const CLI::App &app, std::string_view shell);

}  // namespace axnorm::cli
