"""Whole points for the bands of learned criteria: as close to the unrounded log-odds as a grid can be.

The points are fitted to the unrounded model, never to outcomes again: rounding cannot overfit. Caps
and the ends of the scale (0 and 100) are part of the fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.domain.rules import Grid, Group
from leadscore.scoring.line import sigmoid

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_SCALES = np.geomspace(5.0, 40.0, 16)  # points a unit of log-odds that are tried
_SWEEPS = 8
_A_RULE = 0.002  # squared log-odds that one more rule must save; about 0.0001 of log loss
_MOST_KINDS = 4_000  # kinds of looks the points are fitted on; more say nothing new


@dataclass(frozen=True)
class Ends:
    """Fewest and most points that each group can add; infinite without floor or cap."""

    fit: tuple[float, float] = (-np.inf, np.inf)
    engagement: tuple[float, float] = (-np.inf, np.inf)

    @classmethod
    def of(cls, grid: Grid) -> Ends:
        """Return a grid's floors and caps."""
        return cls(*(
            (
                -np.inf if (low := getattr(grid.floors, group)) is None else float(low),
                np.inf if (high := getattr(grid.caps, group)) is None else float(high),
            )
            for group in ("fit", "engagement")
        ))  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One criterion to be given points.

    Attributes
    ----------
    group
        Whose cap holds.
    weight
        float64[n_bands] log-odds of each band beside the other criteria; of a rule one entry: the
        log-odds of its full share.
    free
        bool[n_bands]: bands that may have points; others have 0.
    at_zero
        Log-odds that are worth 0 points, of a band that can have none; None where any band may.
    codes, share
        The band of each look, and the share of the band's points that it gets.
    """

    group: Group
    weight: Float
    free: npt.NDArray[np.bool_]
    at_zero: float | None
    codes: Codes
    share: Float


@dataclass(frozen=True)
class Rounded:
    """Points per band of each criterion, and how they are read back.

    `log_odds_a_point` and `at_zero` lead from points back to log-odds; `misfit` is the mean squared
    distance to the unrounded log-odds, looks weighing as they weigh in log loss; `cost` adds a little
    for each band with points, since each is a rule to be read.
    """

    points: tuple[Codes, ...]
    log_odds_a_point: float
    at_zero: float
    misfit: float
    cost: float


def rounded(asks: Sequence[Ask], *, intercept: float, round_to: int, ends: Ends) -> Rounded:
    """Return multiples of `round_to` for every band.

    The scale (points a unit of log-odds) and the bands worth 0 are chosen so that few looks end at
    the caps and the points still tell bands apart.
    """
    kinds = _kinds(asks, intercept)
    best: Rounded | None = None
    for scale in _SCALES:
        found = _at_scale(asks, kinds, float(scale), round_to, ends)
        if best is None or found.cost < best.cost - 1e-12:
            best = found
    if best is None:
        raise ValueError("no scale to round at")
    return best


def totals(asks: Sequence[Ask], points: Sequence[npt.ArrayLike], ends: Ends) -> Float:
    """Return the grid's points of each look: groups within their ends, the sum in 0..100."""
    fit, engagement = groups(asks, points, ends)
    return np.asarray(np.clip(fit + engagement, 0.0, 100.0), dtype=np.float64)


def groups(asks: Sequence[Ask], points: Sequence[npt.ArrayLike], ends: Ends) -> tuple[Float, Float]:
    """Return the capped sums of fit and of engagement of each look."""
    parts = [(ask.codes, ask.share) for ask in asks]
    given = [np.asarray(p, dtype=np.float64) for p in points]
    return _groups(parts, [ask.group for ask in asks], given, ends)


@dataclass(frozen=True)
class _Kinds:
    """Looks that are alike, once each, with their log-odds and what they weigh in log loss."""

    parts: list[tuple[Codes, Float]]
    groups: list[Group]
    z: Float
    weight: Float


def _kinds(asks: Sequence[Ask], intercept: float) -> _Kinds:
    key = np.stack([*(a.codes for a in asks), *(np.round(a.share * 20) for a in asks)], axis=1)
    kinds, at, count = np.unique(
        key.astype(np.int64), axis=0, return_index=True, return_counts=True
    )
    if len(kinds) > _MOST_KINDS:
        order = np.argsort(-count, kind="stable")[:_MOST_KINDS]
        at, count = at[order], count[order]
    z = np.full(len(at), intercept)
    for ask in asks:
        z += ask.weight[ask.codes[at]] * ask.share[at]
    p = sigmoid(z)
    parts = [(ask.codes[at], ask.share[at]) for ask in asks]
    return _Kinds(parts, [ask.group for ask in asks], z, count * p * (1 - p))


