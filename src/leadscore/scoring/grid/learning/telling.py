"""A proposal in words and tables, the same for a terminal and for a page a person signs.

It computes nothing but text; a figure without an interval says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leadscore.metrics import Figure
from leadscore.scoring.grid.learning.proposing import LEARNED, WRITTEN, Proposal


@dataclass(frozen=True)
class Sheet:
    """A table of text: title, columns, rows; `numbers` are set flush right, `wide` need a page."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()

    def narrow(self) -> Sheet:
        """Return the table without the columns that need a page."""
        kept = [i for i, name in enumerate(self.columns) if name not in self.wide]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return Sheet(self.title, tuple(self.columns[i] for i in kept), rows, self.numbers)


def verdict(proposal: Proposal) -> str:
    """Return in a sentence what the later window says of the learned grid."""
    if proposal.why_not is not None:
        return f"Nothing is proposed, the hand-written grid stays: {proposal.why_not}."
    gap = next(g for g in proposal.gaps if (g.a, g.b) == (LEARNED, WRITTEN))
    figure = gap.log_loss.figure
    told = f"log loss {figure.value:+.4f} {_ends(figure, '{:+.4f}')} on {figure.n:,} later leads, {figure.n_won:,} won"
    worse = [
        f"{name} {shown(difference.figure, pattern)}"
        for name, difference, pattern in (
            ("ROC AUC", gap.auc, "{:+.4f}"),
            ("precision at capacity", gap.precision, "{:+.1%}"),
        )
        if difference.figure.high < 0
    ]
    if worse:
        return f"The learned grid is MIXED news, weigh it before signing: {told}, but {', '.join(worse)}."
    if figure.high < 0:
        return f"The learned grid is better than the hand-written one: {told}."
    if figure.low > 0:
        return f"The learned grid is WORSE than the hand-written one, keep the old: {told}."
    return f"The learned grid cannot be told from the hand-written one: {told}."


def sheets(proposal: Proposal) -> list[Sheet]:
    """Return the tables: figures, differences, the diff, the evidence of the old rules, half-lives."""
    found = (
        [_figures(proposal), _gaps(proposal)] if len(proposal.figures) > 1 else [_figures(proposal)]
    )
    diff = [_diff(proposal)] if proposal.changes else []
    fading = [_fading(proposal)] if proposal.fading else []
    return [*found, *diff, _evidence(proposal), *fading]


def notes(proposal: Proposal) -> list[str]:
    """Return what must be known beside the tables, a sentence each."""
    out = []
    if proposal.new is not None and proposal.learned is not None:
        n = len(proposal.learned.selected.criteria)
        out.append(
            f"{n} criteria, points in force from {proposal.day}; a replay of an earlier day uses the old rules."
        )
        out.append(f"Bands: {proposal.tiers_told}. Caps, floors and disqualifiers are as before.")
        drifting = proposal.learned.drifting
        if drifting:
            out.append(
                "Left out, since their values tell the date rather than the lead: "
                + ", ".join(drifting) + "."
            )  # fmt: skip
        out.append(
            "Learned on outcomes known before the later window, judged on it; precision is the share won of "
            "those sales has time to call."
        )
    return out


def reproaches(proposal: Proposal) -> list[str]:
    """Return what speaks against rules in force, a sentence for each that is not plainly useful."""
    return [
        f"{row.rule_id} is {row.verdict}: {row.why}"
        for row in proposal.evidence
        if row.verdict != "useful" or ";" in row.why
    ]


def markdown(proposal: Proposal) -> str:
    """Return the page beside the proposal."""
    lines = [
        f"# Proposed points for grid `{proposal.old.name}`, from {proposal.day}", "",
        verdict(proposal), "",
        *(f"- {note}" for note in notes(proposal)), "",
    ]  # fmt: skip
    for sheet in sheets(proposal):
        lines += [f"## {sheet.title}", "", *_table(sheet), ""]
    return "\n".join(lines)


