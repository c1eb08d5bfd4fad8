"""A learned grid as a proposal: a new dated version of the old grid, and what differs, rule by rule.

Old rules end the day before the new ones begin, so that the new file still gives past days their
past points; disqualifiers, caps and floors stay. Nothing is in force until somebody signs it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from leadscore.domain.rules import Bands as Tiers
from leadscore.domain.rules import Cells, EngagementBorders, FitBorders, Grid, Rule
from leadscore.scoring.grid.learning.bins import Bands
from leadscore.scoring.grid.learning.evidence import RuleEvidence
from leadscore.scoring.grid.learning.language import condition_of, words_of
from leadscore.scoring.grid.learning.recipe import LearnedGrid
from leadscore.scoring.grid.learning.selection import Learned
from leadscore.scoring.grid.reading import parse_grid, to_plain
from leadscore.scoring.grid.resting import rests_on

Float = npt.NDArray[np.float64]
What = Literal["kept", "changed", "dropped", "new"]
_DATED = re.compile(r"_\d{8}$")


@dataclass(frozen=True)
class Change:
    """One line of the diff.

    `before` and `after` are points, None where the rule is not there; `why` says it in words.
    """

    what: What
    rule_id: str
    words: str
    before: int | None
    after: int | None
    why: str


@dataclass(frozen=True)
class Looked:
    """What the cells are read from: group points of the same looks by the old grid and the new."""

    old_fit: Float
    old_engagement: Float
    learned_fit: Float
    learned_engagement: Float


def proposed_rules(
    grid: Grid, learned: LearnedGrid, evidence: Sequence[RuleEvidence], *, day: date, known: str
) -> tuple[list[Rule], list[Change]]:
    """Return all rules of the new version and the diff.

    Parameters
    ----------
    day
        From which the new rules hold and the old ones no more.
    known
        Where the outcomes come from, in words, for the rules' references.
    """
    told = {row.rule_id: row for row in evidence}
    own: dict[str, tuple[Rule, int, str]] = {}
    fresh: list[Rule] = []
    replaced: dict[str, str] = {}
    for i, got in enumerate(learned.selected.criteria):
        if got.candidate.rule is not None:
            own[got.candidate.rule.id] = (
                got.candidate.rule, int(learned.rounded.points[i][0]), got.candidate.refaded or "",
            )  # fmt: skip
            continue
        fresh += _banded(grid, learned, i, day=day, known=known)
        replaced |= dict.fromkeys(got.candidate.rests_on, got.candidate.label)
    rules: list[Rule] = []
    changes: list[Change] = []
    for rule in grid.rules:
        if not rule.in_force(day):
            rules.append(rule)
            continue
        new, after, faded = own.get(rule.id, (rule, 0, ""))
        why = _because(told, rule) if after else _why_dropped(rule, told, replaced)
        why = f"{faded}; {why}" if faded and after else why
        rules += _carried(grid, rule, new, after, why, day=day, known=known)
        same = after == rule.points and new.decay == rule.decay
        what: What = "kept" if same else "changed" if after else "dropped"
        changes.append(Change(what, rule.id, rule.words.en, rule.points, after or None, why))
    for rule in fresh:
        changes.append(Change("new", rule.id, rule.words.en, None, rule.points, rule.reason))
    order = ("kept", "changed", "new", "dropped")
    return [*rules, *fresh], sorted(changes, key=lambda change: order.index(change.what))


def proposed_grid(
    grid: Grid, rules: Sequence[Rule], *, day: date, tiers: Tiers, cells: Cells, told: str
) -> Grid:
    """Return the new version, read back as a grid file would be.

    Raises
    ------
    InputError
        The points cannot make a grid, for example because hot is out of reach.
    """
    new = grid.model_copy(
        update={
            "version": day, "excerpt": None, "rules": list(rules), "bands": tiers, "cells": cells,
            "description": f"{grid.description} {told}",
        }
    )  # fmt: skip
    return parse_grid(to_plain(new), file=f"proposal for {grid.name}")


def same_share_cells(grid: Grid, looked: Looked, *, round_to: int) -> Cells:
    """Return borders that put about as many looks in A, B and 1, 2 as the old grid's do."""
    fit, engagement = grid.cells.fit, grid.cells.engagement
    a, b = _borders(looked.old_fit, looked.learned_fit, fit.a, fit.b, round_to)
    one, two = _borders(
        looked.old_engagement, looked.learned_engagement, engagement.one, engagement.two, round_to
    )
    return Cells(
        fit=FitBorders.model_validate({"A": a, "B": b}),
        engagement=EngagementBorders.model_validate({"1": one, "2": two}),
    )


def _borders(old: Float, new: Float, upper: float, lower: float, step: int) -> tuple[float, float]:
    found = []
    for border in (upper, lower):
        share = float((old >= border).mean())
        cut = float(np.quantile(new, 1 - share)) if share > 0 else float(new.max()) + step
        found.append(float(np.ceil(cut / step) * step))
    return max(found[0], found[1] + step), found[1]


