"""Runs a command many times: it has to succeed each time, without a word.

    repeat.py PROGRAM [ARGUMENT...]
"""
import os
import subprocess
import sys

TIMES = 300 if "AXNORM_LONG_TESTS" in os.environ else 100


def main():
    for time in range(TIMES):
        done = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=60)
        if done.returncode != 0 or done.stdout or done.stderr:
            sys.exit(f"run {time}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    print(f"{TIMES} times")


main()
