# axnorm_add_generator(<target>) and axnorm_add_kernels(<target> TABLE <name> KERNELS <kernel>...): the program that
# emits kernels, and libraries of what it emits.

# Every kernel holds three variants; the first one that the CPU can run is taken at its first call, the last one runs
# anywhere. no_asserts: Layout has checked what they would check. user_context: threads and errors are per call.
set(axnorm_isas x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake
                x86-64-linux-sse41-avx-f16c-fma-avx2
                x86-64-linux)
set(axnorm_features -strict_float-no_runtime-no_asserts-no_bounds_query-user_context)
set(axnorm_runtime_target x86-64-linux-user_context)
set(axnorm_run_generator axnorm_generator)
if(AXNORM_SANITIZE)
    string(APPEND axnorm_features -asan)
    string(APPEND axnorm_runtime_target -asan)
    # Calls in place of inline checks: the largest kernel compiles in 15 s an instruction set, not in 59.
    set(axnorm_run_generator "${CMAKE_COMMAND}" -E env HL_LLVM_ARGS=-asan-instrumentation-with-call-threshold=0
                             $<TARGET_FILE:axnorm_generator>)
endif()
list(TRANSFORM axnorm_isas APPEND "${axnorm_features}" OUTPUT_VARIABLE axnorm_targets)

# The enumerators of axnorm::DType.
set(axnorm_dtype_f32 float32)

function(axnorm_add_generator target)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/generators/*.cpp" "${PROJECT_SOURCE_DIR}/schedules/*.cpp")
    add_executable(${target} ${sources})
    target_compile_features(${target} PRIVATE cxx_std_20)
    target_link_libraries(${target} PRIVATE halide::gengen)
    # Most of a generator's time is spent in Halide: optimizing it costs more than it saves (4 s against 9 s a source).
    target_compile_options(${target} PRIVATE -O0 -g0)
    target_precompile_headers(${target} PRIVATE <Halide.h>)
    axnorm_set_warnings(${target})
endfunction()

# A static library of the kernels, with Halide's runtime and the array axnorm::<table>_table that lists them.
function(axnorm_add_kernels target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TABLE" "KERNELS")
    if(NOT arg_KERNELS)
        message(FATAL_ERROR "axnorm_add_kernels(${target}): the list of kernels is empty")
    endif()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
    file(MAKE_DIRECTORY "${folder}")

    set(objects)
    set(names)
    set(declarations)
    set(rows)
    foreach(kernel IN LISTS arg_KERNELS)
        if(NOT kernel MATCHES "^(mean_var|rms|given) ([kKrR]+) (contiguous|strided) (f32)$")
            message(FATAL_ERROR "axnorm_add_kernels(${target}): '${kernel}' is not '<mean_var|rms|given> <signature> "
                                "<contiguous|strided> <f32>'")
        endif()
        set(statistic ${CMAKE_MATCH_1})
        set(signature ${CMAKE_MATCH_2})
        set(dtype ${CMAKE_MATCH_4})
        if(CMAKE_MATCH_3 STREQUAL "contiguous")
            set(contiguous true)
            set(name axnorm_${statistic}_${signature}_${dtype})
        else()
            set(contiguous false)
            set(name axnorm_${statistic}_${signature}_strided_${dtype})
        endif()
        if(name IN_LIST names)
            message(FATAL_ERROR "axnorm_add_kernels(${target}): '${kernel}' is listed twice")
        endif()
        list(APPEND names ${name})

        axnorm_kernel_objects(kernel_objects ${name} "${folder}"
                              signature=${signature} statistic=${statistic} contiguous=${contiguous})
        list(APPEND objects ${kernel_objects})
        string(APPEND declarations "int ${name}_argv(void **);\n")
        string(APPEND rows "    {Statistic::${statistic}, \"${signature}\", /*contiguous=*/${contiguous}, "
                           "DType::${axnorm_dtype_${dtype}}, ${name}_argv, \"${name}\"},\n")
    endforeach()

    axnorm_runtime_object(runtime_object "${folder}")
    set(table ${arg_TABLE})
    configure_file("${PROJECT_SOURCE_DIR}/cmake/kernel_table.cpp.in" "${folder}/${table}.cpp" @ONLY)

    add_library(${target} STATIC "${folder}/${table}.cpp" ${objects} "${runtime_object}")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/runtime")
    target_link_libraries(${target} PUBLIC Threads::Threads ${CMAKE_DL_LIBS} PRIVATE halide::runtime)
    axnorm_set_flags(${target})
endfunction()

# The objects of one kernel: one for each instruction set, and the wrapper that chooses.
function(axnorm_kernel_objects result name folder)
    set(objects "${folder}/${name}_wrapper.o")
    foreach(kernel_target IN LISTS axnorm_targets)
        list(APPEND objects "${folder}/${name}-${kernel_target}.o")
    endforeach()
    list(JOIN axnorm_targets "," targets)
    add_custom_command(
        OUTPUT ${objects}
        COMMAND ${axnorm_run_generator} -g norm -f ${name} -o "${folder}" -e object target=${targets} ${ARGN}
        DEPENDS axnorm_generator
        COMMENT "Kernel ${name}"
        VERBATIM)
    set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${result} ${objects} PARENT_SCOPE)
endfunction()

# Halide's runtime: threads, errors, the choice among instruction sets. Once in a program.
function(axnorm_runtime_object result folder)
    set(object "${folder}/axnorm_halide_runtime.o")
    add_custom_command(
        OUTPUT "${object}"
        COMMAND ${axnorm_run_generator} -r axnorm_halide_runtime -o "${folder}" -e object target=${axnorm_runtime_target}
        DEPENDS axnorm_generator
        COMMENT "Halide's runtime"
        VERBATIM)
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${result} "${object}" PARENT_SCOPE)
endfunction()
