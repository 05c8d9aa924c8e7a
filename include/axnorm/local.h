// What stays within a program or a shared library, whatever it exports. Two shared libraries with axnorm inside are two
// axnorms: where one took such a function or variable from the other, it would call the kernels of the other.
#pragma once

#define AXNORM_LOCAL [[gnu::visibility("hidden")]]
