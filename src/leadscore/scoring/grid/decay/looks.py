"""What the learning of decay reads: looks with their outcome, and each event type's times per lead.

It keeps no more than it needs and takes a sample by hash when there are too many looks. It fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.kernel import Selection, Sweep
from leadscore.history.log import EventLog, Float, Int, Mask, Moments
from leadscore.metrics import dot

Hash = npt.NDArray[np.uint64]
Seen = Iterable[tuple[pd.DataFrame, EventLog]]
_FINEST = 64
_THINNED = (
    2  # halvings of each lead's looks before leads are left out: its looks tell nearly the same
)
_GOLDEN = np.uint64(
    0x9E3779B97F4A7C15
)  # 2 ** 64 over the golden ratio: spreads neighbouring numbers


@dataclass(frozen=True)
class DecayLooks:
    """Looks sorted by lead and time, with the events of each type that their leads had.

    Attributes
    ----------
    events
        Names of the event types; `time` and `start` are in their order.
    time, start
        Per type int64[n_events] epoch seconds, ascending within a lead; int64[n_leads + 1] offsets.
    as_of, moment_start
        int64[n_looks] epoch seconds; int64[n_leads + 1] offsets of each lead's looks.
    label
        float64[n_looks] in [0, 1]: won or not, or the chance of a win where a simulated world knows it.
    other
        float64[n_looks, n_terms]: further terms of the log-odds, centred, in standard deviations.
    lead_hash
        uint64[n_leads], by which leads are sampled.
    """

    events: tuple[str, ...]
    time: tuple[Int, ...]
    start: tuple[Int, ...]
    as_of: Int
    moment_start: Int
    label: Float
    other: Float
    lead_hash: Hash

    def __len__(self) -> int:
        return len(self.as_of)

    @property
    def n_leads(self) -> int:
        """Leads looked at."""
        return len(self.lead_hash)

    @cached_property
    def lead(self) -> Int:
        """Position of each look's lead, int64[n_looks]."""
        return np.repeat(np.arange(self.n_leads), np.diff(self.moment_start))

    def of_looks(self, keep: Mask) -> DecayLooks:
        """Return the marked looks, and the events of their leads."""
        n_kept = np.bincount(self.lead[keep], minlength=self.n_leads)
        stays = n_kept > 0
        cut = [_cut(time, start, stays) for time, start in zip(self.time, self.start, strict=True)]
        return DecayLooks(
            self.events,
            tuple(time for time, _ in cut),
            tuple(start for _, start in cut),
            self.as_of[keep],
            _offsets(n_kept[stays]),
            self.label[keep],
            self.other[keep],
            self.lead_hash[stays],
        )

    def of_events(self, wanted: Sequence[str]) -> DecayLooks:
        """Return the same looks with these event types alone, in their order."""
        places = [self.events.index(name) for name in wanted]
        return DecayLooks(
            tuple(wanted),
            tuple(self.time[i] for i in places),
            tuple(self.start[i] for i in places),
            self.as_of,
            self.moment_start,
            self.label,
            self.other,
            self.lead_hash,
        )


def gathered(
    parts: Seen, events: Sequence[str], *, other: Sequence[str] = (), max_looks: int
) -> tuple[DecayLooks, float]:
    """Return the looks whose label is known, and the share of them that was taken.

    Parameters
    ----------
    parts
        Pairs of looks (lead_id, as_of, age_days, label; grain (lead_id, as_of); NaN labels are not
        used) and the log of the same leads; no lead in two pairs.
    events
        The event types wanted; one that a log does not have, has no events.
    other
        Numeric columns of the looks that enter the log-odds beside the age; missing values stand at the mean.
    max_looks
        Above, half of the looks are taken, by a hash of lead and time, then a quarter; then half of the
        leads, a quarter, ..., by a hash of their id.

    Raises
    ------
    ValueError
        No look has a label.
    """
    halvings, kept = 0, list[DecayLooks]()
    for looks, log in parts:
        known = looks.loc[looks["label"].notna()]
        if len(known):
            kept.append(_sampled(_read(known, log, events, other), halvings))
        while sum(map(len, kept)) > max_looks and halvings < _FINEST:
            halvings += 1
            kept = [_sampled(part, halvings) for part in kept]
    if not sum(map(len, kept)):
        raise ValueError("decay: no look has a known label")
    return _joined(kept), 0.5**halvings


def _read(
    looks: pd.DataFrame, log: EventLog, events: Sequence[str], other: Sequence[str]
) -> DecayLooks:
    """Read one pair of looks and log; only leads that are looked at are kept."""
    ids = np.unique(looks["lead_id"].to_numpy(dtype=object))
    moments = Moments.from_table(looks, log := log.of_leads(ids))
    order = slice(None) if moments.by_lead is None else moments.by_lead
    chains = [Sweep(log, moments).chain(Selection((name,))) for name in events]
    age = np.log1p(np.maximum(looks["age_days"].to_numpy(dtype=np.float64), 0.0))
    terms = [age, *(looks[name].to_numpy(dtype=np.float64) for name in other)]
    return DecayLooks(
        tuple(events),
        tuple(chain.time for chain in chains),
        tuple(chain.start for chain in chains),
        moments.sorted_as_of,
        moments.start,
        looks["label"].to_numpy(dtype=np.float64)[order],
        np.column_stack(terms)[order],
        pd.util.hash_array(ids, categorize=False),
    )


def _sampled(looks: DecayLooks, halvings: int) -> DecayLooks:
    """Return what so many halvings leave, whatever else there is: first of the looks, then of the leads."""
    if halvings == 0:
        return looks
    by_lead = looks.lead_hash[looks.lead]
    by_look = (by_lead ^ (looks.as_of.astype(np.uint64) * _GOLDEN)) * _GOLDEN
    keep = by_look < _below(min(halvings, _THINNED))
    if halvings > _THINNED:
        keep &= by_lead < _below(halvings - _THINNED)
    return looks.of_looks(keep)


def _below(halvings: int) -> np.uint64:
    return np.uint64(2 ** (_FINEST - halvings))


def _joined(parts: Sequence[DecayLooks]) -> DecayLooks:
    """Join looks of disjoint leads; the other terms become centred, in standard deviations."""
    first = parts[0]
    each = range(len(first.events))
    return DecayLooks(
        first.events,
        tuple(np.concatenate([part.time[i] for part in parts]) for i in each),
        tuple(_offsets(np.concatenate([np.diff(p.start[i]) for p in parts])) for i in each),
        np.concatenate([part.as_of for part in parts]),
        _offsets(np.concatenate([np.diff(part.moment_start) for part in parts])),
        np.concatenate([part.label for part in parts]),
        _standard(np.concatenate([part.other for part in parts])),
        np.concatenate([part.lead_hash for part in parts]),
    )


def _standard(terms: Float) -> Float:
    """Centre columns and divide by their spread; missing values stand at the mean, constants go."""
    columns = []
    for column in terms.T:
        known = np.isfinite(column)
        n = max(int(known.sum()), 1)
        gap = np.where(known, column - column[known].sum() / n, 0.0)
        spread = np.sqrt(dot(gap, gap) / n)
        if spread > 1e-9 * max(1.0, float(np.abs(column[known]).max(initial=0.0))):
            columns.append(gap / spread)
    return np.column_stack(columns) if columns else np.zeros((len(terms), 0))


def _cut(time: Int, start: Int, keep: Mask) -> tuple[Int, Int]:
    count = np.diff(start)
    return time[np.repeat(keep, count)], _offsets(count[keep])


def _offsets(counts: Int) -> Int:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
