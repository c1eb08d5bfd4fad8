"""Events and moments as sorted arrays: the only shape the kernel reads.

Times are int64 epoch seconds (UTC), floored; leads are int64 codes into `lead_ids`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Int = npt.NDArray[np.int64]
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
    micros = times.dt.as_unit("us").astype("int64").to_numpy()
    return np.asarray(np.floor_divide(micros, 1_000_000), dtype=np.int64)


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
        int64[n_events] codes into the tuple of type names.
    subject_code, subjects
        int64[n_events] codes into the tuple of subjects, -1 for none.
    value
        float64[n_events], NaN for none.
    """

    lead_ids: npt.NDArray[np.object_]
    start: Int
    time: Int
    type_code: Int
    types: tuple[str, ...]
    subject_code: Int
    subjects: tuple[str, ...]
    value: Float

    @classmethod
    def from_table(cls, events: pd.DataFrame, lead_ids: Iterable[str]) -> EventLog:
        """Sort an `events` table; events of leads not in `lead_ids` are left out."""
        known = np.array(sorted(set(lead_ids)), dtype=object)
        lead = pd.Index(known).get_indexer(pd.Index(events["lead_id"].astype(object)))
        events = events.loc[lead >= 0]
        lead = lead[lead >= 0].astype(np.int64)
        time = to_seconds(events["occurred_at"])
        type_code, types = pd.factorize(events["type"].astype(object), sort=True)
        subject_code, subjects = pd.factorize(events["subject"].astype(object), sort=True)
        value = events["value"].to_numpy(dtype=np.float64)
        rank = np.lexsort((np.nan_to_num(value), subject_code, type_code, time, lead))
        start = np.searchsorted(lead[rank], np.arange(len(known) + 1)).astype(np.int64)
        return cls(
            lead_ids=known,
            start=start,
            time=time[rank],
            type_code=type_code[rank].astype(np.int64),
            types=tuple(str(t) for t in types),
            subject_code=subject_code[rank].astype(np.int64),
            subjects=tuple(str(s) for s in subjects),
            value=value[rank],
        )

    def select(self, types: Sequence[str] | None = None, *, subject: str | None = None) -> Mask:
        """Mark the events of these types (None: any) whose subject contains `subject`, case-blind."""
        keep = np.ones(len(self.time), dtype=np.bool_)
        if types is not None:
            codes = [i for i, name in enumerate(self.types) if name in set(types)]
            keep &= np.isin(self.type_code, codes)
        if subject is not None:
            wanted = re.compile(re.escape(subject), re.IGNORECASE)
            codes = [i for i, name in enumerate(self.subjects) if wanted.search(name)]
            keep &= np.isin(self.subject_code, codes)
        return keep


@dataclass(frozen=True)
class Moments:
    """Looks at leads: pairs (lead code, as_of) in the order of the table they came from.

    `by_lead` is the permutation that sorts them by (lead, as_of), as the kernel reads them.
    """

    lead: Int
    as_of: Int
    by_lead: Int

    @classmethod
    def from_table(cls, snapshots: pd.DataFrame, log: EventLog) -> Moments:
        """Read `lead_id` and `as_of` of a snapshots table; every lead must be in the log's `lead_ids`.

        Raises
        ------
        ValueError
            A lead is unknown to the log.
        """
        lead = pd.Index(log.lead_ids).get_indexer(pd.Index(snapshots["lead_id"].astype(object)))
        if bool((lead < 0).any()):
            raise ValueError("Moments: a snapshot's lead is not in the event log's lead_ids")
        as_of = to_seconds(snapshots["as_of"])
        return cls(lead.astype(np.int64), as_of, np.lexsort((as_of, lead)).astype(np.int64))

    def __len__(self) -> int:
        return len(self.lead)
