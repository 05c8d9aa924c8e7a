# Halide's Python wheel, which is where all of Halide comes from: downloaded, checked, unpacked in parts.
set(AXNORM_HALIDE_VERSION 21.0.0)
set(AXNORM_HALIDE_SHA256 3686c2b4c9aed1e26e1e55631608b2c4a4c3fe2d4386505ba1921859adb683ab)

# Unpacks what has one of these names into the folder, from halide/ of the wheel. The folder gets its name last: where it is
# there, it is whole.
function(axnorm_download_halide folder)
    list(TRANSFORM ARGN PREPEND "halide/" OUTPUT_VARIABLE names)
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
         PATTERNS ${names})
    file(RENAME "${temporary}/halide" "${folder}")
    file(REMOVE_RECURSE "${temporary}")
endfunction()

