// What main.cpp asks of a plugin. Both have it under one name, as plugins do.
#pragma once

struct Plugin {
    const char *(*kernels)();  // the names of all that it knows, a line each
    // Normalizes by a pattern of two or four axes, and returns "" where y is right, or what axnorm says.
    const char *(*normalize)(const char *pattern);
    int (*num_threads)();
    void (*set_num_threads)(int threads);
};

extern "C" [[gnu::visibility("default")]] const Plugin *plugin();
