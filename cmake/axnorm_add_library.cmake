# axnorm_add_library(<name> [CANONICAL] [INSTRUCTION_SETS <name>...] [SCHEDULES <file>...] [SANITIZE <name>] [DEBUG]
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
# compiles what is new.
#
# INSTRUCTION_SETS says what each is compiled for: avx512, avx2 or baseline, which is any x86-64; a call takes the best one
# that the CPU can run. The fewer there are the sooner the library is built, and the smaller it is. The default is all that
# pay: kernels for short rows and for channels need AVX2; canonical ones have no AVX-512, with which they are no faster; and
# with CANONICAL the others have no baseline, where the canonical ones serve their calls, but for short inner groups (krKR4).
#
# SCHEDULES names records of scripts/tune: knobs that are faster on a processor, for some kernels, an instruction set and sizes
# of x. Such kernels are linked beside the usual one, which serves all other calls, and calls on other processors. A wrong row
# stops CMake, with file and line.
#
# SANITIZE address compiles kernels that AddressSanitizer watches, SANITIZE thread those that ThreadSanitizer does: without it a
# sanitizer knows what your code does to tensors, and not what a kernel does. Programs that link the library are linked with
# the same sanitizer (-fsanitize=address, -fsanitize=thread). Such kernels take several times as long to compile and to run.
#
# DEBUG keeps frame pointers in kernels and gives them unwind tables, so that the stack of a debugger (bt of gdb) or of a
# profiler (perf record --call-graph fp) goes on from a kernel to who called it. It costs a register. Kernels are shown by
# their names, <name>_<statistic>_<signature>_<dtypes>, with the features of an instruction set behind them where there are
# several; INSTRUCTION_SETS with a single one leaves the name alone.
#
# Neither changes a bit of the results. Both are for kernels of the CPU.

# Global properties say how kernels are made here: AXNORM_KERNELS_PROGRAM, the path of axnorm-kernels;
# AXNORM_GENERATOR_COMMAND, what runs the generator.

set(AXNORM_KERNEL_CACHE "$ENV{AXNORM_KERNEL_CACHE}" CACHE PATH
    "Folder that keeps compiled kernels, for all projects that name it; none if empty")
set(axnorm_cached_kernel "${CMAKE_CURRENT_LIST_DIR}/cached_kernel.cmake" CACHE INTERNAL "What runs the generator then")
set(axnorm_schedules_reader "${CMAKE_CURRENT_LIST_DIR}/read_schedules.py" CACHE INTERNAL "What reads records of schedules")

function(axnorm_add_library name)
    if(name MATCHES "^axnorm" AND NOT PROJECT_NAME STREQUAL "axnorm")
        message(FATAL_ERROR "axnorm_add_library(${name}): names that begin with axnorm are axnorm's own")
    endif()
    get_property(program GLOBAL PROPERTY AXNORM_KERNELS_PROGRAM)
    if(NOT EXISTS "${program}")
        message(FATAL_ERROR "axnorm_add_library(${name}): what compiles kernels is not installed: the Debian package "
                            "axnorm-generator, or the component 'generator' of axnorm's build folder.")
    endif()
    # By hand: words may be empty or hold semicolons, and KERNEL repeats.
    set(words "")
    set(schedules)
    set(is_schedule OFF)
    set(i 1)
    while(i LESS ARGC)
        string(REGEX REPLACE "[\r\n]" " " word "${ARGV${i}}")
        string(APPEND words "${word}\n")
        math(EXPR i "${i} + 1")
        if(word MATCHES "^(KERNEL|CANONICAL|INSTRUCTION_SETS|SCHEDULES|SANITIZE|DEBUG)$")
            string(COMPARE EQUAL "${word}" "SCHEDULES" is_schedule)
        elseif(is_schedule)
            list(APPEND schedules "${word}")
        endif()
    endwhile()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}")
    file(WRITE "${folder}/${name}.words" "${words}")
    if(schedules)
        axnorm_read_schedules(${name} "${folder}/${name}.schedules" ${schedules})
    endif()
    file(RELATIVE_PATH made_in "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_LIST_FILE}")

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

    if(error)
        string(STRIP "${error}" error)
        message(STATUS "axnorm_add_library(${name}): ${error}")
    endif()

    string(REPLACE "\n" ";" functions "${functions}")
    set(objects)
    foreach(function IN LISTS functions)
        if(function)
            axnorm_kernel_objects(kernel_objects "${folder}" "${function}")
            list(APPEND objects ${kernel_objects})
        endif()
    endforeach()

    add_library(${name} STATIC "${folder}/${name}.cpp" ${objects})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${name} PUBLIC "$<BUILD_INTERFACE:${folder}>")
    target_link_libraries(${name} PUBLIC axnorm::runtime)
    axnorm_keep_local(${name})
