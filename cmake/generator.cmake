# Build side: the two programs behind axnorm_add_library().
#
#   axnorm-kernels     names what a list of patterns takes; it is run while CMake configures, and so built there
#   axnorm::generator  compiles kernels: Halide's generator `norm`, an ordinary target
#
# Installed, they lie side by side, with Halide.

# Built again where a source has changed.
function(axnorm_build_kernels_program)
    file(GLOB sources CONFIGURE_DEPENDS generators/library/*.cpp)
    # Of the runtime what comes before a call: the rooms below the others. And which knobs a kernel has, known without Halide.
    file(GLOB planning CONFIGURE_DEPENDS runtime/tuning/thresholds.cpp runtime/language/*.cpp runtime/planning/*.cpp
                                         schedules/knobs/*.cpp)
    list(APPEND sources ${planning})
    file(GLOB headers CONFIGURE_DEPENDS generators/library/*.h include/axnorm/*.h runtime/tuning/*.h runtime/language/*.h
                                        runtime/planning/*.h schedules/knobs/*.h)
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
        # All sources as one: a third of the time.
        try_compile(built SOURCES ${sources} NO_CACHE
                    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR}\\;${PROJECT_SOURCE_DIR}/include"
                                -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
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
    file(GLOB sources CONFIGURE_DEPENDS generators/*.cpp generators/shared/*.cpp generators/cpu/*.cpp
                                        generators/device/*.cpp schedules/knobs/*.cpp schedules/cpu/*.cpp
                                        schedules/device/*.cpp)
    add_executable(axnorm_generator ${sources})
    add_executable(axnorm::generator ALIAS axnorm_generator)
    # As it is installed, with its Halide beside it: the same program in every folder, and cached_kernel.cmake knows it again.
    set_target_properties(axnorm_generator PROPERTIES
        OUTPUT_NAME axnorm-generator
        EXPORT_NAME generator
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/$<0:>"
        INSTALL_RPATH "$ORIGIN"
        BUILD_WITH_INSTALL_RPATH ON)
    file(CREATE_LINK "${axnorm_halide}/lib64/libHalide.so" "${PROJECT_BINARY_DIR}/libHalide.so" SYMBOLIC)
    target_compile_features(axnorm_generator PRIVATE cxx_std_20)
    target_include_directories(axnorm_generator PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(axnorm_generator PRIVATE halide::halide)
    # Most of a generator's time is spent in Halide: optimizing it costs more than it saves (4 s against 9 s a source).
    # It is installed: Halide's messages then name its header without a folder of the machine that built it.
    target_compile_options(axnorm_generator PRIVATE -O0 -g0 "-fmacro-prefix-map=${axnorm_halide}/include/=")
    target_precompile_headers(axnorm_generator PRIVATE <Halide.h>)
    axnorm_set_warnings(axnorm_generator)
    # The functions and variables of schedules for the CPU have the same names.
    set(families "")
    foreach(source IN LISTS sources)
        file(STRINGS "${source}" family REGEX "^const ScheduleFamily [a-z_]+ =")
        if(family)
            list(APPEND families "${source}")
        endif()
    endforeach()
    axnorm_set_unity(axnorm_generator ${families})
endfunction()

axnorm_build_kernels_program()
axnorm_build_generator()

set_property(GLOBAL PROPERTY AXNORM_GENERATOR_COMMAND $<TARGET_FILE:axnorm::generator>)

# Halide's runtime, once in a program, for kernels that call more of it than axnorm::runtime defines itself: those for GPUs.
axnorm_generate(axnorm_halide_runtime "${PROJECT_BINARY_DIR}" axnorm_halide_runtime.o "Halide's runtime"
                -r axnorm_halide_runtime -e object target=x86-64-linux-user_context)
