"""The list of signed decisions on thresholds and grids, newest last, with those in force marked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from leadscore.review.registry_screen import listing
from leadscore.scoring.signed import GridDecision, Signed
from leadscore.scoring.thresholds import AnyDecision, Decision, on_thresholds


def decisions_screen(source: str, signed: Sequence[AnyDecision], now: Decision) -> Group:
    """Return the decisions of a source, oldest first: on thresholds, and on grids where there are any.

    Parameters
    ----------
    now
        The decision on thresholds in force; decision ``0000`` where none is, which is told below the list.
    """
    decisions = on_thresholds(signed)
    of_grids = [each for each in signed if isinstance(each, GridDecision)]
    below = [_of_grids(source, of_grids)] if of_grids else []
    columns = ("id", "from", "by", "hot", "warm", "reason", "proposal")
    table = listing(f"Decisions on the thresholds of source {source}", ("", *columns))
    for each in decisions:
        is_now = each.id == now.id
        mark = "in force" if is_now else "later" if each.decided_on > now.decided_on else ""
        cells = (
            mark, each.id, each.decided_on, each.by, f"{each.hot:g}", f"{each.warm:g}", each.reason,
            _proposal(each),
        )  # fmt: skip
        table.add_row(*(Text(cell, style="bold" if is_now else "") for cell in cells))
    if now in decisions:
        return Group(table, *below)
    told = f"in force: hot {now.hot:g}, warm {now.warm:g}, by thresholds.initial of params.yaml"
    return Group(table, Text(told), *below)


def _of_grids(source: str, decisions: Sequence[GridDecision]) -> Table:
    """Return the decisions on grids; in force is the last one on each file."""
    columns = ("id", "from", "by", "grid", "version", "what changed", "reason", "proposal")
    table = listing(f"Decisions on the grids of source {source}", ("", *columns))
    last = {each.file: each.id for each in decisions}
    for each in decisions:
        is_now = last[each.file] == each.id
        versions = f"{each.before_version} -> {each.after_version}"
        cells = (
            "in force" if is_now else "", each.id, each.decided_on, each.by, each.grid, versions,
            "; ".join(each.changes), each.reason, _proposal(each),
        )  # fmt: skip
        table.add_row(*(Text(cell, style="bold" if is_now else "") for cell in cells))
    return table


def _proposal(decision: Signed) -> str:
    if decision.reverts is not None:
        return f"takes back {decision.reverts}"
    return decision.proposal_sha256[:12] if decision.proposal_sha256 else "-"
