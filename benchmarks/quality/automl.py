"""FLAML, an AutoML: it searches learners and their settings until its time is over."""

from __future__ import annotations

import logging
import warnings
from functools import partial

import numpy as np

from benchmarks.quality.peers import Method, Told, as_categories
from benchmarks.quality.problems import Problem

NAME = "FLAML"


def flaml(train: Problem, test: Problem, *, seconds: float) -> Told:
    """Search by log loss; its folds keep the order of time, or looks at one lead together."""
    logging.getLogger("flaml").setLevel(logging.ERROR)
    x, later = as_categories(train, test)
    y = train.y.astype(int)
    how: dict[str, object] = {}
    if train.order is not None:
        at = np.argsort(train.order, kind="stable")
        x, y = x.iloc[at].reset_index(drop=True), y[at]
        how = {"split_type": "time"}
    elif len(set(train.lead)) < len(train):
        how = {"split_type": "group", "groups": train.lead.astype(str)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, and those of all it tries
        from flaml import AutoML

        search = AutoML()
        search.fit(
            x, y, task="classification", metric="log_loss", time_budget=seconds,
            n_jobs=train.settings.threads, seed=train.settings.seed % 2**31, verbose=0,
            mlflow_logging=False, **how,
        )  # fmt: skip
        return {NAME: np.asarray(search.predict_proba(later))[:, 1]}


def method(seconds: float) -> Method:
    """Return FLAML with a time budget for each fit."""
    note = f"AutoML, {seconds:g} s a fit, two threads"
    return Method(NAME, note, partial(flaml, seconds=seconds), "flaml")
