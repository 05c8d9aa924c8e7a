# Build side: the two programs behind axnorm_add_library().
#
#   axnorm-kernels     names what a list of patterns takes; it is run while CMake configures, and so built there
#   axnorm::generator  compiles kernels: Halide's generator `norm`, an ordinary target
#
# Installed, they lie side by side, with Halide.

# Built again where a source has changed.
function(axnorm_build_kernels_program)
    file(GLOB sources CONFIGURE_DEPENDS generators/library/*.cpp)
    foreach(name IN ITEMS axes device_launch dry_call layout linked plan registry text)
        list(APPEND sources "${PROJECT_SOURCE_DIR}/runtime/${name}.cpp")
    endforeach()
    file(GLOB headers CONFIGURE_DEPENDS generators/library/*.h runtime/*.h runtime/axnorm/*.h)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources} ${headers})

    set(program "${PROJECT_BINARY_DIR}/axnorm-kernels")
    set(digest "${CMAKE_CXX_COMPILER}")
    foreach(file IN LISTS sources headers)
        file(SHA256 "${file}" hash)
        string(APPEND digest " ${hash}")
    endforeach()
    string(SHA256 digest "${digest}")
    if(NOT EXISTS "${program}" OR NOT digest STREQUAL "${AXNORM_KERNELS_DIGEST}")
        message(STATUS "Building axnorm-kernels")
        try_compile(built SOURCES ${sources} NO_CACHE
                    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR}/runtime"
                    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
                    OUTPUT_VARIABLE log COPY_FILE "${program}" COPY_FILE_ERROR copy_error)
        if(NOT built OR copy_error)
            message(FATAL_ERROR "axnorm-kernels does not build:\n${log}${copy_error}")
        endif()
        set(AXNORM_KERNELS_DIGEST "${digest}" CACHE INTERNAL "What axnorm-kernels was built of")
    endif()
    set_property(GLOBAL PROPERTY AXNORM_KERNELS_PROGRAM "${program}")
endfunction()

function(axnorm_build_generator)
    file(GLOB sources CONFIGURE_DEPENDS generators/*.cpp schedules/*.cpp)
    if(AXNORM_SANITIZE)  # has an operator new of its own
        list(FILTER sources EXCLUDE REGEX "/generators/allocation.cpp$")
    endif()
    add_executable(axnorm_generator ${sources})
    add_executable(axnorm::generator ALIAS axnorm_generator)
    set_target_properties(axnorm_generator PROPERTIES OUTPUT_NAME axnorm-generator EXPORT_NAME generator)
    target_compile_features(axnorm_generator PRIVATE cxx_std_20)
    target_link_libraries(axnorm_generator PRIVATE halide::gengen)
    # Most of a generator's time is spent in Halide: optimizing it costs more than it saves (4 s against 9 s a source).
    # It is installed: Halide's messages then name its header without a folder of the machine that built it.
    target_compile_options(axnorm_generator PRIVATE -O0 -g0 "-fmacro-prefix-map=${axnorm_halide}/include/=")
    set_source_files_properties(generators/allocation.cpp PROPERTIES COMPILE_OPTIONS -O2 SKIP_PRECOMPILE_HEADERS ON)
    target_precompile_headers(axnorm_generator PRIVATE <Halide.h>)
    axnorm_set_warnings(axnorm_generator)
endfunction()

axnorm_build_kernels_program()
axnorm_build_generator()

set(generator axnorm::generator)
set(features "")
if(AXNORM_SANITIZE)
    set(features -asan)
    # Calls in place of inline checks: the largest kernel compiles in 15 s an instruction set, not in 59.
    set(generator "${CMAKE_COMMAND}" -E env HL_LLVM_ARGS=-asan-instrumentation-with-call-threshold=0
                  $<TARGET_FILE:axnorm_generator>)
endif()
set_property(GLOBAL PROPERTY AXNORM_GENERATOR_COMMAND "${generator}")
set_property(GLOBAL PROPERTY AXNORM_KERNEL_FEATURES "${features}")

# Halide's runtime: threads, errors, the choice among instruction sets. Once in a program: it is part of axnorm::runtime.
set(axnorm_halide_runtime "${PROJECT_BINARY_DIR}/axnorm_halide_runtime.o")
add_custom_command(
    OUTPUT "${axnorm_halide_runtime}"
    COMMAND ${generator} -r axnorm_halide_runtime -o "${PROJECT_BINARY_DIR}" -e object
            target=x86-64-linux-user_context${features}
    DEPENDS axnorm::generator
    COMMENT "Halide's runtime"
    VERBATIM)
set_source_files_properties("${axnorm_halide_runtime}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
