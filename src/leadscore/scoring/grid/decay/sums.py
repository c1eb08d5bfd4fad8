"""The compiled loops of the likelihood of half-lives: what events are worth at looks, and its slopes.

A worth is ``f(sum of 2 ** (-age / half_life))``; slopes are taken along the logarithm of the half-life.
"""

from __future__ import annotations

import numpy as np

from leadscore.history.compiled import compiled
from leadscore.history.log import Float, Int

NONE, LOG, EXPONENTIAL, LATEST = range(4)
"""How further events add: in full; as ``log(1 + sum)``; as ``1 - exp(-sum)``; not at all."""


@compiled
def _of_sums(flat: float, once: float, twice: float, kind: int) -> tuple[float, float, float]:
    """Return the worth and its slopes from the sums of ``exp(-a)``, ``a exp(-a)`` and ``a a exp(-a)``."""
    if kind == LOG:
        left = 1.0 / (1.0 + flat)
        slope = left * once
        return np.log1p(flat), slope, left * (twice - once) - slope * slope
    if kind == EXPONENTIAL:
        left = np.exp(-flat)
        return 1.0 - left, left * once, left * (twice - once - once * once)
    return flat, once, twice - once


@compiled
def fill_worth(
    worth: Float,
    time: Int,
    start: Int,
    moments: Int,
    moment_start: Int,
    half_life: float,
    kind: int,
) -> None:
    """Write, per moment, the worth of a type's events and its first two slopes: float64[n, 3], filled.

    With ``a`` the age in units of ``half_life / log(2)`` an event's summand is ``exp(-a)``, its slopes are
    ``a exp(-a)`` and ``(a * a - a) exp(-a)``.
    """
    rate = np.log(2.0) / half_life
    for lead in range(len(start) - 1):
        event, end = start[lead], start[lead + 1]
        flat = once = twice = 0.0  # sums of exp(-a), a exp(-a), a * a exp(-a)
        now = np.int64(0)
        for m in range(moment_start[lead], moment_start[lead + 1]):
            upto = event
            while upto < end and time[upto] <= moments[m]:
                upto += 1
            if kind == LATEST and upto > event:
                event = upto - 1
                flat = once = twice = 0.0
            while event <= upto:
                then = moments[m] if event == upto else time[event]
                if flat > 0.0:
                    step = rate * (then - now)
                    left = np.exp(-step)
                    twice = (twice + 2.0 * step * once + step * step * flat) * left
                    once = (once + step * flat) * left
                    flat *= left
                now = then
                if event == upto:
                    break
                flat += 1.0
                event += 1
            worth[m, 0], worth[m, 1], worth[m, 2] = _of_sums(flat, once, twice, kind)


@compiled
def summed(
    point: Float, other: Float, worth: Float, label: Float, moment_start: Int
) -> tuple[float, Float, Float, Float]:
    """Return minus the log likelihood, its slopes by lead, and its curvature, expected and observed.

    Parameters
    ----------
    point
        ``[level, other terms, weights, log half-lives]``.
    worth
        float64[n_types, n_looks, 3], see `fill_worth`.

    Returns
    -------
    float; float64[n_leads, n_terms]; twice float64[n_terms, n_terms].
    """
    k, n_other, n_terms = len(worth), other.shape[1], len(point)
    first = 1 + n_other
    by_lead = np.zeros((len(moment_start) - 1, n_terms))
    expected = np.zeros((n_terms, n_terms))
    beside = np.zeros((n_terms, n_terms))  # what the bend of the terms adds to it
    term = np.ones(n_terms)
    loss = 0.0
    for lead in range(len(moment_start) - 1):
        for m in range(moment_start[lead], moment_start[lead + 1]):
            z = point[0]
            for i in range(n_other):
                term[1 + i] = other[m, i]
                z += point[1 + i] * other[m, i]
            for i in range(k):
                weight = point[first + i]
                term[first + i] = worth[i, m, 0]
                term[first + k + i] = weight * worth[i, m, 1]
                z += weight * worth[i, m, 0]
            tail = np.exp(-abs(z))
            loss += max(z, 0.0) + np.log1p(tail) - label[m] * z
            p = (1.0 if z >= 0 else tail) / (1.0 + tail)
            gap = p - label[m]
            bend = p * (1.0 - p)
            for i in range(k):
                beside[first + k + i, first + i] += gap * worth[i, m, 1]
                beside[first + k + i, first + k + i] += gap * point[first + i] * worth[i, m, 2]
            for i in range(n_terms):
                if term[i] != 0.0:
                    by_lead[lead, i] += gap * term[i]
                    part = bend * term[i]
                    for j in range(i + 1):
                        expected[i, j] += part * term[j]
    for i in range(n_terms):
        for j in range(i):
            expected[j, i] = expected[i, j]
            beside[j, i] = beside[i, j]
    return loss, by_lead, expected, expected + beside


@compiled
def outer(rows: Float) -> Float:
    """Return the sum over rows of ``row row'``, float64[n_columns, n_columns], always in one order."""
    n, k = rows.shape
    total = np.zeros((k, k))
    for row in range(n):
        for i in range(k):
            for j in range(i + 1):
                total[i, j] += rows[row, i] * rows[row, j]
    for i in range(k):
        for j in range(i):
            total[j, i] = total[i, j]
    return total
