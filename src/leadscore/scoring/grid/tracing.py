"""Why a grid gives one lead its points at a moment: each rule, its evidence in words, what is left.

The points are those of `evaluate`; this adds what they rest on. It speaks of one look at one lead.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from leadscore.domain.conditions import EventTest, InactiveTest, PropertyTest, leaves
from leadscore.domain.rules import Dated, Decay, Grid
from leadscore.history.kernel import Chain, Selection, Sweep
from leadscore.scoring.grid.conditions import Evidence, count_events, matching_events
from leadscore.scoring.grid.points import GridScore, evaluate, tiers

State = Literal["holds", "does not hold", "faded", "not yet in force", "ended", "not evaluable"]


@dataclass(frozen=True)
class RuleTrace:
    """What one criterion says of the lead.

    Attributes
    ----------
    words, group
        English words of the rule; ``fit``, ``engagement`` or ``disqualifier``.
    state
        ``faded`` holds, but its decay left nothing.
    evidence
        What was seen, a line per test of the condition.
    before, share_left, points
        Points before decay, the share that is left (None: nothing to fade) and points after it.
    """

    rule: str
    words: str
    group: str
    state: State
    evidence: tuple[str, ...]
    before: float
    share_left: float | None
    points: float


@dataclass(frozen=True)
class LeadTrace:
    """A lead at a moment: its rules in the grid's order, and the sums they come to.

    `fit_sum` and `engagement_sum` are before the caps, `fit` and `engagement` after; `points` is their
    sum clipped to 0..100, 0 for the disqualified.
    """

    lead_id: str
    as_of: pd.Timestamp
    rules: tuple[RuleTrace, ...]
    disqualifiers: tuple[RuleTrace, ...]
    fit_sum: float
    engagement_sum: float
    fit: float
    engagement: float
    points: float
    tier: str
    cell: str
    disqualified: bool


def trace_lead(
    grid: Grid,
    properties: pd.DataFrame,
    sweep: Sweep | None,
    *,
    lead_id: str,
    as_of: pd.Timestamp,
    engagement_types: Collection[str] | None,
    known_types: Collection[str] | None,
) -> LeadTrace:
    """Trace one look at one lead.

    Parameters
    ----------
    properties
        One row, as for `evaluate`.
    as_of
        Moment of the look (UTC), null for a source without dates: then the rules in force on the
        grid's version day count.

    Raises
    ------
    ValueError
        There is not exactly one row.
    InputError
        As `evaluate`.
    """
    if len(properties) != 1:
        raise ValueError(f"trace_lead: expected one look, got {len(properties)}")
    told = {"as_of": pd.Series([as_of]), "engagement_types": engagement_types, "known_types": known_types}  # fmt: skip
    score = evaluate(grid, properties, sweep, **told)  # type: ignore[arg-type]
    unfaded = evaluate(_without_decay(grid), properties, sweep, **told)  # type: ignore[arg-type]
    evidence = Evidence(
        properties, sweep, None if engagement_types is None else tuple(engagement_types)
    )
    day = grid.version if pd.isna(as_of) else as_of.date()
    traces = []
    for i, rule in enumerate(grid.rules):
        before, left = float(unfaded.trace[0, i]), float(score.trace[0, i])
        state = _state(rule, day, score, holds=before != 0, is_left=left != 0)
        share = None if before == 0 or rule.decay.kind == "none" else left / before
        seen = _evidence(rule, evidence, score)
        traces.append(
            RuleTrace(rule.id, rule.words.en, rule.group, state, seen, before, share, left)
        )
    stops = _stops(grid, day, score, evidence)
    sums = {
        group: sum(t.points for t in traces if t.group == group) for group in ("fit", "engagement")
    }
    return LeadTrace(
        lead_id, as_of, tuple(traces), stops, sums["fit"], sums["engagement"],
        float(score.fit[0]), float(score.engagement[0]), float(score.points[0]),
        str(tiers(grid, score.points)[0]), str(score.cell[0]), bool(score.disqualified[0]),
    )  # fmt: skip


def _stops(grid: Grid, day: date, score: GridScore, evidence: Evidence) -> tuple[RuleTrace, ...]:
    stops = []
    for i, stop in enumerate(grid.disqualifiers):
        holds = bool(score.stopped_by[0, i])
        state = _state(stop, day, score, holds=holds, is_left=holds)
        seen = _evidence(stop, evidence, score)
        stops.append(RuleTrace(stop.id, stop.words.en, "disqualifier", state, seen, 0.0, None, 0.0))
    return tuple(stops)


def _without_decay(grid: Grid) -> Grid:
    none = Decay(kind="none")
    rules = [rule.model_copy(update={"decay": none}) for rule in grid.rules]
    return grid.model_copy(update={"rules": rules})


def _state(criterion: Dated, day: date, score: GridScore, *, holds: bool, is_left: bool) -> State:
    if criterion.until is not None and day >= criterion.until:
        return "ended"
    if not criterion.in_force(day):
        return "not yet in force"
    if criterion.id in score.not_evaluable:
        return "not evaluable"
    if not holds:
        return "does not hold"
    return "holds" if is_left else "faded"


def _evidence(criterion: Dated, evidence: Evidence, score: GridScore) -> tuple[str, ...]:
    if criterion.id in score.not_evaluable:
        return (f"the source has no {', '.join(score.not_evaluable[criterion.id])}",)
    told = []
    for test in leaves(criterion.when):
        if isinstance(test, PropertyTest):
            told.append(f"{test.property} is {_value(evidence.properties[test.property].iloc[0])}")
        elif isinstance(test, EventTest):
            told.append(_events(test, evidence))
        else:
            told.append(_silence(test, evidence))
    return tuple(dict.fromkeys(told))


def _value(value: object) -> str:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "missing"
    if isinstance(value, (int, float)):
        return f"{value:g}"
    return f'"{value}"'


def _events(test: EventTest, evidence: Evidence) -> str:
    """Say how many events matched in the test's window, and when the latest was."""
    chain = matching_events(test, evidence)
    what = " or ".join(test.event)
    if test.subject is not None:
        what += f' with "{test.subject}"'
    if test.repeated_within_days is not None:
        what += f" repeated within {test.repeated_within_days:g} days"
    n = int(count_events(test, evidence)[0])
    wanted = f", {test.at_least} needed" if test.at_least > 1 and n < test.at_least else ""
    return f"{n or 'no'} {what}{_window(test)}{wanted}{_latest(chain)}"


def _window(test: EventTest) -> str:
    if test.before_days is None:
        return "" if test.within_days is None else f" in {test.within_days:g} days"
    if test.within_days is None:
        return f" more than {test.before_days:g} days ago"
    return f" {test.before_days:g} to {test.within_days:g} days ago"


def _latest(chain: Chain) -> str:
    ago = float(chain.recency_days()[0])
    if np.isnan(ago):
        return ""
    seconds = int(chain.sweep.moments.as_of[0]) - round(ago * 86_400)
    day = pd.Timestamp(seconds, unit="s", tz="UTC")
    return f"; the latest on {day:%Y-%m-%d}, {ago:.1f} days ago"


def _silence(test: InactiveTest, evidence: Evidence) -> str:
    types = list(test.events) if test.events is not None else evidence.engaging()
    what = "engagement" if test.events is None else " or ".join(types)
    if evidence.sweep is None:
        return f"no {what} known"
    last = float(evidence.sweep.chain(Selection(tuple(types))).recency_days()[0])
    age = float(evidence.properties["age_days"].iloc[0])
    if np.isnan(last) or age < last:
        return f"no {what} since creation {age:.1f} days ago"
    return f"last {what} {last:.1f} days ago"
