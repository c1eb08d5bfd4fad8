"""How many points a manual grid gives each lead at a moment, and rule by rule why.

Point-in-time: rules count from their `from` day on, events up to the moment. A rule that this
source cannot judge gives 0 points and is named; it is never guessed. It knows nothing of the model.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.conditions import InactiveTest
from leadscore.domain.rules import Cells, Dated, Decay, Grid, Group, Rule
from leadscore.history.kernel import Sweep
from leadscore.history.log import DAY, Float, Int, Mask, to_seconds
from leadscore.scoring.grid.conditions import (
    Evidence,
    count_events,
    judge,
    lacking,
    sum_halved,
    sum_stepped,
)
from leadscore.scoring.line import row_sums

Language = Literal["en", "fr"]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class GridScore:
    """The grid's opinion of n moments.

    Attributes
    ----------
    points
        float64[n], 0..100: the capped group sums, clipped; 0 for the disqualified.
    fit, engagement
        float64[n]: sum of the group's rules under their limits, within the group's floor and cap;
        without a floor it may be negative.
    cell
        text[n], A1 (best) to C3; C3 for the disqualified.
    disqualified
        bool[n].
    trace
        float64[n, n_rules]: points of each rule after decay, before limits, caps and floors.
    rule_ids
        Columns of `trace`.
    stopped_by
        bool[n, n_disqualifiers]: which disqualifiers hold.
    disqualifier_ids
        Columns of `stopped_by`.
    not_evaluable
        Rule or disqualifier id -> what this source lacks to judge it (properties, ``events``,
        event types). They gave 0 points.
    """

    points: Float
    fit: Float
    engagement: Float
    cell: npt.NDArray[np.str_]
    disqualified: Mask
    trace: Float
    rule_ids: tuple[str, ...]
    stopped_by: Mask
    disqualifier_ids: tuple[str, ...]
    not_evaluable: dict[str, tuple[str, ...]]


def evaluate(
    grid: Grid,
    properties: pd.DataFrame,
    sweep: Sweep | None = None,
    *,
    as_of: pd.Series | None = None,
    engagement_types: Collection[str] | None = None,
    known_types: Collection[str] | None = None,
) -> GridScore:
    """Score every moment.

    Parameters
    ----------
    grid
        The grid, with all its dated rules.
    properties
        One row per moment, in the order of the sweep's: the leads' properties, the derived ones
        (`history.demographics.derive`) and `age_days`.
    sweep
        The events seen at the moments; None for wide exports.
    as_of
        UTC times of the rows, which decide on the rules in force; default the sweep's moments.
        Without either (and where null) the rules in force on the grid's version day hold.
    engagement_types
        Event types that end inactivity; default all but `grid.conditions.PASSIVE`.
    known_types
        Event types the source can produce; rules on none of them become not evaluable.

    Raises
    ------
    InputError
        ``wrong-kind``: a rule's test does not fit the kind of its property.
    ValueError
        The arguments are not aligned.
    """
    n = len(properties)
    if sweep is not None and len(sweep.moments) != n:
        raise ValueError("evaluate: one row of properties per moment of the sweep")
    evidence = Evidence(
        properties,
        sweep,
        None if engagement_types is None else tuple(engagement_types),
        None if known_types is None else tuple(known_types),
    )
    at = _at(grid, n, sweep, as_of)
    lacks = {c.id: _lacks(c, evidence) for c in (*grid.rules, *grid.disqualifiers)}
    trace = np.zeros((n, len(grid.rules)))
    for i, rule in enumerate(grid.rules):
        if not lacks[rule.id]:
            trace[:, i] = _points(rule, evidence)
            if rule.from_ is not None or rule.until is not None:
                trace[~_in_force(rule, at), i] = 0.0
    stopped_by = np.zeros((n, len(grid.disqualifiers)), dtype=np.bool_)
    for i, stop in enumerate(grid.disqualifiers):
        if not lacks[stop.id]:
            stopped_by[:, i] = _in_force(stop, at) & judge(stop.when, evidence).holds
    return _summed(grid, trace, stopped_by, {key: what for key, what in lacks.items() if what})


def tiers(grid: Grid, points: Float) -> npt.NDArray[np.str_]:
    """Return hot, warm or cold by the grid's own bands; without warm there is hot and cold only."""
    warm = grid.bands.hot if grid.bands.warm is None else grid.bands.warm
    return np.where(points >= grid.bands.hot, "hot", np.where(points >= warm, "warm", "cold"))


def levels(grid: Grid, points: Float, *, language: Language = "en") -> npt.NDArray[np.str_]:
    """Return the words of the level each score lies in; a grid without levels has its tiers.

    Points between two levels (29.5 of 0..29 and 30..59) belong to the lower one.
    """
    if grid.bands.levels is None:
        return tiers(grid, points)
    ladder = sorted(grid.bands.levels, key=lambda level: level.points[0])
    lows = np.array([level.points[0] for level in ladder], dtype=np.float64)
    words = np.array([getattr(level.words, language) for level in ladder])
    return np.asarray(words[np.searchsorted(lows, points, side="right") - 1])


