// In place of the default library's header: the C interface with the kernels of this folder.
#pragma once

#include "../kernels.h"