def _carried(
    grid: Grid, rule: Rule, new: Rule, after: int, why: str, *, day: date, known: str
) -> list[Rule]:
    """Return what becomes of a rule in force: itself, or itself ended and, with points, a new one.

    `new` is the rule as it was learned: itself, or with another half-life.
    """
    # A limit has no date: it stays with the old rules, and what goes on gets an id beyond its reach.
    is_limited = any(rule.id in limit.rules for limit in grid.limits)
    if after == rule.points and new.decay == rule.decay and not is_limited:
        return [rule]
    # A rule that would begin on the very day was never in force.
    ended = [] if rule.from_ == day else [rule.model_copy(update={"until": day})]
    return [*ended, *([_reissued(rule, new, after, why, day=day, known=known)] if after else [])]


def _banded(grid: Grid, learned: LearnedGrid, i: int, *, day: date, known: str) -> list[Rule]:
    """Return one rule for each stretch of bands with the same points."""
    got, points = learned.selected.criteria[i], learned.rounded.points[i]
    if got.bands is None:
        return []
    slope = float(learned.selected.model.slopes[i])
    rules = []
    for n, members in enumerate(_stretches(got.bands, points.tolist()), start=1):
        said = {
            "id": _free_id(grid, f"{_id_of(got)}_{n}_{day:%Y%m%d}"),
            "words": words_of(got.candidate, got.bands, members),
            "when": condition_of(got.candidate, got.bands, members),
            "from": day,
            "owner": grid.owner,
            "group": got.candidate.group,
            "points": int(points[members[0]]),
            "reason": _support(got.bands, members, learned),
            "reference": f"{known}; weight of evidence {_mean_weight(got.bands, members):+.2f}, "
            f"coefficient {slope:.2f}",
        }
        rules.append(Rule.model_validate(said))
    return rules


def _stretches(bands: Bands, points: list[int]) -> list[list[int]]:
    """Return the bands that make one rule each: neighbours, or words, with the same points, not 0."""
    out: list[list[int]] = []
    for at, own in enumerate(points):
        if own == 0 or bands.looks[at] == 0:
            continue
        joins = bool(out) and at != bands.missing and points[out[-1][0]] == own
        if bands.levels is not None and at != bands.missing:
            same = [s for s in out if points[s[0]] == own]
            if same:
                same[0].append(at)
                continue
        elif joins and out[-1][-1] == at - 1:
            out[-1].append(at)
            continue
        out.append([at])
    return out


def _mean_weight(bands: Bands, members: Sequence[int]) -> float:
    at = list(members)
    return float(np.average(bands.weight[at], weights=bands.looks[at]))


def _support(bands: Bands, members: Sequence[int], learned: LearnedGrid) -> str:
    at = list(members)
    looks, won = int(bands.looks[at].sum()), int(bands.won[at].sum())
    rate = float(bands.won.sum() / bands.looks.sum())
    return (
        f"{won / looks:.1%} of {looks:,} looks won, {won / looks / rate:.1f} times the share of all; "
        f"about {bands.leads[at].sum():,.0f} of {learned.n_leads:,} leads."
    )


def _reissued(rule: Rule, new: Rule, points: int, why: str, *, day: date, known: str) -> Rule:
    return new.model_copy(
        update={
            "id": f"{_DATED.sub('', rule.id)}_{day:%Y%m%d}", "points": points, "from_": day, "until": None,
            "reason": f"{rule.reason} {why}",
            "reference": f"{known}; before {rule.points:+d}",
        }
    )  # fmt: skip


def _because(told: dict[str, RuleEvidence], rule: Rule) -> str:
    row = told[rule.id]
    verdict = row.verdict if row.verdict == "useful" else f"{row.verdict}: {row.why}"
    if not np.isfinite(row.with_it.value):
        return verdict
    return (
        f"{row.leads:,} leads; won {row.with_it.value:.1%} with it, {row.without_it.value:.1%} "
        f"without; {verdict}"
    )


def _why_dropped(rule: Rule, told: dict[str, RuleEvidence], replaced: dict[str, str]) -> str:
    new = [label for name, label in replaced.items() if name in rests_on(rule.when)]
    if new:
        return f"its place is taken by new rules on: {', '.join(dict.fromkeys(new))}"
    return f"not among the criteria that help most; {_because(told, rule)}"


def _id_of(got: Learned) -> str:
    name = got.candidate.name
    own = name if got.candidate.kind in ("count", "recency") else name.split("_", 1)[1]
    return re.sub(r"[^a-z0-9_]", "_", own)


def _free_id(grid: Grid, wanted: str) -> str:
    taken = {criterion.id for criterion in (*grid.rules, *grid.disqualifiers)}
    while wanted in taken:
        wanted += "_b"
    return wanted