def _at(grid: Grid, n: int, sweep: Sweep | None, as_of: pd.Series | None) -> Int:
    """Return the second each row stands for."""
    fallback = _midnight(grid.version)
    if as_of is None:
        return np.full(n, fallback, dtype=np.int64) if sweep is None else sweep.moments.as_of
    if len(as_of) != n:
        raise ValueError(f"evaluate: {len(as_of)} as_of times for {n} rows")
    at = np.full(n, fallback, dtype=np.int64)
    given = as_of.notna().to_numpy()
    if given.any():
        at[given] = to_seconds(as_of[given])
    return at


def _midnight(day: date) -> int:
    return (day - _EPOCH).days * DAY


def _in_force(criterion: Dated, at: Int) -> Mask:
    """Mark the rows of the days ``[from, until)``, from midnight UTC to midnight UTC."""
    holds = np.ones(len(at), dtype=np.bool_)
    if criterion.from_ is not None:
        holds &= at >= _midnight(criterion.from_)
    if criterion.until is not None:
        holds &= at < _midnight(criterion.until)
    return holds


def _lacks(criterion: Dated, evidence: Evidence) -> tuple[str, ...]:
    """Name what the source lacks to judge a criterion, and the silence that its points fade by."""
    absent = lacking(criterion.when, evidence)
    if isinstance(criterion, Rule) and criterion.decay.kind == "inactivity":
        absent += lacking(InactiveTest(inactive_days=1), evidence)
    return tuple(dict.fromkeys(absent))


def _points(rule: Rule, evidence: Evidence) -> Float:
    """Return the points of one rule after frequency and decay."""
    match, decay = judge(rule.when, evidence), rule.decay
    earned: Float = np.where(match.holds, float(rule.points), 0.0)
    age = evidence.silent_days() if decay.kind == "inactivity" else match.age_days
    if rule.each_time is None:
        return earned if decay.kind == "none" else earned * _left(decay, age)
    counted, most = rule.counted[0], rule.each_time.max
    if decay.kind == "half_life" and decay.days is not None:
        times = sum_halved(counted, evidence, half_life_days=decay.days)
        return earned * np.minimum(times, most)
    if decay.kind == "staircase" and decay.days is not None and decay.loses is not None:
        times = sum_stepped(counted, evidence, days=decay.days, loses=decay.loses)
        return earned * np.minimum(times, most)
    times = np.floor(count_events(counted, evidence) / counted.at_least)
    return earned * np.minimum(times, most) * _left(decay, age)


def _left(decay: Decay, age_days: Float) -> Float:
    """Return the share of points left at the age of the latest event that counts; 1 without one."""
    days = decay.days
    if decay.kind == "none" or days is None:
        return np.ones(len(age_days))
    age = np.nan_to_num(age_days, nan=0.0)
    if decay.kind == "linear":
        return np.maximum(0.0, 1.0 - age / days)
    if decay.kind == "half_life":
        return np.asarray(np.exp2(-age / days))
    if decay.loses is not None:
        return np.maximum(0.0, 1.0 - np.floor(age / days) * decay.loses / 100.0)
    return np.where(age < days, 1.0, 0.0)


def _summed(
    grid: Grid, trace: Float, stopped_by: Mask, not_evaluable: dict[str, tuple[str, ...]]
) -> GridScore:
    """Sum the trace per group, limit, cap, clip and place in cells."""
    fit, engagement = _sum(grid, "fit", trace), _sum(grid, "engagement", trace)
    disqualified: Mask = np.asarray(stopped_by.any(axis=1), dtype=np.bool_)
    return GridScore(
        points=np.where(disqualified, 0.0, np.clip(fit + engagement, 0.0, 100.0)),
        fit=fit,
        engagement=engagement,
        cell=np.where(disqualified, "C3", _cells(grid.cells, fit, engagement)),
        disqualified=disqualified,
        trace=trace,
        rule_ids=tuple(rule.id for rule in grid.rules),
        stopped_by=stopped_by,
        disqualifier_ids=tuple(d.id for d in grid.disqualifiers),
        not_evaluable=not_evaluable,
    )


def _sum(grid: Grid, group: Group, trace: Float) -> Float:
    """Sum the rules of a group under their limits, within the group's floor and cap."""
    mine = np.array([rule.group == group for rule in grid.rules], dtype=np.bool_)
    total = row_sums(trace[:, mine])
    for limit in grid.limits:
        limited = np.array([rule.id in limit.rules for rule in grid.rules], dtype=np.bool_) & mine
        if limited.any():
            total -= np.maximum(0.0, row_sums(trace[:, limited]) - limit.points)
    floor, cap = getattr(grid.floors, group), getattr(grid.caps, group)
    np.clip(total, -np.inf if floor is None else floor, np.inf if cap is None else cap, out=total)
    return total


def _cells(cells: Cells, fit: Float, engagement: Float) -> npt.NDArray[np.str_]:
    letter = np.where(fit >= cells.fit.a, "A", np.where(fit >= cells.fit.b, "B", "C"))
    digit = np.where(
        engagement >= cells.engagement.one,
        "1",
        np.where(engagement >= cells.engagement.two, "2", "3"),
    )
    return np.char.add(letter, digit)
