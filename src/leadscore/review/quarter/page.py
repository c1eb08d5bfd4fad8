"""The quarter's section of the report page: every table with a column per figure, as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadscore.review.quarter.judged_page import judged_table
from leadscore.review.quarter.page_parts import Cell, Line, PageTable
from leadscore.review.quarter.rows import Row, Table
from leadscore.review.quarter.tables import QuarterTables
from leadscore.review.quarter.words import BASES, FIGURES, TABLES
from leadscore.review.words import number as written
from leadscore.review.words import percent_spread, spread

MOST_LEVELS = 12


@dataclass(frozen=True)
class QuarterPage:
    """What the section shows."""

    title: str
    lead: str
    notes: tuple[str, ...]
    tables: tuple[PageTable, ...]


def quarter_page(told: QuarterTables) -> QuarterPage:
    """Return the section of the page; texts only, so that nothing is computed while it is drawn."""
    joined, counts = told.joined, told.joined.counts()
    lead = (
        f"{counts['leads']:,} leads had {BASES[joined.basis]} in {joined.quarter.name}; each counts once, by its "
        f"first look, in shares by its last. Of {counts['matured']:,} it is known whether they were won within "
        f"{joined.horizon.days} days; {counts['waiting']:,} wait for that and stand apart."
    )  # fmt: skip
    basis = BASES[joined.basis]
    return QuarterPage(
        title=f"{joined.quarter.name}: scores against what became of the leads",
        lead=lead,
        notes=told.notes,
        tables=(
            *([judged_table(told.judged)] if told.judged else []),
            *(_page_table(table, basis) for table in told.tables),
        ),
    )


def _page_table(table: Table, basis: str) -> PageTable:
    shown, n_more = _most_frequent(table.rows)
    names = list(dict.fromkeys(line["figure"] for line in shown))
    groups = list(dict.fromkeys((line["grouping"], line["level"]) for line in shown))
    at = {(line["grouping"], line["level"], line["figure"]): line for line in shown}
    lines = [
        Line(group[0], group[1], tuple(_cell(at.get((*group, name))) for name in names))
        for group in groups
    ]
    more = [f"{n_more:,} further values of properties stand in the marts only."] if n_more else []
    return PageTable(
        caption=f"{TABLES[table.name]} ({basis})",
        heads=tuple((FIGURES[name][0], FIGURES[name][1]) for name in names),
        lines=tuple(lines),
        notes=(*table.notes, *more),
    )


def _most_frequent(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """Return the rows of each property's most frequent values, and how many values are left out."""
    of_score = ("all", "tier", "band", "verdict")
    leads: dict[tuple[str, str], int] = {}
    for line in rows:
        if line["grouping"] not in of_score:
            group = (line["grouping"], line["level"])
            leads[group] = max(leads.get(group, 0), line["n_leads"])
    ranked = sorted(leads, key=lambda group: (group[0], -leads[group], group[1]))
    place: dict[str, int] = {}
    kept = set()
    for group in ranked:
        place[group[0]] = place.get(group[0], 0) + 1
        if place[group[0]] <= MOST_LEVELS:
            kept.add(group)
    shown = [
        line
        for line in rows
        if line["grouping"] in of_score or (line["grouping"], line["level"]) in kept
    ]
    return shown, len(leads) - len(kept)


def _cell(line: Row | None) -> Cell | None:
    if line is None:
        return None
    _, unit, pattern = FIGURES[line["figure"]]
    if unit == "share":
        value, ends = written(100 * line["value"], pattern + "%"), percent_spread(line)
    else:
        value, ends = written(line["value"], pattern), spread(line, pattern)
    return Cell(value, ends, f"{line['n_counted']:,} of {line['n_leads']:,}")
