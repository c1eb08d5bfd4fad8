"""What a quarter's look back says in the terminal: conversion by days without an own action. No lead is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from leadscore.review.grid_tables import heading, table
from leadscore.review.quarter.rows import Row
from leadscore.review.quarter.words import BASES, TABLES
from leadscore.review.words import number, percent, percent_spread


def fading_screen(told: Mapping[str, Any]) -> Group:
    """Return the table of inactivity, with the grid's own days beside it.

    Parameters
    ----------
    told
        The quarter's tables as `QuarterTables.to_dict` returns them, also through JSON.
    """
    shown, notes = told["tables"]["inactivity"]["rows"], told["tables"]["inactivity"]["notes"]
    parts: list[RenderableType] = [heading(f"{TABLES['inactivity']} ({BASES[told['basis']]})")]
    measured = [line for line in shown if line["figure"] == "conversion"]
    if measured:
        parts.append(_conversions(measured))
    rules = ", ".join(_rule(line) for line in shown if line["figure"] == "half_gone")
    *before, grid = notes
    parts += [Padding(Text(note, style="dim"), (0, 1)) for note in before]
    parts.append(Padding(Text(f"{grid} {rules or 'None takes any.'}"), (0, 1)))
    return Group(*parts)


def _conversions(lines: Iterable[Row]) -> RenderableType:
    columns = ("Won", "95 %", "n")
    shown = table("Inactive", *columns, right=columns)
    for line in lines:
        n = f"{line['n_counted']:,} of {line['n_leads']:,}"
        shown.add_row(escape(line["level"]), percent(line["value"]), percent_spread(line), n)
    return shown


def _rule(line: Row) -> str:
    return f"{line['level']} {number(line['value'], '{:g}')} days"
