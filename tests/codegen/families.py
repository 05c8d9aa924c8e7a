"""What a check file says: the kernels of a schedule family, how its hot loops are called, and what they have to be.

    // KERNELS rK3 krK3: TRIPLE           signatures; their checks have the prefix TRIPLE-
    // STATISTICS mean_var rms            where not all have such kernels
    // LOOP sums: deviation.s1.joint$x    the last names of the loop and of those around it
    // LOOP sums on avx2: deviation_8     where they are others for each instruction set
    // YMM sums of krKR8: why             half registers are whole vectors here, with AVX-512
    // KNOWN SCALAR-SPILLS <= 4 in normalize of rK with mean_var on avx2: why
    SINGLE-SUMS-FMAS-COUNT-{joint_steps - 1}: vfmadd      FileCheck's syntax, but for counts

A count in braces is computed of the kernel's knobs and its summation tree, as axnorm-generator lists them, and of `vector`,
how many elements a register has. Names are regular expressions, but in KERNELS. Prefixes are <kernels>-<loop>-<instruction set>-<what>, of which the
first and the third may be left out. Each is a run of FileCheck by itself, since a -NOT says nothing of what lies between
the matches of a -COUNT. hot_loop.s-check has those for all loops; KNOWN says in how many lines one of these fails.
"""
import dataclasses
import functools
import json
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent
TARGETS = {
    "avx2": "x86-64-linux-sse41-avx-f16c-fma-avx2",
    "avx512": "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
}
FEATURES = "-strict_float-no_runtime-no_asserts-no_bounds_query-user_context"  # as in axnorm_add_library()
STATISTICS = ("mean_var", "rms")
VECTOR = {"avx2": 8, "avx512": 16}  # elements of float32


@functools.cache
def listed(generator, signature):
    """The family that serves a signature, its knobs and the summation tree."""
    return json.loads(subprocess.run([generator, "--knobs", signature], capture_output=True, check=True).stdout)


@dataclasses.dataclass(frozen=True)
class Kernel:
    signature: str
    statistic: str
    isa: str
    knobs: str = ""  # those that are not the defaults

    def __str__(self):
        return " ".join(filter(None, (self.signature, self.statistic, self.isa, self.knobs)))

    def numbers(self, generator):
        """What its counts are computed of."""
        of_family = listed(generator, self.signature)
        knobs = {name: knob["default"] for name, knob in of_family["knobs"].items()}
        given = (knob.split(":") for knob in filter(None, self.knobs.split(",")))
        # Of normalization: ((x - mean) * rstd + rest) * scale + shift, without a mean x * rstd * scale + shift.
        y_fmas = 2 if self.statistic == "mean_var" else 1
        return (knobs | {name: int(value) for name, value in given} | of_family["tree"] |
                {"vector": VECTOR[self.isa], "y_fmas": y_fmas})

    def compile(self, generator, folder):
        """Assembly, and Halide's code that it is made of."""
        name = re.sub(r"\W", "_", str(self))
        subprocess.run([generator, "-g", "norm", "-f", name, "-o", folder, "-e", "assembly,stmt",
                        f"target={TARGETS[self.isa]}{FEATURES}", f"signature={self.signature}",
                        f"statistic={self.statistic}", "for_runtime=true",
                        f"in_parts={'false' if '-' in self.signature else 'true'}",
                        *([f"knobs={self.knobs}"] if self.knobs else [])], check=True)
        return tuple((pathlib.Path(folder) / f"{name}.{kind}").read_text() for kind in ("s", "stmt"))


@dataclasses.dataclass
class Known:
    """Lines that are not as they should be, and why."""

    what: str
    most: int
    role: str
    signature: str
    statistic: str
    isa: str
    reason: str
    used: bool = False

    def holds(self, what, role, kernel):
        mine = ((self.role, role), (self.signature, kernel.signature), (self.statistic, kernel.statistic),
                (self.isa, kernel.isa))
        return what == self.what and all(re.fullmatch(*pair) for pair in mine)


class Family:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        text = self.path.read_text()
        self.variants = {}  # by signature
        lines = re.findall(r"^// KERNELS ([^:\n]*)(?:: *([A-Z-]+))?$", text, re.M)
        for signatures, variant in lines:
            self.variants |= {signature: variant for signature in signatures.split()}
        loops = re.findall(r"^// LOOP (\w+)(?: on (\w+))?: (.*)$", text, re.M)
        self.loops = {(role, isa): name for role, isas, name in loops for isa in ([isas] if isas else TARGETS)}
        self.roles = list(dict.fromkeys(role for role, _, _ in loops))
        chosen = re.search(r"^// STATISTICS (.*)$", text, re.M)
        self.statistics = chosen[1].split() if chosen else STATISTICS
        self.known = [Known(m[0], int(m[1]), *m[2:]) for m in re.findall(
            r"^// KNOWN (\S+) <= (\d+) in (\S+) of (\S+) with (\S+) on (\S+): (.*)$", text, re.M)]
        self.half_vectors = re.findall(r"^// YMM (\S+) of (\S+): .", text, re.M)
        for word, found in (("KERNELS", lines), ("LOOP", loops), ("KNOWN", self.known),
                            ("YMM", self.half_vectors)):
            if len(found) != text.count(f"// {word}"):
                raise ValueError(f"{path}: a line of {word} is not understood")

    @property
    def name(self):
        return self.path.name.removesuffix(".s-check")

    def examples(self):
        """The first signature of each line of KERNELS."""
        first = {variant: signature for signature, variant in reversed(self.variants.items())}
        return sorted(first.values())

    def kernels(self):
        return [Kernel(s, statistic, isa) for s in self.variants for isa in TARGETS for statistic in self.statistics]

    def some_kernels(self):
        """Each signature for each instruction set, with the statistics in turn: every two of the three meet."""
        return [Kernel(s, self.statistics[(i + j) % len(self.statistics)], isa)
                for i, s in enumerate(self.variants) for j, isa in enumerate(TARGETS)]

    def register(self, kernel, role):
        """Of a whole vector."""
        half = any(re.fullmatch(r, role) and re.fullmatch(s, kernel.signature) for r, s in self.half_vectors)
        return "ymm" if kernel.isa == "avx2" or half else "zmm"

    def hot_loops(self, role, isa, loops):
        """Innermost loops of this role: "sums" or "normalize"."""
        name = re.compile(rf"(^|.* > )({self.loops[role, isa]})")
        return [loop for loop in loops if loop.is_innermost and name.fullmatch(loop.path())]


def families():
    """One for each file of schedules/ that fills a ScheduleFamily."""
    return [Family(path) for path in sorted(HERE.glob("*.s-check")) if path.name != "hot_loop.s-check"]


def family_of(signature):
    return next((family for family in families() if signature in family.variants), None)
