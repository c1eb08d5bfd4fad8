"""Leakage by time: creation and closing dates written in bulk, and a label that changes its meaning.

A calendar explains some crowds: reps close at the end of a month, and whole days are days of work.
It explains no second that hundreds of leads share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import NEVER, Ground, Suspicion
from leadscore.history.leakage.signal import Int, surprise, told
from leadscore.history.log import DAY

_CROWD = 10  # times the usual number of leads at one moment
_DAYS = 3  # a whole day may hold so many times the share of a second
_MONTH_EDGE = (3, 28)  # days of the month up to and from which deals are closed in batches
_CHECKED = 50  # largest crowds looked at


def by_times(ground: Ground, settings: LeakageSettings) -> list[Suspicion]:
    """Return whether creation dates, closing dates or win rates betray a rewriting of history."""
    if ground.created is None or ground.closed is None:
        return []
    return [
        *_created_in_bulk(ground.created, ground.closed, ground, settings),
        *_closed_in_bulk(ground.closed, ground, settings),
        *_label_jump(ground.created, ground.closed, ground, settings),
    ]


@dataclass(frozen=True)
class _Crowds:
    """Moments with far more leads than usual, largest first: int64 moments, sizes; code per row."""

    moment: Int
    size: Int
    rows: tuple[Int, ...]

    @classmethod
    def of(cls, times: Int, *, at_least: float) -> _Crowds:
        moments, code, count = np.unique(times, return_inverse=True, return_counts=True)
        least = max(at_least, _CROWD * float(np.median(count)) if len(count) else 0.0)
        large = np.flatnonzero(count >= least)
        large = large[np.argsort(-count[large], kind="stable")][:_CHECKED]
        rows = tuple(np.flatnonzero(code == k) for k in large)
        return cls(moments[large], count[large].astype(np.int64), rows)


def _created_in_bulk(
    created: Int, closed: Int, ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    """Return the worst crowd of creation dates: too large, or decided before it was written."""
    at_once = (closed < NEVER) & (closed - created < DAY)
    timed = closed < NEVER
    base = float(ground.won[timed].mean()) if timed.any() else 0.0
    usual = float(at_once[timed].mean()) if timed.any() else 0.0
    crowds = _Crowds.of(created, at_least=settings.min_rows)
    for moment, size, rows in zip(crowds.moment, crowds.size, crowds.rows, strict=True):
        of_crowd = rows[timed[rows]]
        n, wins = len(of_crowd), int(ground.won[of_crowd].sum())
        closed_at_once = int(at_once[of_crowd].sum())
        reasons = []
        if size >= settings.bulk_share * ground.n:
            reasons.append(f"{told(int(size), ground.n)} leads created at one moment")
        if n >= settings.min_rows and closed_at_once >= 0.5 * n and usual <= 0.2:
            reasons.append(f"{told(closed_at_once, n)} closed within a day, {usual:.0%} of all")
        sure = n >= settings.min_rows and surprise(wins, n, base) >= settings.min_z
        if sure and wins >= 0.95 * n and base <= 0.9:
            reasons.append(f"{told(wins, n)} won, {base:.0%} of all")
        if reasons:
            said = f"{_shown(moment)}, {size:,} leads: {'; '.join(reasons)}"
            return [Suspicion("created_at", "dated in bulk", said)]
    return []


def _closed_in_bulk(closed: Int, ground: Ground, settings: LeakageSettings) -> list[Suspicion]:
    """Return crowds of closing dates: of wins they stop, of losses (an office cleaning up) they warn."""
    timed = closed < NEVER
    for is_won in (True, False):
        rows = timed & (ground.won == is_won)
        crowd = _crowd_no_calendar_explains(closed[rows], settings)
        if crowd is None:
            continue
        moment, size, words = crowd
        said = f"{told(size, int(rows.sum()))} {'won' if is_won else 'lost'} leads closed {words} {_shown(moment)}"
        return [Suspicion("closed_at", "dated in bulk", said, "stops" if is_won else "warns")]
    return []


def _crowd_no_calendar_explains(
    times: Int, settings: LeakageSettings
) -> tuple[int, int, str] | None:
    least = max(settings.bulk_share * len(times), settings.min_rows)
    if not _is_daily(times):
        crowds = _Crowds.of(times, at_least=least)
        if len(crowds.moment):
            return int(crowds.moment[0]), int(crowds.size[0]), "at"
    days = _Crowds.of(times // DAY, at_least=max(_DAYS * least, settings.min_rows))
    for day, size in zip(days.moment, days.size, strict=True):
        of_month = int(str(np.datetime64(int(day), "D"))[-2:])
        if _MONTH_EDGE[0] < of_month < _MONTH_EDGE[1]:
            return int(day) * DAY, int(size), "on the day of"
    return None


def _is_daily(times: Int) -> bool:
    """Tell whether times are days: nearly all at one time of day, up to a change of clocks."""
    _, count = np.unique(times % DAY, return_counts=True)
    return bool(len(count)) and float(np.sort(count)[-2:].sum()) >= 0.99 * len(times)


def _shown(moment: int) -> str:
    return f"{pd.Timestamp(int(moment), unit='s'):%Y-%m-%d %H:%M:%S} UTC"


def _label_jump(
    created: Int, closed: Int, ground: Ground, settings: LeakageSettings
) -> list[Suspicion]:
    """Warn where the win rate jumps from one quarter of creation to the next, and stays there.

    A win counts within the median time to win, so that young quarters can be compared with old ones.
    """
    won = ground.won & (closed < NEVER)
    if won.sum() < settings.min_rows:
        return []
    within = int(np.median((closed - created)[won]))
    last = max(int(created.max()), int(closed[closed < NEVER].max()))
    rows = created + within <= (ground.until if ground.until is not None else last)
    days = pd.DatetimeIndex(created[rows].astype("datetime64[s]"))
    quarter = (days.year * 4 + days.quarter - 1).to_numpy(dtype=np.int64)
    is_win = (won & (closed - created <= within))[rows]
    first = int(quarter.min(initial=0))
    n = np.bincount(quarter - first)
    wins = np.bincount(quarter - first, is_win).astype(np.int64)
    for q in range(2, len(n) - 1):
        if _is_level(wins[q - 2 : q + 2], n[q - 2 : q + 2], settings):
            a, b = q - 1, q
            said = (
                f"won within {within / DAY:.0f} days of creation: {told(int(wins[a]), int(n[a]))} "
                f"leads of {_quarter(first + a)}, {told(int(wins[b]), int(n[b]))} of "
                f"{_quarter(first + b)}: has the meaning of a win changed?"
            )
            return [Suspicion("label", "win rate jumps", said, "warns")]
    return []


def _is_level(wins: Int, n: Int, settings: LeakageSettings) -> bool:
    """Tell whether two quarters lie on one level and the next two on another, far and surely apart.

    A single odd quarter is no change of meaning, and a market that drifts has no levels.
    """
    if n.min() < settings.min_rows:
        return False
    rates = wins / n
    low, high = (rates[:2], rates[2:]) if rates[1] < rates[2] else (rates[2:], rates[:2])
    if high.min() < settings.label_jump * low.max():
        return False
    both = wins[1:3].sum() / n[1:3].sum()
    error = math.sqrt(both * (1 - both) * float((1 / n[1:3]).sum()))
    return bool(abs(rates[2] - rates[1]) >= settings.min_z * error)


def _quarter(number: int) -> str:
    return f"{number // 4} Q{number % 4 + 1}"
