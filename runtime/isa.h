// Whether kernels may use AVX2 with FMA and F16C here: kernels for short rows are compiled for nothing less. Without
// masked loads they would be large, and slower than those for rows of any length. Nor are those for channels, to be
// few.
#pragma once

namespace axnorm {

bool has_avx2();

}  // namespace axnorm
