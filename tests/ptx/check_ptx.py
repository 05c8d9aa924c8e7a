"""Assembles kernels for CUDA for generations of GPUs, and reads what ptxas reports and what the PTX has.

    check_ptx.py [--all] PTXAS FOLDER...    folders of libraries of axnorm_add_library(): of each *.device_code

Each kernel is assembled for sm_90, and for one of the other generations in turn: ptxas takes all of the time, and what
one generation spills others spill, too. With --all each is assembled for all of them.

A kernel spills nothing and has no local memory. Where it holds groups on the chip it has at most three barriers. Lanes
exchange values by distance, and by index only where they take statistics from the lane that has them. Where accesses
are aligned, all of them are of 128 bits, or of 64 where y has half the bytes of x, but for stores of mean, rstd and
moments of parts, and loads of statistics and of scale and shift that are the same along a row. Of the stage that merges
moments, `summary`, it is not checked: it has no accesses to elements. How often x is read is counted where kernels run
(tests/device).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

FIRST_ARCHITECTURE, OTHER_ARCHITECTURES = "sm_90", ["sm_80", "sm_100", "sm_120"]
NAME = re.compile(
    r"\w+?_(?P<statistic>mean_var|rms|given)_(?P<letters>[kKrR]+)(_(?P<most>\d+))?(?P<strided>_strided)?"
    r"_(?P<dtypes>(b?f\d\d)(_(b?f\d\d))?)(_params_\w+?)?_cuda(?P<aligned>_aligned)?(?P<split>_split)?"
)
BYTES = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2}
# A multiprocessor has 65536 registers. Up to 4096 elements a block has 64 threads, 128 or 256: with 168 a thread, six
# blocks of 64 are there together, three of 128 and one of 256. Else it has 512: with 64 two of them are there, and with
# more than 128 not even one, which is what kernels have to keep to that hold nothing.
def most_registers(kernel):
    if kernel["most"] is None:
        return 128
    return 168 if int(kernel["most"]) <= 4096 else 64


def report_faults(ptxas, path, architecture, most):
    command = [ptxas, "-v", f"-arch={architecture}", str(path), "-o", os.devnull]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    if done.returncode != 0:
        return [f"{architecture}: {report.strip()}"]
    sizes = re.findall(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", report)
    registers = [int(used) for used in re.findall(r"Used (\d+) registers", report)]
    if not sizes or len(sizes) != len(registers):
        return [f"{architecture}: ptxas -v says nothing of registers and spills:\n{report}"]
    faults = []
    if set(sizes) != {("0", "0", "0")}:
        faults.append(f"{architecture}: bytes of stack frames, spill stores and spill loads: {sizes}")
    if max(registers) > most:
        faults.append(f"{architecture}: {max(registers)} registers, at most {most} are good")
    return faults


# Of kernels that split groups: moments of parts, statistics of groups, y.
SPLIT_STAGES = ["part_moments", "summary", "y"]


def stages_of(kernel):
    return SPLIT_STAGES if kernel["split"] and kernel["statistic"] != "given" else ["y"]


def entries_of(text):
    """The kernels in a PTX module: of each the stage that it computes, and its body."""
    return re.findall(r"\.visible \.entry _kernel_(\w+?)_s0_\w+\(.*?^\{(.*?)^\}", text, re.S | re.M)


def entry_faults(kernel, text):
    stages, found = stages_of(kernel), sorted(stage for stage, _ in entries_of(text))
    faults = [] if found == stages else [f"it computes {found}, not {stages}"]
    entries = text.count(".visible .entry")
    if entries != len(found):
        faults.append(f"{entries} entries, {len(found)} of which could be read")
    return faults


def accesses(body, kind):
    """Bits of each load or store of global memory."""
    bits = []
    for vector, size in re.findall(rf"\b{kind}\.global(?:\.nc)?(?:\.v(\d))?\.[bfus](\d+)", body):
        bits.append(int(vector or 1) * int(size))
    return bits


def narrow_accesses(kernel, stage):
    """How many loads and stores of an aligned kernel are of single elements."""
    statistics = {"mean_var": 3, "rms": 1, "given": 2}[kernel["statistic"]]
    outputs = {"mean_var": 2, "rms": 1, "given": 0}[kernel["statistic"]]
    if stage == "part_moments":
        return 0, statistics
    # Of statistics from elsewhere one element is read, and of scale and shift where they are the same along a row: in
    # loops over rows, of which there is a version for each of them and one for both.
    letters = kernel["letters"]
    loads = 0 if letters.endswith("R") else 4 if "R" in letters else 2
    if kernel["statistic"] == "given":
        return loads + statistics, 0
    return (loads + statistics, 0) if kernel["split"] else (loads, outputs)


def shuffles_by_index(kernel, stage):
    """How many the lowering pass (schedules/butterflies.h) leaves: of each value of the statistics one, of a double two,
    where the stage finds them."""
    # `rest` is exchanged where it goes to other blocks alone: it is no output.
    finds_statistics = stage == ("summary" if kernel["split"] else "y")
    mean_var = 3 if kernel["split"] else 2
    values = {"mean_var": mean_var, "rms": 1, "given": 0}[kernel["statistic"]] if finds_statistics else 0
    return values * (2 if kernel["dtypes"].startswith("f64") else 1)


def shuffle_faults(kernel, entries):
    faults = []
    for stage, body in entries:
        by_index, expected = body.count("shfl.sync.idx"), shuffles_by_index(kernel, stage)
        if by_index != expected:
            faults.append(f"{stage}: {by_index} shuffles by index, where there are {expected}")
    return faults


def width_faults(kernel, stage, body):
    faults = []
    x = kernel["dtypes"].split("_")[0]
    y = kernel["dtypes"].split("_")[-1]
    loads, stores = accesses(body, "ld"), accesses(body, "st")
    narrow_loads, narrow_stores = narrow_accesses(kernel, stage)
    narrow = sum(bits < 128 for bits in loads)
    if narrow != narrow_loads:
        faults.append(f"{narrow} loads of less than 128 bits, where there are {narrow_loads}: {loads}")
    width = min(128, 128 // BYTES[x] * BYTES[y])
    small = sum(bits < width for bits in stores)
    if small != narrow_stores:
        faults.append(f"{small} stores of less than {width} bits, where there are {narrow_stores}: {stores}")
    if len(loads) == narrow or (stage == "y" and len(stores) == small):
        faults.append(f"no wide accesses: {loads}, {stores}")
    return faults


def body_faults(kernel, stage, body):
    faults = []
    if ".local" in body:
        faults.append("local memory")
    held = kernel["most"] is not None
    barriers = len(re.findall(r"\bbar(rier)?\.sync\b", body))
    if held and barriers > 3:
        faults.append(f"{barriers} barriers")
    if kernel["aligned"] and stage != "summary":
        faults += width_faults(kernel, stage, body)
    return [f"{stage}: {fault}" for fault in faults]


def faults_of(ptxas, path, architectures):
    match = NAME.fullmatch(path.stem)
    if not match:
        return [f"{path.name}: no name of a kernel"]
    kernel = match.groupdict()
    text = path.read_text()
    faults = entry_faults(kernel, text) + shuffle_faults(kernel, entries_of(text))
    for stage, body in entries_of(text):
        faults += body_faults(kernel, stage, body)
    for architecture in architectures:
        faults += report_faults(ptxas, path, architecture, most_registers(kernel))
    return [f"{path.stem}: {fault}" for fault in faults]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("ptxas")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.glob("*.device_code"))
    if not paths:
        sys.exit(f"no kernels for CUDA in {', '.join(map(str, arguments.folders))}")

    def check(i):
        others = OTHER_ARCHITECTURES if arguments.all else [OTHER_ARCHITECTURES[i % len(OTHER_ARCHITECTURES)]]
        return faults_of(arguments.ptxas, paths[i], [FIRST_ARCHITECTURE, *others])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [fault for found in pool.map(check, range(len(paths))) for fault in found]
    for fault in faults:
        print(fault)
    print(f"{len(paths)} kernels, each for {FIRST_ARCHITECTURE} and {'all' if arguments.all else 'one'} of "
          f"{', '.join(OTHER_ARCHITECTURES)}: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
