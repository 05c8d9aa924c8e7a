# The default library's variant for GPUs of NVIDIA: a library of its own, so that programs for the CPU do not have it.
#
# Groups up to 104 KB are held on the chip where the GPU has as much shared memory, up to 64 KB everywhere; others are read
# twice. What is not listed runs through the canonical kernel, which is there for each statistic and dtype.
axnorm_add_library(axnorm_cuda
    # Layer norm, of transformers and of images.
    KERNEL "b ... c -> b ..." PARAMS "c" STATISTIC mean_var rms DEVICES cuda DTYPES float32 float16 bfloat16
    KERNEL "b c h w -> b" PARAMS "c h w" DEVICES cuda DTYPES float32 float16 bfloat16
    # Instance and group norm NCHW.
    KERNEL "b c h w -> b c" PARAMS "c" DEVICES cuda DTYPES float32 float16 bfloat16
    KERNEL "b (g n) h w -> b g" PARAMS "(g n)" DEVICES cuda DTYPES float32 float16 bfloat16
    # Per head.
    KERNEL "b t (h d) -> b t h" PARAMS "(h d)" STATISTIC mean_var rms DEVICES cuda DTYPES float32 float16 bfloat16
    # Doubles, and batch norm, which is canonical here.
    KERNEL "b c h w -> c" PARAMS "c" STATISTIC mean_var rms DEVICES cuda DTYPES float32 float64 float16 bfloat16)
