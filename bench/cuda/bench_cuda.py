"""axnorm on a GPU beside a copy, torch, torch.compile, Triton and QuACK: scripts/bench --device cuda runs this.

All are measured in one process: each once a round, in random order, with a cold L2, by the GPU's own events.
"""

import argparse
import functools
import gc
import json
import math
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

import cases  # noqa: E402: the folder of what is shared with the comparison on the CPU comes first
import machine  # noqa: E402
import measure  # noqa: E402
import results  # noqa: E402
import tables  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench --device cuda", description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--filter", default="", metavar="REGEX", help="cases: a match of 'name, dtype'")
    parser.add_argument("--rounds", type=int, default=20, help="times of each provider (20)")
    parser.add_argument("--no-torch", action="store_true",
                        help="axnorm and copies alone; torch is needed all the same, for memory and events")
    parser.add_argument("--no-compile", action="store_true", help="without torch.compile, whose compiling takes minutes")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="a line for each case")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all times, and what they were measured with")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds is at least 1")
    for path in (arguments.tsv, arguments.json):
        if path and not path.parent.is_dir():
            parser.error(f"there is no folder {path.parent}")
    return arguments


def log(text):
    print(text, file=sys.stderr, flush=True)


def loaded_torch():
    """The module, on a machine that has a GPU."""
    try:
        import torch
    except ImportError as error:
        sys.exit(f"The measurements need PyTorch with CUDA, for memory and events: {error}\n"
                 "AXNORM_PYTHON is the Python that has it, python3 where it is not set.")
    if not torch.cuda.is_available():
        sys.exit(f"torch {torch.__version__} finds no GPU.")
    torch.cuda.init()
    return torch


class Bench:
    """What every case is measured with."""

    def __init__(self, arguments):
        self.torch = loaded_torch()
        # These import torch.
        import axnorm_c
        import driver
        import torch_peers
        self.c, self.peers_module, self.rounds = axnorm_c, torch_peers, arguments.rounds
        self.device = self.torch.zeros(1, device="cuda").device  # and its context is current from now on
        self.driver = driver.Driver()
        self.l2_bytes = self.driver.attribute(driver.L2_BYTES, self.device.index)
        self.copies = driver.Copies(self.driver)
        self.library = axnorm_c.Library(arguments.programs / "libaxnorm_cuda_bench.so")
        self.clock = measure.GpuClock(self.torch, self.l2_bytes)
        self.peers, self.missing = ([], {}) if arguments.no_torch else torch_peers.load_peers()
        if arguments.no_compile:
            self.peers = [peer for peer in self.peers if peer.name != "torch.compile"]
            self.missing["torch.compile"] = "not asked for: --no-compile"

    def stream(self):
        return self.torch.cuda.current_stream().cuda_stream

    def tensor(self, tensor):
        dtype = str(tensor.dtype).removeprefix("torch.")
        return self.c.Tensor(tensor.data_ptr(), dtype, tuple(tensor.shape), self.c.CUDA, self.device.index)

    def axnorm(self, operands):
        case = operands.case
        scale, shift = (None if param is None else self.tensor(param) for param in (operands.scale, operands.shift))
        call = self.library.bind(case.pattern, case.params, self.tensor(operands.x), self.tensor(operands.y),
                                 case.lengths, case.statistic, cases.EPS, scale, shift, self.stream() or None)

        def normalize():
            call()
            return operands.y
        return normalize

    def copy(self, name, operands):
        arguments = operands.y.data_ptr(), operands.x.data_ptr(), operands.case.tensor_bytes, self.stream() or None
        return functools.partial(self.copies.run, name, *arguments)

    def machine(self):
        properties = self.torch.cuda.get_device_properties(self.device)
        return {"command": " ".join(["scripts/bench", "--device cuda", *sys.argv[3:]]), "axnorm": machine.commit(),
                "gpu": properties.name, "capability": f"{properties.major}.{properties.minor}",
                "multiprocessors": properties.multi_processor_count, "memory_bytes": properties.total_memory,
                "l2_bytes": self.l2_bytes, "driver": self.driver.version(), "torch_cuda": self.torch.version.cuda,
                "cpu": machine.cpu_name(), "kernel": platform.release(), "python": platform.python_version()}

    def versions(self):
        versions = {"axnorm": self.library.version, "torch": self.torch.__version__}
        for peer in self.peers:
            module = sys.modules.get(peer.name)
            versions.setdefault(peer.name, getattr(module, "__version__", "?") if module else self.torch.__version__)
        return versions


def checks(bench, operands):
    """What tells the error of a normalization's result, and of a copy."""
    def of_normalization(call):
        operands.forget_y()
        result = call()
        bench.torch.cuda.synchronize()
        return bench.peers_module.error_of(operands, result)

    def of_copy(call):
        operands.forget_y()
        call()
        bench.torch.cuda.synchronize()
        return 0.0 if bench.torch.equal(operands.x, operands.y) else math.inf
    return of_normalization, of_copy


