#!/usr/bin/env python3
"""Programs for the CPU alone hold nothing of the CUDA runtime, and refuse device tensors with the reason.

    stays_out.py CPU_PROGRAM CUDA_PROGRAM
"""
import re
import subprocess
import sys


def cuda_symbols(program):
    lines = subprocess.run(["nm", "-C", program], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if re.search(r"axnorm::cuda::|halide_cuda_|cuda_(driver|context|modules)", line)]


def main():
    cpu, cuda = sys.argv[1:]
    if not cuda_symbols(cuda):
        sys.exit(f"{cuda} holds no CUDA runtime: the search is wrong")
    found = cuda_symbols(cpu)
    if found:
        sys.exit("\n".join([f"{cpu} holds"] + found))
    said = subprocess.run([cpu], capture_output=True, text=True, check=True).stdout
    if "no kernel is linked for device cuda: the linked libraries (cpu_only) have none" not in said:
        sys.exit(f"{cpu} said: {said}")


if __name__ == "__main__":
    main()