def _at_scale(
    asks: Sequence[Ask], kinds: _Kinds, scale: float, round_to: int, ends: Ends
) -> Rounded:
    """Choose the bands worth 0 at a scale, round, then move single bands a step while it helps."""
    zero = [_first_zero(ask) for ask in asks]

    def points_at(zeros: Sequence[float]) -> list[Float]:
        return [
            np.where(a.free, np.round(scale * (a.weight - z) / round_to) * round_to, 0.0)
            for a, z in zip(asks, zeros, strict=True)
        ]

    points = points_at(zero)
    cost = _cost(kinds, points, ends)
    for i, ask in enumerate(asks):
        if ask.at_zero is not None or len(ask.weight) == 1:
            continue
        for other in ask.weight[ask.free]:
            tried = points_at([*zero[:i], float(other), *zero[i + 1 :]])
            now = _cost(kinds, tried, ends)
            if now < cost - 1e-9:
                zero[i], points, cost = float(other), tried, now
    points = _moved(asks, kinds, points, round_to, ends)
    misfit, slope, at_zero = _misfit(kinds, points, ends)
    cost = _cost(kinds, points, ends)
    return Rounded(tuple(p.astype(np.int64) for p in points), slope, at_zero, misfit, cost)


def _first_zero(ask: Ask) -> float:
    """Return the log-odds worth 0 points: of what can have none, else of the lowest band."""
    if ask.at_zero is not None:
        return ask.at_zero
    return float(ask.weight[ask.free].min()) if len(ask.weight) > 1 else 0.0


def _moved(
    asks: Sequence[Ask], kinds: _Kinds, points: list[Float], step: int, ends: Ends
) -> list[Float]:
    best = _cost(kinds, points, ends)
    for _ in range(_SWEEPS):
        before = best
        for i, ask in enumerate(asks):
            for band in np.flatnonzero(ask.free):
                own = points[i][band]
                for to in (own - step, own + step, 0.0):
                    if abs(to) > 100 or to == own:
                        continue
                    tried = [p.copy() if j == i else p for j, p in enumerate(points)]
                    tried[i][band] = to
                    now = _cost(kinds, tried, ends)
                    if now < best - 1e-9:
                        points, best = tried, now
        if best == before:
            break
    return points


def _cost(kinds: _Kinds, points: Sequence[Float], ends: Ends) -> float:
    n_rules = sum(int(np.count_nonzero(own)) for own in points)
    return _misfit(kinds, points, ends)[0] + _A_RULE * n_rules


def _misfit(kinds: _Kinds, points: Sequence[Float], ends: Ends) -> tuple[float, float, float]:
    """Return the weighted mean squared distance, and the line from points to log-odds."""
    t = _total(kinds.parts, kinds.groups, points, ends)
    w = kinds.weight
    mean_t, mean_z = float(w @ t / w.sum()), float(w @ kinds.z / w.sum())
    spread = float(w @ (t - mean_t) ** 2)
    slope = float(w @ ((t - mean_t) * (kinds.z - mean_z))) / spread if spread > 0 else 0.0
    slope = max(slope, 0.0)
    left = kinds.z - mean_z - slope * (t - mean_t)
    return float(w @ left**2 / w.sum()), slope, mean_z - slope * mean_t


def _total(
    parts: Sequence[tuple[Codes, Float]], of: Sequence[Group], points: Sequence[Float], ends: Ends
) -> Float:
    fit, engagement = _groups(parts, of, points, ends)
    return np.asarray(np.clip(fit + engagement, 0.0, 100.0), dtype=np.float64)


def _groups(
    parts: Sequence[tuple[Codes, Float]], of: Sequence[Group], points: Sequence[Float], ends: Ends
) -> tuple[Float, Float]:
    n = len(parts[0][0])
    total = {"fit": np.zeros(n), "engagement": np.zeros(n)}
    for (codes, share), group, own in zip(parts, of, points, strict=True):
        total[group] = total[group] + own[codes] * share
    return np.clip(total["fit"], *ends.fit), np.clip(total["engagement"], *ends.engagement)
