"""The grid that a signature under a proposal puts in force, and the one that brings an older version back.

Rules end and begin on the day of the signature, whatever day the proposal was made for: a replay of a day
before it gives that day's points. Nothing here writes or decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leadscore.domain.rules import Grid, Rule
from leadscore.scoring.grid.parts import (
    BANDS,
    CELLS,
    DATED,
    HALF_LIFE,
    POINTS,
    Part,
    parts_of,
    told_of,
    told_of_scale,
    wanted_of,
)
from leadscore.scoring.grid.reading import parse_grid, to_plain


@dataclass(frozen=True)
class SignedGrid:
    """The grid that a signature puts in force, and in words what went from what to what."""

    grid: Grid
    changes: tuple[str, ...]


def signed_grid(
    old: Grid, new: Grid, only: Sequence[str], *, day: date, file: object
) -> SignedGrid:
    """Return the grid with a proposal's parts, or with some of them, in force from a day on.

    Parameters
    ----------
    only
        Parts by name: a criterion, ``CRITERION.points``, ``CRITERION.half_life``, ``bands`` or ``cells``;
        none: all of them.
    file
        The proposal's file, for errors.

    Raises
    ------
    InputError
        ``unknown-part``, or as `parse_grid`: alone, the parts make no grid (``unreachable-hot``).
    """
    parts = parts_of(old, new)
    wanted = wanted_of(old, new, parts, only, file)
    scale = [name for name in (BANDS, CELLS) if name in only or not only]
    made = old.model_copy(
        update={
            "version": max(day, old.version + timedelta(days=1)),
            "description": new.description if not only
            else f"{old.description} Of the points learned for {new.version}: {', '.join(only)}.",
            "rules": _rules(old, new, wanted, day),
            **{name: getattr(new, name) for name in scale},
        }
    )  # fmt: skip
    changes = [told for part in wanted for told in told_of(part)]
    changes += [told for name in scale for told in told_of_scale(name, old, new)]
    return SignedGrid(_whole(made, old.excerpt, file), tuple(changes))


def brought_back(before: Grid, now: Grid, *, day: date, file: object) -> SignedGrid:
    """Return the grid that gives the points of `before` again from a day on, as a version after `now`.

    What holds now ends that day; what had ended begins anew under an id of its own, in the reach of
    the same limits. Rules that would begin or end on that very day were never in force.
    """
    there = {rule.id: rule for rule in now.rules}
    rules: list[Rule] = []
    anew: dict[str, str] = {}
    for rule in before.rules:
        is_now = there.pop(rule.id, rule)
        if is_now.until is None or is_now.until >= day or is_now == rule:
            rules.append(rule)
            continue
        id_ = _free(f"{DATED.sub('', rule.id)}_{day:%Y%m%d}", (before, now))
        anew[rule.id] = id_
        rules += [is_now, rule.model_copy(update={"id": id_, "from_": day})]
    rules += [ended for rule in there.values() for ended in _ended(rule, day)]
    limits = [
        limit.model_copy(update={"rules": [*limit.rules, *(anew[i] for i in limit.rules if i in anew)]})
        for limit in before.limits
    ]  # fmt: skip
    version = max(day, now.version + timedelta(days=1))
    made = before.model_copy(update={"version": version, "rules": rules, "limits": limits})
    told = f"points of version {now.version} -> those of version {before.version} again"
    return SignedGrid(_whole(made, before.excerpt, file), (told,))


def _rules(old: Grid, new: Grid, parts: Sequence[Part], day: date) -> list[Rule]:
    """Return the old rules, those of the parts ended and succeeded, then the new criteria's."""
    of_rule = {rule.id: part for part in parts for rule in part.ended}
    rules: list[Rule] = []
    for rule in old.rules:
        part = of_rule.get(rule.id)
        rules += [rule] if part is None else _ended(rule, day)
        if part is not None and part.goes_on:
            rules.append(_successor(part, day))
    fresh = {rule.id for part in parts if not part.goes_on for rule in part.begun}
    return [*rules, *(r.model_copy(update={"from_": day}) for r in new.rules if r.id in fresh)]


def _ended(rule: Rule, day: date) -> list[Rule]:
    """Return a rule ended on a day; nothing of one that would only begin then."""
    if rule.from_ is not None and rule.from_ >= day:
        return []
    until = day if rule.until is None else min(rule.until, day)
    return [rule.model_copy(update={"until": until})]


def _successor(part: Part, day: date) -> Rule:
    old, new = part.ended[0], part.begun[0]
    kept: dict[str, Any] = {"from_": day}
    if POINTS not in part.aspects:
        kept["points"] = old.points
    if HALF_LIFE not in part.aspects:
        kept["decay"] = old.decay
    return new.model_copy(update=kept)


def _whole(made: Grid, excerpt: str | None, file: object) -> Grid:
    """Return the grid read back as a file would be; the excuse for an unreachable hot only where it is one."""
    excused = excerpt if made.reach < made.bands.hot else None
    return parse_grid(to_plain(made.model_copy(update={"excerpt": excused})), file=file)


def _free(wanted: str, grids: Sequence[Grid]) -> str:
    taken = {c.id for grid in grids for c in (*grid.rules, *grid.disqualifiers)}
    while wanted in taken:
        wanted += "_b"
    return wanted
