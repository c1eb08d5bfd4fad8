"""The small LightGBM: fitted on the past, stopped on a later window, refitted on both.

Same rows, any order, any number of threads: the same trees. Rows are sorted here, never shuffled.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

os.environ.setdefault(
    "OMP_WAIT_POLICY", "passive"
)  # read by OpenMP when LightGBM is first imported

import lightgbm as lgb

from leadscore.domain.model_settings import ModelSettings
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.line import levelled, log_odds
from leadscore.scoring.monotone import signs
from leadscore.scoring.patterns.engine import Engine
from leadscore.scoring.patterns.forest import UnlikeTreesError

Float = npt.NDArray[np.float64]
_GROUP_ROWS = 100  # before trees look at a word alone: the most, as LightGBM has it


class Rows(NamedTuple):
    """What trees learn from.

    `y` is 0 or 1, or a chance between; `rank` fixes the order of the rows; `weight` None: all weigh one.
    """

    x: Matrix
    y: Float
    rank: npt.NDArray[np.int64]
    weight: Float | None = None


@dataclass(frozen=True)
class Trees:
    """Fitted trees as LightGBM's own text, and how many rounds they took."""

    text: str
    rounds: int

    @property
    def sha256(self) -> str:
        """Hash of the trees alone: parameters and timings that do not score are left out."""
        return hashlib.sha256(self.text.split("\nend of trees")[0].encode()).hexdigest()

    def predict(self, x: Matrix, *, threads: int = 1, rounds: int | None = None) -> Float:
        """Return the probability of a win by the first `rounds` (None: all), float64[n_rows]."""
        p = self.booster().predict(x, num_threads=threads, num_iteration=rounds)
        return np.asarray(p, dtype=np.float64)

    def explained(self, x: Matrix, *, threads: int = 1) -> tuple[Float, Float]:
        """Return raw log-odds, float64[n_rows], and contributions, float64[n_rows, n_features].

        Exact path-dependent Shapley values, in log-odds: with `expected` they add up to the raw score.
        """
        if self.engine is not None:
            raw, told = self.engine.contributions(x, threads=threads)
            return raw, told.T
        if not len(x):
            return np.zeros(0), np.zeros(x.shape)
        told = self.booster().predict(
            np.ascontiguousarray(x), pred_contrib=True, num_threads=threads
        )
        return self.raw(x, threads=threads), np.asarray(told)[:, :-1]

    def raw(self, x: Matrix, *, threads: int = 1) -> Float:
        """Return raw log-odds, float64[n_rows]: by the tables where they were made, which say the same bits."""
        made: Engine | None = self.__dict__.get("engine")
        if made is not None:
            return made.log_odds(x, threads=threads)
        told = self.booster().predict(np.ascontiguousarray(x), raw_score=True, num_threads=threads)
        return np.asarray(told, dtype=np.float64)

    @cached_property
    def expected(self) -> float:
        """Mean log-odds over the training rows: what contributions are told against."""
        if self.engine is not None:
            return self.engine.expected
        booster = self.booster()
        nothing = np.zeros((1, booster.num_feature()))
        return float(np.asarray(booster.predict(nothing, pred_contrib=True))[0, -1])

    @cached_property
    def engine(self) -> Engine | None:
        """The trees as tables; None where tables cannot say them, and LightGBM answers."""
        try:
            return Engine.of_text(self.text)
        except UnlikeTreesError:
            return None

    def booster(self) -> lgb.Booster:
        """Parse the text. The bundle's hash must have been checked: damaged text kills the process."""
        return lgb.Booster(model_str=self.text)


@dataclass(frozen=True)
class Stopped:
    """Trees of a window, and their loss on a later one after each round: float64[n_rounds].

    The trees are not cut: which round is best may be asked of several windows together.
    """

    trees: Trees
    losses: Float

    @property
    def best(self) -> int:
        """The round of least loss, from 1."""
        return int(self.losses.argmin()) + 1


