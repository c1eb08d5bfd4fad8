"""When rules of a grid fade, and learned half-lives beside the decay they give the same events. It proposes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from leadscore.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    EventTest,
    InactiveTest,
)
from leadscore.domain.rules import Decay, Grid, Rule
from leadscore.scoring.grid.decay.half_lives import HalfLife

Says = Literal["agrees", "shorter", "longer", "cannot tell", "no rule"]


@dataclass(frozen=True)
class RuleDecay:
    """A rule's own decay of an event type beside the learned one.

    Attributes
    ----------
    rule
        Id of the rule; None where no rule in force names the type.
    grid_days
        Age of an event at which half of the rule's points are gone (of a step or a window: all);
        infinity where it never fades, NaN without a rule.
    says
        The learned half-life ``agrees`` with the rule's, is ``shorter``, is ``longer``, or the data
        ``cannot tell``; ``no rule`` speaks of the type.
    """

    learned: HalfLife
    rule: str | None
    grid_days: float
    says: Says


def against_grid(half_lives: Sequence[HalfLife], grid: Grid) -> tuple[RuleDecay, ...]:
    """Compare learned half-lives with the grid's rules in force on its version's day.

    One row per type and rule that names it (outside `not`); types without a rule have one row.
    A linear decay has lost half after half of its days; a step, and a window of days to look back,
    keep everything until their days are over and nothing afterwards: there their days are compared.
    """
    rows = []
    for learned in half_lives:
        named = [
            RuleDecay(learned, rule.id, days, _says(learned, days))
            for rule in grid.rules
            if rule.in_force(grid.version)
            for days in _days_of(rule, learned.event)
        ]
        rows += named or [RuleDecay(learned, None, np.nan, "no rule")]
    return tuple(rows)


@dataclass(frozen=True)
class RuleFades:
    """A rule that takes points off for waiting, and its days: until half of its points are gone, or until it holds."""

    rule: str
    days: float


def rules_that_fade(rules: Iterable[Rule], day: date) -> tuple[RuleFades, ...]:
    """Return the rules in force on a day that fade or that test silence, in the grid's order.

    A linear decay has lost half after half of its days, a staircase once enough steps are down; a step, and
    silence, take everything at once when their days are over.
    """
    found = []
    for rule in rules:
        silent = [test.inactive_days for test in _said(rule.when) if isinstance(test, InactiveTest)]
        days = [*_half_gone(rule.decay), *silent]
        if days and rule.in_force(day):
            found.append(RuleFades(rule.id, float(min(days))))
    return tuple(found)


def _half_gone(decay: Decay) -> list[float]:
    """Return the days after which half of the points are gone: one number, or none where they stay."""
    if decay.days is None:
        return []
    if decay.kind == "linear":
        return [decay.days / 2]
    if decay.loses is not None:
        return [decay.days * math.ceil(50 / decay.loses)]
    return [decay.days]


def _days_of(rule: Rule, event: str) -> list[float]:
    """Return when half of the rule's points for this type are gone: one number, or none."""
    tests = [test for test in event_tests(rule.when) if event in test.event]
    if not tests:
        return []
    window = max(np.inf if test.within_days is None else test.within_days for test in tests)
    days = np.inf if rule.decay.days is None else rule.decay.days
    return [float(min(days / 2 if rule.decay.kind == "linear" else days, window))]


def event_tests(condition: Condition) -> Iterator[EventTest]:
    """Yield the event tests outside `not`."""
    return (test for test in _said(condition) if isinstance(test, EventTest))


def _said(condition: Condition) -> Iterator[Condition]:
    """Yield the tests outside `not`."""
    if isinstance(condition, (AllOf, AnyOf)):
        for part in condition.all_ if isinstance(condition, AllOf) else condition.any_:
            yield from _said(part)
    else:
        yield condition


def _says(learned: HalfLife, grid_days: float) -> Says:
    """Say how the learned half-life stands to the grid's; an end that is open proves nothing."""
    if grid_days > learned.high:
        return "shorter"
    if grid_days < learned.low:
        return "longer"
    return "agrees" if learned.tells else "cannot tell"
