#!/usr/bin/env python3
"""Stands in for axnorm-measure: it answers as if kernels had run, by what AXNORM_FAKE says of their knobs.

"ratio": {"rows:2": 1.3} are factors, by one knob, of the speed; "planted": {"rows:16": "wrong"} what goes wrong where a
candidate has that knob, or these with commas between: wrong, bits, crash or hang. An autoscheduler's name is as a knob.
"unit" is that of times; "race_s" is how long a race takes,
"noise" its relative deviation; "isa" is what the processor has.
Thresholds are those of THRESHOLDS: "small" decides about shapes of less elements, and "big" about others, which then
run in another way; "ratio" and "planted" have them as {"small:100": 1.3}. "none" decides about nothing.
AXNORM_FAKE_LOG is a file that gets a line for each race.
"""
import json
import math
import os
import random
import signal
import sys
import time

FAKE = json.loads(os.environ.get("AXNORM_FAKE", "{}"))


THRESHOLDS = [{"name": "small", "usual": 10, "tried": [1, 10, 100, 1000, 10000], "meaning": "small, for tests"},
              {"name": "big", "usual": 1000, "tried": [100, 1000], "meaning": "big, for tests"},
              {"name": "none", "usual": 0.5, "tried": [0.25, 0.5], "meaning": "nothing, for tests"},
              {"name": "untried", "usual": 1, "tried": [], "meaning": "of devices"}]


def parts_of(words):
    values = dict(word.split("=", 1) for word in words.split())
    return [part for name in ("knobs", "autoscheduler") for part in values.get(name, "").split(",") if part]


class Fake:
    def __init__(self):
        self.kernels, self.title, self.elements = {}, "", 0
        self.thresholds = {"": {}}
        self.random = random.Random(FAKE.get("seed", 1))

    def answer(self, request):
        return getattr(self, "do_" + request["op"])(request)

    def do_info(self, request):
        return {"cpu_isa": FAKE.get("isa", "avx2"), "halide": "21.0.0", "axnorm": "0.1.0", "cores": 1, "caches": {"L3": 1 << 20},
                "thresholds": THRESHOLDS}

    def do_thresholds(self, request):
        """As tuning files are: comments, and `name = value` of names that are there."""
        lines = (line.partition("#")[0].strip() for line in request["text"].splitlines())
        values = dict(line.replace(" ", "").split("=") for line in lines if line)
        if not values.keys() <= {threshold["name"] for threshold in THRESHOLDS}:
            raise ValueError(f"there is no such threshold: {values}")
        self.thresholds[request["name"]] = values
        return {}

    def sizes(self, thresholds):
        values = {"small": 10, "big": 1000, **self.thresholds[thresholds]}
        return {"small": self.elements < int(values["small"]), "big": self.elements >= int(values["big"])}

    def parts(self, name, thresholds):
        """What is particular: knobs of the kernel, and thresholds by which it runs in another way."""
        usual = self.sizes("")
        changed = [size for size, is_it in self.sizes(thresholds).items() if is_it != usual[size]]
        return self.kernels.get(name, []) + [f"{size}:{self.thresholds[thresholds][size]}" for size in changed]

    def do_way(self, request):
        return {"kernel": "k000", **self.sizes(request["thresholds"])}

    def do_choose(self, request):
        if request["shape"][-1] == 13:
            raise ValueError("13 is refused, for tests")
        return {"chosen": 0}

    def do_case(self, request):
        self.title = f"{request['pattern']} {request['shape']}"
        self.elements = math.prod(request["shape"])
        return {"elements": 1, "bytes": 1, "checked_groups": 1, "groups": 1}

    def do_load(self, request):
        if not os.path.exists(request["library"]):
            raise ValueError("there is no such library")
        self.kernels[request["name"]] = parts_of(request["words"])
        return {"serves": True, "why": "", "extents": [256, 64]}

    def do_unload(self, request):
        del self.kernels[request["name"]]
        return {}

    def do_check(self, request):
        parts = set(self.parts(request["name"], request.get("thresholds", "")))
        planted = {what for knobs, what in FAKE.get("planted", {}).items() if set(knobs.split(",")) <= parts}
        if "crash" in planted:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "hang" in planted:
            time.sleep(1000)
        return {"right": "wrong" not in planted, "largest_error": 1.0 if "wrong" in planted else 1e-7,
                "same_bits": "bits" not in planted, "first_difference": "y[0]: 0x1 against 0x0"}

    @staticmethod
    def speed(parts):
        speed = 1.0
        for part in parts:
            speed *= FAKE.get("ratio", {}).get(part, 1)
        return speed

    def do_race(self, request):
        candidate = self.parts(request["candidate"], request.get("candidate_thresholds", ""))
        incumbent = self.parts(request["incumbent"], request.get("incumbent_thresholds", ""))
        log = os.environ.get("AXNORM_FAKE_LOG")
        if log:
            with open(log, "a") as file:
                file.write(f"{self.title} {','.join(candidate)}\n")
        time.sleep(FAKE.get("race_s", 0))
        ratio = self.speed(candidate) / self.speed(incumbent)
        noise = FAKE.get("noise", 0.002)
        ratio *= 1 + noise * self.random.uniform(-1, 1)
        pruned = ratio * (1 + noise) < request.get("prune_above", 0)
        return {"unit": FAKE.get("unit", "us"), "pairs": 20, "candidate_us": 10 / ratio, "incumbent_us": 10.0, "ratio": ratio,
                "low": ratio * (1 - noise), "high": ratio * (1 + noise), "noise": noise, "pruned": pruned,
                "trace": [ratio]}


def main():
    fake = Fake()
    for line in sys.stdin:
        try:
            answer = {"ok": True, **fake.answer(json.loads(line))}
        except Exception as error:
            answer = {"ok": False, "error": str(error), "kind": "request"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
