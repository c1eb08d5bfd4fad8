"""Leakage by events: what is dated after the export, before the lead, all at once, or at the closing.

Evidence is added log by log (batches of whole leads), so memory holds counts, never events.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import NEVER, Ground, Suspicion
from leadscore.history.leakage.signal import Int, Mask
from leadscore.history.leakage.verdicts import Tally, verdicts
from leadscore.history.log import DAY, EventLog

_MOST_SUBJECTS = 200  # subjects of one type counted apart; more are free text
_SAMPLE = 200_000  # events of a log among which busy seconds are looked for
_KEPT_MOMENTS = 20  # busiest moments kept per type
_LATE_SHARE = 0.1  # the end of a lead's life that is near its closing, if shorter than the setting
_CLOCKS = 600  # seconds by which clocks of two systems differ
_SETTLED = 7 * DAY  # an open lead that lived on so long after an event speaks against closing


@dataclass
class EventEvidence:
    """Counts of events against creation, closing and export, per type and per (type, subject).

    Parameters
    ----------
    ground
        Leads and outcomes; without dates nothing is counted.
    settings
        Limits; `near_close_days` is used while counting, the others by `suspicions`.
    """

    ground: Ground
    settings: LeakageSettings
    tallies: dict[tuple[str, str | None], Tally] = field(default_factory=dict)
    n_many: int = 0
    n_at_once: int = 0

    def __post_init__(self) -> None:
        """Index the leads by id."""
        self._rows = pd.Index(self.ground.leads["lead_id"].to_numpy(dtype=object))
        self._wordy: set[str] = set()
        self._moments: dict[str, Counter[int]] = {}
        self._impossible: dict[str, Counter[int]] = {}

    def add(self, log: EventLog) -> None:
        """Count the events of a log: any batch of whole leads, each lead once over all batches."""
        if self.ground.created is None or not len(log.time):
            return
        of_lead = self._rows.get_indexer(pd.Index(log.lead_ids))
        row = np.repeat(of_lead, np.diff(log.start)).astype(np.int64)
        self._count_at_once(log, of_lead >= 0)
        known = np.flatnonzero(row >= 0)
        row, time, kind = row[known], log.time[known], log.type_code[known].astype(np.int64)
        self._count(kind, [(name, None) for name in log.types], row, time)
        self._count_moments(kind, log.types, row, time)
        subject = log.subject_code[known].astype(np.int64)
        self._count_subjects(kind, subject, log, row, time)

    def suspicions(self) -> list[Suspicion]:
        """Return what the events counted so far say, types in alphabetical order."""
        return verdicts(
            self.tallies,
            self._batches(),
            at_once=(self.n_at_once, self.n_many),
            base=self._base(),
            settings=self.settings,
        )

    def _base(self) -> float:
        closed = self.ground.is_closed
        return float(self.ground.won[closed].mean()) if closed.any() else 0.0

    def _count_at_once(self, log: EventLog, known: Mask) -> None:
        size = np.diff(log.start)
        many = np.flatnonzero(known & (size >= 5))
        first, last = log.start[many], log.start[many + 1] - 1
        self.n_many += len(many)
        self.n_at_once += int((log.time[first] == log.time[last]).sum())

    def _count_subjects(self, kind: Int, subject: Int, log: EventLog, row: Int, time: Int) -> None:
        said = np.flatnonzero(subject >= 0)
        if not len(said):
            return
        n_subjects = len(log.subjects)
        pairs, code = np.unique(kind[said] * n_subjects + subject[said], return_inverse=True)
        of_type = pairs // n_subjects
        per_type = np.bincount(of_type, minlength=len(log.types))
        self._wordy |= {log.types[k] for k in np.flatnonzero(per_type > _MOST_SUBJECTS)}
        used = np.array([log.types[k] not in self._wordy for k in of_type], dtype=np.bool_)
        keep = np.flatnonzero(used[code])
        names = [(log.types[p // n_subjects], log.subjects[p % n_subjects]) for p in pairs]
        self._count(code[keep].astype(np.int64), names, row[said][keep], time[said][keep])
        self.tallies = {
            key: tally
            for key, tally in self.tallies.items()
            if key[1] is None or key[0] not in self._wordy
        }

    def _count(self, key: Int, names: list[tuple[str, str | None]], row: Int, time: Int) -> None:
        """Add to the tally of each key what its events, and each lead's first one, are near to."""
        ground, k = self.ground, len(names)
        if ground.created is None or ground.closed is None or not len(key):
            return
        n = np.bincount(key, minlength=k)
        before = np.bincount(key, time < ground.created[row] - DAY, minlength=k)
        future = (
            np.bincount(key, time > ground.until + DAY, minlength=k)
            if ground.until is not None
            else np.zeros(k)
        )
        first = _firsts(row, key, k)
        counts = self._near_closing(key[first], row[first], time[first], k)
        for at in np.flatnonzero(n):
            tally = Tally(
                int(n[at]), int(before[at]), int(future[at]), *(int(c[at]) for c in counts)
            )
            self.tallies[names[at]] = self.tallies.get(names[at], Tally()) + tally

    def _near_closing(self, key: Int, row: Int, time: Int, k: int) -> list[Int]:
        """Return per key the leads by outcome, and how many of them had it near or after closing."""
        created, closed, until = self.ground.created, self.ground.closed, self.ground.until
        if created is None or closed is None:
            raise ValueError("events are counted against dates")
        is_timed, won = closed[row] < NEVER, self.ground.won[row]
        gap = closed[row] - time
        near = np.minimum(
            self.settings.near_close_days * DAY, _LATE_SHARE * (closed[row] - created[row])
        )
        is_unseen = is_timed & (gap <= 0)
        is_near = is_timed & (gap > 0) & (gap <= near + _CLOCKS)
        is_open = ~self.ground.is_closed[row]
        settled = is_open if until is None else is_open & (time < until - _SETTLED)
        masks = (is_timed & won, is_timed & ~won, is_unseen, is_near, is_open, settled)
        return [np.bincount(key[mask], minlength=k) for mask in masks]

    def _count_moments(self, kind: Int, types: tuple[str, ...], row: Int, time: Int) -> None:
        """Count the busiest second of each type, and how many of its leads were not there to act.

        Which second is the busiest is read off a sample: only one that holds half of a type counts.
        """
        created, closed = self.ground.created, self.ground.closed
        if created is None or closed is None or not len(time):
            return
        step = max(len(time) // _SAMPLE, 1)
        low, span = int(time.min()), int(time.max() - time.min()) + 1
        moment, n = np.unique(kind[::step] * span + (time[::step] - low), return_counts=True)
        by_size = np.argsort(n, kind="stable")
        busiest = np.full(len(types), low - 1)
        busiest[moment[by_size] // span] = (
            moment[by_size] % span + low
        )  # the last one written stays
        at = np.flatnonzero(time == busiest[kind])
        gone = (time[at] < created[row[at]] - DAY) | (time[at] > closed[row[at]])
        count = np.bincount(kind[at], minlength=len(types))
        impossible = np.bincount(kind[at], gone, minlength=len(types))
        for k in np.flatnonzero(count):
            second = int(busiest[k])
            self._moments.setdefault(types[k], Counter())[second] += int(count[k])
            self._impossible.setdefault(types[k], Counter())[second] += int(impossible[k])
        for name, kept in self._moments.items():
            self._moments[name] = Counter(dict(kept.most_common(_KEPT_MOMENTS)))

    def _batches(self) -> dict[str, tuple[int, int, int]]:
        """Return the busiest second of each type, its events, and how many were impossible then."""
        found = {}
        for name, kept in self._moments.items():
            second, n = kept.most_common(1)[0]
            found[name] = (second, n, self._impossible[name][second])
        return found


def _firsts(row: Int, key: Int, n_keys: int) -> Int:
    """Return the position of each lead's first event of each key; events stand by (lead, time)."""
    return np.asarray(np.unique(row * n_keys + key, return_index=True)[1], dtype=np.int64)
