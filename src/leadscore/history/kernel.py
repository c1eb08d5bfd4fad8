"""What a lead's events amount to at a moment: counts, recency, decayed sums, sessions, trends ...

A `Sweep` is one log seen at some moments; `sweep.chain(selection)` picks events, and the chain's
methods say one number per moment, in the order of the moments' table. An event counts from the second
it happened; windows are ``(as_of - window, as_of]``. Features and the grid share these and nothing
else. It never looks ahead, and no number depends on which other moments or leads are asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from leadscore.history import primitives, selecting
from leadscore.history.log import DAY, EventLog, Float, Int, Mask, Moments


@dataclass(frozen=True)
class Selection:
    """Which events are meant: of these types (None: any), with `subject` in their subject, case-blind."""

    types: tuple[str, ...] | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Sweep:
    """A log seen at moments; both speak of the same leads."""

    log: EventLog
    moments: Moments

    def chain(self, selection: Selection) -> Chain:
        """Return the selected events as a chain of times per lead."""
        log = self.log
        wanted = None if selection.types is None else set(selection.types)
        type_ok = np.array([wanted is None or name in wanted for name in log.types], dtype=np.bool_)
        subject_ok = np.ones(len(log.subjects) + 1, dtype=np.bool_)
        if selection.subject is not None:
            found = re.compile(re.escape(selection.subject), re.IGNORECASE).search
            subject_ok[:] = [*(found(name) is not None for name in log.subjects), False]
        if not type_ok.any():
            return Chain(self, np.zeros(0, np.int64), log.time[:0], np.zeros_like(log.start))
        if subject_ok.all() and type_ok.all():
            return Chain(self, np.arange(len(log), dtype=np.int64), log.time, log.start)
        if subject_ok.all() and np.count_nonzero(type_ok) == 1:
            at, time, start = self._by_type
            start = start[np.flatnonzero(type_ok)[0]]
            here = slice(start[0], start[-1])
            return Chain(self, at[here], time[here], start - start[0])
        codes = log.type_code, log.subject_code
        at, start = selecting.pick(*codes, type_ok, subject_ok, log.start, self._seen)
        return Chain(self, at, log.time[at], start)

    @cached_property
    def _seen(self) -> Int:
        """Ends, per lead, of the events that some moment can see."""
        moments = self.moments
        return selecting.seen(self.log.time, self.log.start, moments.sorted_as_of, moments.start)

    @cached_property
    def _by_type(self) -> tuple[Int, Int, Int]:
        log = self.log
        return selecting.split(log.time, log.type_code, len(log.types), log.start, self._seen)


@dataclass(frozen=True)
class Chain:
    """Selected events of a sweep, lead by lead: their places in the log, and their seconds.

    Every method returns float64[n_moments] in the order of the moments' table.
    """

    sweep: Sweep
    at: Int
    time: Int
    start: Int
    _places: dict[int, Int] = field(default_factory=dict, repr=False)

    def count(self, within_days: float | None = None) -> Float:
        """Count the events in ``(as_of - within_days, as_of]``; None counts since ever."""
        return self._told(primitives.between(self._low(within_days), self._high()))

    def recency_days(self) -> Float:
        """Return days since the last event; NaN where there was none."""
        return self._dated(self._high() - 1)

    def first_days(self) -> Float:
        """Return days since the very first event; NaN where there was none."""
        return self._dated(self._first)

    def decayed_sum(self, half_life_days: float) -> Float:
        """Sum ``2 ** (-age / half_life)`` over all events so far."""
        half_life = half_life_days * DAY
        total = primitives.faded(self.time, self.start, half_life)
        return self._told(
            primitives.faded_at(
                total, self.time, self._high(), self._first, self._moments, half_life
            )
        )

    def active_days(self, within_days: float | None = None) -> Float:
        """Count distinct UTC days with an event in the window."""
        before = primitives.day_starters(self.time, self.start)
        return self._told(primitives.active_days(before, self._low(within_days), self._high()))

    def sessions(self, within_days: float | None = None, *, apart_minutes: float) -> Float:
        """Count visits begun in the window: events at least `apart_minutes` after the one before."""
        pause = self._pauses
        begins = (pause < 0) | (pause >= round(apart_minutes * 60))
        return self._flagged(begins, within_days)

    def returns(
        self, within_days: float | None = None, *, gap_days: float, apart_minutes: float = 0.0
    ) -> Float:
        """Count events in the window that came back within `gap_days` of the one before.

        A pause below `apart_minutes` belongs to the same visit and is no return.
        """
        return self._flagged(self._returning(gap_days, apart_minutes), within_days)

    def returning(self, *, gap_days: float, apart_minutes: float = 0.0) -> Chain:
        """Return the chain of those events alone that `returns` counts."""
        keep = self._returning(gap_days, apart_minutes)
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
        return Chain(self.sweep, self.at[keep], self.time[keep], before[self.start])

    def longest_gap_days(self, within_days: float | None = None) -> Float:
        """Return the longest pause between two neighbouring events of the window; NaN below two."""
        gap = primitives.longest(self._pauses, self._low(within_days), self._high())
        return self._told(gap) / DAY

    def trend(self, within_days: float) -> Float:
        """Count the last window and take off the count of the window before it."""
        window = _seconds(within_days)
        return self._told(self._high() - 2 * self._place(window) + self._place(2 * window))

    def distinct_subjects(self, within_days: float | None = None) -> Float:
        """Count distinct subjects in the window; events without one add none."""
        code, n = self.sweep.log.subject_code[self.at], len(self.sweep.log.subjects)
        return self._told(primitives.distinct(code, n, self._low(within_days), self._high()))

    def value_sum(self, within_days: float | None = None) -> Float:
        """Sum the events' values in the window; missing values add nothing."""
        total, lost = primitives.summed(self.sweep.log.value[self.at], self.start)
        low, high = self._low(within_days), self._high()
        return self._told(primitives.sum_between(total, lost, self._first, low, high))

    def value_last(self) -> Float:
        """Return the newest known value; NaN where there was none."""
        newest = primitives.newest(self.sweep.log.value[self.at], self.start)
        return self._told(self._pick_or_nan(newest, self._high() - 1))

    def ratio(self, per: Chain, within_days: float | None = None) -> Float:
        """Divide the count by that of another chain in the same window; NaN where that is 0."""
        counted, by = self.count(within_days), per.count(within_days)
        out: Float = np.full(len(by), np.nan)
        return np.divide(counted, by, out=out, where=by > 0)

    def co_occurrence(
        self, beside: Chain, within_days: float | None = None, *, within_hours: float
    ) -> Float:
        """Count events in the window with one of `beside` at most `within_hours` before or after.

        Both must have happened by `as_of`; only the event itself must lie in the window. An event
        of both chains needs another one beside it.
        """
        within = round(within_hours * 3_600)
        time, known, start = primitives.joined(
            self.time, self.at, self.start, beside.time, beside.at, beside.start, within
        )
        here = self._moments, self.sweep.moments.start
        high = primitives.locate(time, start, *here, 0)
        if within_days is None:
            low = primitives.spread(start, here[1], len(here[0]))
        else:
            low = primitives.locate(time, start, *here, _seconds(within_days))
        return self._told(primitives.count_known(time, known, low, high, here[0], within))

    @cached_property
    def _pauses(self) -> Int:
        return primitives.pauses(self.time, self.start)

    @cached_property
    def _first(self) -> Int:
        return primitives.spread(self.start, self.sweep.moments.start, len(self._moments))

    @cached_property
    def _has_any(self) -> Mask:
        return self._high() > self._first

    @property
    def _moments(self) -> Int:
        return self.sweep.moments.sorted_as_of

    def _high(self) -> Int:
        return self._place(0)

    def _low(self, within_days: float | None) -> Int:
        return self._first if within_days is None else self._place(_seconds(within_days))

    def _place(self, lag: int) -> Int:
        """Return, per moment, the first event after ``moment - lag``; remembered, many ask for it."""
        if lag not in self._places:
            self._places[lag] = self._located(lag)
        return self._places[lag]

    def _located(self, lag: int) -> Int:
        moments = self._moments
        if lag == 0:
            return primitives.locate(self.time, self.start, moments, self.sweep.moments.start, 0)
        self._high()  # known from here on: a window ends where it ends
        high = self._places[max(known for known in self._places if known < lag)]
        longer = min((known for known in self._places if known > lag), default=None)
        low = self._first if longer is None else self._places[longer]
        return primitives.locate_between(self.time, low, high, moments, lag)

    def _returning(self, gap_days: float, apart_minutes: float) -> Mask:
        pause = self._pauses
        return (pause >= round(apart_minutes * 60)) & (pause <= _seconds(gap_days))

    def _flagged(self, flags: Mask, within_days: float | None) -> Float:
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(flags, dtype=np.int64)])
        return self._told(before[self._high()] - before[self._low(within_days)])

    def _dated(self, place: Int) -> Float:
        """Return days from the event at each moment's place; NaN where no event was yet."""
        return self._told(
            primitives.days_since(self.time, place, self._first, self._high(), self._moments)
        )

    def _pick_or_nan(self, values: Float | Int, place: Int) -> Float:
        out = np.full(len(self._moments), np.nan)
        out[self._has_any] = values[place[self._has_any]]
        return out

    def _told(self, values: Float | Int) -> Float:
        return self.sweep.moments.in_table_order(values.astype(np.float64, copy=False))


def _seconds(days: float) -> int:
    return round(days * DAY)
