"""The record: rows of knobs that are better on a processor than the defaults, with the evidence."""

import json
import os
from pathlib import Path

from axnorm_tune.errors import TuneError

FORMAT = 1
LINE = 100  # characters
KEY = ("statistic", "signature", "contiguous", "contiguous_params", "dtypes", "device", "isa")


def _most_bytes(row):
    """What tells the classes of sizes from each other; where a row begins depends on the cases that it was measured on."""
    return (row.get("size_class") or {}).get("most_bytes")


def _key_of(row):
    return json.dumps({**{name: row.get(name) for name in KEY}, "most_bytes": _most_bytes(row)}, sort_keys=True)


def _order_of(row):
    most = _most_bytes(row)
    return (row["statistic"], row["signature"], row["dtypes"], row["device"], row["isa"], most is None, most or 0,
            _key_of(row))


def _text_of(value, indent=""):
    """JSON, with what fits into a line in a line: lists of numbers would be a line a number."""
    line = json.dumps(value)
    if len(line) <= LINE or not isinstance(value, (dict, list)) or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + _text_of(item, deeper) for item in value) + f"\n{indent}]"
    parts = [f"{deeper}{json.dumps(name)}: {_text_of(item, deeper)}" for name, item in value.items()]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


class Record:
    """A file of rows. Rows that nobody touches stay as they are, with fields that are not known here."""

    def __init__(self, path, processor_is):
        self.path, self.processor = Path(path), processor_is
        self.rows = []
        if self.path.exists():
            self._read()

    def _read(self):
        try:
            record = json.loads(self.path.read_text())
        except ValueError as error:
            raise TuneError(f"{self.path}: {error}") from None
        if not isinstance(record, dict) or record.get("format") != FORMAT or not isinstance(record.get("rows"), list):
            raise TuneError(f"{self.path}: no record of format {FORMAT}, which has \"format\" and \"rows\"")
        kind = {key: value for key, value in record.get("processor", {}).items() if key != "stepping"}
        ours = {key: value for key, value in self.processor.items() if key != "stepping"}
        if kind != ours:
            raise TuneError(f"{self.path}: of another processor, {record.get('processor', {}).get('name')}, with other"
                            " numbers or caches; give --out another file")
        self.rows = record["rows"]

    def find(self, key):
        return next((row for row in self.rows if _key_of(row) == _key_of(key)), None)

    def put(self, row):
        """In the place of the row that has its key."""
        self.rows = [other for other in self.rows if _key_of(other) != _key_of(row)] + [row]

    def drop(self, key):
        """Says whether there was one."""
        had = self.find(key)
        self.rows = [row for row in self.rows if row is not had]
        return had is not None

    def write(self):
        """At once: who reads it meanwhile has the old one, or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = sorted(self.rows, key=_order_of)
        text = _text_of({"format": FORMAT, "processor": self.processor, "rows": rows}) + "\n"
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(text)
        os.replace(part, self.path)


def row_of(target, verdict, evidence):
    """A row, in the order in which it is read."""
    races = zip(target.cases, verdict["races"])
    cases = [{"case": case.as_json(), "default_us": round(race["incumbent_us"], 3),
              "tuned_us": round(race["candidate_us"], 3), "ratio": round(race["ratio"], 4),
              "low": round(race["low"], 4), "high": round(race["high"], 4)} for case, race in races]
    return {**target.key(), "knobs": verdict["knobs"], "knob_ids": target.space.ids_of(verdict["knobs"]),
            **{name: round(verdict[name], 4) for name in ("ratio", "low", "high")},
            "evidence": {**evidence, "cases": cases}}
