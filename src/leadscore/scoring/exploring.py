"""Which cold leads are to be worked all the same, so that what cold leads are worth stays known.

A lead nobody works is seldom won: without a sample drawn by chance, cold proves itself. Who is drawn
follows from the lead's id and the quarter alone: the same all quarter long, others in the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np
import pandas as pd

from leadscore.domain.quarters import Quarter


def is_drawn(lead_id: str, quarter: Quarter, *, share: float) -> bool:
    """Tell whether a lead is drawn in a quarter, if it is cold.

    Parameters
    ----------
    share
        Part of the leads that is drawn, 0 to 1.

    Examples
    --------
    >>> is_drawn("L1", Quarter(2026, 3), share=1.0), is_drawn("L1", Quarter(2026, 3), share=0.0)
    (True, False)
    """
    digest = hashlib.sha256(f"{quarter.name}\n{lead_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def with_exploration(
    issued: pd.DataFrame, *, as_of: pd.Timestamp, share: float, left_out: Collection[str] = ()
) -> pd.DataFrame:
    """Add `explore` to issued scores: whether a lead is cold and drawn for this quarter.

    Parameters
    ----------
    as_of
        Moment of the scores; without one (a source without dates) there is no quarter and no sample.
    left_out
        Leads that are never drawn: disqualified by a rule, whatever they do.
    """
    drawn = np.zeros(len(issued), dtype=np.bool_)
    if not pd.isna(as_of):
        quarter, never = Quarter.of(as_of), frozenset(left_out)
        at = np.flatnonzero((issued["tier"] == "cold").to_numpy())
        cold = [str(lead) for lead in issued["lead_id"].to_numpy()[at]]
        drawn[at] = [lead not in never and is_drawn(lead, quarter, share=share) for lead in cold]
    return issued.assign(explore=drawn)
