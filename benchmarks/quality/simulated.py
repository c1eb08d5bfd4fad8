"""A small market made of a formula, so that the whole benchmark can be run in seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.quality.problems import Problem, Split, last_share, random_folds
from benchmarks.quality.rolling import MONTH
from benchmarks.real_sets import ROOT
from leadscore.adapters.config.params import load_settings
from leadscore.history.features import Feature
from leadscore.scoring.calibration import sigmoid

MONTHS = ("may", "jun", "jul", "aug")


def market(n_leads: int, *, seed: int) -> Problem:
    """Return leads with two numbers and two words, some missing, whose true chances are known."""
    generator = np.random.default_rng(seed)
    visits = generator.poisson(3.0, n_leads).astype(np.float64)
    size = generator.normal(size=n_leads)
    channel = generator.choice(["web", "fair", "partner"], n_leads)
    month = np.repeat(MONTHS, -(-n_leads // len(MONTHS)))[:n_leads]
    log_odds = -2.0 + 0.4 * visits + 0.6 * size * (channel == "web") + 0.8 * (channel == "partner")
    truth = sigmoid(log_odds)
    table = pd.DataFrame({"lead_visits": visits, "lead_size": size, "lead_channel": channel})
    table.loc[generator.random(n_leads) < 0.1, "lead_size"] = np.nan
    table.loc[generator.random(n_leads) < 0.1, "lead_channel"] = None
    table[MONTH] = month
    kinds = {"lead_visits": "number", "lead_size": "number"}
    features = tuple(
        Feature(name, kinds.get(name, "category"), name + ": {value}", name) for name in table
    )
    return Problem(
        name="simulated",
        table=table,
        features=features,
        y=(generator.random(n_leads) < truth).astype(np.float64),
        points=10.0 * np.minimum(visits, 5.0),
        lead=np.array([f"L{i}" for i in range(n_leads)], dtype=object),
        order=np.arange(n_leads, dtype=np.int64),
        settings=load_settings(ROOT / "params.yaml"),
        truth=truth,
    )


def splits(problem: Problem) -> list[Split]:
    """Return two random folds, and the last fifth in time."""
    return [
        Split("simulated_folds", "Simulated, 2 random folds", problem.timeless(),
              random_folds(problem, n_folds=2, seed=0)),
        Split("simulated_ordered", "Simulated, last 20 % in time", problem, last_share(problem, 0.2)),
    ]  # fmt: skip
