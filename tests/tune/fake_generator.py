#!/usr/bin/env python3
"""Stands in for axnorm-generator where a test does not run what is compiled: an object that differs by its knobs.

AXNORM_FAKE is an object of JSON, shared with fake_measure.py: "without_effect" are names of knobs that change nothing,
"compile" says by knobs what goes wrong: "fails" or "hangs"; "compile_s" is how long it takes.
"""
import json
import os
import subprocess
import sys
import time

FAKE = json.loads(os.environ.get("AXNORM_FAKE", "{}"))


def main(arguments):
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