def open_all(bench, operands):
    """The entries of a case, tried, and why some peers have none."""
    of_normalization, of_copy = checks(bench, operands)
    tolerance = bench.peers_module.TOLERANCES[operands.case.dtype]
    entries, reason = measure.opened("axnorm", [("C", bench.axnorm(operands))], of_normalization, tolerance)
    if not entries:
        sys.exit(f"axnorm cannot do {operands.case.name}, {operands.case.dtype}: {reason}")
    for name in bench.copies.names:
        copies, reason = measure.opened(name, [(name, bench.copy(name, operands))], of_copy, 0)
        if not copies:
            sys.exit(f"{name} does not run: {reason}")
        entries += copies
    absent = {}
    for peer in bench.peers:
        try:
            ways, reason = measure.opened(peer.name, peer.ways(operands), of_normalization, tolerance)
        except bench.peers_module.Unsupported as error:
            ways, reason = [], str(error)
        if ways:
            entries += measure.contenders(ways, bench.clock)
        if not ways or reason:
            absent[peer.name] = reason or "has no such normalization"
    return entries, absent


def measure_case(bench, case):
    operands = bench.peers_module.Operands(case, bench.device)
    entries, absent = open_all(bench, operands)
    for entry in entries:
        for _ in range(measure.WARM_UP):
            entry.call()
    measure.measure(entries, bench.clock, bench.rounds)
    return {"case": case.as_json(), "threads": tables.THREADS, "providers": measure.fastest_by_name(entries),
            "absent": absent}


def measure_cases(bench, chosen):
    runs = []
    for number, case in enumerate(chosen, 1):
        log(f"{number} of {len(chosen)}: {case.name}, {case.dtype}")
        # What torch.compile and its graphs hold on to has to go before the next case takes its memory.
        with bench.torch.inference_mode():
            runs.append(measure_case(bench, case))
        gc.collect()
        bench.torch.cuda.empty_cache()
        log("  " + ", ".join(f"{name} {results.number(results.median_of(provider, 'cold'), 1)}"
                             f"{' WRONG' if provider['wrong'] else ''}"
                             for name, provider in runs[-1]["providers"].items()) + " us")
        for name, reason in runs[-1]["absent"].items():
            log(f"    without {name}: {reason}")
    return runs


def host_costs(bench, programs):
    """{case: {name: us}}: calls from Python, of axnorm and of torch, and those of a C++ program."""
    costs = {}
    for case in cases.HOST_CASES:
        with bench.torch.inference_mode():
            operands = bench.peers_module.Operands(case, bench.device)
            calls = {"axnorm, from Python by C": bench.axnorm(operands)}
            for peer in bench.peers:
                if peer.name == "torch":
                    calls |= {f"torch {name}": call for name, call in peer.ways(operands)[:1]}
            costs[f"{case.name}, {case.dtype}"] = measure.host_costs(calls, bench.torch.cuda.synchronize, bench.rounds)
    program = subprocess.run([programs / "axnorm_cuda_calls"], capture_output=True, text=True)
    if program.returncode != 0:
        sys.exit(f"axnorm_cuda_calls failed: {program.stderr.strip()}")
    for name, us in tables.calls_of(program.stdout).items():
        costs[f"{name}, C++"] = {"C++": us}
    return costs


def print_all(measured, rows):
    about = measured["machine"]
    print(f"{about['gpu']}, driver for CUDA {about['driver']}; medians in microseconds, cold L2;"
          " GB/s of x, y and params once\n")
    print(tables.markdown_of(measured["runs"]))
    print("What a call costs the host, microseconds\n")
    print(tables.host_markdown_of(measured["host_us"]))
    print(", ".join(f"{name} {version}" for name, version in measured["versions"].items()))
    for name, reason in measured["missing"].items():
        print(f"Without {name}: {reason}")
    if measured["exposed"]:
        print(f"{measured['exposed']} times may hold what the call cost the host: it was late, however long the GPU waited")
    print()
    for line in tables.summary_of(rows):
        print(line)


def main():
    arguments = parse_arguments()
    chosen = cases.chosen(arguments.filter)
    if not chosen:
        sys.exit("There is no such case.")
    bench = Bench(arguments)
    measured = {"machine": bench.machine(), "rounds": arguments.rounds, "versions": bench.versions(),
                "missing": bench.missing, "runs": measure_cases(bench, chosen)}
    measured["host_us"] = host_costs(bench, arguments.programs)
    measured["exposed"] = bench.clock.exposed
    rows = tables.rows_of(measured["runs"])
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=1) + "\n")
    if arguments.tsv:
        arguments.tsv.write_text(results.tsv_of(rows))
    print_all(measured, rows)
    wrong = [f"{run['case']['case']}, {run['case']['dtype']}: {run['providers']['axnorm']['error']}"
             for run in measured["runs"] if run["providers"]["axnorm"]["wrong"]]
    for line in wrong:
        print(f"axnorm is WRONG: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
