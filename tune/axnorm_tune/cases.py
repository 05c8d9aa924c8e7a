"""Cases: a call of a pattern, and where they come from: the command line, a file, a suite."""

import argparse
import json
import re
import shlex
from dataclasses import dataclass

from axnorm_tune.errors import TuneError, Untunable

STATISTICS = ("mean_var", "rms")
DTYPES = ("float32", "float64", "float16", "bfloat16")
CACHES = ("warm", "cold")
DEVICES = ("cpu", "cuda")
SIZES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True)
class Case:
    pattern: str
    shape: tuple
    params: str = ""
    lengths: tuple = ()  # ("g", 32)
    memory: str = ""  # "": as the pattern is written
    statistic: str = "mean_var"
    dtype: str = "float32"  # of x and y; "bfloat16:float32"
    threads: int = 1
    cache: str = "warm"
    device: str = "cpu"
    name: str = ""

    @property
    def dtypes(self):
        x, _, y = self.dtype.partition(":")
        return x, y or x

    @property
    def bytes(self):
        """Of x."""
        size = SIZES[self.dtypes[0]]
        for length in self.shape:
            size *= length
        return size

    @property
    def title(self):
        name = self.name or f"{self.pattern} {'x'.join(map(str, self.shape))}"
        parts = [name, self.dtype] + ([f"{self.threads} threads"] if self.threads > 1 else [])
        parts += [self.device] if self.device != "cpu" else []
        return ", ".join(parts + (["cold"] if self.cache == "cold" else []))

    def request(self):
        """What axnorm-measure is asked for."""
        return {"op": "case", "pattern": self.pattern, "params": self.params, "shape": list(self.shape),
                "lengths": dict(self.lengths), "memory": self.memory, "statistic": self.statistic, "dtype": self.dtype,
                "threads": self.threads, "cache": self.cache,
                **({"device": self.device} if self.device != "cpu" else {})}

    def words(self):
        """A KERNEL of axnorm_add_library() that serves it."""
        words = ["KERNEL", self.pattern]
        words += ["PARAMS", self.params] if self.params else []
        words += ["MEMORY", self.memory] if self.memory else []
        words += ["DEVICES", self.device] if self.device != "cpu" else []
        return words + ["STATISTIC", self.statistic, "DTYPES", ":".join(dict.fromkeys(self.dtypes))]

    def arguments(self):
        """What scripts/tune is told to have it again."""
        words = ["--pattern", self.pattern]
        words += ["--params", self.params] if self.params else []
        words += ["--shape", ",".join(map(str, self.shape))]
        for name, length in self.lengths:
            words += ["--set", f"{name}={length}"]
        default = Case(self.pattern, self.shape)
        for option in ("memory", "statistic", "dtype", "threads", "cache", "device"):
            if getattr(self, option) != getattr(default, option):
                words += [f"--{option}", str(getattr(self, option))]
        return words

    def as_json(self):
        return {key: value for key, value in
                {**self.request(), "name": self.name}.items() if key != "op" and value not in ("", {})}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise TuneError(message)


def add_options(parser):
    """The options that say one case."""
    group = parser.add_argument_group("a case")
    group.add_argument("--pattern", help='"b (g n) h w -> b g": the axes of x, and those of its statistics')
    group.add_argument("--params", default="", help='the axes of scale and shift, as "(g n)"')
    group.add_argument("--shape", help="the shape of x, as 8,128,64,64")
    group.add_argument("--set", action="append", default=[], metavar="NAME=LENGTH", dest="lengths",
                       help="the length of an axis that the shape cannot tell, as g=32; repeatable")
    group.add_argument("--memory", default="", help="the axes from the outermost in memory to the innermost;"
                                                    " else as written")
    group.add_argument("--statistic", default="mean_var", help="mean_var (default) or rms")
    group.add_argument("--dtype", default="float32", help="of x and y, as float16 or bfloat16:float32; else float32")
    group.add_argument("--threads", default="1", help="of a call (1)")
    group.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    group.add_argument("--cache", default="warm", help="warm (default): x and y as the call before left them; cold")


def given_beside_pattern(options):
    """The first option of a case that was given; "" where none was. A device is for cases of a file, too."""
    parser = _Parser(add_help=False)
    add_options(parser)
    for action in parser._actions:
        if action.dest not in ("pattern", "device") and getattr(options, action.dest) != action.default:
            return action.option_strings[0]
    return ""


def of_options(options):
    """The case of the command line, or of a line of a file that is written like it."""
    if options.shape is None:
        raise TuneError(f"--pattern '{options.pattern}' needs --shape, as 8,128,64,64")
    lengths = {}
    for text in options.lengths:
        name, equals, length = text.partition("=")
        if not name or not equals:
            raise TuneError(f"--set '{text}' is not written name=length, as g=32 is")
        lengths[name] = _number(length, f"--set {text}")
    shape = [_number(length, f"--shape {options.shape}") for length in options.shape.split(",")]
    return _checked(pattern=options.pattern, params=options.params, shape=shape, lengths=lengths,
                    memory=options.memory, statistic=options.statistic, dtype=options.dtype,
                    threads=_number(options.threads, "--threads"), cache=options.cache, device=options.device)


