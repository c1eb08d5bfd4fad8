"""How many leads that were scored alike were won: of matured looks, scored by what did not know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leadscore.metrics import Figure, rate
from leadscore.scoring.scale import Scale

_COLUMN = {"model": "p_model", "grid": "p_grid"}


@dataclass(frozen=True)
class Similar:
    """Share won of leads scored within `within` points of `score`, with its 95 % interval.

    Attributes
    ----------
    figure
        ``n`` leads, each by its first look so scored; "too few" below the floor.
    within
        None where every lead has the same score: then all others are alike.
    horizon_days
        Won within so many days; None for a source without dates.
    basis
        ``own``: scored out of time by what scores now. ``newest``: by the newest training, which is
        not the one that scores.
    """

    figure: Figure
    score: float
    within: float | None
    horizon_days: int | None
    basis: Literal["own", "newest"]


def similar_leads(
    evidence: pd.DataFrame,
    *,
    lead_id: str,
    score: float,
    within: float,
    opinion: str,
    scale: Scale,
    as_of: pd.Timestamp,
    horizon_days: int,
    min_leads: int,
) -> Figure:
    """Return the share won of other leads that were scored within some points.

    Parameters
    ----------
    evidence
        Matured looks scored out of time: lead_id, as_of, order, label, and a probability per opinion.
    as_of
        Only looks whose horizon was over by then count; null: all.
    """
    near = np.ones(len(evidence), dtype=np.bool_)
    if opinion in _COLUMN:  # the base rate tells nobody from nobody
        p = evidence[_COLUMN[opinion]].to_numpy(dtype=np.float64)
        near = ~np.isnan(p)
        near[near] = np.abs(np.round(scale.score(p[near]), 1) - score) <= within + 1e-9
    if not pd.isna(as_of):
        over = evidence["as_of"] + pd.Timedelta(days=horizon_days) <= as_of
        near &= over.to_numpy(dtype=np.bool_)
    near &= (evidence["lead_id"] != lead_id).to_numpy(dtype=np.bool_)
    first = evidence.loc[near].sort_values(["order", "lead_id"]).drop_duplicates("lead_id")
    return rate(int((first["label"] == 1).sum()), len(first), min_leads=min_leads)
