# What `cmake --install` lays down. All of it may be moved as a whole: paths are relative to the package file.
#
#   include/                axnorm.h (C), axnorm/ (C++), axnorm_default.h; axnorm_cuda.h
#   lib/                    libaxnorm.so (C), libaxnorm_runtime.a, libaxnorm_halide.a (Halide's runtime, for GPUs),
#                           libaxnorm_default.a; libaxnorm_cuda.a, where it is built
#   lib/axnorm/             axnorm-kernels, axnorm-generator, and its Halide beside it
#   lib/cmake/axnorm/       find_package(axnorm): axnorm::axnorm, axnorm::cuda, axnorm::runtime, axnorm::c, axnorm::generator,
#                           axnorm_add_library()
#   lib/pkgconfig/          axnorm.pc (C)
#   bin/axnorm              the command; share/bash-completion and share/zsh have what shells complete of it
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(axnorm_private_dir "${CMAKE_INSTALL_LIBDIR}/axnorm")
set(axnorm_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/axnorm")
set(axnorm_doc_dir "${CMAKE_INSTALL_DATADIR}/doc/axnorm")

foreach(library IN ITEMS runtime halide default cuda)
    if(TARGET axnorm_${library})
        install(TARGETS axnorm_${library} EXPORT axnorm
                ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    endif()
endforeach()
install(DIRECTORY include/axnorm DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
foreach(library IN ITEMS axnorm_default axnorm_cuda)
    if(TARGET ${library})
        install(FILES "${PROJECT_BINARY_DIR}/${library}/${library}.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    endif()
endforeach()
if(TARGET axnorm_c)
    install(TARGETS axnorm_c EXPORT axnorm LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            PUBLIC_HEADER DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    # It finds the prefix from where it lies itself.
    set(axnorm_pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
    string(REGEX REPLACE "[^/]+" ".." axnorm_pkgconfig_prefix "${axnorm_pkgconfig_dir}")
    configure_file(cmake/axnorm.pc.in "${PROJECT_BINARY_DIR}/axnorm.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/axnorm.pc" DESTINATION "${axnorm_pkgconfig_dir}")
endif()
if(TARGET axnorm_cli)
    install(TARGETS axnorm_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    install(FILES "${PROJECT_BINARY_DIR}/runtime/cli/completion/bash/axnorm"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
    install(FILES "${PROJECT_BINARY_DIR}/runtime/cli/completion/zsh/_axnorm"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
endif()

# Build side.
install(TARGETS axnorm_generator EXPORT axnorm RUNTIME DESTINATION "${axnorm_private_dir}")
install(PROGRAMS "${PROJECT_BINARY_DIR}/axnorm-kernels" DESTINATION "${axnorm_private_dir}")
install(FILES "${axnorm_halide}/lib64/libHalide.so" DESTINATION "${axnorm_private_dir}")

install(EXPORT axnorm NAMESPACE axnorm:: FILE axnorm-targets.cmake DESTINATION "${axnorm_package_dir}")
configure_package_config_file(cmake/axnorm-config.cmake.in "${PROJECT_BINARY_DIR}/axnorm-config.cmake"
                              INSTALL_DESTINATION "${axnorm_package_dir}" PATH_VARS axnorm_private_dir)
# While the version is 0.x, a minor one may change anything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/axnorm-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/axnorm-config.cmake" "${PROJECT_BINARY_DIR}/axnorm-config-version.cmake"
              cmake/axnorm_add_library.cmake cmake/axnorm_check_target.cmake cmake/cached_kernel.cmake
              cmake/read_schedules.py DESTINATION "${axnorm_package_dir}")

install(FILES README.md CHANGELOG.md LICENSE DESTINATION "${axnorm_doc_dir}")
install(DIRECTORY examples/consumer examples/c examples/two_libraries examples/halide examples/tuned
        DESTINATION "${axnorm_doc_dir}/examples")
install(FILES "${axnorm_halide}/share/doc/Halide/LICENSE.txt" DESTINATION "${axnorm_doc_dir}" RENAME LICENSE.Halide)

# `cpack` in the build folder: a tarball and a Debian package. Compression of Halide is most of its time.
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
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${axnorm_halide}/lib64")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "cmake (>= 3.25), g++ (>= 4:12), libdlpack-dev")
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_THREADS 0)
include(CPack)
