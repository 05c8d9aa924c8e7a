"""The programs of the build that the tuner runs: axnorm-kernels, axnorm-generator, the linker."""

import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from axnorm_tune.errors import TuneError

SYMBOL = "axnorm_tuned"  # of every candidate: objects that compute the same are the same, byte by byte
ISAS = ("avx512", "avx2", "baseline")


class CompileError(Exception):
    """A candidate that does not compile."""


class CompileHang(CompileError):
    """One that did not in time."""


def isa_of(target):
    return next((isa for isa in ("cuda", "avx512", "avx2") if f"-{isa}" in target), "baseline")


@dataclass(frozen=True)
class Kernel:
    """A function of a library: a line that axnorm-kernels prints (generators/library/command.h)."""
    line: str

    def __getitem__(self, word):
        return dict(part.split("=", 1) for part in self.line.split())[word]

    @property
    def device(self):
        if self["generator"] == "norm":
            return "cpu"
        return "cuda" if "-cuda-" in self["target"] else "opencl"

    @property
    def dtypes(self):
        return self["dtype"], self["y_dtype"]

    def target(self, isa):
        """Of the function's targets the first that a machine of this instruction set runs."""
        if self.device != "cpu":
            return self["target"]
        for target in self["target"].split(","):
            if ISAS.index(isa_of(target)) >= ISAS.index(isa):
                return target
        raise TuneError(f"{self['function']} has no target for {isa}")

    def words(self, isa, knobs):
        """The line of a candidate: for this instruction set alone."""
        changed = {"function": SYMBOL, "target": self.target(isa), "files": f"{SYMBOL}.o",
                   "emit": "object"}
        words = [part.split("=", 1) for part in self.line.split()]
        parts = [f"{name}={changed.get(name, value)}" for name, value in words if name != "knobs"]
        return " ".join(parts + ([f"knobs={knobs}"] if knobs else []))


def without_schedules(words):
    """The library as it is without records: what is tuned is tuned again from the defaults."""
    kept, skip = [], False
    for word in words:
        if word in ("SCHEDULES", "KERNEL", "CANONICAL", "INSTRUCTION_SETS"):
            skip = word == "SCHEDULES"
        if not skip:
            kept.append(word)
    return kept


def _hash_of(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


class Programs:
    """The programs in a build folder. `compile_command` and `measure_command` are for tests: what stands in."""

    def __init__(self, folder, compile_command=None, measure_command=None, linker=("c++",)):
        self.folder = Path(folder)
        self.generator = compile_command or [self._found("axnorm-generator")]
        self.measure = measure_command or [self._found("tune/axnorm-measure")]
        self.linker = list(linker)

    def _found(self, name):
        if not (self.folder / name).exists():
            raise TuneError(f"{self.folder} has no {name}: scripts/tune builds it")
        return str(self.folder / name)

    def kernels(self, words):
        """The functions of a library of these words, as axnorm_add_library() takes them."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "tuned.words").write_text("".join(f"{word}\n" for word in words))
            done = subprocess.run([self._found("axnorm-kernels"), "tuned", folder, "scripts/tune"],
                                  capture_output=True, text=True)
        if done.returncode != 0:
            raise TuneError(done.stderr.strip() or f"axnorm-kernels: {done.returncode}")
        return [Kernel(line) for line in done.stdout.splitlines()]

    def library(self, target, build=None):
        """The functions of a library that a build folder has, which need not be that of the programs."""
        folder = Path(build or self.folder)
        found = sorted(folder.rglob(f"{target}/{target}.words"))
        if not found:
            raise TuneError(f"{folder} has no library {target}: there is no {target}/{target}.words")
        return self.kernels(without_schedules(found[0].read_text().splitlines()))

    @cache
    def family(self, signature, device="cpu"):
        """What axnorm-generator says of the family of schedules that serves the signature."""
        done = subprocess.run([*self.generator, "--knobs", signature, *([device] if device != "cpu" else [])], capture_output=True, text=True)
        if done.returncode != 0:
            raise TuneError(done.stderr.strip())
        return json.loads(done.stdout)

    @cache
    def hash(self):
        """Of what compiles: figures of another generator's kernels say nothing of this one's."""
        return _hash_of(self._found("axnorm-generator"))

    @cache
    def measure_hash(self):
        """Of the runtime, which is in it."""
        return _hash_of(self.measure[-1])

    def compiler(self):
        done = subprocess.run([*self.linker, "--version"], capture_output=True, text=True)
        return done.stdout.partition("\n")[0]

    def compile(self, words, folder, seconds, plugin=None):
        """Compiles and links a candidate into the folder, and returns its library and its object's hash.

        `plugin` is a library that the generator loads, with an autoscheduler in it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        parts = dict(part.split("=", 1) for part in words.split())
        flags = ["-g", parts["generator"], "-f", parts["function"], "-e", parts["emit"], "-o", str(folder)]
        flags += ["-p", str(plugin)] if plugin else []
        params = [f"{name}={value}" for name, value in parts.items()
                  if name not in ("generator", "function", "emit", "files")]
        made, library = folder / parts["files"], folder / "kernel.so"
        made.unlink(missing_ok=True)
        self._run([*self.generator, *flags, *params], seconds)
        if not made.exists():
            raise CompileError(f"{self.generator[0]} did not write {made.name}")
        # What the kernel calls is in the process that loads it.
        self._run([*self.linker, "-shared", "-nostdlib", "-Wl,-Bsymbolic", "-o", str(library), str(made)], seconds)
        return library, _hash_of(made)

    @staticmethod
    def _run(command, seconds):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, start_new_session=True)
        except subprocess.TimeoutExpired:
            raise CompileHang(f"{Path(command[0]).name} took more than {seconds:g} s") from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [""])[-1]
            raise CompileError(f"{Path(command[0]).name}: exit code {done.returncode}: {last}")
