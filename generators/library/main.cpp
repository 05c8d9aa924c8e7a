// axnorm-kernels: the words of axnorm_add_library() -> what is to be compiled.
//
//     axnorm-kernels NAME FOLDER MADE_IN
//
// It reads FOLDER/NAME.words, a word a line, and with SCHEDULES FOLDER/NAME.schedules (record.h), and writes NAME.h and
// NAME.cpp there, where they change. It prints a line for each function to compile, as command.h says. What is wrong
// goes to stderr, and the exit code is 1.
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "command.h"
#include "resolve.h"
#include "write.h"

namespace {

using namespace axnorm::build;

std::string read_text(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> read_words(const std::string &path) {
    std::istringstream file(read_text(path));
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word);) {
        words.push_back(word);
    }
    return words;
}

// A file that does not change keeps its time, and nothing that depends on it is built again.
void write_if_changed(const std::string &path, const std::string &text) {
    if (std::ifstream old(path, std::ios::binary); old) {
        const std::string old_text(std::istreambuf_iterator<char>(old), {});
        if (old_text == text) {
            return;
        }
    }
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path);
    }
}

// It becomes a namespace, a part of symbols, and a file name.
void check_name(const std::string &name) {
    bool is_identifier = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
    for (const char c : name) {
        is_identifier = is_identifier && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_');
    }
    // Of the words that C++ has for itself those that somebody may want here.
    for (const char *word : {"auto", "const", "default", "export", "float", "double", "inline", "module", "namespace",
                             "new", "private", "public", "register", "static", "std", "template", "this", "union"}) {
        is_identifier = is_identifier && name != word;
    }
    if (!is_identifier) {
        throw std::runtime_error("the library's name has to be a C++ identifier: it becomes a namespace");
    }
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        std::fputs("usage: axnorm-kernels NAME FOLDER MADE_IN\n", stderr);
        return 2;
    }
    try {
        const std::string name = argv[1], folder = argv[2], made_in = argv[3];
        check_name(name);
        const LibraryRequest request = parse_request(read_words(folder + "/" + name + ".words"));
        const std::vector<TunedRow> record =
            request.tuned ? parse_record(read_text(folder + "/" + name + ".schedules")) : std::vector<TunedRow>();
        const Resolved resolved = resolve(name, request, record);
        write_if_changed(folder + "/" + name + ".h", header_text(name, resolved, made_in));
        write_if_changed(folder + "/" + name + ".cpp", table_text(name, resolved, request.features));
        for (const Function &function : resolved.functions) {
            std::puts(command_text(function, request.features).c_str());
        }
        for (const std::string &note : resolved.notes) {
            std::fprintf(stderr, "%s\n", note.c_str());
        }
        if (request.tuned) {
            std::fprintf(stderr, "%d of %zu rows of SCHEDULES are for its kernels\n", resolved.tuned, record.size());
        }
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
