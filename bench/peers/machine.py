"""The machine, what the processes that measure may use of it, and how they are started."""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Large results of torch and JAX come from malloc: from one arena, never given back, on huge pages where the machine has
# them, they cost no page faults after the first call. Without it they take several times as long.
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TOP_PAD_": str(1 << 28),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def cpu_name():
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return match.group(1) if match else platform.processor()


def cache_bytes():
    """Of the last-level cache."""
    folders = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    sizes = [(folder / "size").read_text().strip() for folder in folders if (folder / "size").exists()]
    if not sizes:
        return 32 << 20
    units = {"K": 10, "M": 20}
    return int(sizes[-1].rstrip("KM")) << units.get(sizes[-1][-1], 0)


def commit():
    """Of the sources; in what scripts/gpu-pack packed a file says it."""
    packed = HERE.parents[1] / "prebuilt"
    if packed.exists():
        return packed.read_text().strip()
    return subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True,
                          text=True).stdout.strip()


def description(mode):
    arguments = sys.argv[3:]  # behind --libraries FOLDER, which scripts/bench adds
    return {"command": " ".join(["scripts/bench", mode, *arguments]), "axnorm": commit(),
            "cpu": cpu_name(), "cpus": len(os.sched_getaffinity(0)), "last_level_cache_bytes": cache_bytes(),
            "load_average": os.getloadavg()[0], "kernel": platform.release(), "python": platform.python_version()}


def run_worker(script, threads, settings):
    """Runs a script of this folder on the last `threads` CPUs, and returns what it wrote."""
    cpus = sorted(os.sched_getaffinity(0))[-threads:]
    environment = dict(os.environ, **ALLOCATOR, OMP_NUM_THREADS=str(threads), AXNORM_NUM_THREADS=str(threads),
                       TF_CPP_MIN_LOG_LEVEL="2")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "results.json"
        settings = json.dumps({**settings, "threads": threads, "output": str(output)})
        # Every pool takes its size, and its CPUs, from the affinity that it finds.
        subprocess.run(["taskset", "--cpu-list", ",".join(map(str, cpus)), sys.executable, HERE / script, settings],
                       check=True, env=environment)
        return json.loads(output.read_text())
