"""The processor: its fingerprint, and which of its cores measures."""

import fcntl
import os
import platform
import re
import socket
from pathlib import Path

from axnorm_tune.errors import TuneError

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def _field(name):
    match = re.search(rf"^{name}\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1).strip() if match else ""


def _caches():
    """Bytes by level, as {"L1d": 49152, "L2": 2097152}; instructions are left out."""
    sizes = {}
    for folder in sorted(CACHES.glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            units = {"K": 10, "M": 20}
            sizes[f"L{level}{'d' if kind == 'Data' else ''}"] = int(size.rstrip("KM")) << units.get(size[-1], 0)
    return sizes


def processor():
    """What tells processors apart for whom schedules are tuned."""
    numbers = {name: int(_field(field) or 0)
               for name, field in (("family", "cpu family"), ("model", "model"), ("stepping", "stepping"))}
    return {"name": _field("model name") or platform.processor(), "vendor": _field("vendor_id"), **numbers,
            "caches": _caches()}


def is_same_kind(one, other):
    """Whether what is measured on one is true of the other."""
    return all(one.get(key) == other.get(key) for key in ("name", "vendor", "family", "model", "caches"))


def slug(processor_is):
    """As a part of a file name: "amd-epyc-9r45-26-2". The numbers tell what clouds hide: "Intel(R) Xeon(R) Processor"."""
    name = re.sub(r"\((R|TM)\)|\bCPU\b|\bProcessor\b|\b\d+-Core\b|@.*", " ", processor_is["name"])
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join([*words, str(processor_is["family"]), str(processor_is["model"])])


class Cores:
    """One core measures; compilers, and this process, have the others.

    Two tuners on a machine measure on two cores: a core is held by the lock on a file.
    """

    def __init__(self, folder, wanted=None):
        self.allowed = sorted(os.sched_getaffinity(0))
        if wanted is not None and wanted not in self.allowed:
            raise TuneError(f"--cpu {wanted}: it is one of {', '.join(map(str, self.allowed))}")
        self.measuring, self._lock = self._claim(folder, [wanted] if wanted is not None else self.allowed[::-1])
        # What is started from here inherits it, but for what `on_all` starts.
        os.sched_setaffinity(0, [cpu for cpu in self.allowed if cpu != self.measuring] or self.allowed)

    def on_all(self, command):
        """The command, which may choose among all cores: axnorm-measure holds itself on the one it is told."""
        return ["taskset", "--cpu-list", ",".join(map(str, self.allowed)), *command]

    def first(self, threads):
        """Of the cores that so many threads are held on, one beside the other; None where there are too few."""
        first = max(self.measuring - threads + 1, 0)
        fits = set(range(first, first + threads)) <= set(self.allowed)
        return first if fits else None

    def has_others(self, threads):
        """Whether something can be compiled without a part of the cores that measure."""
        return len(self.allowed) > threads

    @staticmethod
    def _claim(folder, cpus):
        for cpu in cpus:
            lock = open(Path(folder) / f"core-{cpu}.lock", "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return cpu, lock
            except OSError:
                lock.close()
        return cpus[0], None  # there are more tuners than cores


def process_name():
    """This process, as no other is called: host, number and start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def _start_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def is_gone(name):
    """Whether the process of that name has ended; False where it is another machine's."""
    host, pid, start = name.rsplit(":", 2)
    return host == socket.gethostname() and _start_of(int(pid)) != start
