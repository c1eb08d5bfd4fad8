"""Leads of whom something is new since a moment: created, an action of theirs, or a property told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.log import EventSource


def changed_leads(
    leads: pd.DataFrame,
    events: EventSource | None,
    changes: pd.DataFrame | None,
    *,
    since: pd.Timestamp,
    as_of: pd.Timestamp,
) -> frozenset[str]:
    """Return the leads with something new after `since` and not after `as_of`.

    Parameters
    ----------
    leads
        lead_id, created_at (UTC).
    events
        Their events; None where the source has none.
    changes
        lead_id, known_from of properties told; None where the source keeps no history.
    """
    new = [_between(leads, "created_at", since, as_of)]
    if changes is not None:
        new.append(_between(changes, "known_from", since, as_of))
    if events is not None:
        low, high = (np.int64(moment.timestamp()) for moment in (since, as_of))
        for log in events.batches():
            is_new = (log.time > low) & (log.time <= high)
            before = np.concatenate([[0], np.cumsum(is_new)])
            new.append(log.lead_ids[before[log.start[1:]] > before[log.start[:-1]]])
    return frozenset(str(lead) for ids in new for lead in ids)


def _between(
    table: pd.DataFrame, column: str, since: pd.Timestamp, as_of: pd.Timestamp
) -> npt.NDArray[np.object_]:
    is_new = (table[column] > since) & (table[column] <= as_of)
    return table.loc[is_new, "lead_id"].to_numpy(dtype=object)
