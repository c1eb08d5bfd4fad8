"""When leads are looked at: pairs (lead, as_of) while a lead is open. Decides nothing about outcomes.

A lead is open at `as_of` when ``created_at <= as_of < closed_at``. Leads without an outcome row are
unknown, not open: they are never looked at (the ingest report counts them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIME
from leadscore.history.log import DAY, Int, to_seconds

MONDAY = 4 * DAY  # 1970-01-05, the first Monday of the epoch
_NEVER = np.int64(2**61)


def calendar(
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    every_days: int,
    max_age_days: float,
    until: pd.Timestamp,
) -> pd.DataFrame:
    """Look at every open lead each `every_days` days, Mondays 00:00 UTC when it is 7.

    Parameters
    ----------
    leads, outcomes
        Tables of `domain.schemas`.
    until
        Moment of the export (UTC): no look after it.

    Returns
    -------
    DataFrame, grain (lead_id, as_of): lead_id, as_of, order (epoch seconds), age_days.
    """
    lead_id, created, closed = _lives(leads, outcomes)
    step = every_days * DAY
    last = np.minimum(
        np.minimum(closed - 1, created + np.int64(max_age_days * DAY)), _seconds(until)
    )
    first_k = -((MONDAY - created) // step)
    last_k = (last - MONDAY) // step
    n_looks = np.maximum(last_k - first_k + 1, 0)
    row = np.repeat(np.arange(len(lead_id)), n_looks)
    within = np.arange(len(row)) - np.repeat(np.cumsum(n_looks) - n_looks, n_looks)
    return _table(lead_id, created, row, MONDAY + (first_k[row] + within) * step)


def at_ages(
    leads: pd.DataFrame, outcomes: pd.DataFrame, *, ages_days: Sequence[float], until: pd.Timestamp
) -> pd.DataFrame:
    """Look at every lead at fixed ages, if it is still open then. Columns as `calendar`."""
    lead_id, created, closed = _lives(leads, outcomes)
    row = np.repeat(np.arange(len(lead_id)), len(ages_days))
    ages = np.tile([np.int64(round(a * DAY)) for a in ages_days], len(lead_id))
    as_of = created[row] + ages
    keep = (as_of < closed[row]) & (as_of <= _seconds(until))
    return _table(lead_id, created, row[keep], as_of[keep])


def at_moment(leads: pd.DataFrame, outcomes: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Look at every lead that is open at `as_of`: what the nightly job scores. Columns as `calendar`."""
    lead_id, created, closed = _lives(leads, outcomes)
    moment = _seconds(as_of)
    row = np.flatnonzero((created <= moment) & (moment < closed))
    return _table(lead_id, created, row, np.full(len(row), moment))


def single(leads: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Look once at every lead of a wide export: no dates, so `as_of` and `age_days` are null."""
    known = leads.loc[leads["lead_id"].isin(outcomes["lead_id"]), ["lead_id", "order"]]
    looks = known.reset_index(drop=True)
    looks.insert(1, "as_of", pd.Series(pd.NaT, index=looks.index, dtype=TIME))
    return looks.assign(age_days=np.nan)


def _seconds(moment: pd.Timestamp) -> np.int64:
    return np.int64(math.floor(moment.timestamp()))


def _lives(leads: pd.DataFrame, outcomes: pd.DataFrame) -> tuple[pd.Series, Int, Int]:
    lives = leads[["lead_id", "created_at"]].merge(
        outcomes[["lead_id", "status", "closed_at"]],
        on="lead_id",
        how="inner",
        validate="one_to_one",
    )
    closed = np.full(len(lives), _NEVER)
    is_closed = (lives["status"] != "open").to_numpy()
    closed[is_closed] = to_seconds(lives.loc[is_closed, "closed_at"])
    return lives["lead_id"], to_seconds(lives["created_at"]), closed


def _table(lead_id: pd.Series, created: Int, row: Int, as_of: Int) -> pd.DataFrame:
    moments = pd.Series(pd.to_datetime(as_of, unit="s", utc=True)).dt.as_unit("us")
    looks = pd.DataFrame(
        {
            "lead_id": lead_id.to_numpy()[row],
            "as_of": moments,
            "order": as_of.astype(np.int64),
            "age_days": (as_of - created[row]) / DAY,
        }
    )
    looks["lead_id"] = looks["lead_id"].astype("str")
    return looks.sort_values(["lead_id", "order"], kind="stable", ignore_index=True)
