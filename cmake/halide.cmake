# The pinned Halide, from its Python wheel: C++ headers and libHalide.so with LLVM inside.
#
#   halide::halide   to compile generators with: Halide.h and libHalide.so
#   halide::runtime  HalideRuntime.h and HalideBuffer.h; the code itself is emitted beside the kernels
#
# Halide's own CMake package wants CMake 3.28; these targets are all that axnorm needs of it.
set(AXNORM_HALIDE_VERSION 21.0.0)
set(AXNORM_HALIDE_SHA256 3686c2b4c9aed1e26e1e55631608b2c4a4c3fe2d4386505ba1921859adb683ab)

# The presets share one copy by giving the same folder.
set(AXNORM_HALIDE_DIR "${PROJECT_BINARY_DIR}/_halide" CACHE PATH
    "Folder that holds halide-${AXNORM_HALIDE_VERSION}/ (include/, lib64/ and share/ of the wheel); downloaded where it is missing")

# Downloads, checks and unpacks the wheel. The folder gets its name last: where it is there, it is whole.
function(axnorm_download_halide folder)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    execute_process(COMMAND "${Python3_EXECUTABLE}" -m pip --version RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
        message(FATAL_ERROR "Halide ${AXNORM_HALIDE_VERSION} is downloaded with pip, which ${Python3_EXECUTABLE} lacks. Type:\n"
                            "    apt-get install python3-pip")
    endif()

    message(STATUS "Downloading Halide ${AXNORM_HALIDE_VERSION} (69 MB) to ${folder}")
    set(temporary "${folder}.part")
    file(REMOVE_RECURSE "${temporary}" "${folder}")
    file(MAKE_DIRECTORY "${temporary}")
    # The wheel is made for CPython 3.11, but nothing of it is run by Python: any version may download it.
    execute_process(
        COMMAND "${Python3_EXECUTABLE}" -m pip download --quiet --disable-pip-version-check
                --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311
                --platform manylinux_2_28_x86_64 --dest "${temporary}" halide==${AXNORM_HALIDE_VERSION}
        RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    file(GLOB wheel "${temporary}/*.whl")
    if(failed OR NOT wheel)
        message(FATAL_ERROR "pip could not download halide==${AXNORM_HALIDE_VERSION}:\n${output}\n"
                            "Without a network: unpack the wheel (a zip file) elsewhere, and move its folder halide/ to\n"
                            "    ${folder}")
    endif()
    file(SHA256 "${wheel}" sha256)
    if(NOT sha256 STREQUAL AXNORM_HALIDE_SHA256)
        message(FATAL_ERROR "${wheel} has the SHA-256\n    ${sha256}\nbut Halide ${AXNORM_HALIDE_VERSION} has\n"
                            "    ${AXNORM_HALIDE_SHA256}\nIt was not unpacked.")
    endif()
    file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${temporary}"
         PATTERNS "halide/include/*" "halide/lib64/libHalide.so" "halide/share/doc/Halide/LICENSE.txt")
    file(RENAME "${temporary}/halide" "${folder}")
    file(REMOVE_RECURSE "${temporary}")
endfunction()

function(axnorm_need_halide folder)
    if(NOT EXISTS "${folder}")
        file(MAKE_DIRECTORY "${AXNORM_HALIDE_DIR}")
        # Two presets may be configured at the same time.
        file(LOCK "${AXNORM_HALIDE_DIR}/lock" GUARD FUNCTION TIMEOUT 900)
        if(NOT EXISTS "${folder}")
            axnorm_download_halide("${folder}")
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
