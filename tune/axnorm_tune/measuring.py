"""axnorm-measure from here: a process for each case, which is started again where it crashed or hung."""

import json
import os
import selectors
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from axnorm_tune.errors import TuneError


class Crash(Exception):
    """The process ended; whatever it was at is lost."""


class Killed(Crash):
    """Somebody killed it, which no kernel does."""


class Hang(Exception):
    """It did not answer in time, and was killed."""


class Refused(Exception):
    """It answered that it cannot: its message."""


@dataclass(frozen=True)
class Limits:
    """Seconds."""
    compile: float = 30
    case: float = 120  # data, and the reference in double
    check: float = 10
    race: float = 10  # beside what it is asked to take


class Measure:
    """One process: a request a line in, an answer a line out."""

    def __init__(self, command, log):
        self._log = open(log, "ab")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                                         start_new_session=True)  # Ctrl-C is for who is asked to stop
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._rest = b""

    @property
    def pid(self):
        return self._process.pid

    def ask(self, request, seconds):
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._end() from None
        answer = self._line(time.monotonic() + seconds, seconds)
        try:
            answer = json.loads(answer)
        except ValueError:
            self.close()
            raise Crash(f"axnorm-measure answered what is no JSON: {answer[:80]!r}") from None
        if not answer.get("ok"):
            raise Refused(answer.get("error", "no reason given"))
        return answer

    def _line(self, deadline, seconds):
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                self.close()
                raise Hang(f"no answer within {seconds:g} s")
            part = os.read(self._process.stdout.fileno(), 1 << 16)
            if not part:
                raise self._end()
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _end(self):
        """How it ended, to be raised."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)  # it may be writing a core, and close() would kill it
        self.close()
        code = self._process.returncode
        if code >= 0:
            return Crash(f"axnorm-measure ended with exit code {code}")
        return (Killed if code == -signal.SIGKILL else Crash)(f"axnorm-measure ended by signal {-code}")

    def close(self):
        """The process has nothing to save."""
        if self._process.stdin:
            try:
                self._process.stdin.close()
            except OSError:
                pass
        try:
            self._process.wait(0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._selector.close()
        self._process.stdout.close()
        self._log.close()


def info(command, log):
    """Of the machine and of axnorm."""
    process = Measure(command, log)
    try:
        return process.ask({"op": "info"}, 10)
    except (Crash, Hang) as error:
        raise TuneError(str(error)) from None
    finally:
        process.close()


class CaseBench:
    """A case, the kernels that are always there, and candidates against them, in a process that is there when it is
    needed. What is asked of thresholds takes them as a tuning file has them; "" are the usual ones."""

    def __init__(self, command, case, cpu, loads, log, limits=Limits()):
        self.case, self._command, self._cpu, self._loads = case, command, cpu, loads  # name: (library, words)
        self._log, self._limits, self._process, self._extents = log, limits, None, {}

    def _ready(self):
        if self._process is None:
            self._process = Measure(self._command, self._log)
            try:
                self._process.ask({**self.case.request(), "cpu": self._cpu}, self._limits.case)
                for name, load in self._loads.items():
                    self._extents[name] = self._load(name, *load).get("extents", [])
            except Killed:
                self.close()
                raise
            except (Crash, Hang, Refused) as error:
                self.close()
                raise TuneError(f"{self.case.title}: {error}") from None
        return self._process

    def _ask(self, request, seconds):
        try:
            return self._ready().ask(request, seconds)
        except (Crash, Hang):
            self._process = None
            raise

    def _load(self, name, library, words):
        answer = self._process.ask({"op": "load", "name": name, "library": str(library), "words": words},
                                   self._limits.check)
        if not answer["serves"]:
            raise Refused(answer.get("why") or "the kernel does not serve the case")
        return answer

    def extents(self):
        """Of the groups of the default kernel's letters, reduced ones before kept ones, innermost first."""
        self._ready()
        return self._extents["default"]

    @contextmanager
    def loaded(self, name, library, words):
        """A kernel is there meanwhile."""
        try:
            self._ready()
            self._load(name, library, words)
            yield
        except (Crash, Hang):
            self._process = None
            raise
        except KeyboardInterrupt:  # it is at work, and nobody waits for that
            self.close()
            raise
        finally:
            if self._process is not None:
                with suppress(Crash, Hang, Refused):
                    self._ask({"op": "unload", "name": name}, self._limits.check)

    def _named(self, thresholds):
        """What the process calls them. It is told each time, as it may be another one."""
        if not thresholds:
            return ""
        self._ask({"op": "thresholds", "name": "candidate", "text": thresholds}, self._limits.check)
        return "candidate"

    def way(self, thresholds=""):
        """How the case runs, as text."""
        answer = self._ask({"op": "way", "thresholds": self._named(thresholds)}, self._limits.check)
        return json.dumps(answer, sort_keys=True)

    def check(self, name, like="", thresholds=""):
        return self._ask({"op": "check", "name": name, "thresholds": self._named(thresholds),
                          **({"like": like} if like else {})}, self._limits.check)

    def race(self, name, seconds, prune_above=0.0, incumbent="default", thresholds=""):
        return self._ask({"op": "race", "candidate": name, "incumbent": incumbent, "seconds": seconds,
                          "prune_above": prune_above, "candidate_thresholds": self._named(thresholds)},
                         self._limits.race + 3 * seconds)

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def close(self):
        if self._process is not None:
            self._process.close()
            self._process = None
