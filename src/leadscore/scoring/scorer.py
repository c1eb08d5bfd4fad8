"""The scorer: everything that turns a look at a lead into probability, score, tier and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Thresholds
from leadscore.history.features import FeatureTable
from leadscore.scoring import explain
from leadscore.scoring.blend.additive import additive, rule_points
from leadscore.scoring.blend.levels import Levels
from leadscore.scoring.blend.parts import Parts
from leadscore.scoring.blend.stack import Weights
from leadscore.scoring.calibration import GridCurve, Platt
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.grid import GridScore, reasons_in_words
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.line import sigmoid
from leadscore.scoring.model import Trees
from leadscore.scoring.scale import Scale
from leadscore.scoring.thresholds import tier

Float = npt.NDArray[np.float64]
Opinion = Literal["model", "grid", "base_rate"]
DISQUALIFIED = "disqualified by a rule of the grid"


@dataclass(frozen=True)
class Model:
    """The model's opinion: a blend of grid, logistic and trees, weighed in log-odds, recalibrated, with levels."""

    parts: Parts
    weights: Weights
    platt: Platt
    levels: Levels

    @property
    def encoder(self) -> Encoder:
        """How looks become the matrix of trees and logistic."""
        return self.parts.encoder

    @property
    def trees(self) -> Trees:
        """The trees among the parts."""
        return self.parts.trees

    def probability(self, table: pd.DataFrame, points: Float, *, threads: int = 1) -> Float:
        """Return the recalibrated probability of a win within the horizon; `points` are the grid's."""
        return self.probability_of(self.encoder.matrix(table), points, threads=threads)

    def probability_of(self, x: Matrix, points: Float, *, threads: int = 1) -> Float:
        """Return the same of encoded rows."""
        z = self.weights.log_odds(self.parts.log_odds_of(x, points, threads=threads))
        return sigmoid(self.platt.moved(z, self.levels.offset(self.encoder, x)))


@dataclass(frozen=True)
class Scorer:
    """Two opinions and who leads.

    `model` is None where too little was known to fit one. `base_rate` is the share of wins the
    trainer saw: the answer when neither opinion is better than it.
    """

    opinion: Opinion
    model: Model | None
    grid: AnyGrid
    grid_curve: GridCurve
    base_rate: float
    scale: Scale

    def probability(self, table: pd.DataFrame, points: Float, *, threads: int = 1) -> Float:
        """Return the leading opinion's probability, float64[n_rows]."""
        if self.opinion == "model" and self.model is not None:
            return self.model.probability(table, points, threads=threads)
        if self.opinion == "grid":
            return self.grid_curve.apply(points)
        return np.full(len(points), self.base_rate)


@dataclass(frozen=True)
class Issue:
    """What an issued score says of where it comes from."""

    thresholds: Thresholds
    decision_id: str
    bundle_sha256: str
    reasons_per_sign: int
    trend_points: float


def issue(
    scorer: Scorer,
    looks: pd.DataFrame,
    seen: tuple[FeatureTable, GridScore],
    *,
    earlier_score: pd.Series | None,
    about: Issue,
    threads: int = 1,
) -> pd.DataFrame:
    """Score looks: the issued table, one row per lead, hottest first (ties by lead_id).

    Parameters
    ----------
    looks
        lead_id, as_of of open leads.
    seen
        What `view` built for these looks.
    earlier_score
        Score some days ago by the same scorer, indexed by lead_id; leads missing there have no trend.
    """
    table, grid = seen
    p = scorer.probability(table.rows, grid.points, threads=threads)
    # A disqualifier takes the lead out whatever else it does: lowest score, no probability, and the
    # reason says so. Score and probability stay one mapping for all others.
    score = np.where(grid.disqualified, 0.0, scorer.scale.score(p))
    for_, against = _reasons(scorer, table, grid, per_sign=about.reasons_per_sign)
    issued = pd.DataFrame(
        {
            "lead_id": looks["lead_id"].to_numpy(),
            "as_of": looks["as_of"].array,
            "score": np.round(score, 1),
            "probability": np.where(grid.disqualified, np.nan, p),
            "tier": tier(np.round(score, 1), about.thresholds),
            "grid_points": np.round(grid.points, 1),
            "fit_points": np.round(grid.fit, 1),
            "engagement_points": np.round(grid.engagement, 1),
            "cell": grid.cell,
            "trend": _trend(looks["lead_id"], score, earlier_score, points=about.trend_points),
            "reasons_for": for_,
            "reasons_against": against,
            "opinion": scorer.opinion,
            "bundle_sha256": about.bundle_sha256,
            "decision_id": about.decision_id,
        }
    )
    text = [c for c in issued.columns if issued[c].dtype == object]
    issued = issued.astype(dict.fromkeys(text, "str"))
    return issued.sort_values(
        ["score", "probability", "lead_id"], ascending=[False, False, True], ignore_index=True
    )


def score_of(scorer: Scorer, seen: tuple[FeatureTable, GridScore], *, threads: int = 1) -> Float:
    """Return scores alone, float64[n_rows] in [0, 100]: what the trend compares with."""
    table, grid = seen
    p = scorer.probability(table.rows, grid.points, threads=threads)
    return np.where(grid.disqualified, 0.0, scorer.scale.score(p))


def _reasons(
    scorer: Scorer, table: FeatureTable, grid: GridScore, *, per_sign: int
) -> tuple[list[str | None], list[str | None]]:
    told: list[tuple[list[Any], list[Any]]]
    if scorer.opinion == "model" and scorer.model is not None:
        x = scorer.model.encoder.matrix(table.rows)
        m = scorer.model
        told_by = additive(m.parts, m.weights, m.platt, m.levels, x, grid.points, grid.trace)
        told = explain.reasons(
            scorer.model.encoder, x, told_by.features,
            points_per_log_odds=scorer.scale.points_to_double / float(np.log(2.0)),
            per_sign=per_sign, rules=rule_points(scorer.grid, told_by.rules),
        )  # fmt: skip
    elif scorer.opinion == "grid":
        words = [reasons_in_words(scorer.grid, row) for row in grid.trace]
        told = [(list(up)[:per_sign], list(down)[:per_sign]) for up, down in words]
    else:  # the base rate says the same of everybody: there is no reason to give
        told = [([], [])] * len(grid.points)
    for_, against = [], []
    for (up, down), out in zip(told, grid.disqualified, strict=True):
        for_.append("; ".join(str(r) for r in up) or None)
        lines = ([DISQUALIFIED] if out else []) + [str(r) for r in down]
        against.append("; ".join(lines) or None)
    return for_, against


def _trend(
    lead_id: pd.Series, score: Float, earlier: pd.Series | None, *, points: float
) -> list[str]:
    if earlier is None:
        return ["not enough info"] * len(score)
    before = earlier.reindex(lead_id).to_numpy(dtype=float)
    move = score - before
    out = np.where(move >= points, "improving", np.where(move <= -points, "declining", "steady"))
    return [str(word) for word in np.where(np.isnan(before), "not enough info", out)]
