"""Medians, means, totals and differences of groups of leads, each with its 95 % interval.

One value per lead: whoever has several rows brings them together first.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from leadscore.metrics.figures import Figure, Resamples, too_few, without_interval


def quantile(values: npt.ArrayLike, share: float, *, min_leads: int = 1) -> Figure:
    """Return a quantile of leads' values; the interval runs between two of the values.

    Which two follows from the binomial distribution of how many values lie below: nothing is assumed
    of the values' own distribution. Where a handful of values reach no 95 %, there is no interval.

    References
    ----------
    Thompson 1936, 10.1214/aoms/1177732502: order statistics as limits of a median.

    Examples
    --------
    >>> figure = quantile(range(1, 22), 0.5)
    >>> figure.value, figure.low, figure.high
    (11.0, 6.0, 16.0)
    """
    ranked = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ranked)
    if n < max(min_leads, 1):
        return too_few(n, n, min_leads=max(min_leads, 1))
    value = float(np.quantile(ranked, share))
    low, high = int(binom.ppf(0.025, n, share)), int(binom.ppf(0.975, n, share)) + 1
    if low < 1 or high > n:
        return without_interval(f"{n} leads bound no such share", n=n, n_won=n, value=value)
    return Figure(value, float(ranked[low - 1]), float(ranked[high - 1]), n, n)


def mean(
    values: npt.ArrayLike, *, n_counted: int, n_resamples: int, seed: int, min_leads: int = 1
) -> Figure:
    """Return the mean of leads' values with its percentile interval, resampling leads."""
    return _resampled(
        values, n_counted, n_resamples=n_resamples, seed=seed, min_leads=min_leads, total=False
    )


def total(
    values: npt.ArrayLike, *, n_counted: int, n_resamples: int, seed: int, min_leads: int = 1
) -> Figure:
    """Return the sum of leads' values (0 where a lead brings none) and what it is in leads drawn anew.

    `n_counted` is the number of leads that bring a value; below `min_leads` of them there is no number.
    """
    if n_counted < min_leads:
        return too_few(n_counted, n_counted, min_leads=min_leads)
    return _resampled(
        values, n_counted, n_resamples=n_resamples, seed=seed, min_leads=min_leads, total=True
    )


def gap(a: Figure, b: Figure) -> Figure:
    """Return a minus b for two figures of different leads, its interval from theirs.

    References
    ----------
    Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10;
    Zou and Donner 2008, 10.1002/sim.3095, for any two figures.

    Examples
    --------
    >>> from leadscore.metrics import rate
    >>> figure = gap(rate(56, 70), rate(48, 80))
    >>> round(figure.value, 2), round(figure.low, 4), round(figure.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    n, n_counted = a.n + b.n, a.n_won + b.n_won
    for one in (a, b):
        if not all(map(math.isfinite, (one.value, one.low, one.high))):
            reason = one.why_no_interval or "one of the two has no interval"
            return without_interval(reason, n=n, n_won=n_counted)
    value = a.value - b.value
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    high = value + math.hypot(a.high - a.value, b.value - b.low)
    return Figure(value, low, high, n, n_counted)


def _resampled(
    values: npt.ArrayLike, n_counted: int, *, n_resamples: int, seed: int, min_leads: int,
    total: bool,
) -> Figure:  # fmt: skip
    known = np.asarray(values, dtype=np.float64)
    n = len(known)
    if n < max(min_leads, 1):
        return too_few(n, n_counted, min_leads=max(min_leads, 1))
    sample = Resamples(np.zeros(n), cluster=np.arange(n), n_resamples=n_resamples, seed=seed)
    part = 1 if total else n
    draws = np.array([float((times * known).sum()) / part for times in sample])
    drawn = sample.figure(float(known.sum()) / part, draws)
    return Figure(drawn.value, drawn.low, drawn.high, n, n_counted, drawn.why_no_interval)
