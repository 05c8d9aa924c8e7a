# The default library: the one list of what axnorm ships. Tests, benchmarks and the table of docs/libraries.md follow it.
#
# Its exact kernels are for speed alone; the canonical ones serve every pattern, in every order, for each statistic and
# dtype. Not everything is there in every dtype, or building it would take three times as long: mean_var is, rms for
# transformers and heads, and lengths that are compiled in are for float32.
#
# It has the committed records of scripts/tune. Their kernels run on the processors that they were measured on; others run the
# usual ones, and pay with the size of the library alone.
file(GLOB axnorm_records CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/../schedules/tuned/*.json")
if(axnorm_records)
    list(PREPEND axnorm_records SCHEDULES)
endif()
set(axnorm_every_dtype DTYPES float32 float64 float16 bfloat16)

axnorm_add_library(axnorm_default CANONICAL ${axnorm_records}
    # Batch norm, and of few channels.
    KERNEL "b c h w -> c" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC mean_var ${axnorm_every_dtype}
    KERNEL "b c h w -> c" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC rms
    KERNEL "b c h w -> c" PARAMS "c" MEMORY "b h w c" EXTENTS c=2,3,4,6 STATISTIC mean_var rms
    # Layer norm; of transformers; per pixel.
    KERNEL "b c h w -> b" PARAMS "c h w" MEMORY "b c h w" "b h w c" STATISTIC mean_var ${axnorm_every_dtype}
    KERNEL "b c h w -> b" PARAMS "c h w" MEMORY "b c h w" "b h w c" STATISTIC rms
    KERNEL "b ... c -> b ..." PARAMS "c" STATISTIC mean_var rms ${axnorm_every_dtype}
    KERNEL "b c h w -> b h w" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC mean_var ${axnorm_every_dtype}
    KERNEL "b c h w -> b h w" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC rms
    # Instance norm.
    KERNEL "b c h w -> b c" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC mean_var ${axnorm_every_dtype}
    KERNEL "b c h w -> b c" PARAMS "c" MEMORY "b c h w" "b h w c" STATISTIC rms
    KERNEL "b c h w -> b c" PARAMS "c" MEMORY "b h w c" EXTENTS c=2,3,4,6 STATISTIC mean_var rms
    # Group norm.
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b g n h w" "b h w g n" STATISTIC mean_var ${axnorm_every_dtype}
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b g n h w" "b h w g n" STATISTIC rms
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n" EXTENTS n=2,4,8,16 STATISTIC mean_var rms
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n" EXTENTS n=3,10,20
    # Per head.
    KERNEL "b t (h d) -> b t h" PARAMS "d" STATISTIC mean_var rms ${axnorm_every_dtype}
    KERNEL "b t (h d) -> b t h" PARAMS "(h d)" STATISTIC mean_var rms ${axnorm_every_dtype})