endfunction()

# The rows of records as axnorm-kernels takes them. A record that changes has CMake run again.
function(axnorm_read_schedules name output)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    set(files)
    foreach(file IN LISTS ARGN)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND files "${file}")
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
    execute_process(COMMAND "${Python3_EXECUTABLE}" "${axnorm_schedules_reader}" ${files}
                    RESULT_VARIABLE failed OUTPUT_FILE "${output}" ERROR_VARIABLE error)
    if(failed)
        # Lines that are set in are left as they are.
        message(FATAL_ERROR "axnorm_add_library(${name}): SCHEDULES:\n  ${error}")
    endif()
endfunction()

# What a shared library has from this archive stays in it: it is not exported, and another one that is there is not taken.
function(axnorm_keep_local name)
    set(archive "$<BUILD_INTERFACE:$<TARGET_FILE_NAME:${name}>>")
    string(APPEND archive "$<INSTALL_INTERFACE:${CMAKE_STATIC_LIBRARY_PREFIX}${name}${CMAKE_STATIC_LIBRARY_SUFFIX}>")
    set(is_executable "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>")
    target_link_options(${name} INTERFACE "$<$<NOT:${is_executable}>:LINKER:--exclude-libs,${archive}>")
endfunction()

# The objects of one function, from its line of words: generators/library/command.h.
function(axnorm_kernel_objects result folder words)
    separate_arguments(words)
    set(params "")
    foreach(word IN LISTS words)
        if(word MATCHES "^(function|generator|emit|files)=(.*)$")
            set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
        else()
            list(APPEND params "${word}")
        endif()
    endforeach()
    axnorm_generate(objects "${folder}" "${files}" "Kernel ${function}"
                    -g ${generator} -f ${function} -e ${emit} ${params})
    set(${result} ${objects} PARENT_SCOPE)
endfunction()

# A rule that makes files, "a.o,b.o", in a folder, by the generator with these arguments or from the cache. The result are
# those that are objects.
function(axnorm_generate result folder files comment)
    get_property(command GLOBAL PROPERTY AXNORM_GENERATOR_COMMAND)
    set(command ${command} -o "${folder}" ${ARGN})
    if(AXNORM_KERNEL_CACHE)
        set(command "${CMAKE_COMMAND}" "-DCACHE=${AXNORM_KERNEL_CACHE}" "-DPROGRAM=$<TARGET_FILE:axnorm::generator>"
                    "-DFOLDER=${folder}" "-DFILES=${files}" -P "${axnorm_cached_kernel}" -- ${command})
    endif()
    string(REPLACE "," ";" files "${files}")
    list(TRANSFORM files PREPEND "${folder}/")
    add_custom_command(OUTPUT ${files} COMMAND ${command} DEPENDS axnorm::generator COMMENT "${comment}" VERBATIM)
    list(FILTER files INCLUDE REGEX "\\.o$")
    set_source_files_properties(${files} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${result} ${files} PARENT_SCOPE)
endfunction()
