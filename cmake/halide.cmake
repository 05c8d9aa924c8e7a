# The pinned Halide, from its Python wheel: C++ headers and libHalide.so with LLVM inside.
#
#   halide::halide   to compile generators with: Halide.h and libHalide.so
#   halide::runtime  HalideRuntime.h and HalideBuffer.h; the code itself is emitted beside the kernels
#
# Halide's own CMake package wants CMake 3.28; these targets are all that axnorm needs of it.
include(cmake/halide_wheel.cmake)

# The presets share one copy by giving the same folder.
set(AXNORM_HALIDE_DIR "${PROJECT_BINARY_DIR}/_halide" CACHE PATH
    "Folder that holds halide-${AXNORM_HALIDE_VERSION}/ (include/, lib64/ and share/ of the wheel); downloaded where it is missing")

function(axnorm_need_halide folder)
    if(NOT EXISTS "${folder}")
        file(MAKE_DIRECTORY "${AXNORM_HALIDE_DIR}")
        # Two presets may be configured at the same time.
        file(LOCK "${AXNORM_HALIDE_DIR}/lock" GUARD FUNCTION TIMEOUT 900)
        if(NOT EXISTS "${folder}")
            axnorm_download_halide("${folder}" include/* lib64/libHalide.so share/doc/Halide/LICENSE.txt)
        endif()
    endif()

    set(header "${folder}/include/HalideRuntime.h")
    foreach(file IN ITEMS "${header}" "${folder}/include/Halide.h" "${folder}/lib64/libHalide.so"
                          "${folder}/share/doc/Halide/LICENSE.txt")
        if(NOT EXISTS "${file}")
            message(FATAL_ERROR "${file} is missing. Remove ${folder}, and it is downloaded anew.")
        endif()
    endforeach()
    file(STRINGS "${header}" defined REGEX "#define HALIDE_VERSION_(MAJOR|MINOR|PATCH) ")
    list(TRANSFORM defined REPLACE "[^0-9]+" "")
    list(JOIN defined "." version)
    if(NOT version STREQUAL AXNORM_HALIDE_VERSION)
        message(FATAL_ERROR "${folder} holds Halide '${version}'; axnorm is built with ${AXNORM_HALIDE_VERSION}.")
    endif()
endfunction()

set(axnorm_halide "${AXNORM_HALIDE_DIR}/halide-${AXNORM_HALIDE_VERSION}")
axnorm_need_halide("${axnorm_halide}")

add_library(halide::runtime INTERFACE IMPORTED)
target_include_directories(halide::runtime SYSTEM INTERFACE "${axnorm_halide}/include")

add_library(halide::halide SHARED IMPORTED)
set_target_properties(halide::halide PROPERTIES IMPORTED_LOCATION "${axnorm_halide}/lib64/libHalide.so")
target_include_directories(halide::halide SYSTEM INTERFACE "${axnorm_halide}/include")
target_compile_features(halide::halide INTERFACE cxx_std_17)
