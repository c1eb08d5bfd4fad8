"""The list of signed decisions on thresholds, newest last, with the one in force marked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from leadscore.review.registry_screen import listing
from leadscore.scoring.thresholds import Decision


def decisions_screen(source: str, decisions: Sequence[Decision], now: Decision) -> Group:
    """Return the decisions of a source, oldest first.

    Parameters
    ----------
    now
        The decision in force; decision ``0000`` where none is, which is told below the list.
    """
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
        return Group(table)
    told = f"in force: hot {now.hot:g}, warm {now.warm:g}, by thresholds.initial of params.yaml"
    return Group(table, Text(told))


def _proposal(decision: Decision) -> str:
    if decision.reverts is not None:
        return f"takes back {decision.reverts}"
    return decision.proposal_sha256[:12] if decision.proposal_sha256 else "-"
