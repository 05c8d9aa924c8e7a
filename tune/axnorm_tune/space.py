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
    ids: dict  # what tells a knob that changed from the one that was measured
    of_runtime: tuple = ()  # names of knobs that the object is the same for

    @staticmethod
    def of(listed):
        """From what `axnorm-generator --knobs SIGNATURE` prints."""
        knobs = listed["knobs"]
        return Space(listed["family"], {name: tuple(knob["legal"]) for name, knob in knobs.items()},
                     {name: knob["default"] for name, knob in knobs.items()},
                     {name: knob["meaning"] for name, knob in knobs.items()},
                     {name: knob["id"] for name, knob in knobs.items()},
                     tuple(name for name, knob in knobs.items() if knob.get("at_run_time")))

    @staticmethod
    def of_threshold(listed):
        """Of one threshold, as axnorm-measure lists it."""
        name = listed["name"]
        return Space("thresholds", {name: tuple(listed["tried"])}, {name: listed["usual"]}, {name: listed["meaning"]}, {})

    @property
    def size(self):
        return math.prod(len(values) for values in self.legal.values())

    def first_points(self):
        """The default, and what costs no compilation: a knob of the runtime with another value."""
        return [self.defaults] + [{**self.defaults, name: value} for name in self.of_runtime
                                  for value in self.legal[name] if value != self.defaults[name]]

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
            name, _, said = part.partition(":")
            value = next((value for value in self.legal.get(name, ()) if str(value) == said), None)
            if value is None:
                return None
            point[name] = value
        return point

    def text_of_runtime(self, text):
        """Its knobs that are not in the object."""
        return ",".join(part for part in text.split(",") if part.partition(":")[0] in self.of_runtime)

    def ids_of(self, text):
        """Of the knobs that the text sets alone, so that a new knob voids no record."""
        names = sorted(part.partition(":")[0] for part in text.split(",") if part)
        return {name: self.ids[name] for name in names}
