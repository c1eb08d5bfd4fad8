"""Rules that another tool exported, as a grid of ours: what can be said is, all else is listed.

Nothing is dropped silently and nothing guessed silently: what cannot be written stands in `left_out`
with the reason, what a person must look at stands as a CHECK beside its rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from leadscore.domain.errors import InputError, nearest
from leadscore.scoring.grid.foreign import Draft, LeftOut, found
from leadscore.scoring.grid.foreign_tools import hubspot, mautic, zoho

Reader = Callable[[object], tuple[list[Draft], list[LeftOut]]]
TOOLS: dict[str, Reader] = {"hubspot": hubspot, "mautic": mautic, "zoho": zoho}
"""Tools whose export is public -> what reads it. docs/grid.md says where to get the export."""

_DATED = ("dateModified", "dateAdded", "updatedAt", "createdAt", "modified_time", "created_time")
_HOT, _WARM = 0.7, 0.4  # of the points that can be reached; other tools export no bands


@dataclass(frozen=True)
class Imported:
    """A grid drafted from another tool's rules.

    Attributes
    ----------
    plain
        The grid as `parse_grid` reads it.
    checks
        Rule id (or ``bands``, ``version``) -> what a person must look at.
    left_out
        Rules that cannot be said, and why.
    """

    plain: dict[str, Any]
    checks: Mapping[str, Sequence[str]]
    left_out: tuple[LeftOut, ...]


@dataclass
class _Ids:
    """Gives each rule an id of its own."""

    taken: set[str] = field(default_factory=set)

    def of(self, name: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "rule"
        base = base if base[0].isalpha() else f"rule_{base}"
        found, n = base, 1
        while found in self.taken:
            n += 1
            found = f"{base}_{n}"
        self.taken.add(found)
        return found


def import_rules(raw: object, *, tool: str, name: str, version: date, file: object) -> Imported:
    """Return the grid that an export of another tool describes.

    Parameters
    ----------
    raw
        The export as read from JSON.
    tool
        One of `TOOLS`.
    name
        Name of the new grid (a-z, 0-9, _).
    version
        Its version: the day from which it would be in force.
    file
        Where the export came from, for messages.

    Raises
    ------
    InputError
        ``unknown-tool``; ``no-rules``: the export holds none that can be said.
    """
    if tool not in TOOLS:
        raise InputError("unknown-tool", f"no reader for '{tool}'", fix=nearest(tool, TOOLS))
    drafts, left_out = TOOLS[tool](raw)
    usable = [draft for draft in drafts if draft.points]
    left_out += [LeftOut(d.name, "it gives 0 points") for d in drafts if not d.points]
    if not usable:
        why = "; ".join(f"{left.name}: {left.why}" for left in left_out[:3]) or "it is empty"
        raise InputError(
            "no-rules",
            f"no rule of this {tool} export can be written ({why})",
            file=file,
            fix="docs/grid.md says which export of which tool can be read",
        )
    ids, checks = _Ids(), dict[str, list[str]]()
    rules, members = [], dict[str, list[tuple[str, str]]]()
    for draft in usable:
        id_ = ids.of(draft.name)
        rules.append(_rule(draft, id_, tool, checks))
        if draft.limit is not None:
            members.setdefault(f"{draft.limit[0]}\n{draft.limit[1]}", []).append((id_, draft.group))
    plain: dict[str, Any] = {
        "grid": _Ids().of(name),
        "version": version.isoformat(),
        "owner": "sales management",
        "description": f"Rules imported from {tool}; look at every CHECK before it is used.",
        "bands": _bands(rules, checks),
        "cells": {"fit": {"A": 40, "B": 20}, "engagement": {"1": 45, "2": 15}},
    }
    limits = [_limit(key, rules_) for key, rules_ in members.items()]
    if kept := [limit for limit in limits if limit is not None]:
        plain["limits"] = kept
    return Imported(plain | {"rules": rules}, checks, tuple(left_out))


def newest_day(raw: object) -> date | None:
    """Return the newest day on which the export says something was made or changed, if it does."""
    told = [text for key in _DATED for text in found(key, raw) if isinstance(text, str)]
    days = []
    for text in told:
        try:
            days.append(datetime.fromisoformat(text).date())
        except ValueError:
            continue
    return max(days, default=None)


def as_yaml(imported: Imported) -> str:
    """Return the grid as YAML text, CHECK comments beside their rules, what was left out at the end."""
    lines = [f"# {imported.plain['description']}"]
    for key, value in imported.plain.items():
        lines += [f"# CHECK: {_line(said)}" for said in imported.checks.get(key, ())]
        if key != "rules":
            lines.append(f"{key}: {_flow(value)}")
            continue
        lines.append("rules:")
        for rule in value:
            lines += ["", *(f"  # CHECK: {_line(s)}" for s in imported.checks.get(rule["id"], ()))]
            parts = [f"{name}: {_flow(part)}" for name, part in rule.items()]
            lines += [f"  - {parts[0]}", *(f"    {part}" for part in parts[1:])]
    if imported.left_out:
        lines += ["", "# Left out, since this grid has no words for it:"]
        lines += [f"#   {_line(left.name)}: {_line(left.why)}" for left in imported.left_out]
    return "\n".join(lines) + "\n"


def _rule(draft: Draft, id_: str, tool: str, checks: dict[str, list[str]]) -> dict[str, Any]:
    said = [*draft.checks]
    points = draft.points
    if points != round(points) or not -100 <= points <= 100:
        points = max(-100, min(100, round(points)))
        said.append(f"{tool} gives {draft.points:g} points; a rule has whole points, 100 at most")
    rule: dict[str, Any] = {
        "id": id_,
        "words": {"en": draft.name, "fr": draft.name},
        "group": draft.group,
        "points": int(points),
        "when": draft.when,
    }
    said.append("words.fr is the tool's own name: translate it")
    if draft.each_time is not None:
        rule["each_time"] = {"max": draft.each_time}
    if draft.from_ is not None:
        rule["from"] = draft.from_
    if draft.until is not None:
        rule["until"] = draft.until
    checks[id_] = said
    return rule | {"owner": "sales management", "reason": f"As in {tool}: {draft.name}."}


def _bands(rules: Sequence[Mapping[str, Any]], checks: dict[str, list[str]]) -> dict[str, int]:
    """Return bands within reach; other tools keep theirs elsewhere."""
    most = sum(
        max(0, rule["points"]) * rule.get("each_time", {}).get("max", 1)
        for rule in rules
        if "until" not in rule and "from" not in rule
    )
    reach = min(100, most)
    hot, warm = max(1, int(_HOT * reach)), int(_WARM * reach)
    checks["bands"] = [
        f"the export says no thresholds: hot and warm are {_HOT:.0%} and {_WARM:.0%} of the "
        f"{reach} points within reach; write your own",
    ]
    return {"hot": hot, "warm": warm} if 1 <= warm < hot else {"hot": hot}


def _limit(key: str, rules: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Return a common limit of rules of one group; of rules of both there is none."""
    points = round(float(key.rpartition("\n")[2]))
    if len({group for _, group in rules}) > 1 or not 1 <= points <= 100:
        return None
    return {"rules": [id_ for id_, _ in rules], "points": points}


def _flow(value: Any) -> str:
    """Return a value in YAML's flow style, which JSON is."""
    return json.dumps(value, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())
