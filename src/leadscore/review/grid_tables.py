"""What a manual grid says, as tables for the terminal: cases checked, one lead traced, a date replayed.

They show lead ids, so they belong on a terminal and never in a report or a log. Made for 100 columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadscore.domain.rules import Grid
from leadscore.domain.schemas import TIERS
from leadscore.metrics import rate
from leadscore.review.words import number, percent, spread
from leadscore.scoring.grid import GridScore, tiers
from leadscore.scoring.grid.checks import SheetResult
from leadscore.scoring.grid.tracing import LeadTrace, RuleTrace

COLOURS = {"hot": "bold red", "warm": "yellow", "cold": "cyan"}
_QUIET = {"does not hold", "ended", "not yet in force"}


def heading(words: str) -> Text:
    """Return a table's heading; it may be wider than the table."""
    return Text(words, style="bold")


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return an empty table as all of the grid's screens have it; `right` columns hold numbers."""
    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for name in columns:
        empty.add_column(name, justify="right" if name in right else "left", no_wrap=name in right)
    return empty


def tier_cell(tier: str) -> str:
    """Return a tier's name in its colour."""
    return f"[{COLOURS[tier]}]{tier}[/]" if tier in COLOURS else escape(tier)


def points_told(points: float, *, sign: bool = False) -> str:
    """Return points with two decimals at most."""
    return number(round(points, 2) + 0.0, "{:+g}" if sign else "{:g}")


def check_table(name: str, checked: SheetResult) -> Group:
    """Return which cases of a grid hold; of those that do not, what was expected and what came."""
    n, failed = len(checked.results), len(checked.failed)
    shown = table("", "Case", "Points", "Tier", "Cell", right=("Points",))
    for result in checked.results:
        mark = "[bold red]✗[/]" if result.differs else "[green]✓[/]"
        claim = escape(result.claim)
        for d in result.differs:
            wanted, got = escape(d.expected), escape(d.got)
            claim += f"\n[red]{escape(d.what)}:[/] expected {wanted}, got {got}"
        points = points_told(result.points)
        shown.add_row(mark, claim, points, tier_cell(result.tier), result.cell)
    told: list[RenderableType] = [heading(f"Grid {name}: {n - failed} of {n} cases hold"), shown]
    if checked.unshown:
        listed = ", ".join(checked.unshown)
        told.append(Text(f"warning: no case shows {listed}: add a lead each for which it holds"))
    return Group(*told)


def trace_table(grid: Grid, traced: LeadTrace) -> Group:
    """Return rule by rule why a lead has its points, and how they are summed."""
    when = "as exported" if pd.isna(traced.as_of) else f"as of {traced.as_of:%Y-%m-%d %H:%M}Z"
    title = f"Lead {traced.lead_id} by grid {grid.name} (version {grid.version}), {when}"
    right = ("Before", "Left", "Points")
    shown = table("Rule", "Evidence", *right, right=right)
    for group in ("fit", "engagement"):
        for rule in (rule for rule in traced.rules if rule.group == group):
            shown.add_row(*_rule_cells(rule))
        shown.add_row(f"[bold]{group}[/]", *_sum_cells(grid, traced, group), end_section=True)
    for stop in traced.disqualifiers:
        told = "[bold red]disqualified[/]" if stop.state == "holds" else _state(stop)
        shown.add_row(_named(stop), escape("\n".join(stop.evidence)), "", "", told)
    total = f"[bold]{points_told(traced.points)}[/]"
    clipped = traced.fit + traced.engagement
    note = (
        "0 for a disqualified lead"
        if traced.disqualified
        else f"{points_told(clipped)} clipped to 0..100"
        if not 0 <= clipped <= 100
        else "fit and engagement"
    )
    shown.add_row("[bold]total[/]", note, "", "", total)
    line = f"{tier_cell(traced.tier)}, cell {traced.cell}; {_bands(grid)}"
    return Group(heading(title), shown, Padding(Text.from_markup(line), (0, 1)))


