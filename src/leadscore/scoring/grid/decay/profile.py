"""How sure half-lives are: profile likelihood, corrected for repeated looks at one lead.

Where the likelihood is flat up to an end of the range, the interval is open there. The interval holds
all half-lives that fit, also where a worse one lies between two that do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from leadscore.history.log import Float, Mask
from leadscore.metrics import dot
from leadscore.scoring.grid.decay.fit import At, Likelihood, newton

_STARTS_DAYS = (2.0, 5.0, 12.0, 30.0, 80.0, 200.0)
_SCANNED = 20_000  # looks on which starts are compared: they need not be exact
_RESTARTS = 4
_ENOUGH = 0.1  # log likelihood left to gain on a profile
_BETTER = 0.2  # log likelihood by which a profile must beat the best to replace it
_STRIDE = 0.7  # steps along a profile: half-lives doubled or halved
_SHORTEST = 0.05
_SURELY = 2.5  # so many times as far as the interval's end, no further half-life is tried
_REFINED = 2  # tries between the last that fits and the first that does not


@dataclass(frozen=True)
class Ends:
    """Interval of a log half-life; infinite where the likelihood is flat up to the range's end."""

    low: float
    high: float


def weighed_best(likelihood: Likelihood) -> tuple[Likelihood, At]:
    """Return the best fit, and the likelihood whose prior weighs as much as independent looks let it."""
    first = best_of_starts(likelihood)
    weighed = replace(likelihood, design_effect=first.design_effect)
    return weighed, weighed.best(first.point)


