"""The likelihood of half-lives: log-odds of a win as a sum of faded events, all types fitted at once.

``log-odds = level + other terms + sum over types of weight * f(decayed sum)``. Half-lives move together
with all weights, by Newton's method on exact slopes; intervals come from the profile likelihood, made
wider by what repeated looks at one lead are worth. It knows no grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from leadscore.history.log import DAY, Float, Mask
from leadscore.metrics import dot
from leadscore.scoring.grid.decay.looks import DecayLooks
from leadscore.scoring.grid.decay.sums import fill_worth, outer, summed

Saturation = Literal["none", "log", "exponential", "latest"]
"""How further events of a type add: in full; as ``log(1 + sum)``; as ``1 - exp(-sum)``; not at all."""
SATURATIONS: tuple[Saturation, ...] = ("none", "log", "exponential", "latest")

_Z95 = 1.959963984540054
_PRECISION = 0.01  # of every weight: normal around 0 with ten log-odds, so that none runs away
_LONGEST_STEP = 1.0  # of a log half-life in one step
_ENOUGH = 1e-5  # log likelihood left to gain
_MOST_STEPS = 60


@dataclass(frozen=True)
class At:
    """The likelihood at a point: ``[level, other terms, weights, log half-lives]``.

    Attributes
    ----------
    loss
        Minus the log likelihood of the looks, as if independent, with the prior of the weights.
    slope, curve, expected
        float64[n_terms] and twice [n_terms, n_terms]: first and second derivatives of `loss`, and what
        the second are expected to be if the point is true: they never bend down.
    by_lead
        float64[n_leads, n_terms]: what each lead's looks add to `slope`, prior apart.
    """

    point: Float
    loss: float
    slope: Float
    curve: Float
    expected: Float
    by_lead: Float

    @property
    def design_effect(self) -> float:
        """Variance of the slope over leads relative to that of independent looks, mean of all terms; at least 1."""
        n, k = len(self.by_lead), len(self.point)
        bread = np.linalg.pinv(self.expected, hermitian=True)
        ratio = float((bread * outer(self.by_lead)).sum()) * n / max(n - 1, 1) / k
        return max(1.0, ratio)


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of looks, with weak priors.

    Attributes
    ----------
    saturation
        How further events of a type add up.
    range_days
        The half-lives allowed.
    usual_days
        Where 95 of 100 half-lives are expected before looking: a normal prior of their logarithm.
    unbiased
        A type without that prior; None: all have it.
    design_effect
        How many looks are worth one independent look: the prior weighs as many times more.
    """

    looks: DecayLooks
    saturation: Saturation
    range_days: tuple[float, float]
    usual_days: tuple[float, float]
    unbiased: int | None = None
    design_effect: float = 1.0

    @property
    def _kind(self) -> int:
        return SATURATIONS.index(self.saturation)

    @property
    def n_types(self) -> int:
        """Event types in the sum."""
        return len(self.looks.events)

    def half_life_at(self, place: int) -> int:
        """Return the position of a type's log half-life in a point."""
        return self.weight_at(place) + self.n_types

    def weight_at(self, place: int) -> int:
        """Return the position of a type's weight in a point."""
        return 1 + int(self.looks.other.shape[1]) + place

    def start(self, half_lives_days: Float) -> Float:
        """Return the point without weights: the share won, and these half-lives."""
        share = float(self.looks.label.sum() + 0.5) / (len(self.looks) + 1)
        free = np.zeros(self.looks.other.shape[1] + self.n_types)
        return np.concatenate([[np.log(share / (1 - share))], free, np.log(half_lives_days)])

    def at(self, point: Float) -> At:
        """Return the likelihood with exact first and second derivatives."""
        looks = self.looks
        worth = np.zeros((self.n_types, len(looks), 3))
        for i, log_days in enumerate(point[len(point) - self.n_types :]):
            seconds = float(np.exp(log_days)) * DAY
            moments = looks.as_of, looks.moment_start
            fill_worth(worth[i], looks.time[i], looks.start[i], *moments, seconds, self._kind)
        loss, by_lead, expected, curve = summed(
            point, looks.other, worth, looks.label, looks.moment_start
        )
        mean, precision = self._prior()
        pull = precision * (point - mean)
        loss += dot(pull, point - mean) / 2
        prior = np.diag(precision)
        slope = by_lead.sum(axis=0) + pull
        return At(point, loss, slope, curve + prior, expected + prior, by_lead)

    def _prior(self) -> tuple[Float, Float]:
        """Return means and precisions: none of the level, of weights ten log-odds, of half-lives usual ones."""
        low, high = np.log(self.usual_days)
        mean = np.zeros(1 + self.looks.other.shape[1] + 2 * self.n_types)
        precision = np.full(len(mean), _PRECISION)
        precision[0] = 0.0
        mean[len(mean) - self.n_types :] = (low + high) / 2
        precision[len(mean) - self.n_types :] = self.design_effect * (2 * _Z95 / (high - low)) ** 2
        if self.unbiased is not None:
            precision[self.half_life_at(self.unbiased)] = 0.0
        return mean, precision

    def best(self, start: Float | At, *, fixed: Mask | None = None, enough: float = _ENOUGH) -> At:
        """Return the least loss from a start on, half-lives within their range, `fixed` terms kept.

        It stops where a step would gain less than `enough`.
        """
        now = start if isinstance(start, At) else self.at(start)
        low, high = np.log(self.range_days)
        is_half_life = np.arange(len(now.point)) >= len(now.point) - self.n_types
        for _ in range(_MOST_STEPS):
            outward = np.where(
                now.point <= low, now.slope > 0, (now.point >= high) & (now.slope < 0)
            )
            free = ~(is_half_life & outward)
            if fixed is not None:
                free &= ~fixed
            step = np.zeros(len(now.point))
            step[free] = -newton(now.curve[np.ix_(free, free)], now.slope[free])
            longest = float(np.abs(step[is_half_life]).max(initial=0.0))
            step *= min(1.0, _LONGEST_STEP / max(longest, 1e-12))
            if -dot(step, now.slope) < enough:
                break
            tried = self._walk(now, step, is_half_life)
            if tried is None:
                break
            now = tried
        return now

    def _walk(self, now: At, step: Float, is_half_life: Mask) -> At | None:
        """Return the first of ever shorter steps that lowers the loss; None if none does."""
        low, high = np.log(self.range_days)
        size = 1.0
        while size > 1e-4:
            point = now.point + size * step
            point = np.where(is_half_life, np.clip(point, low, high), point)
            tried = self.at(point)
            if tried.loss < now.loss:
                return tried
            size /= 3
        return None


def newton(curve: Float, slope: Float) -> Float:
    """Solve ``curve x = slope`` where bends down count as bends up: it leads to no saddle."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(curve)), 1e-12))
    bend, axes = np.linalg.eigh(curve / np.outer(scale, scale))
    bend = np.maximum(np.abs(bend), 1e-8)
    return np.asarray(axes @ ((axes.T @ (slope / scale)) / bend) / scale)
