# What a machine with a GPU runs: the tests, and what scripts/bench --device cuda loads. scripts/gpu-pack takes them there,
# so they bring the run-time library of C++ along: such a machine may have an older one, and no packages to install.
add_custom_target(axnorm_gpu)
foreach(program IN ITEMS axnorm_cuda_tests axnorm_cuda_device_tests axnorm_cuda_calls axnorm_cuda_bench)
    if(TARGET ${program})
        add_dependencies(axnorm_gpu ${program})
        if(NOT AXNORM_SANITIZE)
            target_link_options(${program} PRIVATE -static-libstdc++ -static-libgcc)
        endif()
    endif()
endforeach()
