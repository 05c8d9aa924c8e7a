"""What is tuned: a kernel for a size class, by all cases that run it there.

One row of the record decides for all of them, so that they are one study: a candidate is as good as the geometric mean
of its ratios, and no case may lose.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

from axnorm_tune.confirm import verdict_of
from axnorm_tune.decide import Ratio
from axnorm_tune.errors import TuneError
from axnorm_tune.lab import Lab
from axnorm_tune.measuring import Crash, Hang, Measure, Refused
from axnorm_tune.programs import Kernel, isa_of
from axnorm_tune.space import Space

# Bytes of x, at most: what a core's own caches hold beside y, what several of them share, twice, and what comes from memory.
SIZE_CLASSES = (256 << 10, 4 << 20, 16 << 20, None)


def most_bytes_of(case):
    return next(most for most in SIZE_CLASSES if most is None or case.bytes <= most)


def size_class(most_bytes):
    """As a row of the record has it. Together the classes are all sizes, each once."""
    smaller = [most for most in SIZE_CLASSES if most is not None and (most_bytes is None or most < most_bytes)]
    return {"least_bytes": max(smaller) + 1 if smaller else 0, "most_bytes": most_bytes}


def measured_class(most_bytes, cases):
    """Of a class the sizes from half of the smallest case on: what is right at its end may be wrong at its beginning."""
    least = size_class(most_bytes)["least_bytes"]
    smallest = min((case.bytes for case in cases), default=0)
    return {"least_bytes": max(least, smallest // 2) if least else 0, "most_bytes": most_bytes}


def size_text(most_bytes):
    if most_bytes is None:
        return "larger"
    return f"up to {most_bytes >> 20} MiB" if most_bytes >> 20 else f"up to {most_bytes >> 10} KiB"


@dataclass
class Target:
    kernel: Kernel
    isa: str  # that the kernel is compiled for
    most_bytes: int
    space: Space
    cases: list = field(default_factory=list)

    def key(self):
        """Of its row in the record."""
        return {"statistic": self.kernel["statistic"], "signature": self.kernel["signature"],
                "contiguous": self.kernel["contiguous"] == "true",
                # Kernels of params in another order than x are rare, and say so.
                **({"contiguous_params": False} if "contiguous_params=false" in self.kernel.line else {}),
                **({"aligned": self.kernel["aligned"] == "true"} if self.kernel.device != "cpu" else {}),
                "dtypes": ":".join(dict.fromkeys(self.kernel.dtypes)), "device": self.kernel.device, "isa": self.isa,
                "size_class": measured_class(self.most_bytes, self.cases)}

    @property
    def title(self):
        key = self.key()
        return f"{key['statistic']} {key['signature']} {key['dtypes']} {self.isa}, x {size_text(self.most_bytes)}"

    def words(self, knobs):
        return self.kernel.words(self.isa, knobs)

    def attributes(self):
        """Of its study, from which another process makes it."""
        return {"kernel": self.kernel.line, "isa": self.isa, "most_bytes": self.most_bytes}

    def objective(self, races):
        return Ratio.of(races).objective

    def lab(self, programs, cores, folder, limits):
        return Lab(self, programs, cores, folder, limits)

    def verdict_of(self, study, lab, scale):
        return verdict_of(study, lab, scale)

    def study_name(self, processor_is, *programs):
        """The same for the same question: kernel, cases, space, processor, and hashes of what compiles and measures."""
        asked = {"key": self.key(), "cases": [case.as_json() for case in self.cases], "space": self.space.legal,
                 "processor": processor_is, "programs": programs}
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:10]
        key = self.key()
        name = f"{key['statistic']}-{key['signature']}-{key['dtypes']}-{self.isa}-{size_text(self.most_bytes)}"
        return re.sub(r"[^A-Za-z0-9]+", "-", name) + f"-{digest}"


def resolve(cases, programs, log, library=None, build=None):
    """The targets of the cases, by what their library has; and why cases have none, as pairs."""
    lines = programs.library(library, build) if library else None
    process = Measure(programs.measure, log)
    targets, left_out = {}, []
    try:
        isa = process.ask({"op": "info"}, 10)["cpu_isa"]
        for case in cases:
            kernels = lines if library else programs.kernels(case.words())
            try:
                kernel = _chosen(process, case, kernels)
            except Refused as error:
                left_out.append((case, str(error)))
                continue
            found = Target(kernel, isa_of(kernel.target(isa)), most_bytes_of(case),
                           Space.of(programs.family(kernel["signature"], kernel.device)))
            targets.setdefault(json.dumps(found.key()), found).cases.append(case)
    except (Crash, Hang) as error:
        raise TuneError(str(error)) from None
    finally:
        process.close()
    return list(targets.values()), left_out


def kernels_of(case, kernels):
    """Those that may serve the case, by their words. Raises Refused where there is none."""
    of_case = [kernel for kernel in kernels if kernel.device == case.device and kernel["statistic"] == case.statistic
               and kernel.dtypes == case.dtypes and "knobs=" not in kernel.line]
    if not of_case:
        raise Refused(f"the library has no kernel of {case.statistic} of {case.dtype}")
    return of_case


def _chosen(process, case, kernels):
    """The kernel that a call of the case runs, where these are linked."""
    of_case = kernels_of(case, kernels)
    answer = process.ask({**case.request(), "op": "choose", "kernels": [kernel.line for kernel in of_case]}, 10)
    return of_case[answer["chosen"]]
