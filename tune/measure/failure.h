// Why a request is answered with an error. The process goes on.
#pragma once

#include <stdexcept>
#include <string>

namespace axnorm::measure {

class Failure : public std::runtime_error {
  public:
    // `kind` is a literal: request, load, kernel or machine (session.h).
    Failure(const char *kind, const std::string &message) : std::runtime_error(message), kind_(kind) {}

    const char *kind() const { return kind_; }

  private:
    const char *kind_;
};

}  // namespace axnorm::measure
