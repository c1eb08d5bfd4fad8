"""What a lead's events amount to at a moment: counts, recency, decayed sums, active days, gaps.

One forward sweep per lead; an event counts from the second it happened: windows are
``(as_of - window, as_of]``. Features and the grid share these and nothing else. It never looks
ahead.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from leadscore.history.log import DAY, EventLog, Float, Int, Mask, Moments


def _selected(log: EventLog, keep: Mask) -> tuple[Int, Int]:
    """Return times of the kept events and their offsets per lead."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
    return log.time[keep], before[log.start]


def count_in_window(
    log: EventLog, keep: Mask, moments: Moments, *, window_days: float | None = None
) -> Float:
    """Count the kept events in ``(as_of - window, as_of]``; None counts since ever.

    Returns
    -------
    float64[n_moments], at least 0.
    """
    time, start = _selected(log, keep)
    window = np.int64(2**62 if window_days is None else round(window_days * DAY))
    out = np.zeros(len(moments))
    _count(time, start, moments.lead, moments.as_of, moments.by_lead, window, out)
    return out


def recency_days(log: EventLog, keep: Mask, moments: Moments) -> Float:
    """Return days from the last kept event at or before `as_of`; NaN where there was none."""
    time, start = _selected(log, keep)
    out = np.full(len(moments), np.nan)
    _last(time, start, moments.lead, moments.as_of, moments.by_lead, out)
    return out / DAY


def decayed_sum(log: EventLog, keep: Mask, moments: Moments, *, half_life_days: float) -> Float:
    """Sum ``2 ** (-age / half_life)`` over the kept events at or before `as_of`."""
    time, start = _selected(log, keep)
    out = np.zeros(len(moments))
    rate = np.log(2.0) / (half_life_days * DAY)
    _decayed(time, start, moments.lead, moments.as_of, moments.by_lead, rate, out)
    return out


def active_days(log: EventLog, keep: Mask, moments: Moments, *, window_days: float) -> Float:
    """Count distinct UTC days with a kept event in ``(as_of - window, as_of]``."""
    time, start = _selected(log, keep)
    out = np.zeros(len(moments))
    window = np.int64(round(window_days * DAY))
    _days(time, time // DAY, start, moments.lead, moments.as_of, moments.by_lead, window, out)
    return out


def repeated(log: EventLog, keep: Mask, *, gap_days: float, apart_minutes: float = 0.0) -> Mask:
    """Mark kept events that followed the lead's previous kept one within `gap_days`.

    A pause below `apart_minutes` belongs to the same visit: such an event is no repeat.
    """
    time, start = _selected(log, keep)
    lead = np.repeat(np.arange(len(start) - 1), np.diff(start))
    gap = np.diff(time)
    close = (gap <= round(gap_days * DAY)) & (gap >= round(apart_minutes * 60))
    follows = np.zeros(len(time), dtype=np.bool_)
    follows[1:] = (lead[1:] == lead[:-1]) & close
    again = keep.copy()
    again[keep] = follows
    return again


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _count(
    time: Int, start: Int, lead: Int, as_of: Int, rank: Int, window: int, out: Float
) -> None:
    current, lo, hi = -1, 0, 0
    for i in rank:
        if lead[i] != current:
            current = lead[i]
            lo = hi = start[current]
        end = start[current + 1]
        while hi < end and time[hi] <= as_of[i]:
            hi += 1
        while lo < hi and time[lo] <= as_of[i] - window:
            lo += 1
        out[i] = hi - lo


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _last(time: Int, start: Int, lead: Int, as_of: Int, rank: Int, out: Float) -> None:
    current, hi = -1, 0
    for i in rank:
        if lead[i] != current:
            current = lead[i]
            hi = start[current]
        end = start[current + 1]
        while hi < end and time[hi] <= as_of[i]:
            hi += 1
        if hi > start[current]:
            out[i] = as_of[i] - time[hi - 1]


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _decayed(
    time: Int, start: Int, lead: Int, as_of: Int, rank: Int, rate: float, out: Float
) -> None:
    current, hi, total, at = -1, 0, 0.0, 0
    for i in rank:
        if lead[i] != current:
            current = lead[i]
            hi, total, at = start[current], 0.0, 0
        end = start[current + 1]
        while hi < end and time[hi] <= as_of[i]:
            total = total * np.exp(-rate * (time[hi] - at)) + 1.0
            at = time[hi]
            hi += 1
        if total > 0.0:
            out[i] = total * np.exp(-rate * (as_of[i] - at))


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _days(
    time: Int, day: Int, start: Int, lead: Int, as_of: Int, rank: Int, window: int, out: Float
) -> None:
    current, lo, hi, n_days = -1, 0, 0, 0
    for i in rank:
        if lead[i] != current:
            current = lead[i]
            lo = hi = start[current]
            n_days = 0
        end = start[current + 1]
        while hi < end and time[hi] <= as_of[i]:
            if hi == lo or day[hi] != day[hi - 1]:
                n_days += 1
            hi += 1
        while lo < hi and time[lo] <= as_of[i] - window:
            lo += 1
            if lo == hi or day[lo] != day[lo - 1]:
                n_days -= 1
        out[i] = n_days
