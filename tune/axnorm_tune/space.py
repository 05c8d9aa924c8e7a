"""The space of a kernel: the knobs of the family that serves it, as axnorm-generator lists them."""

import math
from dataclasses import dataclass

from optuna.distributions import CategoricalDistribution


@dataclass(frozen=True)
class Space:
    family: str
    legal: dict  # name: values, ascending
    defaults: dict
    meanings: dict

    @staticmethod
    def of(listed):
        """From what `axnorm-generator --knobs SIGNATURE` prints."""
        knobs = listed["knobs"]
        return Space(listed["family"], {name: tuple(knob["legal"]) for name, knob in knobs.items()},
                     {name: knob["default"] for name, knob in knobs.items()},
                     {name: knob["meaning"] for name, knob in knobs.items()})

    @property
    def size(self):
        return math.prod(len(values) for values in self.legal.values())

    def distributions(self):
        """Values, not places in their list: what others show of a study is then what KNOBS takes."""
        return {name: CategoricalDistribution(values) for name, values in self.legal.items()}

    def text(self, point):
        """As KNOBS has it: sorted, without defaults. "" is the default."""
        return ",".join(f"{name}:{value}" for name, value in sorted(point.items()) if value != self.defaults[name])

    def point(self, text):
        """The other way round, or None where a knob or a value is not of this space."""
        point = dict(self.defaults)
        for part in filter(None, text.split(",")):
            name, _, value = part.partition(":")
            if not value.isdigit() or int(value) not in self.legal.get(name, ()):
                return None
            point[name] = int(value)
        return point

    def hash_of(self, text):
        """Of the names and legal values of the knobs that the text sets, so that a new knob voids no record.

        FNV-1a of 64 bits, in hexadecimal digits, of "rows:1,2,4;stored_lanes:2,4", sorted by name.
        """
        names = sorted(part.partition(":")[0] for part in text.split(",") if part)
        return fnv1a(";".join(f"{name}:{','.join(map(str, self.legal[name]))}" for name in names))


def fnv1a(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return f"{value:016x}"
