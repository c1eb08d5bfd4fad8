"""Labels: won within the horizon, or not, or not yet known. Not yet is not no.

A look at `as_of` is labelled by what happened in ``(as_of, as_of + horizon]``. It is mature when that
window is over at the moment of the export. A lead that closed early does not mature alone: of the
looks of one date either all are known or none, else closed leads would stand for all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from leadscore.history.log import DAY, to_seconds


def label(
    looks: pd.DataFrame, outcomes: pd.DataFrame, *, horizon_days: int, until: pd.Timestamp
) -> pd.DataFrame:
    """Add `label` (1.0 won, 0.0 not, NaN immature) and `is_mature` to looks with dates.

    Parameters
    ----------
    looks
        Columns lead_id, as_of; grain (lead_id, as_of), every lead open at as_of.
    outcomes
        One row per lead: status, closed_at.
    until
        Moment of the export (UTC): nothing is known after it.
    """
    fate = looks[["lead_id"]].merge(
        outcomes[["lead_id", "status", "closed_at"]], how="left", on="lead_id"
    )
    as_of = to_seconds(looks["as_of"])
    end = as_of + horizon_days * DAY
    closed = np.full(len(looks), np.inf)
    is_closed = (
        fate["closed_at"].notna().to_numpy() & fate["status"].isin(["won", "lost"]).to_numpy()
    )
    closed[is_closed] = to_seconds(fate.loc[is_closed, "closed_at"])
    in_window = (closed > as_of) & (closed <= end)
    is_mature = end <= until.timestamp()
    won = in_window & (fate["status"] == "won").to_numpy()
    return looks.assign(label=np.where(is_mature, won.astype(float), np.nan), is_mature=is_mature)


def label_wide(looks: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Add `label` and `is_mature` to looks without dates: closed leads are mature, open ones are not."""
    status = looks[["lead_id"]].merge(outcomes[["lead_id", "status"]], how="left", on="lead_id")[
        "status"
    ]
    is_mature = status.isin(["won", "lost"]).to_numpy()
    won = (status == "won").to_numpy()
    return looks.assign(label=np.where(is_mature, won.astype(float), np.nan), is_mature=is_mature)