def shown(figure: Figure, pattern: str = "{:.4f}") -> str:
    """Return a figure with its interval, or a dash where there is none to show."""
    if not math.isfinite(figure.value):
        return "-"
    return f"{pattern.format(figure.value)} {_ends(figure, pattern)}".rstrip()


def _ends(figure: Figure, pattern: str) -> str:
    if not math.isfinite(figure.low):
        return f"({figure.why_no_interval})"
    return f"[{pattern.format(figure.low)}, {pattern.format(figure.high)}]"


def _figures(proposal: Proposal) -> Sheet:
    first = proposal.figures[0].log_loss
    rows = tuple(
        (f.name, shown(f.log_loss), shown(f.auc), shown(f.precision, "{:.1%}"))
        for f in proposal.figures
    )
    title = f"Later window: {first.n:,} leads, {first.n_won:,} won, 95 % intervals over leads"
    columns = ("opinion", "log loss", "ROC AUC", "precision at capacity")
    return Sheet(title, columns, rows, columns[1:])


def _gaps(proposal: Proposal) -> Sheet:
    rows = tuple(
        (
            f"{g.a} - {g.b}",
            shown(g.log_loss.figure, "{:+.4f}"),
            shown(g.auc.figure, "{:+.4f}"),
            shown(g.precision.figure, "{:+.1%}"),
        )
        for g in proposal.gaps
    )
    columns = ("difference", "log loss", "ROC AUC", "precision at capacity")
    return Sheet("Differences on the same leads", columns, rows, columns[1:])


def _diff(proposal: Proposal) -> Sheet:
    def points(value: int | None) -> str:
        return "" if value is None else f"{value:+d}"

    rows = tuple(
        (c.what, c.rule_id, c.words, points(c.before), points(c.after), c.why)
        for c in proposal.changes
    )
    columns = ("what", "rule", "reads", "before", "after", "why")
    return Sheet("What would change", columns, rows, ("before", "after"), ("rule",))


def _evidence(proposal: Proposal) -> Sheet:
    rows = tuple(
        (
            row.rule_id,
            f"{row.points:+d}",
            f"{row.leads:,}",
            shown(row.with_it, "{:.1%}"),
            shown(row.without_it, "{:.1%}"),
            shown(row.lift, "{:.2f}"),
            shown(row.coefficient, "{:+.2f}"),
            shown(row.drop, "{:+.4f}"),
            row.verdict,
            "" if row.verdict == "useful" and ";" not in row.why else row.why,
        )
        for row in proposal.evidence
    )
    columns = (
        "rule", "points", "leads", "won with", "won without", "lift", "beside the others",
        "log loss without it", "verdict", "why",
    )  # fmt: skip
    wide = ("won without", "beside the others", "log loss without it", "why")
    return Sheet("The rules in force before outcomes", columns, rows, columns[1:8], wide)


def _fading(proposal: Proposal) -> Sheet:
    rows = tuple(
        (
            row.learned.event,
            _days(row.learned.days),
            f"[{_days(row.learned.low)}, {_days(row.learned.high)}]",
            f"{row.learned.n_leads:,}",
            f"{row.learned.n_won:,}",
            row.rule or "-",
            "-" if row.rule is None else _days(row.grid_days),
            row.says,
            row.learned.why_not or "",
        )
        for row in proposal.fading
    )
    columns = (
        "event", "days", "95 %", "leads", "won", "rule", "rule's days", "learned is", "why",
    )  # fmt: skip
    return Sheet(
        "Days until half of an event's worth is gone, given all others: learned, and by the rules",
        columns, rows, (*columns[1:5], columns[6]), ("won", "why"),
    )  # fmt: skip


def _days(days: float) -> str:
    if math.isnan(days):
        return "-"
    return "no end" if math.isinf(days) else f"{days:.1f}"


def _table(sheet: Sheet) -> Iterator[str]:
    yield _row(sheet.columns)
    yield _row(["---:" if name in sheet.numbers else "---" for name in sheet.columns])
    for row in sheet.rows:
        yield _row([cell.replace("|", "\\|") for cell in row])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
