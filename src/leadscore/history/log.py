"""Events and moments as sorted arrays: the only shape the kernel reads.

Times are int64 epoch seconds (UTC), those of events rounded up and those of moments down; leads are
positions in `lead_ids`. A log may hold all leads or a batch of whole leads; what is computed from it
is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Int = npt.NDArray[np.int64]
Code = npt.NDArray[np.int32]
Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DAY = 86_400


def to_seconds(times: pd.Series) -> Int:
    """Return UTC times as epoch seconds, floored. Nulls are refused.

    Raises
    ------
    ValueError
        A time is missing.
    """
    if bool(times.isna().any()):
        raise ValueError("to_seconds: times must not be null")
    return np.asarray(np.floor_divide(_micros(times), 1_000_000), dtype=np.int64)


def _micros(times: pd.Series) -> Int:
    return np.asarray(times.dt.as_unit("us").astype("int64"), dtype=np.int64)


@dataclass(frozen=True)
class EventLog:
    """Events sorted by (lead, time).

    Attributes
    ----------
    lead_ids
        Sorted distinct lead ids; position = lead code.
    start
        int64[n_leads + 1]; events of lead i are rows ``start[i]:start[i + 1]``.
    time
        int64[n_events], epoch seconds, ascending within a lead.
    type_code, types
        int32[n_events] codes into the tuple of type names.
    subject_code, subjects
        int32[n_events] codes into the tuple of subjects, -1 for none.
    value
        float64[n_events], NaN for none.
    """

    lead_ids: npt.NDArray[np.object_]
    start: Int
    time: Int
    type_code: Code
    types: tuple[str, ...]
    subject_code: Code
    subjects: tuple[str, ...]
    value: Float

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def from_table(cls, events: pd.DataFrame, lead_ids: Iterable[str]) -> EventLog:
        """Sort an `events` table; events of leads not in `lead_ids` are left out."""
        known = np.array(sorted(set(lead_ids)), dtype=object)
        lead = pd.Index(known).get_indexer(pd.Index(events["lead_id"].astype(object)))
        events = events.loc[lead >= 0]
        lead = lead[lead >= 0].astype(np.int64)
        micros = _micros(events["occurred_at"])
        time = -(-micros // 1_000_000)  # rounded up, as moments are down: never known too early
        type_code, types = pd.factorize(events["type"].astype(object), sort=True)
        subject_code, subjects = pd.factorize(events["subject"].astype(object), sort=True)
        value = events["value"].to_numpy(dtype=np.float64)
        low = np.where(np.isnan(value), -np.inf, value)
        # Within a second too the order is that of time, as in the files of the ingest stage.
        rank = np.lexsort((low, subject_code, type_code, micros, lead))
        start = np.searchsorted(lead[rank], np.arange(len(known) + 1)).astype(np.int64)
        return cls(
            lead_ids=known,
            start=start,
            time=time[rank],
            type_code=type_code[rank].astype(np.int32),
            types=tuple(str(t) for t in types),
            subject_code=subject_code[rank].astype(np.int32),
            subjects=tuple(str(s) for s in subjects),
            value=value[rank],
        )

    @classmethod
    def empty(cls, lead_ids: npt.NDArray[np.object_]) -> EventLog:
        """Return a log of these leads (sorted ids) without events."""
        nothing = np.zeros(0, np.int64)
        codes = nothing.astype(np.int32)
        start = np.zeros(len(lead_ids) + 1, np.int64)
        return cls(lead_ids, start, nothing, codes, (), codes, (), nothing.astype(np.float64))

    def between(self, low: str, high: str | None) -> EventLog:
        """Return the log of the leads from `low` on and before `high` (None: all that follow)."""
        ends = len(self.lead_ids) if high is None else int(np.searchsorted(self.lead_ids, high))
        first = min(int(np.searchsorted(self.lead_ids, low)), ends)
        if ends - first == len(self.lead_ids):
            return self
        rows = slice(self.start[first], self.start[ends])
        return replace(
            self,
            lead_ids=self.lead_ids[first:ends],
            start=self.start[first : ends + 1] - self.start[first],
            time=self.time[rows],
            type_code=self.type_code[rows],
            subject_code=self.subject_code[rows],
            value=self.value[rows],
        )

    def of_leads(self, lead_ids: npt.NDArray[np.object_]) -> EventLog:
        """Return the log of exactly these leads (sorted ids), also of those without events."""
        if len(lead_ids) == len(self.lead_ids) and bool(np.all(lead_ids == self.lead_ids)):
            return self
        ids = pd.Index(self.lead_ids, dtype=object)  # as text they would be copied first
        place = ids.get_indexer(pd.Index(lead_ids, dtype=object))
        known = place >= 0
        count = np.zeros(len(lead_ids), np.int64)
        count[known] = np.diff(self.start)[place[known]]
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
        if int(start[-1]) == len(self):
            return replace(self, lead_ids=lead_ids, start=start)
        keep = np.repeat(np.isin(np.arange(len(self.lead_ids)), place[known]), np.diff(self.start))
        return replace(
            self,
            lead_ids=lead_ids,
            start=start,
            time=self.time[keep],
            type_code=self.type_code[keep],
            subject_code=self.subject_code[keep],
            value=self.value[keep],
        )


class EventSource(Protocol):
    """Where events come from: in memory or from a file, in batches of whole leads."""

    def batches(self) -> Iterator[EventLog]:
        """Yield logs of disjoint leads, ascending by lead id over all batches."""


@dataclass(frozen=True)
class EventTable:
    """Events held in memory as one table: one batch."""

    events: pd.DataFrame

    def batches(self) -> Iterator[EventLog]:
        """Yield all events at once."""
        if len(self.events):
            yield EventLog.from_table(self.events, self.events["lead_id"].unique())


@dataclass(frozen=True)
class Moments:
    """Looks at leads: pairs (lead code, as_of) in the order of the table they came from.

    Attributes
    ----------
    as_of
        int64[n], epoch seconds, in the table's order.
    by_lead
        Permutation that sorts the pairs by (lead, as_of); None if they are sorted already.
    sorted_as_of
        int64[n], in sorted order.
    start
        int64[n_leads + 1]; the sorted moments of lead i are ``start[i]:start[i + 1]``.
    """

    as_of: Int
    by_lead: Int | None
    sorted_as_of: Int
    start: Int

    @classmethod
    def from_table(cls, snapshots: pd.DataFrame, log: EventLog) -> Moments:
        """Read `lead_id` and `as_of` of a snapshots table; every lead must be in the log's `lead_ids`.

        Raises
        ------
        ValueError
            A lead is unknown to the log.
        """
        ids = snapshots["lead_id"].to_numpy(dtype=object)
        lead = pd.Index(log.lead_ids, dtype=object).get_indexer(pd.Index(ids, dtype=object))
        if bool((lead < 0).any()):
            raise ValueError("Moments: a snapshot's lead is not in the event log's lead_ids")
        as_of = to_seconds(snapshots["as_of"])
        step = np.diff(lead)
        in_order = bool(np.all((step > 0) | ((step == 0) & (np.diff(as_of) >= 0))))
        by_lead = None if in_order else np.lexsort((as_of, lead)).astype(np.int64)
        counts = np.bincount(lead, minlength=len(log.lead_ids))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(as_of, by_lead, as_of if by_lead is None else as_of[by_lead], start)

    def __len__(self) -> int:
        return len(self.as_of)

    def in_table_order(self, values: Float) -> Float:
        """Put values of the sorted moments back into the table's order."""
        if self.by_lead is None:
            return values
        back = np.empty_like(values)
        back[self.by_lead] = values
        return back
