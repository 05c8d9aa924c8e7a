# The default library: the one list of what axnorm ships. Tests, benchmarks and the README's table follow it.
#
# Its exact kernels are for speed alone; the canonical ones serve every pattern, in every order.
set(axnorm_all_statistics STATISTIC mean_var rms given)

axnorm_add_library(axnorm_default CANONICAL
    KERNEL "b c h w -> c" PARAMS "c" MEMORY "b c h w" "b h w c" ${axnorm_all_statistics}           # batch norm
    KERNEL "b c h w -> c" PARAMS "c" MEMORY "b h w c" EXTENTS c=2,3,4,6 ${axnorm_all_statistics}   #   of few channels
    KERNEL "b c h w -> b" PARAMS "c h w" MEMORY "b c h w" "b h w c" ${axnorm_all_statistics}       # layer norm
    KERNEL "b ... c -> b ..." PARAMS "c" ${axnorm_all_statistics}                                  # layer norm, transformers
    KERNEL "b c h w -> b h w" PARAMS "c" MEMORY "b c h w" "b h w c" ${axnorm_all_statistics}       # layer norm, per pixel
    KERNEL "b c h w -> b c" PARAMS "c" MEMORY "b c h w" "b h w c" ${axnorm_all_statistics}         # instance norm
    KERNEL "b c h w -> b c" PARAMS "c" MEMORY "b h w c" EXTENTS c=2,3,4,6 ${axnorm_all_statistics}
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b g n h w" "b h w g n" ${axnorm_all_statistics}  # group norm
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n" EXTENTS n=2,4,8,16 ${axnorm_all_statistics}
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n" EXTENTS n=3,6,10,20
    KERNEL "b t (h d) -> b t h" PARAMS "d" ${axnorm_all_statistics}                                # per head
    KERNEL "b t (h d) -> b t h" PARAMS "(h d)" ${axnorm_all_statistics})
