# axnorm_add_library(<name> [CANONICAL]
#     KERNEL <pattern>             "b (g n) h w -> b g"
#         [PARAMS <axes>]          "(g n)": the axes of scale and shift
#         [MEMORY <order>...]      "b h w g n": the axes from the outermost in memory to the innermost; default: as written
#         [STATISTIC <name>...]    mean_var (default), which serves given statistics, too; rms
#         [DTYPES <name>...]       float32 (default), float64, float16, bfloat16; x:y where y has another one, bfloat16:float32
#         [DEVICES <name>...]      cpu (default), cuda; opencl, for tests of what a GPU runs
#         [EXTENTS <axis>=<n>...]  lengths known here: a kernel for these, and one for all others; c=2,3 are two kernels
#         [STRICT]                 no kernel for other lengths
#         [KNOBS <text>...]        other numbers of the schedules, "rows:4,batch_elements:4096" or default: a kernel for each text.
#                                  Names and legal values: axnorm-generator --knobs
#     KERNEL ...)
#
# A static library of normalization kernels, compiled for exactly these patterns, and <name>.h, which lists them and makes
# them known to normalize() in each program that includes it. Link <name>: it brings axnorm::runtime and include folders.
# With CANONICAL it also holds the kernels that serve every pattern, for the statistics and dtypes that are listed.
#
# Patterns are checked here and now. Kernels are files of their own: they are compiled in parallel, and a change of the list
# compiles what is new. Each holds three variants, for AVX-512, AVX2 and any x86-64, and takes at its first call the first
# one that the CPU can run. Those for short rows and for channels need AVX2.

# Global properties say how kernels are made here: AXNORM_KERNELS_PROGRAM, the path of axnorm-kernels;
# AXNORM_GENERATOR_COMMAND, what runs the generator; AXNORM_KERNEL_FEATURES, more features of Halide's targets.

function(axnorm_add_library name)
    if(name MATCHES "^axnorm" AND NOT PROJECT_NAME STREQUAL "axnorm")
        message(FATAL_ERROR "axnorm_add_library(${name}): names that begin with axnorm are axnorm's own")
    endif()
    # By hand: words may be empty or hold semicolons, and KERNEL repeats.
    set(words "")
    set(i 1)
    while(i LESS ARGC)
        string(REGEX REPLACE "[\r\n]" " " word "${ARGV${i}}")
        string(APPEND words "${word}\n")
        math(EXPR i "${i} + 1")
    endwhile()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}")
    file(WRITE "${folder}/${name}.words" "${words}")
    file(RELATIVE_PATH made_in "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_LIST_FILE}")

    get_property(program GLOBAL PROPERTY AXNORM_KERNELS_PROGRAM)
    execute_process(COMMAND "${program}" "${name}" "${folder}" "${made_in}"
                    RESULT_VARIABLE failed OUTPUT_VARIABLE functions ERROR_VARIABLE error)
    if(failed)
        # Lines that are set in are left as they are.
        string(REPLACE "\n" "\n  " error "${error}")
        if(NOT error)
            set(error "${program}: ${failed}")
        endif()
        message(FATAL_ERROR "axnorm_add_library(${name}): ${error}")
    endif()

    string(REPLACE "\n" ";" functions "${functions}")
    set(objects)
    foreach(function IN LISTS functions)
        if(function)
            separate_arguments(function)
            list(POP_FRONT function device)
            if(device STREQUAL "cpu")
                axnorm_kernel_objects(kernel_objects "${folder}" ${function})
            else()
                axnorm_device_kernel_object(kernel_objects "${folder}" ${device} ${function})
            endif()
            list(APPEND objects ${kernel_objects})
        endif()
    endforeach()

    add_library(${name} STATIC "${folder}/${name}.cpp" ${objects})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${name} PUBLIC "$<BUILD_INTERFACE:${folder}>")
    target_link_libraries(${name} PUBLIC axnorm::runtime)
endfunction()

# The objects of one function: one for each instruction set, and the wrapper that chooses.
function(axnorm_kernel_objects result folder symbol statistic signature contiguous contiguous_params dtype y_dtype
         params_dtype aligned split)
    set(targets x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake
                x86-64-linux-sse41-avx-f16c-fma-avx2
                x86-64-linux)
    set(in_parts true)
    if(signature MATCHES "-")  # short rows and channels
        list(POP_BACK targets)  # runtime/isa.h
        set(in_parts false)
    endif()
    # no_asserts: Layout has checked what they would check. user_context: threads and errors are per call.
    get_property(more_features GLOBAL PROPERTY AXNORM_KERNEL_FEATURES)
    list(TRANSFORM targets APPEND
         "-strict_float-no_runtime-no_asserts-no_bounds_query-user_context${more_features}")
    get_property(generator GLOBAL PROPERTY AXNORM_GENERATOR_COMMAND)
    set(objects "${folder}/${symbol}_wrapper.o")
    foreach(target IN LISTS targets)
        list(APPEND objects "${folder}/${symbol}-${target}.o")
    endforeach()
    list(JOIN targets "," targets)
    add_custom_command(
        OUTPUT ${objects}
        COMMAND ${generator} -g norm -f ${symbol} -o "${folder}" -e object target=${targets}
                signature=${signature} statistic=${statistic} contiguous=${contiguous}
                contiguous_params=${contiguous_params} dtype=${dtype} y_dtype=${y_dtype} streaming=true
                in_parts=${in_parts} ${ARGN}
        DEPENDS axnorm::generator
        COMMENT "Kernel ${symbol}"
        VERBATIM)
    set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${result} ${objects} PARENT_SCOPE)
endfunction()

# The object of one function for a GPU: host code, and in it the device's. PTX for compute capability 8.0 is compiled by the
# driver for the GPU that it finds.
function(axnorm_device_kernel_object result folder device symbol statistic signature contiguous contiguous_params dtype
         y_dtype params_dtype aligned split)
    set(target_cuda cuda-cuda_capability_80)
    set(target_opencl opencl-cl_doubles)
    get_property(generator GLOBAL PROPERTY AXNORM_GENERATOR_COMMAND)
    set(outputs "${folder}/${symbol}.o")
    set(emitted object)
    if(device STREQUAL "cuda")
        list(APPEND outputs "${folder}/${symbol}.device_code")
        list(APPEND emitted device_code)
    endif()
    list(JOIN emitted "," emitted)
    add_custom_command(
        OUTPUT ${outputs}
        COMMAND ${generator} -g device_norm -f ${symbol} -o "${folder}" -e ${emitted}
                target=x86-64-linux-${target_${device}}-strict_float-no_runtime-no_asserts-no_bounds_query-user_context
                signature=${signature} statistic=${statistic} contiguous=${contiguous} dtype=${dtype} y_dtype=${y_dtype}
                params_dtype=${params_dtype} aligned=${aligned} split=${split} ${ARGN}
        DEPENDS axnorm::generator
        COMMENT "Kernel ${symbol}"
        VERBATIM)
    set(object "${folder}/${symbol}.o")
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${result} "${object}" PARENT_SCOPE)
endfunction()
