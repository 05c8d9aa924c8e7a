"""What is seen while it goes on: a bar with trials, the best so far and the time left; lines where there is no terminal."""

from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from axnorm_tune.search import count_of, results_of


class Shown:
    """Of a run over several targets."""

    def __init__(self, console=None):
        self.console = console or Console(stderr=True, highlight=False)
        self._progress = Progress(TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
                                  TextColumn("best {task.fields[best]}"), TimeRemainingColumn(),
                                  console=self.console, transient=True)
        self._all = None

    @contextmanager
    def running(self, trials):
        """`trials` of all targets together."""
        self._all = self._progress.add_task("all", total=trials, best="")
        if not self.console.is_terminal:
            yield self
            return
        with self._progress:
            yield self

    @contextmanager
    def target(self, title, trials, study):
        """Yields what is called after each trial."""
        done = count_of(study)
        task = self._progress.add_task(title, total=trials, completed=done, best="-")
        self._progress.update(self._all, advance=done)
        if not self.console.is_terminal:
            self.say(f"{title}: {trials} trials" + (f", {done} of them are done" if done else ""))
        best = 0.0

        def on_trial(of_study):
            nonlocal done, best
            now = count_of(of_study)
            self._progress.update(self._all, advance=now - done)
            done = now
            found = max((trial for trial in results_of(of_study) if trial.value is not None),
                        key=lambda trial: trial.value, default=None)
            if found is not None and found.value > best:
                best = found.value
                knobs = found.user_attrs["result"]["knobs"] or "default"
                self._progress.update(task, best=f"{best:.3f} {knobs}")
                if not self.console.is_terminal:
                    self.say(f"  trial {found.number}: {best:.3f} {knobs}")
            self._progress.update(task, completed=done)

        try:
            yield on_trial
        finally:
            self._progress.remove_task(task)
            self._progress.update(self._all, advance=trials - done)

    def say(self, text):
        self.console.print(text, markup=False, soft_wrap=True)
