# The compiler flags of the project's own targets.

# Undefined behaviour stops the program: a message alone would let a test pass.
set(axnorm_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
# With its checks for null g++ compares no addresses at compile time any more, which the parser needs (GCC bug 71962).
# AddressSanitizer reports null pointers that are followed.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND axnorm_sanitizers -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
endif()

if(AXNORM_SANITIZE STREQUAL "thread")
    set(axnorm_sanitizers -fsanitize=thread)
endif()

function(axnorm_set_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    # g++ 12 sees overlaps in "text" + std::string, wrongly (GCC bug 105651).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    if(AXNORM_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# Headers that the sources of a target, and with PUBLIC of those that link it, have precompiled. What g++ 12 says of <string>
# wrongly is not taken for that of a system's header then.
function(axnorm_precompile target scope)
    target_precompile_headers(${target} ${scope} ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(${target} ${scope} -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
endfunction()

# Warnings and, where asked for, sanitizers. The generator program takes the warnings alone: Halide runs in it, and what
# matters are the kernels, which Halide instruments itself.
function(axnorm_set_flags target)
    axnorm_set_warnings(${target})
    if(AXNORM_SANITIZE)
        target_compile_options(${target} PRIVATE ${axnorm_sanitizers} -fno-omit-frame-pointer)
        target_link_options(${target} PUBLIC ${axnorm_sanitizers})
    endif()
endfunction()

# For what tests spend their time in. Debug builds may have no optimization: with the checks of sanitizers g++ takes three
# times as long to compile for -O1 -g as for -O0 -g1.
function(axnorm_optimize_debug target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O1>)
endfunction()

# For a program of tests, whose time is that of kernels and of references: half of the time to compile it.
function(axnorm_set_test_flags target)
    axnorm_set_flags(${target})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# Sources that are compiled together parse the headers once. Those for CUDA stay apart: programs without such kernels do not
# get them. `ARGN` are sources that stay alone, since they have names in common.
function(axnorm_set_unity target)
    if(NOT AXNORM_UNITY_BUILD)
        return()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    target_compile_options(${target} PRIVATE -Wno-shadow)  # names of other sources
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
        if(source MATCHES "/cuda[_/][^/]*$")
            set_source_files_properties("${source}" PROPERTIES UNITY_GROUP cuda)
        elseif(source MATCHES "\\.cpp$" AND NOT source IN_LIST ARGN)
            set_source_files_properties("${source}" PROPERTIES UNITY_GROUP all)
        endif()
    endforeach()
endfunction()