def stopped(
    encoder: Encoder,
    fit: Rows,
    later: Rows,
    settings: ModelSettings,
    *,
    seed: int,
    threads: int,
    is_levelled: bool = True,
) -> Stopped:
    """Fit on one window and go on while the loss on the later window falls.

    Parameters
    ----------
    is_levelled
        Whether the loss is that after the best shift, because the score will be recalibrated: a market
        whose base rate moved would otherwise stop the trees at once, although they rank it well.
    """
    told: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        _parameters(settings, encoder, fit, seed=seed, threads=threads),
        train_set := _dataset(encoder, fit),
        num_boost_round=settings.max_rounds,
        valid_sets=[_dataset(encoder, later, reference=train_set)],
        feval=_recalibrated_log_loss if is_levelled else _log_loss,
        callbacks=[
            lgb.early_stopping(settings.patience, verbose=False),
            lgb.record_evaluation(told),
        ],
        keep_training_booster=True,  # else the trees after the best round are gone
    )
    (losses,) = told["valid_0"].values()
    text = booster.model_to_string(num_iteration=-1)
    return Stopped(Trees(text, len(losses)), np.array(losses))


def _recalibrated_log_loss(p: Float, later: lgb.Dataset) -> tuple[str, float, bool]:
    """Log loss at the later window's own level of wins. Lower is better."""
    y = np.asarray(later.get_label(), dtype=np.float64)
    z = levelled(p, y)
    return "loss", float(np.mean(np.logaddexp(0.0, z) - y * z)), False


def _log_loss(p: Float, later: lgb.Dataset) -> tuple[str, float, bool]:
    """Plain log loss. Lower is better."""
    y = np.asarray(later.get_label(), dtype=np.float64)
    z = log_odds(p)
    return "loss", float(np.mean(np.logaddexp(0.0, z) - y * z)), False


def fitted(
    encoder: Encoder,
    rows: Rows,
    settings: ModelSettings,
    *,
    rounds: int,
    seed: int,
    threads: int,
) -> Trees:
    """Fit a given number of rounds on all the rows."""
    parameters = _parameters(settings, encoder, rows, seed=seed, threads=threads)
    booster = lgb.train(parameters, _dataset(encoder, rows), num_boost_round=rounds)
    return Trees(booster.model_to_string(), rounds)


def _dataset(encoder: Encoder, rows: Rows, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    at = np.argsort(rows.rank, kind="stable")
    return lgb.Dataset(
        np.ascontiguousarray(rows.x[at]),
        label=rows.y[at],
        weight=None if rows.weight is None else rows.weight[at],
        feature_name=encoder.names,
        categorical_feature=encoder.categorical,
        reference=reference,
        params={"verbosity": -1},
    )


def _leaf_rows(settings: ModelSettings, n: int) -> int:
    """Return the least rows of a leaf: fewer in small tables, but not where ten leaves could not be filled."""
    least = min(settings.few_child_samples, settings.min_child_samples)
    if n < 10 * least:
        return settings.min_child_samples
    return min(settings.min_child_samples, max(least, n // 20))


def _parameters(
    settings: ModelSettings, encoder: Encoder, rows: Rows, *, seed: int, threads: int
) -> dict[str, object]:
    # The same loss; `binary` takes no chances, and the other is asked only where there are some.
    objective = "binary" if np.isin(rows.y, (0.0, 1.0)).all() else "cross_entropy"
    leaf = _leaf_rows(settings, len(rows.y))
    sign = signs(encoder.features, settings.monotone)
    held = {"monotone_constraints": list(sign), "monotone_constraints_method": "basic"}
    return {
        "objective": objective,
        "metric": "none",
        "num_leaves": settings.num_leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": leaf,
        "min_data_per_group": min(_GROUP_ROWS, max(leaf, len(rows.y) // 10)),
        "bagging_fraction": settings.subsample,
        "bagging_freq": 1,
        "feature_fraction": settings.colsample,
        "lambda_l2": settings.reg_lambda,
        "cat_smooth": settings.cat_smooth,
        "seed": seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **(held if any(sign) else {}),
    }
