"""When leads are looked at: pairs (lead, as_of) while a lead is open. Decides nothing about outcomes.

A lead is open at `as_of` when one of its episodes is: ``opened_at <= as_of < closed_at``, and never
before its creation. Leads without an outcome row are unknown, not open: they are never looked at (the
ingest report counts them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIME
from leadscore.history.episodes import Spans, open_spans
from leadscore.history.log import DAY, Int

MONDAY = 4 * DAY  # 1970-01-05, the first Monday of the epoch


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
    max_age_days
        No look at an episode older than this: counted from creation, or from the day it was reopened.
    until
        Moment of the export (UTC): no look after it.

    Returns
    -------
    DataFrame, grain (lead_id, as_of): lead_id, as_of, order (epoch seconds), age_days (since creation).
    """
    spans = open_spans(leads, outcomes, max_age_days=max_age_days)
    step = every_days * DAY
    last = np.minimum(spans.end - 1, _seconds(until))
    first_k = -((MONDAY - spans.start) // step)
    last_k = (last - MONDAY) // step
    n_looks = np.maximum(last_k - first_k + 1, 0)
    row = np.repeat(np.arange(len(first_k)), n_looks)
    within = np.arange(len(row)) - np.repeat(np.cumsum(n_looks) - n_looks, n_looks)
    return _table(spans, row, MONDAY + (first_k[row] + within) * step)


def at_ages(
    leads: pd.DataFrame, outcomes: pd.DataFrame, *, ages_days: Sequence[float], until: pd.Timestamp
) -> pd.DataFrame:
    """Look at every lead at fixed ages, if it is still open then. Columns as `calendar`.

    Ages count from creation; those of a lead that was closed and reopened, from that day again.
    """
    spans = open_spans(leads, outcomes)
    row = np.repeat(np.arange(len(spans.start)), len(ages_days))
    ages = np.tile([np.int64(round(a * DAY)) for a in ages_days], len(spans.start))
    as_of = spans.start[row] + ages
    keep = (as_of < spans.end[row]) & (as_of <= _seconds(until))
    return _table(spans, row[keep], as_of[keep])


def at_moment(leads: pd.DataFrame, outcomes: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Look at every lead that is open at `as_of`: what the nightly job scores. Columns as `calendar`."""
    spans = open_spans(leads, outcomes)
    moment = _seconds(as_of)
    row = np.flatnonzero((spans.start <= moment) & (moment < spans.end))
    return _table(spans, row, np.full(len(row), moment))


def single(leads: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Look once at every lead of a wide export: no dates, so `as_of` and `age_days` are null."""
    known = leads.loc[leads["lead_id"].isin(outcomes["lead_id"]), ["lead_id", "order"]]
    looks = known.reset_index(drop=True)
    looks.insert(1, "as_of", pd.Series(pd.NaT, index=looks.index, dtype=TIME))
    return looks.assign(age_days=np.nan)


def _seconds(moment: pd.Timestamp) -> np.int64:
    return np.int64(math.floor(moment.timestamp()))


def _table(spans: Spans, row: Int, as_of: Int) -> pd.DataFrame:
    moments = pd.Series(pd.to_datetime(as_of, unit="s", utc=True)).dt.as_unit("us")
    looks = pd.DataFrame(
        {
            "lead_id": spans.lead_id[row],
            "as_of": moments,
            "order": as_of.astype(np.int64),
            "age_days": (as_of - spans.created[row]) / DAY,
        }
    )
    looks["lead_id"] = looks["lead_id"].astype("str")
    return looks.sort_values(["lead_id", "order"], kind="stable", ignore_index=True)
