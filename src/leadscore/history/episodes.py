"""Episodes: from when to when a lead was open, and what closed it, however often it was reopened.

One row of `outcomes` is one episode, open in ``[opened_at, closed_at)``. A lead is open while any of
its episodes is: where they overlap or touch, they are one span. Time before the lead was created
belongs to no span, whatever the episode says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.log import DAY, Float, Int, Mask, to_seconds

_NEVER = np.int64(2**61)


@dataclass(frozen=True)
class Spans:
    """Stretches of time in which leads were open, sorted by (lead, start), never overlapping.

    Attributes
    ----------
    lead_id
        object[n_spans]; a reopened lead has several.
    created, start, end
        int64[n_spans], epoch seconds; open in ``[start, end)``, `end` far away while still open.
    """

    lead_id: npt.NDArray[np.object_]
    created: Int
    start: Int
    end: Int


def open_spans(
    leads: pd.DataFrame, outcomes: pd.DataFrame, *, max_age_days: float | None = None
) -> Spans:
    """Return when each lead with an outcome row was open.

    Parameters
    ----------
    leads, outcomes
        Tables of `domain.schemas`; a lead may have several episodes.
    max_age_days
        An episode counts as open for so long after its opening (that day included), or None.

    Raises
    ------
    ValueError
        A won or lost episode has no `closed_at`, or an episode no `opened_at`.
    """
    of_lead = outcomes[["lead_id", "opened_at", "status", "closed_at"]].merge(
        leads[["lead_id", "created_at"]], on="lead_id", how="inner", validate="many_to_one"
    )
    created = to_seconds(of_lead["created_at"])
    start = np.maximum(to_seconds(of_lead["opened_at"]), created)
    end = np.full(len(of_lead), _NEVER)
    is_closed = (of_lead["status"] != "open").to_numpy()
    end[is_closed] = to_seconds(of_lead.loc[is_closed, "closed_at"])
    if max_age_days is not None:
        end = np.minimum(end, start + np.int64(max_age_days * DAY) + 1)
    code, ids = pd.factorize(of_lead["lead_id"].astype(object), sort=True)
    at = np.lexsort((start, code))
    at = at[start[at] < end[at]]
    return _united(code[at], np.asarray(ids, dtype=object), created[at], start[at], end[at])


@dataclass(frozen=True)
class Closings:
    """Dated outcomes, sorted by (lead, time); at one and the same moment won goes before lost.

    Attributes
    ----------
    lead_ids
        Distinct ids; position = lead code.
    code, closed
        int64[n]: lead code, and epoch seconds.
    won
        bool[n].
    """

    lead_ids: pd.Index
    code: Int
    closed: Int
    won: Mask

    @classmethod
    def of(cls, outcomes: pd.DataFrame) -> Closings:
        """Read an `outcomes` table; open episodes and those without a date are no closings."""
        is_closing = outcomes["status"].isin(["won", "lost"]) & outcomes["closed_at"].notna()
        dated = outcomes.loc[is_closing]
        code, ids = pd.factorize(dated["lead_id"].astype(object), sort=True)
        closed, won = to_seconds(dated["closed_at"]), (dated["status"] == "won").to_numpy()
        at = np.lexsort((~won, closed, code))
        return cls(pd.Index(ids), code[at].astype(np.int64), closed[at], won[at])

    def wins(self) -> Closings:
        """Return the wins alone."""
        return replace(self, code=self.code[self.won], closed=self.closed[self.won],
                       won=self.won[self.won])  # fmt: skip

    def after(self, lead_id: pd.Series, as_of: Int) -> tuple[Float, Mask]:
        """Return each look's next closing after `as_of`: epoch seconds (inf: none), and whether won."""
        lead, place = self._places(lead_id, as_of)
        inside = np.minimum(place, max(len(self.code) - 1, 0))
        closed, won = np.full(len(lead), np.inf), np.zeros(len(lead), dtype=np.bool_)
        if len(self.code):
            found = (place < len(self.code)) & (self.code[inside] == lead)
            closed[found] = self.closed[inside[found]]
            won[found] = self.won[inside[found]]
        return closed, won

    def number(self, lead_id: pd.Series, *, after: Int, until: Int) -> Int:
        """Return how many closings each look has in ``(after, until]``."""
        return self._places(lead_id, until)[1] - self._places(lead_id, after)[1]

    def _places(self, lead_id: pd.Series, moment: Int) -> tuple[Int, Int]:
        """Return lead codes (-1: none) and the place of the first closing later than each moment."""
        code, ids = pd.factorize(lead_id)
        known = self.lead_ids.get_indexer(pd.Index(ids).astype(object))
        lead = known.astype(np.int64)[code]
        if len(lead) == 0 or len(self.code) == 0:
            return lead, np.zeros(len(lead), dtype=np.int64)
        first = min(int(self.closed.min()), int(moment.min()))
        stride = max(int(self.closed.max()), int(moment.max())) - first + 1
        key = self.code * stride + (self.closed - first)
        place = np.searchsorted(key, lead * stride + (moment - first), side="right")
        return lead, place.astype(np.int64)


def _united(code: Int, ids: npt.NDArray[np.object_], created: Int, start: Int, end: Int) -> Spans:
    """Join episodes of one lead that overlap or touch; rows come sorted by (code, start)."""
    reached = pd.Series(end).groupby(code).cummax().to_numpy()
    is_new = np.ones(len(code), dtype=np.bool_)
    is_new[1:] = (code[1:] != code[:-1]) | (start[1:] > reached[:-1])
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], len(code))[: len(first)] - 1
    return Spans(ids[code[first]], created[first], start[first], reached[last])
