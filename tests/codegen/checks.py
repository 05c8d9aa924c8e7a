"""Faults in the code of a kernel, by FileCheck: in each of its hot loops, and where it streams."""
import contextlib
import functools
import io
import re

import assembly
from families import HERE

COMMON = HERE / "hot_loop.s-check"


CHECK = re.compile(r"^([A-Z][A-Z0-9-]*?)(?:-(?:NOT|DAG|NEXT|SAME|COUNT-(?:\d+|\{[^{}]+\})))?:.*$", re.M)
COUNT = re.compile(r"-COUNT-\{([^{}]+)\}:")


@functools.cache
def prefixes_of(path):
    return set(match[1] for match in CHECK.finditer(path.read_text()))


def checks_of(path, prefix, numbers):
    """Those of a prefix, with counts as numbers."""
    def count(match):
        value = eval(match[1], {"__builtins__": {}}, numbers)
        if value != int(value) or value < 1:
            raise ValueError(f"{path}: {match[1]} is {value}")
        return f"-COUNT-{int(value)}:"

    return [COUNT.sub(count, check[0], 1) for check in CHECK.finditer(path.read_text()) if check[1] == prefix]


class FileCheck:
    """LLVM's tool, by the Python package `filecheck`.

    Its parts are called, not its main(): of some ten thousand small texts none is written to a file, and a check is
    parsed once.
    """

    def __init__(self, folder):
        self.checks = folder / "checks"

    @functools.cache
    def parsed(self, path, prefix, numbers, variables):
        from filecheck.options import Options
        from filecheck.parser import Parser

        own = checks_of(path, prefix, dict(numbers))
        if not own:
            raise ValueError(f"{path} has no check {prefix}")
        self.checks.write_text("\n".join(own) + "\n")
        options = Options(str(self.checks), check_prefixes=[prefix], variables=dict(variables))
        return options, tuple(Parser.from_opts(options))

    def fault(self, path, prefix, lines, numbers, **variables):
        """What it says against the lines; None where they pass."""
        from filecheck.finput import FInput
        from filecheck.matcher import Matcher

        options, checks = self.parsed(path, prefix, tuple(numbers.items()), tuple(variables.items()))
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = Matcher(options, FInput("code", "\n".join(lines) + "\n"), checks).run()
        return out.getvalue().strip() if code else None


def family_prefixes(family, kernel, role):
    """Of the family's checks, those for this loop of this kernel."""
    variant = family.variants[kernel.signature]
    start = rf"{variant + '-' if variant else ''}{role.upper()}"
    pattern = re.compile(rf"{start}(-{kernel.isa.upper()})?-(FMAS|STORES)")
    return sorted(prefix for prefix in prefixes_of(family.path) if pattern.fullmatch(prefix))


def loop_faults(filecheck, family, kernel, numbers, role, loop):
    lines = loop.hot_lines()
    own = family_prefixes(family, kernel, role)
    if not any(prefix.endswith("FMAS") for prefix in own):
        raise ValueError(f"{family.path} has no check of {kernel}, {role}")
    register = family.register(kernel, role)
    common = ["VECTOR-SPILLS", "SCALAR-SPILLS", "ELEMENTS", f"{register.upper()}-WIDTH"]
    for path, prefix in [(family.path, p) for p in own] + [(COMMON, p) for p in common]:
        fault = filecheck.fault(path, prefix, lines, numbers, REGISTER=register)
        known = next((k for k in family.known if k.holds(prefix, role, kernel)), None)
        if known and fault:
            known.used = True
            count = sum(filecheck.fault(path, prefix, [line], numbers) is not None for line in lines)
            fault = f"{count} lines, at most {known.most} are known" if count > known.most else None
        if fault:
            yield f"{role}, {loop.path()}: {prefix}", fault


def stream_faults(filecheck, stmt):
    either = assembly.either_stmt(stmt)
    lines = either or assembly.streamed_stmt(stmt)
    if not lines:
        yield "no branch for `stream`", ""
        return
    for prefix in ("EITHER-CALL" if either else "STREAM-CALL", "STREAM-STORES"):
        if fault := filecheck.fault(COMMON, prefix, lines, {}):
            yield prefix, fault


def faults(filecheck, family, kernel, numbers, code, stmt):
    """Pairs of a name and a text. `numbers` are the kernel's, for counts."""
    loops = assembly.loops_of(code)
    found = {role: family.hot_loops(role, kernel.isa, loops) for role in family.roles}
    for role in family.roles:
        if not found[role]:
            names = "\n".join(loop.path() for loop in loops if loop.is_innermost)
            yield f"{role}: no such loop", f"None of these is {family.loops[role, kernel.isa]}:\n{names}"
    kinds = {loop.is_streamed() for loop in found["normalize"]}
    for kind, words in (True, "streams"), (False, "does not stream"):
        if kinds and kind not in kinds and (kind or not assembly.either_stmt(stmt)):
            yield f"normalize: no such loop that {words}", ""
    for role, hot in found.items():
        for loop in hot:
            yield from loop_faults(filecheck, family, kernel, numbers, role, loop)
    yield from stream_faults(filecheck, stmt)
