"""What the kernel must compute, in plain Python: slow, obvious, one look at a time.

A history is a list of epoch seconds of the kept events of one lead, in any order.
"""

import math

DAY = 86_400


def count_in_window(history, as_of, *, window_days=None):
    since = -math.inf if window_days is None else as_of - window_days * DAY
    return sum(since < t <= as_of for t in history)


def recency_days(history, as_of):
    past = [t for t in history if t <= as_of]
    return (as_of - max(past)) / DAY if past else math.nan


def decayed_sum(history, as_of, *, half_life_days):
    ages = [(as_of - t) / DAY for t in history if t <= as_of]
    return sum(2 ** (-age / half_life_days) for age in ages)


def active_days(history, as_of, *, window_days):
    seen = [t for t in history if as_of - window_days * DAY < t <= as_of]
    return len({t // DAY for t in seen})


def repeats(history, *, gap_days, apart_minutes=0.0):
    """Return the events that follow the previous one by at least the pause, at most the gap."""
    times = sorted(history)
    return [
        t
        for before, t in zip(times, times[1:], strict=False)
        if apart_minutes * 60 <= t - before <= gap_days * DAY
    ]


def repeats_within(history, as_of, *, gap_days, window_days=None):
    return count_in_window(repeats(history, gap_days=gap_days), as_of, window_days=window_days)
