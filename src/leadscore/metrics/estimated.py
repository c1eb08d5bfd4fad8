"""What probabilities alone say of figures to come: estimated before any outcome is known.

If probabilities are calibrated, a row is won with its probability, so every metric has an expected
value, and a range in which the figure later seen lies in 95 of 100 cases. It cannot see that
probabilities are wrong: that shows only when outcomes come, as a miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.metrics.figures import Figure, Resamples, without_interval
from leadscore.metrics.quality import NAN, Float, Metric, Ranking

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Confronted:
    """An estimate beside what came.

    Attributes
    ----------
    estimated
        With the range in which the seen figure was to be expected.
    seen, difference
        The figure of the outcomes, and estimated minus seen; intervals resample leads.
    is_held
        Whether the figure seen lies in the range; None where one of them is not known.
    """

    estimated: Figure
    seen: Figure
    difference: Figure
    is_held: bool | None


class Expected:
    """Figures that calibrated probabilities promise, with the spread of what may come.

    Several looks at a lead share its outcome: each draw takes one uniform number a lead and wins all
    of its looks whose probability lies above. That is the most that looks can share, so ranges are
    right or too wide, never too narrow.

    Parameters
    ----------
    p
        float64[n_rows] probabilities, one row per look at a lead.
    cluster
        Lead id of each row.
    n_draws, seed
        Draws of outcomes behind each range.

    Examples
    --------
    Of the better of two leads nine in ten are won.

    >>> expected = Expected([0.9, 0.1], cluster=["a", "b"], n_draws=200, seed=1)
    >>> from leadscore.metrics import precision_at
    >>> round(expected.value(precision_at(1)), 3)
    0.9
    """

    def __init__(
        self, p: npt.ArrayLike, *, cluster: npt.ArrayLike, n_draws: int, seed: int
    ) -> None:
        self.p = np.asarray(p, dtype=np.float64)
        if len(self.p) == 0 or not (float(self.p.min()) >= 0 and float(self.p.max()) <= 1):
            raise ValueError("expected probabilities in [0, 1], at least one, none missing")
        ids, code = np.unique(np.asarray(cluster), return_inverse=True)
        if len(code) != len(self.p):
            raise ValueError(f"expected a lead id for each of {len(self.p)} rows, got {len(code)}")
        self.code, self.n = code.astype(np.int64), len(ids)
        self.n_draws, self.seed = n_draws, seed
        self._ranking = Ranking(np.zeros(len(self.p)), self.p)

    def value(self, metric: Metric, *, weight: Float | None = None) -> float:
        """Return the metric with each row won as far as its probability says.

        Exact for log loss, Brier and precision; for ratios such as ROC AUC and lift, the ratio of
        what is expected above and below, which differs from the mean by an order of 1 / n_rows.
        """
        return metric.kernel(*self._levels(np.ones(len(self.p)) if weight is None else weight))

    def figures(self, metrics: Sequence[Metric]) -> list[Figure]:
        """Return each metric's expected value and the 95 % range of what will be seen on these rows.

        `n_won` is the expected number of won leads, rounded: each by the mean of its looks.
        """
        drawn = np.array(
            [[metric.kernel(*levels) for metric in metrics] for levels in self._drawn()]
        )
        n_won = round(float((np.bincount(self.code, self.p) / np.bincount(self.code)).sum()))
        return [
            _ranged(self.value(metric), draws, n=self.n, n_won=n_won)
            for metric, draws in zip(metrics, drawn.T, strict=True)
        ]

    def confronted(self, metric: Metric, y: npt.ArrayLike) -> Confronted:
        """Return the estimate beside the figure of the outcomes `y`, on the same resamples of leads."""
        ranges = self.figures((metric,))[0]
        sample = Resamples(y, cluster=self.code, n_resamples=self.n_draws, seed=self.seed)
        value, draws = sample.of((metric,), self.p)[0]
        expected = np.array([self.value(metric, weight=times[self.code]) for times in sample])
        seen = sample.figure(value, draws)
        gap = sample.figure(ranges.value - value, expected - draws)
        known = np.isfinite([ranges.low, ranges.high, value]).all()
        held = bool(ranges.low <= value <= ranges.high) if known else None
        return Confronted(ranges, seen, gap, held)

    def _levels(self, w: Float) -> tuple[Float, Float, Float]:
        rank = self._ranking
        both = np.add.reduceat(w[rank.best], rank.first)
        won = both * rank.level
        return won, both - won, rank.level

    def _drawn(self) -> list[tuple[Float, Float, Float]]:
        """Return weight won and lost per level, for each draw of outcomes."""
        generator = np.random.default_rng(self.seed)
        rank, code = self._ranking, self.code[self._ranking.best]
        p = self.p[rank.best]
        both = np.add.reduceat(np.ones(len(p)), rank.first)
        levels = []
        for _ in range(self.n_draws):
            is_won = generator.random(self.n)[code] < p
            won = np.add.reduceat(is_won.astype(np.float64), rank.first)
            levels.append((won, both - won, rank.level))
        return levels


def expected_wins(p: npt.ArrayLike, *, n_draws: int, seed: int) -> Figure:
    """Return how many of independent leads will be won, with its 95 % range; one row per lead.

    Examples
    --------
    >>> expected_wins([0.5, 0.5, 1.0, 0.0], n_draws=200, seed=1).value
    2.0
    """
    chance = np.asarray(p, dtype=np.float64)
    if not len(chance):
        return without_interval("no lead", n=0, n_won=0, value=0.0)
    generator = np.random.default_rng(seed)
    draws = np.array([(generator.random(len(chance)) < chance).sum() for _ in range(n_draws)])
    low, high = np.percentile(draws, [2.5, 97.5])
    total = float(chance.sum())
    return Figure(total, float(low), float(high), len(chance), round(total))


def _ranged(value: float, draws: Float, *, n: int, n_won: int) -> Figure:
    known = draws[np.isfinite(draws)]
    if not np.isfinite(value) or len(known) < 0.95 * len(draws):
        return without_interval("too few wins to expect", n=n, n_won=n_won, value=NAN)
    low, high = np.percentile(known, [2.5, 97.5])
    return Figure(value, float(low), float(high), n, n_won)
