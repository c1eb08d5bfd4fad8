"""The compiled loops of the kernel: one pass over each lead's events and moments, both ascending.

Every loop reads the events of one selection (`time`, and `start` per lead) and says something for
each moment or for each event; what it says of an event depends on it and earlier ones alone, so no
number depends on which other moments are asked for.
"""

from __future__ import annotations

import numpy as np

from leadscore.history.compiled import compiled
from leadscore.history.log import DAY, Code, Float, Int


@compiled
def locate(time: Int, start: Int, moments: Int, moment_start: Int, lag: int) -> Int:
    """Return, per moment, the place of the lead's first event after ``moment - lag``."""
    place = np.empty(len(moments), np.int64)
    for lead in range(len(start) - 1):
        at, end = start[lead], start[lead + 1]
        for m in range(moment_start[lead], moment_start[lead + 1]):
            while at < end and time[at] <= moments[m] - lag:
                at += 1
            place[m] = at
    return place


@compiled
def locate_between(time: Int, low: Int, high: Int, moments: Int, lag: int) -> Int:
    """Return what `locate` does, known to lie in ``low .. high``: places of a longer and a shorter lag."""
    place = np.empty(len(moments), np.int64)
    before = 0
    for m in range(len(moments)):
        lo, hi = max(before, low[m]), high[m]  # places move forward, also from lead to lead
        while lo < hi:
            middle = (lo + hi) // 2
            if time[middle] <= moments[m] - lag:
                lo = middle + 1
            else:
                hi = middle
        place[m] = before = lo
    return place


@compiled
def between(low: Int, high: Int) -> Float:
    """Return, per moment, how many places lie in ``low:high``."""
    out = np.empty(len(low))
    for m in range(len(low)):
        out[m] = high[m] - low[m]
    return out


@compiled
def spread(start: Int, moment_start: Int, n_moments: int) -> Int:
    """Return, per moment, the place of its lead's very first event."""
    place = np.empty(n_moments, np.int64)
    for lead in range(len(start) - 1):
        place[moment_start[lead] : moment_start[lead + 1]] = start[lead]
    return place


@compiled
def days_since(time: Int, place: Int, first: Int, high: Int, moments: Int) -> Float:
    """Return, per moment, days since the event at `place`; NaN where no event was yet."""
    out = np.full(len(moments), np.nan)
    for m in range(len(moments)):
        if high[m] > first[m]:
            out[m] = (moments[m] - time[place[m]]) / DAY
    return out


@compiled
def faded(time: Int, start: Int, half_life: float) -> Float:
    """Return, per event, the sum of ``2 ** (-age / half_life)`` over it and the earlier ones."""
    total = np.empty(len(time))
    for lead in range(len(start) - 1):
        left = 0.0
        for event in range(start[lead], start[lead + 1]):
            if left > 0.0:
                left *= np.exp2((time[event - 1] - time[event]) / half_life)
            left += 1.0
            total[event] = left
    return total


@compiled
def faded_at(
    total: Float, time: Int, last: Int, first: Int, moments: Int, half_life: float
) -> Float:
    """Return, per moment, the faded sum of the events before place `last`, faded until then."""
    out = np.zeros(len(moments))
    for m in range(len(moments)):
        if last[m] > first[m]:
            event = last[m] - 1
            out[m] = total[event] * np.exp2((time[event] - moments[m]) / half_life)
    return out


@compiled
def day_starters(time: Int, start: Int) -> Int:
    """Return running counts, per place, of the events that are the lead's first on their UTC day."""
    before = np.zeros(len(time) + 1, np.int64)
    for lead in range(len(start) - 1):
        for event in range(start[lead], start[lead + 1]):
            is_first = event == start[lead] or time[event] // DAY != time[event - 1] // DAY
            before[event + 1] = before[event] + is_first
    return before


@compiled
def active_days(before: Int, low: Int, high: Int) -> Float:
    """Return, per moment, distinct days among the events of places ``low:high``."""
    out = np.zeros(len(low))
    for m in range(len(low)):
        lo, hi = low[m], high[m]
        if hi > lo:
            starts = before[hi] - before[lo]
            out[m] = starts + (before[lo + 1] == before[lo])  # its day began before the window
    return out


@compiled
def pauses(time: Int, start: Int) -> Int:
    """Return, per event, seconds since the lead's event before it; -1 for the first."""
    gap = np.full(len(time), -1, np.int64)
    for lead in range(len(start) - 1):
        for event in range(start[lead] + 1, start[lead + 1]):
            gap[event] = time[event] - time[event - 1]
    return gap


