# The kernels of the default library, a line each: <statistic> <signature> <contiguous|strided> <dtype>.
#
# The exact signatures are for speed alone; the canonical ones serve every pattern. Of the kernels that serve a call the
# most specific one runs (runtime/plan.cpp), and of equals the first one here.
set(exact_signatures rKr rK kR kRR kRk kKr krK kKRr krKR kKR)
set(canonical_signatures KKKKRRRr KKKKRRRR rrrrKKKK RRRRKKKK)

set(AXNORM_DEFAULT_KERNELS)
foreach(statistic IN ITEMS mean_var rms given)
    foreach(signature IN LISTS exact_signatures canonical_signatures)
        list(APPEND AXNORM_DEFAULT_KERNELS "${statistic} ${signature} contiguous f32")
    endforeach()
    list(APPEND AXNORM_DEFAULT_KERNELS "${statistic} KKKKRRRR strided f32")
endforeach()
