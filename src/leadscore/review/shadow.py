"""Two opinions of the same night: how far the challenger's shadow scores lie from those that were issued."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure, rate, without_interval

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Shadowed:
    """What a night would have been by the challenger.

    Attributes
    ----------
    correlation
        Of the ranks of scores, leads being independent; NaN where one of both says the same of all.
    changed
        Share of leads in another tier, with its interval (`n_won` counts those that change).
    moves
        One row per tier issued: leads, and how many the challenger puts in each tier.
    n_only
        Leads that one side alone scored.
    """

    correlation: Figure
    changed: Figure
    moves: pd.DataFrame
    n_only: int


def shadowed(issued: pd.DataFrame, shadow: pd.DataFrame, review: ReviewSettings) -> Shadowed:
    """Compare by lead; both are issued tables of the same moment."""
    both = issued[["lead_id", "score", "tier"]].merge(
        shadow[["lead_id", "score", "tier"]], on="lead_id", suffixes=("", "_shadow")
    )
    changed = int((both["tier"] != both["tier_shadow"]).sum())
    moves = pd.crosstab(both["tier"], both["tier_shadow"]).reindex(
        index=TIERS, columns=TIERS, fill_value=0
    )
    return Shadowed(
        _correlation(both, review),
        rate(changed, len(both), min_leads=review.min_leads),
        moves,
        len(issued) + len(shadow) - 2 * len(both),
    )


def _correlation(both: pd.DataFrame, review: ReviewSettings) -> Figure:
    """Return Spearman's rank correlation with Fisher's interval."""
    n = len(both)
    if n < max(review.min_leads, 4):
        return without_interval(f"too few: {n} leads, {review.min_leads} needed", n=n, n_won=0)
    ranks = both[["score", "score_shadow"]].rank().to_numpy()
    if (np.ptp(ranks, axis=0) == 0).any():
        return without_interval("one of both says the same of every lead", n=n, n_won=0)
    r = float(np.corrcoef(ranks.T)[0, 1])
    if abs(r) >= 1 - 1e-12:
        return Figure(r, r, r, n, 0)
    half = _Z95 / math.sqrt(n - 3)
    return Figure(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), n, 0)
