"""What the model is made of: how much each part of the blend carries, what it is worth alone, and why.

It tells what training decided and what came of it on the later window; it decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Resamples, log_loss, roc_auc, without_interval
from leadscore.review.levels import LevelsTold
from leadscore.review.rows import record
from leadscore.review.words import number

COLUMNS = {
    "grid": ("p_grid", "Manual grid, calibrated"),
    "logistic": ("p_logistic", "Ridge logistic"),
    "trees": ("p_trees", "Small trees"),
}


def parts_table(test: pd.DataFrame, review: ReviewSettings, *, seed: int) -> pd.DataFrame:
    """Return one row per part and metric on the test window; empty where there is no model.

    The grid is shown as recalibrated; logistic and trees as they came.
    """
    names = ["part", "metric", *record(without_interval("no model", n=0, n_won=0))]
    if "p_trees" not in test or bool(test["p_trees"].isna().all()):
        return pd.DataFrame(columns=names)
    draws = Resamples(
        test["label"].to_numpy(dtype=np.float64), cluster=test["lead_id"].astype(object),
        n_resamples=review.bootstrap, seed=seed,
    )  # fmt: skip
    rows = []
    for part, (column, _) in COLUMNS.items():
        p = test[column].to_numpy(dtype=np.float64)
        measured = draws.of((log_loss, roc_auc), p)
        for metric, drawn in zip(("log_loss", "roc_auc"), measured, strict=True):
            rows.append({"part": part, "metric": metric, **record(draws.figure(*drawn))})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Part:
    """One part: words, weight in log-odds, share of all weights, and its figures alone."""

    words: str
    weight: float
    share: float
    log_loss: Mapping[str, Any]
    roc_auc: Mapping[str, Any]


@dataclass(frozen=True)
class PartsTold:
    """The parts, heaviest first, sentences on why they weigh so and how they are recalibrated, and segments' levels."""

    parts: Sequence[Part]
    why: Sequence[str]
    levels: LevelsTold | None

    @classmethod
    def from_training(cls, blend: Mapping[str, Any], table: pd.DataFrame) -> PartsTold | None:
        """Return what is told of a blend; None where nothing is known of its parts."""
        if table.empty:
            return None
        judged = blend["judged"]
        total = sum(judged["weights"]) or 1.0
        parts = [
            Part(
                words,
                weight,
                weight / total,
                _row(table, part, "log_loss"),
                _row(table, part, "roc_auc"),
            )
            for (part, (_, words)), weight in zip(COLUMNS.items(), judged["weights"], strict=True)
        ]
        parts.sort(key=lambda part: -part.weight)
        why = [_weighed(judged), _recalibrated(blend["recalibration"])]
        return cls(parts, why, LevelsTold.from_training(blend))


def _weighed(judged: Mapping[str, Any]) -> str:
    gain, error = (number(judged[key], "{:.4f}") for key in ("gain", "gain_error"))
    told = (
        f"Weighed on {judged['n_leads']:,} leads ({judged['n_won']:,} won) that no part had seen: the blend "
        f"saved {gain} of log loss a look against the grid alone, standard error {error}"
    )
    if judged["weights"][1] == judged["weights"][2] == 0:
        return f"{told}; that is not clear of chance, so the grid stays alone."
    return f"{told}."


def _recalibrated(told: Mapping[str, Any]) -> str:
    """Say how far promises were off at the end of the past, and how much of it the line expects to last."""
    if told["track"] is None:
        return "Not recalibrated: the blend says the same of every lead."
    drift, last = told["track"]["drift"], told["track"]["steps"][-1]
    stretches = f"through {len(told['track']['steps'])} stretches of the past"
    off = f"in the last one the odds of winning were {math.exp(last['level']):.2f} times those promised"
    kept = f"{drift['persistence']:.0%} of what is off (in log-odds) lasts into the next"
    line = f"Recalibrated by a line followed {stretches}: {off}, {kept}."
    if not told["n_looks"]:
        return f"{line} No stretch had outcomes before it, so nothing could try it."
    saved, error = (number(told[key], "{:.4f}") for key in ("saved", "saved_error"))
    return (
        f"{line} On {told['n_looks']:,} looks, each recalibrated by what was known before it, that saved {saved} "
        f"of log loss a look, standard error {error}."
    )


def _row(table: pd.DataFrame, part: str, metric: str) -> dict[str, Any]:
    at = (table["part"] == part) & (table["metric"] == metric)
    return {str(key): value for key, value in table.loc[at].iloc[0].to_dict().items()}
