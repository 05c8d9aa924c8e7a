// In place of the default library's header: the C interface with the kernels for GPUs alone.
#pragma once

#include <axnorm_cuda.h>
