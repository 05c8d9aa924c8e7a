"""Assembles kernels for CUDA for each generation of GPUs, and reads what ptxas reports and what the PTX has.

    check_ptx.py PTXAS FOLDER...    folders of libraries of axnorm_add_library(): of each *.device_code

A kernel spills nothing and has no local memory. Where it holds groups on the chip it has at most three barriers. Where
its accesses are aligned, all of them are of 128 bits but for those of mean, rstd, given statistics, and of scale and shift
that are the same along a row. How often x is read is counted where kernels run (tests/device).
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ARCHITECTURES = ["sm_80", "sm_90", "sm_100", "sm_120"]
NAME = re.compile(
    r"\w+?_(?P<statistic>mean_var|rms|given)_(?P<letters>[kKrR]+)(_(?P<most>\d+))?(?P<strided>_strided)?"
    r"_(?P<dtypes>(b?f\d\d)(_(b?f\d\d))?)(_params_\w+?)?_cuda(?P<aligned>_aligned)?"
)
BYTES = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2}
# A block's threads may have 65536 registers, and no thread more than 255: with 168 at most three blocks of 128 threads
# are on a multiprocessor together.
MOST_REGISTERS = 168


def report_faults(ptxas, path, architecture):
    command = [ptxas, "-v", f"-arch={architecture}", str(path), "-o", os.devnull]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    if done.returncode != 0:
        return [f"{architecture}: {report.strip()}"]
    sizes = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", report)
    registers = re.search(r"Used (\d+) registers", report)
    if not sizes or not registers:
        return [f"{architecture}: ptxas -v says nothing of registers and spills:\n{report}"]
    faults = []
    if sizes.groups() != ("0", "0", "0"):
        faults.append(f"{architecture}: {sizes.group(0)}")
    if int(registers.group(1)) > MOST_REGISTERS:
        faults.append(f"{architecture}: {registers.group(1)} registers, at most {MOST_REGISTERS} are good")
    return faults


def entries_of(text):
    """The bodies of the kernels in a PTX module."""
    return re.findall(r"\.visible \.entry .*?\n\}", text, re.S)


def accesses(body, kind):
    """Bits of each load or store of global memory."""
    bits = []
    for vector, size in re.findall(rf"\b{kind}\.global(?:\.nc)?(?:\.v(\d))?\.[bfus](\d+)", body):
        bits.append(int(vector or 1) * int(size))
    return bits


def body_faults(kernel, body):
    faults = []
    if ".local" in body:
        faults.append("local memory")
    held = kernel["most"] is not None
    barriers = len(re.findall(r"\bbar(rier)?\.sync\b", body))
    if held and barriers > 3:
        faults.append(f"{barriers} barriers")
    if not kernel["aligned"]:
        return faults
    x = kernel["dtypes"].split("_")[0]
    y = kernel["dtypes"].split("_")[-1]
    loads, stores = accesses(body, "ld"), accesses(body, "st")
    # Of given statistics one element is read, and of scale and shift where they are the same along a row: in loops over
    # rows, of which there is a version for each of them and one for both.
    letters = kernel["letters"]
    allowed = 0 if letters.endswith("R") else 4 if "R" in letters else 2
    allowed += 2 if kernel["statistic"] == "given" else 0
    narrow = sum(bits < 128 for bits in loads)
    if narrow != allowed:
        faults.append(f"{narrow} loads of less than 128 bits, where there are {allowed}: {loads}")
    outputs = {"mean_var": 2, "rms": 1, "given": 0}[kernel["statistic"]]
    width = min(128, 128 // BYTES[x] * BYTES[y])
    small = sum(bits < width for bits in stores)
    if small != outputs:
        faults.append(f"{small} stores of less than {width} bits, where there are {outputs}: {stores}")
    if len(loads) == narrow or len(stores) == small:
        faults.append(f"no wide accesses: {loads}, {stores}")
    return faults


def faults_of(ptxas, path):
    match = NAME.fullmatch(path.stem)
    if not match:
        return [f"{path.name}: no name of a kernel"]
    bodies = entries_of(path.read_text())
    faults = [] if len(bodies) == 1 else [f"{len(bodies)} kernels, where there is one"]
    for body in bodies:
        faults += body_faults(match.groupdict(), body)
    for architecture in ARCHITECTURES:
        faults += report_faults(ptxas, path, architecture)
    return [f"{path.stem}: {fault}" for fault in faults]


def main():
    ptxas, folders = sys.argv[1], sys.argv[2:]
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).glob("*.device_code"))
    if not paths:
        sys.exit(f"no kernels for CUDA in {', '.join(folders)}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [fault for found in pool.map(lambda path: faults_of(ptxas, path), paths) for fault in found]
    for fault in faults:
        print(fault)
    print(f"{len(paths)} kernels, each for {', '.join(ARCHITECTURES)}: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
