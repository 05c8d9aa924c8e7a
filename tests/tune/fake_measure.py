#!/usr/bin/env python3
"""Stands in for axnorm-measure: it answers as if kernels had run, by what AXNORM_FAKE says of their knobs.

"ratio": {"rows:2": 1.3} are factors, by one knob, of the speed; "planted": {"rows:16": "wrong"} what goes wrong where a
candidate has that knob, or these with commas between: wrong, bits, crash or hang. An autoscheduler's name is as a knob.
"unit" is that of times; "race_s" is how long a race takes, "noise" its relative deviation.
AXNORM_FAKE_LOG is a file that gets a line for each race.
"""
import json
import os
import random
import signal
import sys
import time

FAKE = json.loads(os.environ.get("AXNORM_FAKE", "{}"))


def parts_of(words):
    values = dict(word.split("=", 1) for word in words.split())
    return [part for name in ("knobs", "autoscheduler") for part in values.get(name, "").split(",") if part]


class Fake:
    def __init__(self):
        self.kernels, self.title = {}, ""
        self.random = random.Random(FAKE.get("seed", 1))

    def answer(self, request):
        return getattr(self, "do_" + request["op"])(request)

    def do_info(self, request):
        return {"cpu_isa": "avx2", "halide": "21.0.0"}

    def do_choose(self, request):
        if request["shape"][-1] == 13:
            raise ValueError("13 is refused, for tests")
        return {"chosen": 0}

    def do_case(self, request):
        self.title = f"{request['pattern']} {request['shape']}"
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
        parts = set(self.kernels[request["name"]])
        planted = {what for knobs, what in FAKE.get("planted", {}).items() if set(knobs.split(",")) <= parts}
        if "crash" in planted:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "hang" in planted:
            time.sleep(1000)
        return {"right": "wrong" not in planted, "largest_error": 1.0 if "wrong" in planted else 1e-7,
                "same_bits": "bits" not in planted, "first_difference": "y[0]: 0x1 against 0x0"}

    def speed(self, name):
        speed = 1.0
        for part in self.kernels[name]:
            speed *= FAKE.get("ratio", {}).get(part, 1)
        return speed

    def do_race(self, request):
        log = os.environ.get("AXNORM_FAKE_LOG")
        if log:
            with open(log, "a") as file:
                file.write(f"{self.title} {','.join(self.kernels[request['candidate']])}\n")
        time.sleep(FAKE.get("race_s", 0))
        ratio = self.speed(request["candidate"]) / self.speed(request["incumbent"])
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