@compiled
def longest(gap: Int, low: Int, high: Int) -> Float:
    """Return, per moment, the longest pause between neighbours of places ``low:high``; NaN for none."""
    out = np.full(len(low), np.nan)
    best = -1
    for m in range(len(low)):
        lo, hi = low[m], high[m]
        if hi - lo < 2:
            best = -1
            continue
        # Windows move forward, also from lead to lead: the last one's best holds while it is inside.
        same = best > lo
        event = high[m - 1] if same else lo + 1
        if not same:
            best = lo + 1
        while event < hi:
            if gap[event] >= gap[best]:
                best = event
            event += 1
        out[m] = gap[best]
    return out


@compiled
def distinct(code: Code, n_codes: int, low: Int, high: Int) -> Float:
    """Return, per moment, distinct codes (below 0: none) among the events of places ``low:high``."""
    out = np.zeros(len(low))
    inside = np.zeros(n_codes, np.int64)
    lo = hi = n = 0
    for m in range(len(low)):
        if low[m] >= hi:  # windows move forward: nothing of the last one is left
            for event in range(lo, hi):
                if code[event] >= 0:
                    inside[code[event]] = 0
            lo = hi = low[m]
            n = 0
        while hi < high[m]:
            if code[hi] >= 0:
                n += inside[code[hi]] == 0
                inside[code[hi]] += 1
            hi += 1
        while lo < low[m]:
            if code[lo] >= 0:
                inside[code[lo]] -= 1
                n -= inside[code[lo]] == 0
            lo += 1
        out[m] = n
    return out


@compiled
def summed(value: Float, start: Int) -> tuple[Float, Float]:
    """Return, per event, the lead's sum up to it, and what rounding took off; missing values add 0.

    The second part keeps a window's sum exact to the last bits however much lies before it.
    """
    total, lost = np.empty(len(value)), np.empty(len(value))
    for lead in range(len(start) - 1):
        so_far = off = 0.0
        for event in range(start[lead], start[lead + 1]):
            add = 0.0 if np.isnan(value[event]) else value[event]
            after = so_far + add
            part = after - so_far
            off += (so_far - (after - part)) + (add - part)  # Knuth's two-sum
            so_far = after
            total[event], lost[event] = so_far, off
    return total, lost


@compiled
def sum_between(total: Float, lost: Float, first: Int, low: Int, high: Int) -> Float:
    """Return, per moment, the sum over places ``low:high``; `first` is its lead's first place."""
    out = np.zeros(len(low))
    for m in range(len(low)):
        if high[m] > low[m]:
            out[m], rest = total[high[m] - 1], lost[high[m] - 1]
            if low[m] > first[m]:
                out[m] -= total[low[m] - 1]
                rest -= lost[low[m] - 1]
            out[m] += rest
    return out


@compiled
def newest(value: Float, start: Int) -> Float:
    """Return, per event, the lead's newest known value up to it; NaN where none was known yet."""
    out = np.full(len(value), np.nan)
    for lead in range(len(start) - 1):
        known = np.nan
        for event in range(start[lead], start[lead + 1]):
            if not np.isnan(value[event]):
                known = value[event]
            out[event] = known
    return out


@compiled
def joined(
    time: Int, at: Int, start: Int, other: Int, other_at: Int, other_start: Int, within: int
) -> tuple[Int, Int, Int]:
    """Return the events that have another one, of `other`, within so many seconds, before or after.

    Parameters
    ----------
    at, other_at
        Places in the log: an event that is in both chains is no company to itself.

    Returns
    -------
    Their times; when both had happened; their offsets per lead.
    """
    when, known = np.empty(len(time), np.int64), np.empty(len(time), np.int64)
    offsets = np.empty(len(start), np.int64)
    n = 0
    for lead in range(len(start) - 1):
        offsets[lead] = n
        first, after, end = other_start[lead], other_start[lead], other_start[lead + 1]
        for event in range(start[lead], start[lead + 1]):
            while after < end and other[after] <= time[event]:
                after += 1
            before = after - 1
            if before >= first and other_at[before] == at[event]:
                before -= 1
            if before >= first and time[event] - other[before] <= within:
                when[n], known[n] = time[event], time[event]
                n += 1
            elif after < end and other[after] - time[event] <= within:
                when[n], known[n] = time[event], other[after]
                n += 1
    offsets[-1] = n
    return when[:n], known[:n], offsets


@compiled
def count_known(time: Int, known: Int, low: Int, high: Int, moments: Int, within: int) -> Float:
    """Return, per moment, how many events of places ``low:high`` were `known` by then.

    `known` lies at most `within` after `time`: only the newest events can have been unknown.
    """
    out = np.zeros(len(low))
    for m in range(len(low)):
        event = high[m] - 1
        out[m] = high[m] - low[m]
        while event >= low[m] and time[event] > moments[m] - within:
            out[m] -= known[event] > moments[m]
            event -= 1
    return out
