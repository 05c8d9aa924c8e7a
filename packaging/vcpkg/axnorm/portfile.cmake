# An overlay port of the tree that it lies in:
#
#     vcpkg install axnorm --overlay-ports=packaging/vcpkg
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS feature_options FEATURES
    default-library AXNORM_BUILD_DEFAULT_LIBRARY
    cuda AXNORM_BUILD_CUDA)

# What is compiled with it is for programs of any configuration: a second copy would be of kernels that are the same.
set(VCPKG_BUILD_TYPE release)

# Halide is downloaded once, with pip.
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        ${feature_options}
        -DAXNORM_BUILD_TESTS=OFF
        -DAXNORM_BUILD_BENCH=OFF
        -DAXNORM_BUILD_TUNE=OFF
        -DAXNORM_BUILD_EXAMPLES=OFF
        -DAXNORM_BUILD_C=OFF
        -DAXNORM_BUILD_CLI=OFF
        -DAXNORM_UNITY_BUILD=ON
        "-DAXNORM_HALIDE_DIR=${DOWNLOADS}/axnorm-halide")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/axnorm)
vcpkg_fixup_pkgconfig()

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
