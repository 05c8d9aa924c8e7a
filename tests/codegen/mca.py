#!/usr/bin/env python3
"""What llvm-mca makes of the hot loops of kernels: scripts/mca runs it.

    mca.py GENERATOR FOLDER [SIGNATURE [STATISTIC [ISA [CPU]]]]

The loops are those of the checks, without the masked vectors at their ends. llvm-mca takes all of it to be run in every
turn, branches as not taken, and data as lying in the first-level cache.
"""
import pathlib
import re
import shutil
import subprocess
import sys

import assembly
from families import STATISTICS, TARGETS, Kernel, families

CPUS = {"avx2": "znver3", "avx512": "icelake-server"}  # that LLVM 14 knows
VECTOR_BYTES = {"ymm": 32, "zmm": 64}


def find_llvm_mca():
    """The newest one: it knows most CPUs."""
    for name in ["llvm-mca-" + str(version) for version in range(40, 13, -1)] + ["llvm-mca"]:
        if shutil.which(name):
            return name
    sys.exit("llvm-mca is missing: it is in Debian's package llvm")


def hot_loops(code, isa):
    """Triples of a family, a role and a loop. The family is the first whose loops are there: it may not list the kernel."""
    loops = assembly.loops_of(code)
    for family in families():
        if family.hot_loops("normalize", isa, loops):
            return [(family, role, loop) for role in family.roles for loop in family.hot_loops(role, isa, loops)]
    sys.exit("no hot loops were found: see LOOP in the check files")


def bytes_of_x(role, register, lines):
    """In a turn: each vector of x is squared or normalized once, by a multiplication or a fused one."""
    squares = r"\t(vfmadd|vmulps)" if role == "sums" else r"\tvfmadd"
    return VECTOR_BYTES[register] * sum(re.match(squares, line) is not None for line in lines)


def run_llvm_mca(tool, cpu, lines):
    done = subprocess.run([tool, "-mtriple=x86_64-linux", f"-mcpu={cpu}", "-bottleneck-analysis"],
                          input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode or "not a recognized processor" in done.stderr:
        sys.exit(f"{tool}: {done.stderr.strip()}\nAnother CPU, or a newer LLVM: apt-get install llvm-19, for example.")
    return done.stdout


def pressure(report):
    """The resources that are used most in a turn, and for how many cycles."""
    names = dict(re.findall(r"^\[([\d.]+)\]\s+- (\S+)", report, re.M))
    table = re.search(r"^Resource pressure per iteration:\n(.*)\n(.*)$", report, re.M)
    cycles = {}
    for index, value in zip(re.findall(r"\[([\d.]+)\]", table[1]), table[2].split()):
        name = names.get(index, names.get(index.split(".")[0], index))
        if value != "-":
            cycles[name + index[index.find("."):] * ("." in index)] = float(value)
    most = sorted(cycles.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {value:.1f}" for name, value in most[:6])


def report_of_loop(text, size):
    counts = dict(re.findall(r"^(Iterations|Total Cycles|Total uOps): +(\d+)$", text, re.M))
    turn = {name: int(count) / int(counts["Iterations"]) for name, count in counts.items()}
    cycles = turn["Total Cycles"]
    print(f"    {cycles:.1f} cycles and {turn['Total uOps']:.0f} uops a turn of {size} bytes of x: "
          f"{cycles * 64 / size:.2f} cycles per 64 bytes")
    print(f"    Busy, in cycles a turn: {pressure(text)}")
    bottlenecks = re.search(r"^(Cycles with backend pressure.*?|No resource or data dependency bottlenecks.*?)"
                            r"(?=^Critical|^Instruction Info)", text, re.M | re.S)
    for line in bottlenecks[1].strip().splitlines() if bottlenecks else []:
        print(f"    {line}".rstrip())
    print()


def main():
    generator, folder, *words = sys.argv[1:]
    signature, statistic, isa, cpu = words + ["", "mean_var", "avx2", ""][len(words):]
    if statistic not in STATISTICS or isa not in TARGETS:
        sys.exit(f"STATISTIC is one of {', '.join(STATISTICS)}, ISA one of {', '.join(TARGETS)}")
    cpu = cpu or CPUS[isa]
    tool = find_llvm_mca()
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    # One signature for each way of computing.
    signatures = [signature] if signature else [name for family in families() for name in family.examples()]
    for kernel in [Kernel(name, statistic, isa) for name in signatures]:
        print(f"{kernel}, on {cpu}\n")
        code, _ = kernel.compile(generator, folder)
        for family, role, loop in hot_loops(code, isa):
            lines = loop.hot_lines()
            streams = ", for axnorm_stream()" if role == "normalize" and loop.is_streamed() else ""
            print(f"  {role}{streams}: {loop.path()}")
            size = bytes_of_x(role, family.register(kernel, role), lines)
            report_of_loop(run_llvm_mca(tool, cpu, lines), size)


if __name__ == "__main__":
    main()
