// Makes the default library's kernels known to normalize() in the whole program.
#include <axnorm_default.h>
