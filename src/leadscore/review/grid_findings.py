"""What is odd about a manual grid, and what another would change, as tables for the terminal.

Made for 100 columns. It names leads where they move most, so it belongs on a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from leadscore.domain.rules import Grid
from leadscore.metrics import Figure, rate
from leadscore.review.grid_tables import heading, table, tier_cell
from leadscore.review.words import number, percent, spread
from leadscore.scoring.grid import GridScore
from leadscore.scoring.grid.comparing import TIERS, GridComparison, Migration
from leadscore.scoring.grid.lint import Finding

_STYLE = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def lint_table(grid: Grid, findings: Sequence[Finding], *, history: str) -> Group:
    """Return the findings, worst first: severity, rule, evidence, and what to do."""
    counts = {name: sum(f.severity == name for f in findings) for name in _STYLE}
    told = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    title = heading(f"Grid {grid.name}, version {grid.version}: {told}")
    shown = table("", "Rule", "What is odd, and what to do")
    for finding in findings:
        what = (
            f"[bold]{finding.check}[/]: {escape(finding.evidence)}\n[dim]→ {escape(finding.fix)}[/]"
        )
        mark = f"[{_STYLE[finding.severity]}]{finding.severity}[/]"
        shown.add_row(mark, escape(finding.rule or "the grid"), what)
    told_of = Padding(Text(history, style="dim"), (0, 1))
    return Group(title, shown, told_of) if findings else Group(title, told_of)


def preview_table(
    grids: tuple[Grid, Grid],
    scores: tuple[GridScore, GridScore],
    moves: Migration,
    *,
    whose: str,
) -> Group:
    """Return the points two grids give, how leads move between tiers, and who moves most."""
    now, new = grids
    n = len(scores[0].points)
    told: list[RenderableType] = [
        heading(f"{n:,} {whose}: {now.name} of {now.version} in force, {new.name} of {new.version} tried"),
        _distribution(scores),
        heading(f"{_share(moves.moved)} of the leads change tier"),
        _matrix(moves),
    ]  # fmt: skip
    if moves.movers:
        told += [heading("Leads that move most"), _movers(moves)]
    lacking = [f"{rule} ({', '.join(what)})" for rule, what in scores[1].not_evaluable.items()]
    if lacking:
        told.append(Text(f"warning: not evaluable on this source: {', '.join(lacking)}"))
    return Group(*told)


def _distribution(scores: tuple[GridScore, GridScore]) -> RenderableType:
    """Return a bar per ten points for the grid tried, with the leads of both grids."""
    counts = [_per_ten(score.points) for score in scores]
    most, n = max(1, *counts[1]), len(scores[0].points)
    numbers = ("Points", "In force", "Tried", "Share")
    shown = table(*numbers, "", right=numbers)
    for i in reversed(range(10)):
        upto = 100 if i == 9 else 10 * i + 9
        old, tried = counts[0][i], counts[1][i]
        bar = "█" * round(40 * tried / most) or ("▏" if tried else "")
        shown.add_row(
            f"{10 * i}–{upto}", f"{old:,}", f"{tried:,}", percent(tried / n), f"[cyan]{bar}[/]"
        )
    return shown


def _per_ten(points: np.ndarray) -> list[int]:
    tenth = np.minimum(points // 10, 9).astype(np.int64)
    return [int(count) for count in np.bincount(tenth, minlength=10)]


def _matrix(moves: Migration) -> RenderableType:
    columns = [f"→ {tier}" for tier in TIERS]
    right = (*columns, "In force", "Share in force", "Share tried")
    shown = table("In force ↓", *columns, "In force", "Share in force", "Share tried", right=right)
    n = int(moves.counts.sum())
    for i, tier in enumerate(TIERS):
        row = moves.counts[i]
        cells = [
            f"[bold]{count:,}[/]" if i != j and count else f"{count:,}"
            for j, count in enumerate(row)
        ]
        before, after = int(row.sum()), int(moves.counts[:, i].sum())
        shares = [escape(_share(rate(count, n))) for count in (before, after)]
        shown.add_row(tier_cell(tier), *cells, f"{before:,}", *shares)
    return shown


def _movers(moves: Migration) -> RenderableType:
    shown = table("Lead", "Points", "Tier", "Because", right=("Points",))
    for mover in moves.movers:
        old, new = (number(p, "{:.4g}") for p in mover.points)
        tiers = " → ".join(map(tier_cell, mover.tiers))
        why = ", ".join(f"{number(d, '{:+.4g}')} {rule}" for rule, d in mover.rules)
        shown.add_row(escape(mover.lead_id), f"{old} → {new}", tiers, escape(why))
    return shown


def compare_table(grids: tuple[Grid, Grid], compared: GridComparison) -> Group:
    """Return what two grids are worth on the later window, and their difference."""
    a, b = (_short(grid, grids) for grid in grids)
    n = compared.figures["roc_auc"][0]
    when = (
        ""
        if pd.isna(compared.first)
        else f", {compared.first:%Y-%m-%d} to {compared.last:%Y-%m-%d}"
    )
    words = {
        "roc_auc": ("ROC AUC", "higher is better", "{:.3f}"),
        "log_loss": ("Log loss", "lower is better", "{:.4f}"),
        "precision": (f"Won of the best {compared.n_best:,}", compared.best, "{:.3f}"),
    }
    numbers = (a, b, "Difference", "P(first\nbetter)")
    shown = table("", *numbers, right=numbers)
    shown.columns[0].no_wrap = True
    for metric, (name, what, pattern) in words.items():
        gap = compared.differences[metric]
        shown.add_row(
            f"{name}\n[dim]{what}[/]",
            *(_figure(figure, pattern) for figure in compared.figures[metric]),
            _figure(gap.figure, pattern.replace(":", ":+")),
            percent(gap.p_a_better),
        )
    r, other = compared.correlation, compared.other_tier
    lines = [
        f"correlation of the points {_figure(r, '{:.3f}', joint=' ')}",
        f"another tier at {_share(other)} of the looks",
        "both as if their rules had always been; curves learned on earlier looks, judged on these",
    ]
    title = f"Later window{when}: {compared.n_looks:,} looks at {n.n:,} leads, {n.n_won:,} won"
    return Group(
        heading(title), shown, *(Padding(Text(line, style="dim"), (0, 1)) for line in lines)
    )


def _short(grid: Grid, grids: tuple[Grid, Grid]) -> str:
    alike = grids[0].name == grids[1].name
    return f"{grid.name} {grid.version}" if alike else grid.name


def _figure(figure: Figure, pattern: str, *, joint: str = "\n") -> str:
    ends = spread({**vars(figure)}, pattern)
    return f"{number(figure.value, pattern)}{joint}[{ends}]".replace(
        "[", "\\[" if joint == "\n" else "["
    )


def _share(figure: Figure) -> str:
    digits = 1 if figure.value >= 0.01 else 2
    return f"{figure.value:.{digits}%} [{figure.low:.{digits}%}, {figure.high:.{digits}%}]"
