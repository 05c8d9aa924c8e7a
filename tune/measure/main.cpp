// axnorm-measure: the part of the tuner that runs kernels. It has none of its own: it loads those that the tuner
// compiled, checks them and times them. The tuner starts it, and starts another one where a kernel crashed or hangs.
//
// It reads requests from stdin, a line each, and answers each by a line on stdout: session.h.
#include <exception>
#include <iostream>
#include <string>

#include "session.h"

int main(int count, char **) {
    if (count > 1) {
        std::cerr << "usage: axnorm-measure < requests > answers, each a line of JSON: tune/measure/session.h\n";
        return 2;
    }
    try {
        axnorm::measure::Session session;
        for (std::string line; std::cout && std::getline(std::cin, line);) {
            if (!line.empty()) {
                std::cout << session.answer(line) << std::endl;
            }
        }
        return std::cout ? 0 : 1;
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
