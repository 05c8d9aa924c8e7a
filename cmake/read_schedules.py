#!/usr/bin/env python3
"""Reads records of schedules, as scripts/tune writes them, for axnorm_add_library(... SCHEDULES file...).

    read_schedules.py FILE...    prints a line for each row, its fields divided by tabs: generators/library/record.h

A record is JSON: {"format": 1, "processor": {...}, "rows": [...]}. What is wrong goes to stderr, as FILE:LINE: what, and the exit
code is 1. Which knobs are legal axnorm-kernels knows.
"""
import json
import pathlib
import re
import sys

FORMAT = 1
MOST_BYTES = 2**63 - 1
# Of a row: its type, and what is written where it is not there.
FIELDS = {"statistic": (str, None), "signature": (str, None), "contiguous": (bool, True), "contiguous_params": (bool, True),
          "dtypes": (str, None), "device": (str, "cpu"), "isa": (str, None), "size_class": (dict, {}), "knobs": (str, None),
          "knob_ids": (dict, None)}
# For people: what was measured.
EVIDENCE = {"ratio", "low", "high", "evidence"}


class Fault(Exception):
    """Where, and what is wrong."""

    def __init__(self, line, what):
        super().__init__(what)
        self.line = line


def rows_with_lines(text):
    """Each element of "rows" and the line it begins in; the record is known to be JSON."""
    decoder = json.JSONDecoder()
    at = re.search(r'"rows"\s*:\s*\[', text).end()
    while True:
        at = re.compile(r"[\s,]*").match(text, at).end()
        if text[at] == "]":
            return
        row, end = decoder.raw_decode(text, at)
        yield text.count("\n", 0, at) + 1, row
        at = end


def size_class(line, sizes):
    """The least and the most bytes of x."""
    if set(sizes) - {"least_bytes", "most_bytes"}:
        raise Fault(line, f"size_class has {', '.join(sorted(sizes))}; there are least_bytes and most_bytes")
    least, most = sizes.get("least_bytes", 0), sizes.get("most_bytes")
    most = MOST_BYTES if most is None else most
    if any(not isinstance(value, int) or isinstance(value, bool) for value in (least, most)) or not 0 <= least <= most:
        raise Fault(line, f"size_class from {least} to {most}: two whole numbers, the first at least 0 and at most the second")
    if most == 0 or most > MOST_BYTES:
        raise Fault(line, f"size_class to {most}: most_bytes is at least 1, or null where there is no end")
    return least, most


def checked(line, row):
    """The fields as texts."""
    if not isinstance(row, dict):
        raise Fault(line, "a row is an object")
    if unknown := sorted(set(row) - set(FIELDS) - EVIDENCE):
        raise Fault(line, f"a row has no field '{unknown[0]}'; there are {', '.join([*FIELDS, *sorted(EVIDENCE)])}")
    values = {}
    for name, (kind, default) in FIELDS.items():
        if name not in row and default is None:
            raise Fault(line, f"'{name}' is missing")
        values[name] = row.get(name, default)
        if not isinstance(values[name], kind):
            raise Fault(line, f"'{name}' is {json.dumps(values[name])}, it has to be of JSON's type "
                        f"{ {str: 'string', bool: 'boolean', dict: 'object'}[kind]}")
        if kind is str and re.search(r"[\t\n\r]", values[name]):
            raise Fault(line, f"'{name}' holds a control character")
    values["size_class"] = "{}\t{}".format(*size_class(line, values["size_class"]))
    values["knob_ids"] = ",".join(f"{name}:{value}" for name, value in sorted(values["knob_ids"].items()))
    for name in ("contiguous", "contiguous_params"):
        values[name] = "true" if values[name] else "false"
    return values


def processor_of(of_record):
    """As CPUID has it: "GenuineIntel-6-143"; "" where the record is for any."""
    parts = [str((of_record or {}).get(name, "")) for name in ("vendor", "family", "model")]
    if parts == ["", "", ""]:
        return ""
    if not re.fullmatch(r"\w+-\d+-\d+", "-".join(parts), re.ASCII):
        raise Fault(1, f"processor has vendor '{parts[0]}', family '{parts[1]}' and model '{parts[2]}': all three, or none; the vendor "
                    "is a word as GenuineIntel, the others are numbers")
    return "-".join(parts)


def rows_of(text):
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise Fault(error.lineno, f"this is no JSON: {error.msg} in column {error.colno}") from None
    if not isinstance(record, dict) or "format" not in record or not isinstance(record.get("rows"), list):
        raise Fault(1, 'this is no record of schedules: {"format": 1, "processor": {...}, "rows": [...]}')
    if record["format"] != FORMAT:
        raise Fault(1, f"the record's format is {json.dumps(record['format'])}, this axnorm reads {FORMAT}: tune again, or take "
                    "the axnorm that wrote it")
    processor = processor_of(record.get("processor"))
    for line, row in rows_with_lines(text):
        yield line, {"processor": processor} | checked(line, row)


def main():
    lines = []
    for name in sys.argv[1:]:
        try:
            for line, values in rows_of(pathlib.Path(name).read_text(encoding="utf-8")):
                lines.append("\t".join([f"{name}:{line}", values["processor"], *(values[field] for field in FIELDS)]))
        except (OSError, UnicodeDecodeError) as error:
            print(f"{name}: it cannot be read: {error}", file=sys.stderr)
            return 1
        except Fault as fault:
            print(f"{name}:{fault.line}: {fault}", file=sys.stderr)
            return 1
    if lines:
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
