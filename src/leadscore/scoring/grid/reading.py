"""From a plain map (a YAML file already read) to a grid, and back; faults named by rule and key.

All faults of a grid are told at once, on one line. It opens no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leadscore.domain.conditions import CONDITIONS, TAG
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.rules import (
    Bands,
    Caps,
    Cells,
    Decay,
    Disqualifier,
    EachTime,
    EngagementBorders,
    FitBorders,
    Grid,
    Label,
    Rule,
)
from leadscore.domain.settings import Strict

_SHOWN = 5
_BLOCKS: dict[str, type[Strict]] = {
    "bands": Bands,
    "caps": Caps,
    "cells": Cells,
    "fit": FitBorders,
    "engagement": EngagementBorders,
    "rules": Rule,
    "disqualifiers": Disqualifier,
    "words": Label,
    "decay": Decay,
    "each_time": EachTime,
}
_MISSING = "missing"
_UNKNOWN = "extra_forbidden"
_WHOLE = ("int_type", "int_from_float", "int_parsing")


def parse_grid(
    raw: object, *, file: object, lines: Mapping[tuple[str | int, ...], int] | None = None
) -> Grid:
    """Return the grid that a plain map describes.

    Parameters
    ----------
    raw
        What the strict YAML reader returned: maps, lists, texts, numbers, dates (or ISO texts).
    file
        Where it came from, for the messages.
    lines
        1-based line of every key path, where the reader knows it.

    Raises
    ------
    InputError
        ``empty-grid``, ``unknown-key``, ``missing-key``, ``bad-value``, ``bad-condition``,
        ``thresholds-reversed``, ``duplicate-id``, ``unreachable-hot``: naming file, rule and key.
        With several faults the first gives the code and the others follow in the message.

    Examples
    --------
    >>> parse_grid({}, file="g.yaml")
    Traceback (most recent call last):
    ...
    leadscore.domain.errors.InputError: g.yaml empty-grid: expected a map with grid, rules, ...
    """
    if not isinstance(raw, dict) or not raw:
        raise InputError(
            "empty-grid",
            "expected a map with grid, rules, ...",
            file=file,
            fix=None if raw in ({}, None) else f"got {_short(raw)}",
        )
    try:
        return Grid.model_validate(raw)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        code, place, told = _told(faults[0], raw)
        more = [f"{where}: {text}" for _, where, text in (_told(f, raw) for f in faults[1:_SHOWN])]
        left = len(faults) - _SHOWN
        message = "; ".join([told, *more]) + (f"; and {left} more" if left > 0 else "")
        row = _line(faults[0]["loc"], lines or {})
        raise InputError(code, message, file=file, row=row, column=place or None) from None


def to_plain(grid: Grid) -> dict[str, Any]:
    """Return the grid as a map of JSON kinds; `parse_grid` reads it back to an equal grid."""
    return grid.model_dump(mode="json", by_alias=True, exclude_none=True)


def dated(grid: Grid, as_of: date) -> Grid:
    """Return the grid with only the criteria in force on a day (``from <= day < until``)."""
    return grid.model_copy(
        update={
            "rules": [rule for rule in grid.rules if rule.in_force(as_of)],
            "disqualifiers": [d for d in grid.disqualifiers if d.in_force(as_of)],
        }
    )


def _told(fault: ErrorDetails, raw: dict[Any, Any]) -> tuple[str, str, str]:
    """Return code, place in the grid and text of one fault."""
    loc, kind, given = fault["loc"], fault["type"], fault["input"]
    place = ".".join(_readable(loc, raw))
    if kind == _UNKNOWN:
        return "unknown-key", place, f"unknown key; {nearest(str(loc[-1]), _known_keys(loc))}"
    if kind == _MISSING:
        return "missing-key", place, "key is missing"
    if kind == "literal_error":
        allowed = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return "bad-value", place, f"got {_short(given)}; {nearest(str(given), allowed)}"
    if kind in _WHOLE:
        return "bad-value", place, f"expected a whole number, got {_short(given)}"
    if kind == "value_error":
        return "bad-value", place, fault["msg"].removeprefix("Value error, ")
    if kind == "bad-condition":
        return kind, place, f"{fault['msg']}, got {_short(given)}"
    if "-" in kind:
        return kind, place, fault["msg"]
    return (
        "bad-value",
        place,
        f"{fault['msg'].replace('Input should', 'should')}, got {_short(given)}",
    )


def _readable(loc: tuple[int | str, ...], raw: Any) -> Iterator[str]:
    """Yield the keys of a place; a rule's number becomes its id where it has one."""
    for part in loc:
        if isinstance(part, str) and (part.startswith(TAG) or not isinstance(raw, dict)):
            continue  # pydantic's own names: the kind of condition, the branch of a union
        inside = _inside(raw, part)
        if isinstance(part, int) and isinstance(inside, dict) and isinstance(inside.get("id"), str):
            yield inside["id"]
        else:
            yield str(part + 1) if isinstance(part, int) else part
        raw = inside


def _line(loc: tuple[int | str, ...], lines: Mapping[tuple[str | int, ...], int]) -> int | None:
    """Return the line of a place, or of the nearest key around it that has one."""
    path = tuple(p for p in loc if not (isinstance(p, str) and p.startswith(TAG)))
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _inside(raw: Any, part: int | str) -> Any:
    if isinstance(raw, list):
        return raw[part] if isinstance(part, int) and part < len(raw) else None
    return raw.get(part) if isinstance(raw, dict) else None


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed beside an unknown one."""
    parents = [str(part) for part in loc[:-1] if not isinstance(part, int)]
    owner: type[Strict] = Grid
    if parents and parents[-1].startswith(TAG):
        owner = CONDITIONS[parents[-1].removeprefix(TAG)]
    elif parents:
        owner = _BLOCKS[parents[-1]]
    return [field.alias or name for name, field in owner.model_fields.items()]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