def _number(text, where):
    if not re.fullmatch(r"[0-9]{1,18}", str(text).strip()) or int(text) < 1:
        raise TuneError(f"{where}: '{text}' is no number of at least 1")
    return int(text)


def _one_of(value, values, where):
    if value not in values:
        raise TuneError(f"{where} '{value}': it is one of {', '.join(values)}")
    return value


def _checked(pattern, shape, lengths, dtype, statistic, cache, device, **others):
    """Patterns and what fits them are the language's to check: axnorm-kernels and axnorm-measure do."""
    for part in dtype.split(":", 1):
        _one_of(part, DTYPES, "dtype")
    x, _, y = dtype.partition(":")
    if device == "cuda" and cache == "cold":
        raise TuneError("cache 'cold' is of the cpu alone")
    return Case(pattern=pattern, shape=tuple(shape), lengths=tuple(sorted(lengths.items())),
                dtype=x if y in ("", x) else dtype, statistic=_one_of(statistic, STATISTICS, "statistic"),
                cache=_one_of(cache, CACHES, "cache"), device=_one_of(device, DEVICES, "device"), **others)


# Calls that AXNORM_RECORD wrote have some of these, and the lines of a suite.
FIELDS = {"pattern", "params", "shape", "lengths", "memory", "strides", "statistic", "dtype", "dtypes", "threads",
          "cache", "name", "device"}


def of_json(call):
    """A case from an object of JSON: {"pattern": "b c -> b", "shape": [64, 256]}."""
    if not isinstance(call, dict):
        raise TuneError("a case is an object, {...}")
    for field in call.keys() - FIELDS:
        raise TuneError(f"there is no field '{field}'; there are {', '.join(sorted(FIELDS))}")
    for field, kind in (("pattern", str), ("shape", list)):
        if not isinstance(call.get(field), kind):
            raise TuneError(f"field '{field}' is missing, or no {'text' if kind is str else 'list'}")
    lengths = call.get("lengths") or {}
    if not isinstance(lengths, dict):
        raise TuneError("field 'lengths' is an object, as {\"g\": 32}")
    if call.get("statistic") == "given":
        raise Untunable("given statistics are served by kernels of mean_var")
    if call.get("device", "cpu") not in DEVICES:
        raise Untunable(f"schedules are tuned for {' and '.join(DEVICES)}, and this is on {call['device']}")
    if 0 in call["shape"]:
        raise Untunable("x has no elements")
    shape = [_number(length, "shape") for length in call["shape"]]
    dtype = call.get("dtypes", call.get("dtype", "float32"))
    memory = call.get("memory") or ""
    if call.get("strides") and not memory:
        memory = _memory_of_strides(call["pattern"], shape, call["strides"])
    return _checked(pattern=call["pattern"], params=call.get("params") or "", shape=shape,
                    lengths={name: _number(length, f"length of '{name}'") for name, length in lengths.items()},
                    memory=memory, statistic=call.get("statistic", "mean_var"),
                    dtype=":".join(dtype) if isinstance(dtype, list) else str(dtype),
                    threads=_number(call.get("threads", 1), "threads"), cache=call.get("cache", "warm"),
                    device=call.get("device", "cpu"), name=str(call.get("name", "")))


def _memory_of_strides(pattern, shape, strides):
    """The order in memory, of a dense tensor; "" where it is as the pattern is written."""
    dimensions = re.findall(r"\([^)]*\)|\S+", pattern.partition("->")[0])
    if len(strides) != len(shape):
        raise TuneError(f"pattern '{pattern}': there are {len(shape)} lengths and {len(strides)} strides")
    order = sorted(range(len(shape)), key=lambda i: (-abs(strides[i]), i))
    dense = 1
    for i in reversed(order):
        if shape[i] > 1 and strides[i] != dense:
            raise Untunable(f"pattern '{pattern}', shape {shape}, strides {strides}: padded tensors are not tuned for;"
                            " dense ones in any order are")
        dense *= shape[i]
    if order == list(range(len(shape))):
        return ""
    if len(dimensions) != len(shape):
        raise Untunable(f"pattern '{pattern}', strides {strides}: with ... only the order as written is tuned for")
    return " ".join(dimensions[i].strip("()").strip() for i in order)


def of_lines(text, file):
    """A case a line: an object of JSON, or options as on the command line. A line that begins with # is a comment.

    The cases, each once, and messages of those that are left out.
    """
    parser = _Parser(add_help=False)
    add_options(parser)
    found, left_out = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("{"):
                found.append(of_json(json.loads(line)))
                continue
            options = parser.parse_args(shlex.split(line))
            if options.pattern is None:
                raise TuneError("--pattern is missing")
            found.append(of_options(options))
        except Untunable as error:
            left_out.append(f"{file}:{number}: {error}")
        except (TuneError, ValueError) as error:
            raise TuneError(f"{file}:{number}: {error}") from None
    if not found:
        raise TuneError("\n".join([f"{file}: there is no case in it", *left_out]))
    return list(dict.fromkeys(found)), left_out
