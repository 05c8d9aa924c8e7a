#!/usr/bin/env python3
"""Several workers on a study in PostgreSQL, which the test starts; with stand-ins for what compiles and what measures."""

import time
import unittest
from unittest import mock

import optuna
from optuna.trial import TrialState

import postgres
from support import LAYER, TuneTest, kill  # it says where axnorm_tune is

from axnorm_tune import storage
from axnorm_tune.search import results_of

TRIALS = 14


class Workers(TuneTest):
    @classmethod
    def setUpClass(cls):
        cls.server = postgres.Server()
        cls.addClassCleanup(cls.server.close)
        cls.store = storage.opened(cls.server.url)
        cls.addClassCleanup(cls.store.engine.dispose)

    def test_two_do_the_trials_once_each_and_a_killed_one_gives_back(self):
        self.fake |= {"race_s": 0.2, "ratio": {"rows:2": 1.2}}
        main = [*LAYER, "--trials", TRIALS, "--storage", self.server.url, "--study", "shared"]
        first = self.start(*main)
        self.wait_for(first, self.raced)
        second = self.start("worker", "--storage", self.server.url, "--study", "shared")
        study = optuna.load_study(study_name="shared", storage=self.store)
        self.wait_for(second, lambda: len({trial.user_attrs.get("owner") for trial in study.trials} - {None}) == 2)
        kill(first.pid)
        first.wait()
        begun = [trial for trial in study.get_trials(states=(TrialState.RUNNING,))]
        output = second.communicate(timeout=120)
        self.assertEqual(second.returncode, 0, output)
        self.check(study, begun)
        # The same command has the end alone to do.
        races = len(self.raced())
        self.tune(*main)
        self.check(study, begun)
        self.assertLess(len(self.raced()) - races, 16)
        self.assertEqual(self.rows()[0]["knobs"], "rows:2")

    def check(self, study, begun):
        """Each trial is there once; and those that were begun when a process was killed are done."""
        self.assertFalse(study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING)))
        results = results_of(study)
        points = [trial.user_attrs["result"]["knobs"] for trial in results if "again" not in trial.user_attrs["result"]]
        self.assertEqual((len(points), len(set(points))), (TRIALS, TRIALS))
        for trial in begun:
            self.assertIn(trial.params, [done.params for done in results])

    def test_the_trial_of_a_machine_that_is_gone_is_tried_again(self):
        legal = {"a": optuna.distributions.CategoricalDistribution((1, 2, 3))}
        with mock.patch.multiple(storage, HEARTBEAT_S=1, GRACE_S=1):
            store = storage.opened(self.server.url)
            self.addCleanup(store.engine.dispose)
            study = optuna.create_study(storage=store)
            trial = study.ask(legal)
            trial.set_user_attr("owner", "elsewhere:1:1")
            study._storage.record_heartbeat(trial._trial_id)
            storage.fail_stale(study)
            self.assertEqual([found.state.name for found in study.trials], ["RUNNING"])
            time.sleep(2.5)
            storage.fail_stale(study)
        self.assertEqual([found.state.name for found in study.trials], ["FAIL", "WAITING"])
        self.assertEqual(study.ask(legal).params, trial.params)


if __name__ == "__main__":
    unittest.main()
