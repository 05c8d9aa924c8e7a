# Halide's autoschedulers, which nothing that is built needs, for the table of scripts/tune --baselines:
#
#     cmake -DFOLDER=<where lib64/libautoschedule_*.so go> -P autoschedulers.cmake
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/halide_wheel.cmake")
axnorm_download_halide("${FOLDER}" lib64/libautoschedule_*.so)