def best_of_starts(likelihood: Likelihood) -> At:
    """Return the best fit, each type's half-life started where a coarse scan of it fits best."""
    looks = likelihood.looks
    every = max(1, len(looks) // _SCANNED)
    few = replace(likelihood, looks=looks.of_looks(looks.lead % every == 0))
    low, high = likelihood.range_days
    inside = [days for days in _STARTS_DAYS if low <= days <= high] or [float(np.sqrt(low * high))]
    point = few.start(np.full(few.n_types, inside[len(inside) // 2]))
    fixed = np.arange(len(point)) >= len(point) - few.n_types
    now = few.best(point, fixed=fixed)
    for place in np.argsort([-len(time) for time in looks.time], kind="stable"):
        tried = [now]
        for days in inside:
            moved = now.point.copy()
            moved[few.half_life_at(int(place))] = np.log(days)
            tried.append(few.best(moved, fixed=fixed, enough=_ENOUGH))
        now = min(tried, key=lambda at: at.loss)
    return likelihood.best(now.point)


def ends_of(likelihood: Likelihood, best: At, place: int, *, level: float) -> Ends:
    """Return the interval of a type's log half-life at a level such as 0.95.

    It rests on the likelihood alone: the type's own prior is left out. The fall of the profile
    likelihood at a half-life is divided by the variance over leads of its slope there, relative to that
    of independent looks: so it follows a chi-squared law though looks repeat and though the true chance
    of a win is no such sum.

    References
    ----------
    Kent (1982), Robust properties of likelihood ratio tests, https://doi.org/10.1093/biomet/69.1.19.
    """
    alone = replace(likelihood, unbiased=place)
    top = alone.best(best.point, enough=_ENOUGH)
    z = NormalDist().inv_cdf((1 + level) / 2)
    for _ in range(_RESTARTS):
        profile = _Profile(alone, top, likelihood.half_life_at(place), z)
        try:
            return Ends(profile.end(-1), profile.end(1))
        except _BetterError as found:
            top = alone.best(found.at, enough=_ENOUGH)
    return Ends(-np.inf, np.inf)


class _BetterError(Exception):
    """A point on a profile beats its top: the fit had stopped at a lesser one."""

    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True)
class _Profile:
    """The likelihood along one log half-life, all other terms at their best."""

    likelihood: Likelihood
    top: At
    at: int
    z: float

    def end(self, side: int) -> float:
        """Return the outermost log half-life that still fits, going down (-1) or up (1)."""
        border = float(np.log(self.likelihood.range_days[(side + 1) // 2]))
        near: tuple[float, float, At] = (0.0, 0.0, self.top)
        beyond: tuple[float, float] | None = None
        here = near
        for distance in self._outward(abs(border - float(self.top.point[self.at]))):
            tried = self._tried(here[2], side * (distance - here[0]))
            here = (distance, self._far(tried), tried)
            if here[1] < 1:
                near, beyond = here, None
            elif beyond is None:
                beyond = here[:2]
            if here[1] > _SURELY:
                break
        if beyond is None:
            return side * np.inf
        return float(self.top.point[self.at]) + side * self._between(near, beyond, side)

    def _outward(self, room: float) -> Iterator[float]:
        """Yield ever larger distances up to the range's end."""
        curve = self.top.curve
        free = self._rest & (np.abs(curve).sum(axis=0) > 0)
        lever = newton(curve[np.ix_(free, free)], curve[free, self.at])
        bend = float(curve[self.at, self.at] - dot(curve[free, self.at], lever))
        spread = self.z * np.sqrt(self._inflation(self.top) / bend) if bend > 0 else _STRIDE
        distance = min(max(float(spread), _SHORTEST), _STRIDE)
        while distance < room:
            yield distance
            distance += _STRIDE
        yield room

    def _tried(self, start: At, change: float) -> At:
        point = start.point.copy()
        point[self.at] += change
        curve = start.curve[np.ix_(self._rest, self._rest)]
        point[self._rest] -= newton(curve, start.curve[self._rest, self.at]) * change
        fixed = ~self._rest
        tried = self.likelihood.best(point, fixed=fixed, enough=_ENOUGH)
        if self.top.loss - tried.loss > _BETTER:
            raise _BetterError(tried)
        return tried

    def _between(
        self, near: tuple[float, float, At], beyond: tuple[float, float], side: int
    ) -> float:
        """Return the distance at which the fall reaches the interval's end."""
        for _ in range(_REFINED):
            distance = _crossing(near, beyond)
            tried = self._tried(near[2], side * (distance - near[0]))
            far = self._far(tried)
            if far < 1:
                near = (distance, far, tried)
            else:
                beyond = (distance, far)
        return _crossing(near, beyond)

    def _far(self, here: At) -> float:
        """Return how far a point has fallen: 1 at the interval's end."""
        fall = 2 * max(0.0, here.loss - self.top.loss)
        return float(np.sqrt(fall / self._inflation(here))) / self.z

    @property
    def _rest(self) -> Mask:
        return np.asarray(np.arange(len(self.top.point)) != self.at)

    def _inflation(self, here: At) -> float:
        """Return the variance over leads of the slope along the profile over that of independent looks.

        Where the likelihood bends the wrong way its expected bend stands in, here or at the top,
        whichever doubts more.
        """
        if (told := self._ratio(here, here.curve)) is not None:
            return told
        others = (self._ratio(at, at.expected) for at in (here, self.top))
        return max((ratio for ratio in others if ratio is not None), default=np.inf)

    def _ratio(self, here: At, curve: Float) -> float | None:
        """Return that ratio for a curvature; None where it bends the wrong way."""
        rest, n = self._rest, len(here.by_lead)
        lever = newton(curve[np.ix_(rest, rest)], curve[rest, self.at])
        bend = float(curve[self.at, self.at] - dot(curve[rest, self.at], lever))
        slope = here.by_lead[:, self.at] - np.einsum("ij,j->i", here.by_lead[:, rest], lever)
        slope = slope - slope.sum() / n
        varies = dot(slope, slope) * n / max(n - 1, 1)
        return varies / bend if bend > 0 and varies > 0 else None


def _crossing(near: tuple[float, float, At], beyond: tuple[float, float]) -> float:
    share = float(np.clip((1 - near[1]) / (beyond[1] - near[1]), 0.02, 0.98))
    return near[0] + share * (beyond[0] - near[0])
