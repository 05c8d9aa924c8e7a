"""Where studies are kept: a journal file, or a database that several workers share. All of it is Optuna's."""

import fcntl
import os
import threading
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from axnorm_tune import machine
from axnorm_tune.errors import TuneError

HEARTBEAT_S = 5
GRACE_S = 30  # a trial of another machine's process that ended is failed after that


class _Lock:
    """The system gives it back when a process is killed; Optuna's own, a file that is there, has others wait for 30 s."""

    def __init__(self, path):
        self._path, self._file = f"{path}.lock", None

    def acquire(self):
        self._file = open(self._path, "ab")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self):
        self._file.close()


def opened(where):
    """`where` is a URL of SQLAlchemy, or a file."""
    if "://" not in where:
        return _journal(Path(where))
    try:
        return RDBStorage(with_driver(where), heartbeat_interval=HEARTBEAT_S, grace_period=GRACE_S,
                          heartbeat_stale_trial_callback=_try_again, engine_kwargs={"pool_pre_ping": True})
    except Exception as error:  # whatever the database's driver throws
        raise TuneError(f"--storage {where}: {str(error).strip().splitlines()[0]}") from None


def with_driver(url):
    """SQLAlchemy's own choice for postgresql is psycopg2; what is installed is psycopg."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def check_for_workers(where):
    if where.startswith("sqlite"):
        raise TuneError("--storage sqlite: SQLite is no storage for several workers, whose writes lock each other out;"
                        " give postgresql://..., or a journal file on this machine")


def _journal(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _Lock(path)
    _mend(path, lock)
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))


def _mend(path, lock):
    """Takes away half a line at the end, of a process that was killed while it wrote: nothing can be read behind it."""
    if not path.exists():
        return
    lock.acquire()
    try:
        with open(path, "rb+") as file:
            data = file.read()
            if data and not data.endswith(b"\n"):
                file.truncate(data.rfind(b"\n") + 1)
                os.fsync(file.fileno())
    finally:
        lock.release()


def give_back(study, trial):
    """Fails a trial that nobody ends, and has its point tried again."""
    study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    _try_again(study, trial)


def _try_again(study, trial):
    if trial.params:
        study.enqueue_trial(trial.params)


def fail_stale(study):
    """Gives back trials of processes that have ended."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        owner = trial.user_attrs.get("owner")
        # A trial has its owner a moment after it begins.
        age = (datetime.now() - trial.datetime_start.replace(tzinfo=None)).total_seconds()
        if machine.is_gone(owner) if owner else age > GRACE_S:
            give_back(study, trial)
    optuna.storages.fail_stale_trials(study)  # of other machines, where the storage has heartbeats


@contextmanager
def heartbeats(study):
    """Says, while it lasts, that the trials of the yielded set are worked on."""
    storage, alive, stopped = study._storage, set(), threading.Event()
    if not optuna.storages._heartbeat.is_heartbeat_enabled(storage):
        yield alive
        return

    def beat():
        while True:
            for trial_id in list(alive):
                try:
                    storage.record_heartbeat(trial_id)
                except Exception:  # the next one may get through
                    pass
            if stopped.wait(HEARTBEAT_S / 2):
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield alive
    finally:
        stopped.set()
        thread.join()
