"""Issued scores: what a look at a lead is told as, one row a lead: score, tier, trend, reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Thresholds
from leadscore.history.facts import Language
from leadscore.scoring.grid import GridScore
from leadscore.scoring.line import sigmoid
from leadscore.scoring.reasoning import Chosen, Reasoning
from leadscore.scoring.reasons import Typical
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.thresholds import tier
from leadscore.scoring.view import View

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Issue:
    """What an issued score says of where it comes from, and how its reasons are told."""

    thresholds: Thresholds
    decision_id: str
    bundle_sha256: str
    reasons_per_sign: int
    trend_points: float
    language: Language = "en"
    typical: tuple[Typical, ...] = ()


def issue(
    scorer: Scorer,
    looks: pd.DataFrame,
    seen: View,
    *,
    earlier_score: pd.Series | None,
    about: Issue,
    threads: int = 1,
) -> pd.DataFrame:
    """Score looks: the issued table, one row per lead, in the order of the looks.

    Parameters
    ----------
    looks
        lead_id, as_of of open leads.
    seen
        What `view` built for these looks.
    earlier_score
        Score some days ago by the same scorer, indexed by lead_id; leads missing there have no trend.
    """
    grid = seen[1]
    how = Reasoning(scorer, about.reasons_per_sign, about.language, about.typical)
    p, chosen = explained(scorer, seen, how, threads=threads)
    reasons = how.texts(chosen, grid.disqualified)
    score = scored(scorer, grid, p)
    n = len(looks)
    return pd.DataFrame(
        {
            "lead_id": looks["lead_id"].astype("str").array,
            "as_of": looks["as_of"].array,
            "score": np.round(score, 1),
            "probability": np.where(grid.disqualified, np.nan, p),
            "tier": _text(tier(np.round(score, 1), about.thresholds)),
            "grid_points": np.round(grid.points, 1),
            "fit_points": np.round(grid.fit, 1),
            "engagement_points": np.round(grid.engagement, 1),
            "cell": _text(grid.cell),
            "trend": _text(trend_of(looks["lead_id"], score, earlier_score, about.trend_points)),
            "reasons_for": reasons.for_,
            "reasons_against": reasons.against,
            "opinion": _text([scorer.opinion] * n),
            "bundle_sha256": _text([about.bundle_sha256] * n),
            "decision_id": _text([about.decision_id] * n),
        }
    )


def hottest_first(issued: pd.DataFrame) -> pd.DataFrame:
    """Return issued scores by score and probability, ties by lead_id; the table given is taken apart."""
    return taken(issued, order_of(issued))


def order_of(issued: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return the rows of issued scores hottest first: by score and probability, ties by lead_id."""
    by = ["score", "probability", "lead_id"]
    ranked = issued[by].sort_values(by, ascending=[False, False, True], ignore_index=False)
    order: npt.NDArray[np.intp] = issued.index.get_indexer(ranked.index)
    return order


def taken(table: pd.DataFrame, order: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Return a table's rows in an order; the table given is taken apart.

    Column by column, so that a large table is never in memory twice.
    """
    columns = {name: table.pop(name).array.take(order) for name in list(table.columns)}
    return pd.DataFrame(columns, copy=False)


def joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables of the same columns below each other; those given are taken apart."""
    columns = {
        name: pd.concat([table.pop(name) for table in tables], ignore_index=True)
        for name in list(tables[0].columns)
    }
    return pd.DataFrame(columns, copy=False)


def explained(
    scorer: Scorer, seen: View, how: Reasoning, *, threads: int = 1
) -> tuple[Float, Chosen]:
    """Return the probability of every look, and its reasons: both from one pass through the trees."""
    table, grid = seen
    if scorer.opinion == "model" and scorer.model is not None:
        x = scorer.model.encoder.matrix(table.rows)
        split = scorer.model.split(x, grid, threads=threads)
        return sigmoid(split.log_odds), how.of_blend(x, split)
    p = scorer.probability(table.rows, grid.points)
    return p, how.of_grid(grid) if scorer.opinion == "grid" else how.of_nobody(len(p))


def scored(scorer: Scorer, grid: GridScore, p: Float) -> Float:
    """Return the scores of probabilities, float64[n_rows] in [0, 100].

    A disqualifier takes the lead out whatever else it does: lowest score, no probability, and the reason says
    so. Score and probability stay one mapping for all others.
    """
    return np.where(grid.disqualified, 0.0, scorer.scale.score(p))


def score_of(scorer: Scorer, seen: View, *, threads: int = 1) -> Float:
    """Return scores alone, float64[n_rows] in [0, 100]: what the trend compares with."""
    table, grid = seen
    return scored(scorer, grid, scorer.probability(table.rows, grid.points, threads=threads))


def trend_of(
    lead_id: pd.Series, score: Float, earlier: pd.Series | None, points: float
) -> npt.NDArray[np.object_]:
    """Return how each lead's score moved since the earlier ones, indexed by lead_id (None: there are none).

    Moves smaller than `points` are steady.
    """
    if earlier is None:
        return np.full(len(score), "not enough info", dtype=object)
    before = earlier.reindex(lead_id).to_numpy(dtype=float)
    move = score - before
    out = np.where(move >= points, "improving", np.where(move <= -points, "declining", "steady"))
    return np.where(np.isnan(before), "not enough info", out).astype(object)


def _text(words: npt.ArrayLike) -> pd.Series:
    return pd.Series(np.asarray(words, dtype=object), dtype="str")