def _rule_cells(rule: RuleTrace) -> tuple[str, ...]:
    evidence = escape("\n".join(rule.evidence))
    if rule.state not in ("holds", "faded"):
        return (_named(rule), f"[dim]{evidence}[/]", "", "", _state(rule))
    left = "" if rule.share_left is None else percent(rule.share_left)
    after = points_told(rule.points, sign=True)
    return (_named(rule), evidence, points_told(rule.before, sign=True), left, f"[bold]{after}[/]")


def _named(rule: RuleTrace) -> str:
    style = "dim" if rule.state in _QUIET else "default"
    return f"[{style}]{escape(rule.words)}[/]\n[dim]{rule.rule}[/]"


def _state(rule: RuleTrace) -> str:
    words = {"does not hold": "–", "not yet in force": "not yet\nin force"}
    said = words.get(rule.state, rule.state.replace(" ", "\n"))
    return f"[yellow]{said}[/]" if rule.state == "not evaluable" else f"[dim]{said}[/]"


def _sum_cells(grid: Grid, traced: LeadTrace, group: str) -> tuple[str, ...]:
    total = traced.fit_sum if group == "fit" else traced.engagement_sum
    kept = traced.fit if group == "fit" else traced.engagement
    cap, floor = getattr(grid.caps, group), getattr(grid.floors, group)
    if abs(total - kept) < 1e-9:
        why = "" if cap is None else f"cap {cap}"
    elif cap is not None and kept == cap:
        why = f"{points_told(total)} capped at {cap}"
    elif floor is not None and kept == floor:
        why = f"{points_told(total)} raised to the floor {floor}"
    else:
        why = f"{points_told(total)} before limits"
    return (f"[dim]{why}[/]", "", "", f"[bold]{points_told(kept, sign=True)}[/]")


def _bands(grid: Grid) -> str:
    warm = "" if grid.bands.warm is None else f", warm from {grid.bands.warm}"
    return f"hot from {grid.bands.hot}{warm}"


def replay_table(
    grid: Grid, score: GridScore, *, as_of: pd.Timestamp, names: Sequence[str]
) -> Group:
    """Return how many leads open at a date were in each tier and cell, by the rules of that day."""
    n = len(score.points)
    named = tiers(grid, score.points)
    title = (
        f"Grid {grid.name} on {as_of:%Y-%m-%d %H:%M}Z: {n:,} open leads, "
        f"{int(score.disqualified.sum()):,} disqualified"
    )
    right = ("Leads", "Share", "95% interval", "Median points")
    shown = table("Tier", *right, right=right)
    for tier in TIERS:
        inside = named == tier
        share = rate(int(inside.sum()), n)
        median = float(np.median(score.points[inside])) if inside.any() else float("nan")
        shown.add_row(
            tier_cell(tier), f"{int(inside.sum()):,}", percent(share.value),
            spread({"low": share.low * 100, "high": share.high * 100}, "{:.1f}%"),
            points_told(median),
        )  # fmt: skip
    cells = table(
        "Leads per cell: fit A to C, engagement 1 to 3", "", "1", "2", "3", right=("1", "2", "3")
    )
    for letter in "ABC":
        counts = [int((score.cell == f"{letter}{digit}").sum()) for digit in "123"]
        cells.add_row(letter, *(f"{count:,}" for count in counts))
    rules = f"rules in force that day: {', '.join(names) or 'none'}"
    lacking = [f"{rule} (lacks {', '.join(what)})" for rule, what in score.not_evaluable.items()]
    told: list[RenderableType] = [
        heading(title), shown, heading("Leads per cell: fit A to C, engagement 1 to 3"), cells,
        Padding(Text(rules, style="dim"), (0, 1)),
    ]  # fmt: skip
    if lacking:
        told.append(Text(f"warning: not evaluable on this source: {', '.join(lacking)}"))
    return Group(*told)
