"""A PostgreSQL server for a test: in a folder of its own, behind a socket there, and by nobody where root runs the test."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time


def _folder_of_programs():
    found = shutil.which("initdb") or max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    if found is None:
        raise AssertionError("The test of several workers needs PostgreSQL. Type:\n    apt-get install postgresql")
    return pathlib.Path(found).resolve().parent


class Server:
    def __init__(self):
        programs = _folder_of_programs()
        self._folder = tempfile.TemporaryDirectory(prefix="axnorm-pg-")
        folder = pathlib.Path(self._folder.name)
        # It refuses to be run by root.
        self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "nobody", "nogroup")
        self._log = open(folder / "log", "w+")
        self._run(programs / "initdb", "-D", folder / "data", "-U", "tuner", "-A", "trust", "-E", "UTF8", "--no-locale",
                  "--no-sync", "--no-instructions")
        self._process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            cwd=folder, stdout=self._log, stderr=self._log, **self._user)
        self.url = f"postgresql://tuner@/postgres?host={folder}"
        deadline = time.monotonic() + 60
        while subprocess.run([programs / "pg_isready", "-q", "-h", folder, "-d", "postgres"]).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise AssertionError("PostgreSQL does not start:\n" + self._said())
            time.sleep(0.05)

    def _run(self, *command):
        if subprocess.run(command, cwd=self._folder.name, stdout=self._log, stderr=self._log, **self._user).returncode != 0:
            raise AssertionError(f"{command[0]} fails:\n" + self._said())

    def _said(self):
        self._log.seek(0)
        return self._log.read()

    def close(self):
        self._process.send_signal(signal.SIGINT)  # without waiting for who is connected
        self._process.wait(30)
        self._folder.cleanup()
