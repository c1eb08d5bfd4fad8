"""Contributions and predictions of 400 trees of 31 leaves over 68 features: ours beside LightGBM's and shap's.

Run in a process of its own on one thread; the ways take turns in every round, so that ratios are of one run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
N_FEATURES, N_TREES, N_LEAVES, TOP = 68, 400, 31, 3
N_TRAIN, N_OURS, N_PREDICTED, N_SAMPLE, ROUNDS = 40_000, 40_000, 40_000, 800, 3
KINDS = {"numeric": 0, "categorical": 12}
"""Categorical columns of 30 levels among the features."""
Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """Rows a CPU second of one way, the median of the rounds, and how many rows it was measured on."""

    way: str
    rows_per_second: float
    n_rows: int


@dataclass(frozen=True)
class Compared:
    """All ways on one kind of features.

    Attributes
    ----------
    apart
        Largest difference of contributions to LightGBM's; `single_apart` in float32.
    same_bits
        Whether log-odds are LightGBM's to the last bit.
    made
        CPU seconds to make the tables.
    n_bytes
        Of the tables.
    """

    kind: str
    rates: tuple[Rate, ...]
    apart: float
    single_apart: float
    same_bits: bool
    made: float
    n_bytes: int

    def rate(self, way: str) -> float:
        """Return rows a CPU second."""
        return next(rate.rows_per_second for rate in self.rates if rate.way == way)


def compared(kind: str) -> Compared:
    """Measure one kind in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, kind], capture_output=True, text=True, check=True, cwd=ROOT
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Compared(**{**told, "rates": tuple(Rate(**rate) for rate in told["rates"])})


def _rows(n_categories: int, n: int) -> tuple[Float, Float]:
    """Return looks with a tenth of the values missing, and outcomes that depend on many of them."""
    rng = np.random.default_rng(17)
    x = rng.normal(size=(n, N_FEATURES))
    x[rng.random(x.shape) < 0.1] = np.nan
    for column in range(n_categories):
        x[:, column] = rng.integers(0, 30, n)
    known = np.nan_to_num(x)
    z = known[:, n_categories:] @ (0.3 * rng.normal(size=N_FEATURES - n_categories)) - 1
    z += known[:, -1] * known[:, -2] + 0.3 * (known[:, :n_categories] % 3).sum(axis=1)
    return x, (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)


def _measured(kind: str) -> Compared:
    import lightgbm as lgb
    import shap

    from leadscore.scoring.patterns.engine import Engine
    from leadscore.scoring.reasons.strongest import Members, by_criterion, strongest

    x, y = _rows(KINDS[kind], N_TRAIN)
    booster = lgb.train(
        {"objective": "binary", "num_leaves": N_LEAVES, "learning_rate": 0.05, "verbosity": -1,
         "num_threads": 1, "seed": 1, "min_data_per_group": 20},
        lgb.Dataset(x, label=y, categorical_feature=list(range(KINDS[kind]))), N_TREES,
    )  # fmt: skip
    text = booster.model_to_string()
    Engine.of_text(text)  # loops are compiled
    begin = time.process_time()
    engine = Engine.of_text(text)
    made = time.process_time() - begin
    single = Engine.of_text(text, single=True)
    own = np.arange(N_FEATURES)
    alone = Members(own, N_FEATURES, np.arange(N_FEATURES + 1), own)
    by_column = np.asfortranarray(x)

    def reasons(rows: Float, by: Any = engine) -> None:
        _, told = by.contributions(rows)
        total = by_criterion(told, alone)
        for sign in (1, -1):
            strongest(told, total, alone, sign=sign, k=TOP, least=0.0)

    def explained(rows: Float) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            shap.TreeExplainer(booster).shap_values(rows)

    ways: dict[str, tuple[Callable[[Float], object], Float]] = {
        "our reasons": (reasons, by_column[:N_OURS]),
        "our reasons, float32": (lambda rows: reasons(rows, single), by_column[:N_OURS]),
        "pred_contrib": (lambda rows: booster.predict(rows, pred_contrib=True, num_threads=1), x[:N_SAMPLE]),
        "shap.TreeExplainer": (explained, x[:N_SAMPLE]),
        "our prediction": (engine.log_odds, by_column[:N_PREDICTED]),
        "LightGBM predict": (lambda rows: booster.predict(rows, raw_score=True, num_threads=1), x[:N_PREDICTED]),
    }  # fmt: skip
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for do, rows in ways.values():
        do(rows[:100])
    for _ in range(ROUNDS):
        for way, (do, rows) in ways.items():
            begin = time.process_time()
            do(rows)
            seconds[way].append(time.process_time() - begin)
    rates = tuple(
        Rate(way, len(rows) / float(np.median(seconds[way])), len(rows))
        for way, (_, rows) in ways.items()
    )
    expected = np.asarray(booster.predict(x[:N_SAMPLE], pred_contrib=True))[:, :-1].T
    raw, told = engine.contributions(by_column[:N_SAMPLE])
    return Compared(
        kind, rates, float(np.abs(told - expected).max()),
        float(np.abs(single.contributions(by_column[:N_SAMPLE])[1] - expected).max()),
        bool(np.array_equal(engine.log_odds(by_column), booster.predict(x, raw_score=True)))
        and bool(np.array_equal(raw, engine.log_odds(by_column[:N_SAMPLE]))),
        made, engine.tables.n_bytes,
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(_measured(sys.argv[1]))))
