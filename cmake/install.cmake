# What `cmake --install` lays down. All of it may be moved as a whole: paths are relative to the package file.
#
#   include/                axnorm.h (C), axnorm/ (C++), axnorm_default.h; axnorm_cuda.h
#   lib/                    libaxnorm.so (C), libaxnorm_runtime.a, libaxnorm_halide.a (Halide's runtime, for GPUs),
#                           libaxnorm_default.a; libaxnorm_cuda.a, where it is built
#   lib/axnorm/             axnorm-kernels, axnorm-generator, and its Halide beside it
#   lib/cmake/axnorm/       find_package(axnorm): axnorm::axnorm, axnorm::cuda, axnorm::runtime, axnorm::c, axnorm::generator,
#                           axnorm_add_library()
#   lib/pkgconfig/          axnorm.pc (C), axnorm-cxx.pc (C++, the default library)
#   bin/axnorm              the command; share/bash-completion and share/zsh have what shells complete of it
#
# Each file is of a component (`cmake --install build --component runtime`): below.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(axnorm_private_dir "${CMAKE_INSTALL_LIBDIR}/axnorm")
set(axnorm_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/axnorm")
set(axnorm_doc_dir "${CMAKE_INSTALL_DATADIR}/doc/axnorm")

# Three components, which are Debian packages of their own: `runtime` to run programs in C, `development` to build programs,
# `generator` to compile kernels of one's own; and `cuda`, where the kernels for GPUs are built.
function(axnorm_install_archive library component export)
    if(TARGET ${library})
        install(TARGETS ${library} EXPORT ${export}
                ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component}
                INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    endif()
endfunction()
axnorm_install_archive(axnorm_runtime development axnorm)
axnorm_install_archive(axnorm_halide development axnorm)
axnorm_install_archive(axnorm_default development axnorm)
axnorm_install_archive(axnorm_cuda cuda axnorm_cuda)
install(DIRECTORY include/axnorm DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development FILES_MATCHING PATTERN "*.h")
set(axnorm_header_libraries axnorm_default axnorm_cuda)
set(axnorm_header_components development cuda)
foreach(library component IN ZIP_LISTS axnorm_header_libraries axnorm_header_components)
    if(TARGET ${library})
        install(FILES "${PROJECT_BINARY_DIR}/${library}/${library}.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
                COMPONENT ${component})
    endif()
endforeach()
if(TARGET axnorm_c)
    install(TARGETS axnorm_c EXPORT axnorm
            LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development
            PUBLIC_HEADER DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
            INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# For pkg-config, which finds the prefix from where these files lie themselves.
set(axnorm_pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
string(REGEX REPLACE "[^/]+" ".." axnorm_pkgconfig_prefix "${axnorm_pkgconfig_dir}")
function(axnorm_install_pkgconfig name target)
    if(TARGET ${target})
        configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
        install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${axnorm_pkgconfig_dir}" COMPONENT development)
    endif()
endfunction()
axnorm_install_pkgconfig(axnorm axnorm_c)
axnorm_install_pkgconfig(axnorm-cxx axnorm_default)

if(TARGET axnorm_cli)
    install(TARGETS axnorm_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)
    install(FILES "${PROJECT_BINARY_DIR}/runtime/cli/completion/bash/axnorm"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT runtime)
    install(FILES "${PROJECT_BINARY_DIR}/runtime/cli/completion/zsh/_axnorm"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT runtime)
endif()

# Build side.
install(TARGETS axnorm_generator EXPORT axnorm_generator RUNTIME DESTINATION "${axnorm_private_dir}" COMPONENT generator)
install(PROGRAMS "${PROJECT_BINARY_DIR}/axnorm-kernels" DESTINATION "${axnorm_private_dir}" COMPONENT generator)
install(FILES "${axnorm_halide}/lib64/libHalide.so" DESTINATION "${axnorm_private_dir}" COMPONENT generator)

# The targets of each component, which the package file includes where they are there.
function(axnorm_install_targets export file component)
    install(EXPORT ${export} NAMESPACE axnorm:: FILE ${file} DESTINATION "${axnorm_package_dir}" COMPONENT ${component})
endfunction()
axnorm_install_targets(axnorm axnorm-targets.cmake development)
axnorm_install_targets(axnorm_generator axnorm-generator-targets.cmake generator)
if(TARGET axnorm_cuda)
    axnorm_install_targets(axnorm_cuda axnorm-cuda-targets.cmake cuda)
endif()
configure_package_config_file(cmake/axnorm-config.cmake.in "${PROJECT_BINARY_DIR}/axnorm-config.cmake"
                              INSTALL_DESTINATION "${axnorm_package_dir}" PATH_VARS axnorm_private_dir)
# While the version is 0.x, a minor one may change anything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/axnorm-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/axnorm-config.cmake" "${PROJECT_BINARY_DIR}/axnorm-config-version.cmake"
              cmake/axnorm_add_library.cmake cmake/axnorm_check_target.cmake cmake/cached_kernel.cmake
              cmake/read_schedules.py DESTINATION "${axnorm_package_dir}" COMPONENT development)

install(FILES README.md CONTRIBUTING.md CHANGELOG.md DESTINATION "${axnorm_doc_dir}" COMPONENT development)
install(DIRECTORY docs DESTINATION "${axnorm_doc_dir}" COMPONENT development FILES_MATCHING PATTERN "*.md")
install(DIRECTORY examples/consumer examples/c examples/diffusion examples/halide examples/plugin examples/speech
                  examples/transformer examples/tuned examples/two_libraries
        DESTINATION "${axnorm_doc_dir}/examples" COMPONENT development)
# Each package has the licence of what it holds under its own name; Halide is in all of them.
foreach(component IN ITEMS runtime development generator)
    install(FILES LICENSE DESTINATION "${axnorm_doc_dir}/${component}" COMPONENT ${component})
    install(FILES "${axnorm_halide}/share/doc/Halide/LICENSE.txt" DESTINATION "${axnorm_doc_dir}/${component}"
            RENAME LICENSE.Halide COMPONENT ${component})
endforeach()

# `cpack` in the build folder: a tarball with all, and Debian packages. Compression of Halide is most of its time.
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_VENDOR "axnorm")
set(CPACK_PACKAGE_CONTACT "The axnorm developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
# Debian wants lines below 80 characters.
set(CPACK_PACKAGE_DESCRIPTION
    "Batch, layer, instance, group and any other normalization, written as an
axis pattern and compiled ahead of time for any memory layout: libraries for
C++ and C, the command axnorm, and the CMake command axnorm_add_library().")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${axnorm_halide}/lib64")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_THREADS 0)

# axnorm_debian_package(<component> <name> <section> <description> [DEPENDS <package>...] [RECOMMENDS <package>...])
function(axnorm_debian_package component name section description)
    cmake_parse_arguments(PARSE_ARGV 4 arg "" "" "DEPENDS;RECOMMENDS")
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_COMPONENT_${upper}_DESCRIPTION "${PROJECT_DESCRIPTION}\n${description}" PARENT_SCOPE)
    foreach(kind IN ITEMS DEPENDS RECOMMENDS)
        list(JOIN arg_${kind} ", " packages)
        set(CPACK_DEBIAN_${upper}_PACKAGE_${kind} "${packages}" PARENT_SCOPE)
    endforeach()
endfunction()
set(axnorm_same "(= ${PROJECT_VERSION})")
axnorm_debian_package(runtime axnorm libs "The shared library for C, and the command axnorm.")
axnorm_debian_package(development axnorm-dev libdevel
    "Headers, static libraries with the kernels that axnorm ships, CMake and
pkg-config files. Kernels for patterns of your own need axnorm-generator."
    DEPENDS "axnorm ${axnorm_same}"
    RECOMMENDS "axnorm-generator ${axnorm_same}" "cmake (>= 3.25)" "g++ (>= 4:12)" libdlpack-dev)
axnorm_debian_package(generator axnorm-generator libdevel
    "What axnorm_add_library() of CMake runs to compile kernels: the generator,
and Halide with LLVM, which is nearly all of its size."
    RECOMMENDS "axnorm-dev ${axnorm_same}")
axnorm_debian_package(cuda axnorm-cuda-dev libdevel "The kernels that axnorm ships for GPUs of NVIDIA."
    DEPENDS "axnorm-dev ${axnorm_same}")
include(CPack)
