"""Figures with their n and 95 % interval, or the reason why they have none.

Rows are looks at leads; several looks at one lead are no independent evidence, so intervals
resample leads, never rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.metrics.quality import NAN, Float, Metric, Ranking, checked

Codes = npt.NDArray[np.int64]
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Figure:
    """A number, its 95 % interval, the evidence behind it, or why there is no interval.

    Attributes
    ----------
    value, low, high
        NaN where not known; `low` and `high` are NaN together with a reason.
    n, n_won
        Leads behind the number, and how many of them were won.
    why_no_interval
        The reason in words, None where there is an interval.
    """

    value: float
    low: float
    high: float
    n: int
    n_won: int
    why_no_interval: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; NaN and infinity become None."""
        return {
            key: None if isinstance(part, float) and not math.isfinite(part) else part
            for key, part in asdict(self).items()
        }


@dataclass(frozen=True)
class Difference:
    """Metric of a minus metric of b on the same leads, and how probable it is that a is better."""

    figure: Figure
    p_a_better: float


def without_interval(reason: str, *, n: int, n_won: int, value: float = NAN) -> Figure:
    """Return a figure that says why it has no interval."""
    return Figure(value, NAN, NAN, n, n_won, reason)


def too_few(n: int, n_won: int, *, min_leads: int) -> Figure:
    """Return the figure of a group too small to have one."""
    return without_interval(f"too few: {n} leads, {min_leads} needed", n=n, n_won=n_won)


def interval(
    metric: Metric, y: npt.ArrayLike, p: npt.ArrayLike, *, cluster: npt.ArrayLike,
    n_resamples: int, seed: int, min_leads: int = 2,
) -> Figure:  # fmt: skip
    """Return the metric with its 95 % percentile interval, resampling leads with replacement.

    Parameters
    ----------
    cluster
        Lead id of each row; all rows of a lead are drawn together.
    min_leads
        Groups with fewer leads get no number at all.
    """
    draws = Resamples(y, cluster=cluster, n_resamples=n_resamples, seed=seed)
    if draws.n < min_leads:
        return too_few(draws.n, draws.n_won, min_leads=min_leads)
    return draws.figure(*draws.of((metric,), p)[0])


def paired_difference(
    metric: Metric, y: npt.ArrayLike, p_a: npt.ArrayLike, p_b: npt.ArrayLike, *,
    lower_is_better: bool, cluster: npt.ArrayLike, n_resamples: int, seed: int,
    min_leads: int = 2,
) -> Difference:  # fmt: skip
    """Return metric(a) - metric(b) on the same resamples of leads, and P(a is better).

    The probability is the share of resamples in which a is better, ties half.
    """
    draws = Resamples(y, cluster=cluster, n_resamples=n_resamples, seed=seed)
    if draws.n < min_leads:
        return Difference(too_few(draws.n, draws.n_won, min_leads=min_leads), NAN)
    a, b = draws.of((metric,), p_a)[0], draws.of((metric,), p_b)[0]
    return draws.difference(a, b, lower_is_better=lower_is_better)


class Resamples:
    """Leads drawn with replacement, the same draws for everything that is to be compared.

    Attributes
    ----------
    n, n_won
        Leads, and leads with at least one won row.
    code
        int64[n_rows] number of each row's lead.
    """

    def __init__(
        self, y: npt.ArrayLike, *, cluster: npt.ArrayLike, n_resamples: int, seed: int
    ) -> None:
        self.y = np.asarray(y, dtype=np.float64)
        self.code, self.n, self.n_won = _leads(self.y, cluster)
        self.n_resamples, self.seed = n_resamples, seed

    def __iter__(self) -> Iterator[Float]:
        """Yield, per resample, how often each lead was drawn: float64[n]."""
        generator = np.random.default_rng(self.seed)
        for _ in range(self.n_resamples):
            drawn = generator.integers(0, self.n, self.n)
            yield np.bincount(drawn, minlength=self.n).astype(np.float64)

    def of(self, metrics: Sequence[Metric], p: npt.ArrayLike) -> list[tuple[float, Float]]:
        """Return each metric's value and its draws, rows sorted once for all."""
        y, probability, w = checked(self.y, p)
        ranking = Ranking(y, probability)
        values = [metric.kernel(*ranking.levels(w)) for metric in metrics]
        draws = np.array([
            [metric.kernel(*levels) for metric in metrics]
            for levels in (ranking.levels(times[self.code]) for times in self)
        ])  # fmt: skip
        return list(zip(values, draws.T, strict=True))

    def figure(self, value: float, draws: Float) -> Figure:
        """Return value and percentiles; no interval where 1 in 20 resamples has no value."""
        known = draws[np.isfinite(draws)]
        if not math.isfinite(value) or len(known) < 0.95 * len(draws):
            reason = f"not defined on these leads ({self.n_won} of {self.n} won)"
            return without_interval(reason, n=self.n, n_won=self.n_won, value=value)
        low, high = np.percentile(known, [2.5, 97.5])
        return Figure(value, float(low), float(high), self.n, self.n_won)

    def difference(
        self, a: tuple[float, Float], b: tuple[float, Float], *, lower_is_better: bool
    ) -> Difference:
        """Return a minus b, and P(a is better), from what `of` gave for both."""
        draws = a[1] - b[1]
        gain = -draws if lower_is_better else draws
        known = bool(np.isfinite(draws).all())
        better = float(np.mean((gain > 0) + 0.5 * (gain == 0))) if known else NAN
        return Difference(self.figure(a[0] - b[0], draws), better)


def rate(n_won: int, n: int, *, min_leads: int = 1) -> Figure:
    """Return a share of independent leads with its Wilson 95 % interval.

    References
    ----------
    Wilson 1927, 10.1080/01621459.1927.10502953
    """
    if n < min_leads:
        return too_few(n, n_won, min_leads=min_leads)
    low, high = _wilson(n_won / n, n)
    return Figure(n_won / n, low, high, n, n_won)


def row_rate(y: npt.ArrayLike, *, cluster: npt.ArrayLike, min_leads: int = 1) -> Figure:
    """Return the share of won rows when leads have several rows: Wilson on the effective n.

    The effective n is what independent rows would need for the cluster-robust variance; where
    that variance is zero (all won, none won) it is the number of leads.
    """
    y = checked(y, y)[0]
    code, n, n_won = _leads(y, cluster)
    if n < max(min_leads, 1):
        return too_few(n, n_won, min_leads=max(min_leads, 1))
    share = float(y.mean())
    spread = float((np.bincount(code, y - share) ** 2).sum()) / len(y) ** 2
    effective = min(share * (1 - share) / spread, len(y)) if spread > 0 else n
    low, high = _wilson(share, effective)
    return Figure(share, low, high, n, n_won)


def _wilson(share: float, n: float) -> tuple[float, float]:
    z2 = Z95**2 / n
    centre, half = share + z2 / 2, Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return max(0.0, (centre - half) / (1 + z2)), min(1.0, (centre + half) / (1 + z2))


def _leads(y: Float, cluster: npt.ArrayLike) -> tuple[Codes, int, int]:
    ids, code = np.unique(np.asarray(cluster), return_inverse=True)
    if len(code) != len(y):
        raise ValueError(f"expected a lead id for each of {len(y)} rows, got {len(code)}")
    return code.astype(np.int64), len(ids), int((np.bincount(code, y) > 0).sum())
