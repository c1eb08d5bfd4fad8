"""One rule of another tool as a draft of ours: its records, and property tests in all tools' words.

A comparison without a counterpart is refused by name, never weakened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PROPERTIES = {
    "jobtitle": "job_title", "designation": "job_title", "title": "job_title",
    "numemployees": "employees", "numberofemployees": "employees", "noofemployees": "employees",
    "hsemaildomain": "email_domain", "industry": "industry", "country": "country",
    "company": "company", "leadsource": "channel",
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """One rule as it could stand in a grid.

    `limit` is a name shared with other rules and the most points they give together; `from_` and `until`
    are ISO dates; `checks` is what a person must look at.
    """

    name: str
    group: str
    points: float
    when: dict[str, Any]
    checks: tuple[str, ...] = ()
    each_time: int | None = None
    limit: tuple[str, float] | None = None
    from_: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A rule that a grid has no words for, and why."""

    name: str
    why: str


class CannotSayError(Exception):
    """A part of a foreign rule that a grid has no words for."""


def property_test(name: str, operator: str, value: Any, checks: list[str]) -> dict[str, Any]:
    """Return the test of a property, in any tool's word for the comparison; adds what to look at.

    Raises
    ------
    CannotSayError
        The comparison has no counterpart, or its value is not in the export.
    """
    ours = _PROPERTIES.get(re.sub(r"[^a-z0-9]", "", name.casefold()))
    if ours is None:
        checks.append(f"property '{name}': write the name it has in your source mapping")
        ours = name
    kind = operator.casefold().removeprefix("is_").removesuffix("_to")
    if value in ("${EMPTY}", ["${EMPTY}"]):
        kind = "unknown" if kind == "equal" else "known"
    negated = kind.startswith(("not_", "none_of", "does_not_"))
    kind = {"none_of": "any_of"}.get(kind, kind.removeprefix("not_").removeprefix("does_not_"))
    if kind not in _TESTS:
        raise CannotSayError(f"the comparison '{operator}' of '{name}' has no counterpart")
    test = {"property": ours, **_TESTS[kind](value)}
    if negated:
        checks.append(f"`not` passes as well where '{ours}' is not known")
    return {"not": test} if negated else test


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values or any(v is None or isinstance(v, (dict, list)) for v in values):
        raise CannotSayError("the value compared with is not in the export")
    return values


def _in(value: Any) -> dict[str, Any]:
    return {"in": [v if isinstance(v, (int, float)) else str(v) for v in _listed(value)]}


def _number(value: Any) -> float:
    try:
        number = float(_listed(value)[0])
    except (TypeError, ValueError):
        raise CannotSayError(f"{value!r} is no number") from None
    return int(number) if number == int(number) else number


def _between(value: Any) -> dict[str, Any]:
    ends = [_number(end) for end in _listed(value)]
    if len(ends) != 2:
        raise CannotSayError("`between` needs two ends")
    return {"between": sorted(ends)}


def _texts(value: Any) -> list[str]:
    return [str(v) for v in _listed(value)]


_TESTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **dict.fromkeys(("equal", "any_of", "in", "has_any_of"), _in),
    "contains": lambda v: {"matches": _texts(v)[0]} if len(_texts(v)) == 1 else {"matches": _texts(v)},
    "contain": lambda v: {"matches": _texts(v)[0]} if len(_texts(v)) == 1 else {"matches": _texts(v)},
    **dict.fromkeys(("starts_with", "start_with"), lambda v: {"starts_with": _texts(v)}),
    **dict.fromkeys(("ends_with", "end_with"), lambda v: {"ends_with": _texts(v)}),
    "greater_than": lambda v: {"above": _number(v)},
    **dict.fromkeys(("greater_than_or_equal", "greater_equal"), lambda v: {"at_least": _number(v)}),
    "less_than": lambda v: {"below": _number(v)},
    **dict.fromkeys(("less_than_or_equal", "less_equal"), lambda v: {"at_most": _number(v)}),
    "between": _between,
    "known": lambda _: {"missing": False},
    "unknown": lambda _: {"missing": True},
}  # fmt: skip


def joined(joint: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Join conditions by ``all`` or ``any``; one stands alone."""
    if not parts:
        raise CannotSayError("its filter is empty")
    return parts[0] if len(parts) == 1 else {joint: parts}


def found(key: str, value: object) -> Iterator[Any]:
    """Yield what stands under a key anywhere inside."""
    if isinstance(value, Mapping):
        if key in value:
            yield value[key]
        for part in value.values():
            yield from found(key, part)
    elif isinstance(value, list):
        for part in value:
            yield from found(key, part)


def points_of(value: object) -> float:
    """Return points as a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CannotSayError(f"its points are {value!r}, no number")
    return float(value)


def items_of(raw: object, many: str, one: str) -> list[Mapping[str, Any]]:
    """Return the entries of an export: a list, a map of them by number, or a single one."""
    if isinstance(raw, Mapping):
        if many in raw:
            inner = raw[many]
            return maps_in(list(inner.values()) if isinstance(inner, Mapping) else inner)
        if isinstance(raw.get(one), Mapping):
            return [raw[one]]
        return [raw] if {"groupConfigs", "field_rules", "delta"} & set(raw) else []
    return maps_in(raw)


def maps_in(value: object) -> list[Mapping[str, Any]]:
    """Return the maps in a list; nothing else is a rule."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []
