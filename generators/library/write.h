// What a library holds, as C++: the header that lists and registers its kernels, and the table that it refers to.
#pragma once

#include <string>

#include "resolve.h"

namespace axnorm::build {

std::string header_text(const std::string &library, const Resolved &resolved, const std::string &made_in);
// `features` are those of LibraryRequest.
std::string table_text(const std::string &library, const Resolved &resolved, const std::string &features = {});

}  // namespace axnorm::build
