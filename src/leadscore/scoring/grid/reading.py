"""From a plain map (a YAML file already read) to a grid, and back; faults named by rule and key.

All faults of a grid are told at once, on one line. It opens no file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leadscore.domain.conditions import CONDITIONS, TAG, KeyPath
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.rules import (
    Bands,
    Caps,
    Cells,
    Decay,
    Disqualifier,
    EachTime,
    EngagementBorders,
    Fault,
    FitBorders,
    Floors,
    Grid,
    Label,
    Level,
    Limit,
    Rule,
)
from leadscore.domain.strict import Strict
from leadscore.scoring.grid.vocabulary import Vocabulary, unknown_names

_SHOWN = 20
_BLOCKS: dict[str, type[Strict]] = {
    "bands": Bands,
    "levels": Level,
    "caps": Caps,
    "floors": Floors,
    "limits": Limit,
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
_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text (quote it)",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a map of keys",
    "model_type": "a map of keys",
    "model_attributes_type": "a map of keys",
}
_FIXES = {
    "empty-grid": "docs/grid.md shows a whole grid",
    "bad-value": "docs/grid.md says what may stand there",
    "unknown-key": "docs/grid.md lists every key",
    "missing-key": "docs/grid.md lists every key",
    "bad-condition": "docs/grid.md shows every condition",
    "thresholds-reversed": "swap them, or move one",
    "bad-levels": "let each level begin one point after the one before it",
    "duplicate-id": "end the old one with `until` and give the new one its own id",
    "unreachable-hot": "change bands.hot, points or caps, or say in `excerpt` why it is an example",
    "unknown-name": "take a name that the source's mapping declares",
}


def parse_grid(
    raw: object,
    *,
    file: object,
    lines: Mapping[KeyPath, int] | None = None,
    columns: Mapping[KeyPath, int] | None = None,
    vocabulary: Vocabulary | None = None,
) -> Grid:
    """Return the grid that a plain map describes.

    Parameters
    ----------
    raw
        What the strict YAML reader returned: maps, lists, texts, numbers, dates (or ISO texts).
    file
        Where it came from, for the messages.
    lines, columns
        1-based line and column of every key path, where the reader knows them. With columns a fault
        is told at its place (``grid.yaml:12:5``), without them at its keys.
    vocabulary
        The names of the source the grid is for; names it does not have are refused then. Without it
        they are not asked for: `evaluate` gives such rules 0 points and names them.

    Raises
    ------
    InputError
        ``empty-grid``, ``unknown-key``, ``missing-key``, ``bad-value``, ``bad-condition``,
        ``thresholds-reversed``, ``bad-levels``, ``duplicate-id``, ``unreachable-hot``,
        ``unknown-name``: all faults at once; the first gives place and code.

    Examples
    --------
    >>> parse_grid({}, file="g.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    leadscore.domain.errors.InputError: g.yaml empty-grid: expected a map ... — docs/grid.md shows ...
    """
    if not isinstance(raw, dict) or not raw:
        told = f", got {_short(raw)}" if raw not in ({}, None) else ""
        what = f"expected a map with grid, rules, ...{told}"
        raise InputError("empty-grid", what, file=file, fix=_FIXES["empty-grid"])
    try:
        grid = Grid.model_validate(raw)
    except ValidationError as error:
        found = [f for e in error.errors(include_url=False) for f in _faults(e, raw)]
        raise _all_told(found, raw, file, lines or {}, columns or {}) from None
    if vocabulary is not None and (unknown := unknown_names(grid, vocabulary)):
        found = [Fault("unknown-name", name.path, name.told) for name in unknown]
        raise _all_told(found, raw, file, lines or {}, columns or {})
    return grid


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


def _all_told(
    faults: Sequence[Fault],
    raw: dict[Any, Any],
    file: object,
    lines: Mapping[KeyPath, int],
    columns: Mapping[KeyPath, int],
) -> InputError:
    """Return one error of all faults, in the order of the file; the first gives place and code."""
    once = list({(fault.path, fault.told): fault for fault in faults}.values())
    places = [_place(fault.path, lines) for fault in once]
    order = sorted(range(len(once)), key=lambda i: (lines.get(places[i], sys.maxsize), i))
    told = []
    for i in order[:_SHOWN]:
        keys, line = ".".join(_readable(once[i].path, raw)), lines.get(places[i])
        where = (
            keys if line is None or not columns else f"{line}:{columns.get(places[i], 1)} {keys}"
        )
        told.append((where, once[i].told))
    first, row = once[order[0]], lines.get(places[order[0]])
    column = columns.get(places[order[0]]) if row is not None else None
    keys = ".".join(_readable(first.path, raw))
    # With a column the place is the file's, and the keys go into the message.
    said = first.told if column is None or not keys else f"{keys}: {first.told}"
    message = "; ".join([said, *(f"{where}: {text}".lstrip(": ") for where, text in told[1:])])
    left = len(once) - _SHOWN
    return InputError(
        first.code,
        message + (f"; and {left} more" if left > 0 else ""),
        file=file,
        row=row,
        column=(keys or None) if column is None else str(column),
        fix=_FIXES.get(first.code),
    )


def _faults(detail: ErrorDetails, raw: dict[Any, Any]) -> Iterator[Fault]:
    """Yield what one of pydantic's errors says; those between parts of a grid hold several."""
    if detail["type"] == "grid-faults":
        yield from detail["ctx"]["all"]
        return
    code, told = _told(detail)
    yield Fault(code, tuple(_keys(detail["loc"], raw)), told)


def _told(detail: ErrorDetails) -> tuple[str, str]:
    """Return code and text of one fault."""
    loc, kind, given = detail["loc"], detail["type"], detail["input"]
    if kind == _UNKNOWN:
        return "unknown-key", f"unknown key; {nearest(str(loc[-1]), _known_keys(loc))}"
    if kind == _MISSING:
        return "missing-key", "key is missing"
    if kind == "literal_error":
        allowed = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return "bad-value", f"got {_short(given)}; {nearest(str(given), allowed)}"
    if kind in _EXPECTED:
        return "bad-value", f"expected {_EXPECTED[kind]}, got {_short(given)}"
    if kind == "value_error":
        return "bad-value", detail["msg"].removeprefix("Value error, ")
    if kind == "bad-condition":
        return kind, f"{detail['msg']}, got {_short(given)}"
    if "-" in kind:
        return kind, detail["msg"]
    return "bad-value", f"{detail['msg'].replace('Input should', 'should')}, got {_short(given)}"


def _keys(loc: tuple[int | str, ...], raw: Any) -> Iterator[int | str]:
    """Yield the keys of the file in pydantic's place, without its own names."""
    for part in loc:
        if isinstance(part, str) and (part.startswith(TAG) or not isinstance(raw, dict)):
            continue  # the kind of a condition, the branch of a union
        yield part
        raw = _inside(raw, part)


def _readable(path: KeyPath, raw: Any) -> Iterator[str]:
    """Yield the keys of a path; a rule's number becomes its id where it has one."""
    for part in path:
        inside = _inside(raw, part)
        if isinstance(part, int) and isinstance(inside, dict) and isinstance(inside.get("id"), str):
            yield inside["id"]
        else:
            yield str(part + 1) if isinstance(part, int) else part
        raw = inside


def _place(path: KeyPath, lines: Mapping[KeyPath, int]) -> KeyPath:
    """Return the path, or the nearest one around it whose line is known."""
    return next((path[:n] for n in range(len(path), 0, -1) if path[:n] in lines), ())


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
