"""Screens of the registry: the gates of a promotion, slices, versions, and a shadow night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadscore.domain.schemas import TIERS
from leadscore.metrics import Figure
from leadscore.review.shadow import Shadowed
from leadscore.review.succession import Contest, Slice, differs
from leadscore.review.words import percent
from leadscore.scoring.gates import Gate

_SHOWN = 12


@dataclass(frozen=True)
class VersionRow:
    """A version as the list shows it: number, hash, aliases and places, gates, who promoted it."""

    version: str
    sha12: str
    names: str
    gates: str
    signed: str


def examined_screen(
    title: str, gates: Sequence[Gate], found: Contest | str, *, against: str
) -> Group:
    """Return gates in order, then the slices, those worst for the challenger first."""
    table = listing(title, ("gate", "", "evidence"))
    for gate in gates:
        said = (
            Text("passed", style="green") if gate.passed else Text("NOT passed", style="bold red")
        )
        table.add_row(Text(gate.gate), said, Text(gate.evidence))
    shown: list[RenderableType] = [table]
    if isinstance(found, Contest):
        shown += [Text(f"Against {against}: {found.note()}."), _slices(found)]
    return Group(*shown)


def _slices(found: Contest) -> RenderableType:
    if not found.slices:
        return Text("No group of leads is large enough to be compared alone.")
    ranked = sorted(found.slices, key=_worst_first)
    heading = f"By group, challenger minus {found.rival}; above zero is worse ({len(ranked)} groups"
    heading += f", {found.n_too_few} too few)" if found.n_too_few else ")"
    table = listing(heading, ("group", "difference", ""))
    for each in ranked[:_SHOWN]:
        mark = Text("worse", style="bold red") if each.is_harmed else Text("")
        table.add_row(Text(f"{each.name}: {each.level}"), Text(differs(each.gap)), mark)
    if len(ranked) > _SHOWN:
        table.add_row(Text(f"... {len(ranked) - _SHOWN} more"), Text(""), Text(""))
    return table


def _worst_first(each: Slice) -> tuple[bool, float]:
    return not each.is_harmed, -each.gap.figure.value


def versions_screen(title: str, rows: Sequence[VersionRow], notes: Sequence[str]) -> Group:
    """Return the list of versions, newest first, and what is to be said of it."""
    table = listing(title, ("version", "sha256", "is", "gates", "signed"))
    for row in rows:
        table.add_row(*(Text(cell) for cell in vars(row).values()))
    return Group(table, *(Text(note) for note in notes))


def shadow_screen(title: str, found: Shadowed) -> Group:
    """Return correlation, share of leads that change tier, and from which tier to which."""
    table = listing(title, ("issued as", *(f"challenger: {tier}" for tier in TIERS)))
    for tier in TIERS:
        table.add_row(tier, *(f"{found.moves[to][tier]:,d}" for to in TIERS))
    lines = [
        f"rank correlation of scores {_figure(found.correlation)}",
        f"leads in another tier {_share(found.changed)}",
    ]
    if found.n_only:
        lines.append(f"{found.n_only:,} leads were scored by one side alone")
    return Group(table, *(Text(line) for line in lines))


def _figure(figure: Figure) -> str:
    if figure.why_no_interval:
        return figure.why_no_interval
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}], {figure.n:,} leads"


def _share(figure: Figure) -> str:
    if figure.why_no_interval:
        return figure.why_no_interval
    low, high = percent(figure.low), percent(figure.high)
    return f"{percent(figure.value)} [{low}, {high}], {figure.n_won:,} of {figure.n:,}"


def listing(title: str, columns: Sequence[str]) -> Table:
    """Return an empty table as the lists of signed lines have it: long cells are folded."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
