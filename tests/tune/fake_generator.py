#!/usr/bin/env python3
"""Stands in for axnorm-generator where a test does not run what is compiled: an object that differs by its knobs.

Knobs are those of SPACES: what schedules really have changes too often for tests to count by it.

AXNORM_FAKE is an object of JSON, shared with fake_measure.py: "without_effect" are names of knobs that change nothing,
"compile" says by knobs, or by the name of an autoscheduler, what goes wrong: "fails" or "hangs", or what Halide says;
"compile_s" is how long it takes.
"""
import json
import os
import subprocess
import sys
import time

FAKE = json.loads(os.environ.get("AXNORM_FAKE", "{}"))


# By whether scale and shift index a reduced axis: 4320 points, and 24. The first value is the default.
SPACES = {False: {"rows": [8, 1, 2, 4], "lanes": [8, 2, 4], "vector": [32, 16, 64], "registers": [4, 1, 2, 8],
                  "batch": [8192, 1024, 2048, 4096, 16384, 32768], "tile": [1024, 256, 512, 2048, 4096]},
          True: {"elements": [4096, 512, 1024], "lanes": [8, 2, 4, 16], "fetched": [65536, 0]}}


def family(signature):
    knobs = {name: {"default": values[0], "legal": sorted(values), "meaning": f"{name}, for tests", "id": "0123abcd"}
             for name, values in SPACES["R" in signature].items()}
    return {"family": "fake", "device": "cpu", "signature": signature, "knobs": knobs}


def value_of(name, arguments):
    return next((word.partition("=")[2] for word in arguments if word.startswith(f"{name}=")), "")


def check_autoscheduler(name, arguments):
    """What Halide needs to be told."""
    plugin = arguments[arguments.index("-p") + 1]
    if not plugin.endswith(f"libautoschedule_{name.lower()}.so") or value_of("autoscheduler.parallelism", arguments) != "1":
        sys.exit(f"{plugin}: no plugin of {name}")
    if value_of("estimates", arguments) != "256,64":
        sys.exit("no estimates of the layer's reduced and kept groups")


def main(arguments):
    if arguments[0] == "--knobs":
        print(json.dumps(family(arguments[1])))
        return
    folder, name = (arguments[arguments.index(flag) + 1] for flag in ("-o", "-f"))
    knobs = value_of("knobs", arguments)
    autoscheduler = value_of("autoscheduler", arguments)
    if autoscheduler:
        check_autoscheduler(autoscheduler, arguments)
    time.sleep(FAKE.get("compile_s", 0))
    planted = FAKE.get("compile", {}).get(autoscheduler or knobs)
    if planted == "hangs":
        time.sleep(1000)
    if planted == "fails":
        sys.exit("these knobs do not compile")
    if planted is not None:
        sys.exit(f"Unhandled exception: {planted}\n\n")
    said = ",".join(part for part in knobs.split(",") if part.split(":")[0] not in FAKE.get("without_effect", []))
    subprocess.run(["cc", "-c", "-x", "c", "-o", f"{folder}/{name}.o", "-"], check=True, text=True,
                   input=f'const char {name}_knobs[] = "{autoscheduler}{said}";\n')


if __name__ == "__main__":
    main(sys.argv[1:])
