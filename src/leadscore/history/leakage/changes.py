"""Leakage by history: values written after closing, where the export tells when each value came.

Where there is a history, a value is judged as it stood at a look: half-way through the time a lead
was open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import NEVER, Ground, Suspicion
from leadscore.history.leakage.signal import Int, Mask, told
from leadscore.history.log import to_seconds


@dataclass(frozen=True)
class Changes:
    """The history of one property: int64[n_changes] rows of the ground and times, ascending by both; values."""

    lead: Int
    known_from: Int
    value: pd.Series

    @classmethod
    def by_property(cls, changes: pd.DataFrame | None, ground: Ground) -> dict[str, Changes]:
        """Read the table of changes (lead_id, property, value, known_from); other leads are left out."""
        if changes is None or not len(changes) or ground.created is None:
            return {}
        lead = pd.Index(ground.leads["lead_id"]).get_indexer(pd.Index(changes["lead_id"]))
        time = to_seconds(changes["known_from"])
        by = np.lexsort((time, lead))
        by = by[lead[by] >= 0]
        name = changes["property"].to_numpy(dtype=object)[by]
        found = {}
        for prop in pd.unique(name):
            rows = by[name == prop]
            values = changes["value"].iloc[rows].reset_index(drop=True)
            found[str(prop)] = cls(lead[rows].astype(np.int64), time[rows], values)
        return found


def as_of_a_look(values: pd.Series, history: Changes, ground: Ground) -> pd.Series:
    """Return a property as it stood half-way between creation and closing (or the export).

    A lead with a history that begins later has no value; one without any keeps the exported value.
    """
    created, closed = ground.created, ground.closed
    if created is None or closed is None:
        return values
    last = ground.until if ground.until is not None else int(history.known_from.max(initial=0))
    look = created + (np.minimum(closed, max(last, int(created.max(initial=0)))) - created) // 2
    known = np.flatnonzero(history.known_from <= look[history.lead])
    seen = values.astype(object)
    seen.iloc[np.unique(history.lead)] = None
    # Ascending by (lead, time): the last one written is the one in force.
    in_force = (
        known[np.concatenate([history.lead[known][1:] != history.lead[known][:-1], [True]])]
        if len(known)
        else known
    )
    seen.iloc[history.lead[in_force]] = history.value.iloc[in_force].to_numpy(dtype=object)
    if pd.api.types.is_numeric_dtype(values):
        return pd.to_numeric(seen, errors="coerce").astype("float64")
    return seen.astype("str")


def rewritten(
    prop: Property, history: Changes, ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    """Return whether values were written after closing, lead by lead or in one run over all."""
    closed, lead, time = ground.closed, history.lead, history.known_from
    if closed is None or not len(lead):
        return []
    is_bulk = _in_bulk(time, ground.n, settings)
    is_late = (closed[lead] < NEVER) & (time > closed[lead])
    has_history = np.zeros(ground.n, np.bool_)
    has_history[lead[closed[lead] < NEVER]] = True
    late = np.zeros(ground.n, np.bool_)
    late[lead[is_late & ~is_bulk]] = True
    found = []
    n, hits = int(has_history.sum()), int(late.sum())
    if n >= settings.min_rows and hits > settings.rewritten_share * n:
        won = told(int((late & ground.won).sum()), max(int((has_history & ground.won).sum()), 1))
        found.append(
            Suspicion(
                prop.name,
                "rewritten after closing",
                f"written after closing for {told(hits, n)} closed leads ({won} won ones)"
                + (
                    ", although declared known at creation"
                    if prop.known == "at_creation"
                    else "; harmless while features read it as of the look"
                ),
                "stops" if prop.known == "at_creation" else "warns",
            )
        )
    bulk = np.unique(lead[is_late & is_bulk])
    if len(bulk) >= settings.min_rows:
        days = np.unique(time[is_late & is_bulk].astype("datetime64[s]").astype("datetime64[D]"))
        said = f"{len(bulk):,} closed leads rewritten at one moment with all others ({days[0]})"
        found.append(Suspicion(prop.name, "rewritten in bulk", said, "warns"))
    return found


def _in_bulk(time: Int, n: int, settings: LeakageSettings) -> Mask:
    """Mark changes at a moment that touched a share of all leads: a migration, nobody's doing."""
    _, code, count = np.unique(time, return_inverse=True, return_counts=True)
    size = max(settings.bulk_share * n, settings.min_rows)
    return np.asarray(count[code] >= size, dtype=np.bool_)
