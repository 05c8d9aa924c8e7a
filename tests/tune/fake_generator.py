#!/usr/bin/env python3
"""Stands in for axnorm-generator where a test does not run what is compiled: an object that differs by its knobs.

Knobs are those of SPACES: what schedules really have changes too often for tests to count by it.

AXNORM_FAKE is an object of JSON, shared with fake_measure.py: "without_effect" are names of knobs that change nothing,
"compile" says by knobs what goes wrong: "fails" or "hangs"; "compile_s" is how long it takes.
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


def main(arguments):
    if arguments[0] == "--knobs":
        print(json.dumps(family(arguments[1])))
        return
    folder, name = (arguments[arguments.index(flag) + 1] for flag in ("-o", "-f"))
    knobs = next((word[6:] for word in arguments if word.startswith("knobs=")), "")
    time.sleep(FAKE.get("compile_s", 0))
    planted = FAKE.get("compile", {}).get(knobs)
    if planted == "hangs":
        time.sleep(1000)
    if planted == "fails":
        sys.exit("these knobs do not compile")
    said = ",".join(part for part in knobs.split(",") if part.split(":")[0] not in FAKE.get("without_effect", []))
    subprocess.run(["cc", "-c", "-x", "c", "-o", f"{folder}/{name}.o", "-"], check=True, text=True,
                   input=f'const char {name}_knobs[] = "{said}";\n')


if __name__ == "__main__":
    main(sys.argv[1:])
