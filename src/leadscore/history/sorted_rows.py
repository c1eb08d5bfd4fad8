"""Compiled loops over rows that are sorted by lead and time: where leads begin, whether times go back."""

from __future__ import annotations

import numpy as np

from leadscore.history.compiled import compiled
from leadscore.history.log import Code, Int


@compiled
def run_starts(code: Code) -> Int:
    """Return where each run of equal codes begins, and the number of rows at the end.

    Examples
    --------
    >>> run_starts(np.array([4, 4, 7], np.int32)).tolist()
    [0, 2, 3]
    """
    start = np.empty(len(code) + 1, np.int64)
    n = 0
    for row in range(len(code)):
        if row == 0 or code[row] != code[row - 1]:
            start[n] = row
            n += 1
    start[n] = len(code)
    return start[: n + 1].copy()


@compiled
def goes_back(time: Int, start: Int) -> int:
    """Return the lead whose times go back first, -1 if none does."""
    for lead in range(len(start) - 1):
        for row in range(start[lead] + 1, start[lead + 1]):
            if time[row] < time[row - 1]:
                return lead
    return -1


@compiled
def tally(numbers: Code, counts: Int) -> None:
    """Add to `counts` how often each number comes."""
    for number in numbers:
        counts[number] += 1


@compiled
def whole_seconds(micros: Int) -> Int:
    """Return microseconds as seconds, rounded up: at 14:00:00 nothing of 14:00:00.4 is known."""
    seconds = np.empty(len(micros), np.int64)
    for row in range(len(micros)):
        seconds[row] = -(-micros[row] // 1_000_000)
    return seconds
