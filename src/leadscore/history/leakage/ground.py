"""What every leakage check reads: leads with their last outcome, in order, and columns as codes.

A lead that was reopened counts by its last episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.history.leakage.signal import Int, Mask
from leadscore.history.log import to_seconds

_FREQUENT = 20  # a number that one in so many leads has stays by itself
NEVER = np.int64(2**61)


@dataclass(frozen=True)
class Suspicion:
    """What a check found: where, which check, the evidence in words, and how grave it is.

    `weight` is ``stops`` (may be allowed), ``signed`` (stops until somebody signs), ``warns`` or
    ``unseen`` (no look can see it, so it is never a feature).
    """

    name: str
    check: str
    evidence: str
    weight: Literal["stops", "signed", "warns", "unseen"] = "stops"


@dataclass(frozen=True)
class Ground:
    """Leads with an outcome, one row each, in the order they came.

    Attributes
    ----------
    leads
        Table of `domain.schemas` with `status`, rows by `order`.
    is_closed, won
        bool[n].
    created, closed
        Epoch seconds, int64[n]; `closed` is `NEVER` while open or where the date is missing. None
        in a source without dates.
    until
        Moment of the export in epoch seconds, None where unknown.
    """

    leads: pd.DataFrame
    is_closed: Mask
    won: Mask
    created: Int | None
    closed: Int | None
    until: int | None

    @classmethod
    def of(
        cls,
        leads: pd.DataFrame,
        outcomes: pd.DataFrame,
        *,
        until: pd.Timestamp | None,
        is_dated: bool,
    ) -> Ground:
        """Join leads with their last outcome and put them in order."""
        columns = [c for c in ("lead_id", "status", "closed_at") if c in outcomes]
        joined = leads.merge(last_outcomes(outcomes)[columns], on="lead_id", how="inner")
        joined = joined.sort_values("order", kind="stable", ignore_index=True)
        status = joined["status"]
        has_dates = is_dated and "created_at" in joined and not joined["created_at"].isna().any()
        return cls(
            leads=joined,
            is_closed=(status != "open").to_numpy(),
            won=(status == "won").to_numpy(),
            created=to_seconds(joined["created_at"]) if has_dates else None,
            closed=_closings(joined) if has_dates else None,
            until=None if until is None else int(until.timestamp()),
        )

    @property
    def n(self) -> int:
        """Number of leads."""
        return len(self.leads)


def last_outcomes(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return one row per lead: its last episode, the open one if there is one."""
    if not outcomes["lead_id"].duplicated().any():
        return outcomes
    by = [c for c in ("opened_at", "closed_at") if c in outcomes]
    return outcomes.sort_values(by, kind="stable", na_position="last").drop_duplicates(
        "lead_id", keep="last"
    )


def _closings(joined: pd.DataFrame) -> Int:
    closed = np.full(len(joined), NEVER)
    if "closed_at" in joined:
        is_dated = ((joined["status"] != "open") & joined["closed_at"].notna()).to_numpy()
        closed[is_dated] = to_seconds(joined.loc[is_dated, "closed_at"])
    return closed


@dataclass(frozen=True)
class Column:
    """One property as codes, rows in the order of the leads.

    Attributes
    ----------
    code
        int64[n], -1 where missing; of numbers in ascending order of their values.
    levels
        The values by code.
    """

    prop: Property
    code: Int
    levels: pd.Index
    is_number: bool

    @classmethod
    def of(cls, prop: Property, values: pd.Series) -> Column:
        """Read a column of the leads table."""
        is_number = pd.api.types.is_numeric_dtype(values)
        code, levels = pd.factorize(values, sort=is_number)
        return cls(prop, code.astype(np.int64), pd.Index(levels), is_number)

    @property
    def present(self) -> Mask:
        """Mark rows with a value."""
        return np.asarray(self.code >= 0, dtype=np.bool_)

    def binned(self, n_bins: int = 20) -> Int:
        """Return codes from 0 of a coarse column: missing first; frequent numbers stay by themselves.

        With one bin, a number is a frequent one or any other.
        """
        if not self.is_number or len(self.levels) <= 2 * _FREQUENT:
            return self.code + 1
        count = np.bincount(self.code[self.present], minlength=len(self.levels))
        total = max(int(count.sum()), 1)
        middle = np.cumsum(count) - count / 2
        tile = np.minimum((middle * n_bins / total).astype(np.int64), n_bins - 1) * 2
        # A number with a bin's worth of leads gets a bin between the tiles: 0 is no neighbour of 1.
        spike = count * _FREQUENT >= total
        tile[spike] = 2 * n_bins + np.arange(int(spike.sum()))
        _, dense = np.unique(tile, return_inverse=True)
        return np.asarray(np.where(self.present, dense[self.code] + 1, 0), dtype=np.int64)
