"""Parts of a proposed grid that can be signed each on its own, and how they are told.

A part is a criterion that goes on with other points, or new criteria with the rules whose place they take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from leadscore.domain.errors import InputError, nearest
from leadscore.domain.rules import Decay, Grid, Rule
from leadscore.scoring.grid.resting import rests_on

BANDS, CELLS, POINTS, HALF_LIFE = "bands", "cells", "points", "half_life"
DATED = re.compile(r"_\d{8}$")


@dataclass(frozen=True)
class Part:
    """What goes together: rules of one criterion, and the rules whose place they take.

    Attributes
    ----------
    names
        The criteria it is called by: any of them names it.
    ended, begun
        Old rules that end, new rules that begin; one of each where a criterion goes on with other points.
    aspects
        What is signed of it: points, half-life, or both.
    """

    names: tuple[str, ...]
    ended: tuple[Rule, ...]
    begun: tuple[Rule, ...]
    aspects: tuple[str, ...] = (POINTS, HALF_LIFE)

    @property
    def goes_on(self) -> bool:
        """Whether one rule goes on as another, so that points and half-life can be signed apart."""
        ids = tuple(rule.id for rule in self.ended)
        return len(self.begun) == 1 and ids == self.names

    @property
    def differing(self) -> tuple[str, ...]:
        """Which of points and half-life the proposal changes, where the criterion goes on."""
        if not self.goes_on:
            return ()
        old, new = self.ended[0], self.begun[0]
        return tuple(
            name
            for name, differs in (
                (POINTS, old.points != new.points),
                (HALF_LIFE, old.decay != new.decay),
            )
            if differs
        )


def parts_of(old: Grid, new: Grid) -> tuple[Part, ...]:
    """Return what a proposal changes in the rules, in parts that can be signed each on its own."""
    known, now = {r.id for r in old.rules}, {r.id: r for r in new.rules}
    begun = {r.id: r for r in new.rules if r.id not in known}
    ended = [r for r in old.rules if r.id not in now or now[r.id].until != r.until]
    parts, dropped = [], []
    for rule in ended:
        successor = begun.pop(f"{DATED.sub('', rule.id)}_{new.version:%Y%m%d}", None)
        if successor is None:
            dropped.append(rule)
        else:
            parts.append(Part((rule.id,), (rule,), (successor,)))
    return (*parts, *_taking_place(dropped, list(begun.values()), new.version))


def wanted_of(
    old: Grid, new: Grid, parts: Sequence[Part], only: Sequence[str], file: object
) -> list[Part]:
    """Return the parts asked for with what of each is signed, in the proposal's order."""
    asked: dict[int, set[str]] = {} if only else dict.fromkeys(range(len(parts)), {POINTS, HALF_LIFE})  # fmt: skip
    for name in only:
        if name in (BANDS, CELLS):
            if getattr(old, name) == getattr(new, name):
                raise _no_part(f"{name} stay as they are", old, new, parts, name, file)
            continue
        criterion, _, aspect = name.partition(".")
        at = next((i for i, part in enumerate(parts) if criterion in part.names), None)
        if at is None or aspect not in ("", POINTS, HALF_LIFE):
            raise _no_part("the proposal changes no such part", old, new, parts, name, file)
        if aspect and aspect not in parts[at].differing:
            told = (
                f"its {aspect.replace('_', '-')} stays as it is"
                if parts[at].goes_on
                else "its rules come and go together"
            )
            raise _no_part(told, old, new, parts, name, file)
        asked.setdefault(at, set()).update({aspect} if aspect else {POINTS, HALF_LIFE})
    return [replace(parts[i], aspects=tuple(sorted(asked[i]))) for i in sorted(asked)]


def _no_part(
    why: str, old: Grid, new: Grid, parts: Sequence[Part], name: str, file: object
) -> InputError:
    known = names_of(old, new, parts)
    hint = nearest(name, known)
    return InputError(
        "unknown-part", f"{name!r}: {why}", file=file, column="--only",
        fix=hint if hint.startswith("known") else f"{hint} (all: {', '.join(known)})",
    )  # fmt: skip


def names_of(old: Grid, new: Grid, parts: Sequence[Part]) -> list[str]:
    """Return every name that `--only` takes for a proposal."""
    names = []
    for part in parts:
        names += list(part.names)
        if len(part.differing) > 1:
            names += [f"{part.names[0]}.{aspect}" for aspect in part.differing]
    return [*names, *(name for name in (BANDS, CELLS) if getattr(old, name) != getattr(new, name))]


def _taking_place(dropped: list[Rule], fresh: list[Rule], day: date) -> list[Part]:
    """Return new criteria with the rules whose place they take, and rules that only end."""
    named = re.compile(rf"(.+)_\d+_{day:%Y%m%d}(_b)*")
    groups: list[Part] = []
    for rule in fresh:
        found = named.fullmatch(rule.id)
        name = found[1] if found else rule.id
        at = next((i for i, group in enumerate(groups) if name in group.names), None)
        if at is None:
            groups.append(Part((name,), (), (rule,)))
        else:
            groups[at] = replace(groups[at], begun=(*groups[at].begun, rule))
    for rule in dropped:
        rests = rests_on(rule.when)
        touched = [g for g in groups if any(rests & rests_on(new.when) for new in g.begun)]
        groups = [group for group in groups if group not in touched]
        names = [name for group in touched for name in group.names]
        groups.append(
            Part(
                tuple(dict.fromkeys([*names, rule.id])),
                (*(ended for group in touched for ended in group.ended), rule),
                tuple(new for group in touched for new in group.begun),
            )
        )
    return groups


def told_of(part: Part) -> Iterator[str]:
    """Yield what a part changes, in words."""
    if part.goes_on:
        old, new = part.ended[0], part.begun[0]
        if POINTS in part.aspects and old.points != new.points:
            yield f"{old.id}: points {old.points:+d} -> {new.points:+d}"
        if HALF_LIFE in part.aspects and old.decay != new.decay:
            yield f"{old.id}: fading {_fading(old.decay)} -> {_fading(new.decay)}"
        if not part.differing:
            yield f"{old.id}: {old.points:+d} as before, out of its limit's reach"
        return
    for rule in part.ended:
        yield f"{rule.id}: points {rule.points:+d} -> none"
    for rule in part.begun:
        yield f"{rule.id}: points none -> {rule.points:+d} ({rule.words.en})"


def _fading(decay: Decay) -> str:
    if decay.kind == "none":
        return "none"
    return f"{decay.kind.replace('_', '-')} of {decay.days:g} days"


def told_of_scale(name: str, old: Grid, new: Grid) -> Iterator[str]:
    """Yield what bands or cells change, in words."""
    before, after = getattr(old, name), getattr(new, name)
    if before != after:
        yield f"{name}: {_plain(before)} -> {_plain(after)}"


def _plain(scale: Any) -> str:
    said = scale.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
    pairs = [
        (f"{key} {inner}", value)
        for key, part in said.items()
        for inner, value in (part.items() if isinstance(part, dict) else [("", part)])
    ]
    return ", ".join(f"{key.strip()} {value}" for key, value in pairs if not isinstance(value, list))  # fmt: skip
