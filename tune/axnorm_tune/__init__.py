"""scripts/tune: schedules of kernels, tuned for this machine."""
