"""The last screen of a run: figures, hottest leads, thresholds, and where to look next.

It shows lead ids and reasons, so it belongs on a terminal and never in a report or a log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadscore.review.bots import RULE_WORDS, BotsTold
from leadscore.review.comparison import Comparison
from leadscore.review.words import METRIC_WORDS, OPINION_WORDS, number, percent, spread

_SHOWN = ("log_loss", "roc_auc", "lift_top_decile")
_COLOURS = {"hot": "bold red", "warm": "yellow", "cold": "cyan"}


@dataclass(frozen=True)
class HotLead:
    """One lead as a rep reads it; `reasons_for` and `reasons_against` are words, strongest first."""

    lead_id: str
    score: float
    probability: float
    tier: str
    reasons_for: str
    reasons_against: str


@dataclass(frozen=True)
class ScreenInputs:
    """What the screen shows.

    Attributes
    ----------
    verdict
        Who leads and why, in a sentence.
    opinion
        ``model``, ``grid`` or ``base_rate``.
    comparison, proposal
        Tables of `compare`, and `Proposal.to_dict()`.
    hottest
        The hottest leads, hottest first; none where no lead is open.
    scored_as_of
        Moment of the scores, in words.
    places
        Where to look next: words and a path or command.
    bots
        What the bot rules left out; None where they had nothing to judge.
    drift
        What matters of drift, a sentence each.
    """

    verdict: str
    opinion: str
    comparison: Comparison
    proposal: Mapping[str, Any]
    hottest: Sequence[HotLead]
    scored_as_of: str
    places: Sequence[tuple[str, str]]
    bots: BotsTold | None = None
    drift: Sequence[str] = ()


def screen(inputs: ScreenInputs) -> Group:
    """Return the screen as something rich can print; made for 100 columns."""
    return Group(
        Text(),
        Text(inputs.verdict, style="bold"),
        Text(),
        _figures(inputs),
        Text(),
        _hottest(inputs),
        Text(),
        _thresholds(inputs.proposal),
        Padding(Text(str(inputs.proposal["sentence"]), style="dim"), (0, 1)),
        *_drift(inputs.drift),
        *_bots(inputs.bots),
        Text(),
        _places(inputs.places),
    )


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        pad_edge=False, expand=False,
    )  # fmt: skip


def _figures(inputs: ScreenInputs) -> Table:
    """Figures of each opinion with intervals, and the gap of model and grid."""
    figures, gaps = inputs.comparison.figures, inputs.comparison.differences
    opinions = list(dict.fromkeys(figures["opinion"]))
    n, n_won = int(figures["n"].iloc[0]), int(figures["n_won"].iloc[0])
    table = _table(f"Later window: {n:,} leads, {n_won:,} won; 95% intervals below each figure")
    table.add_column("", no_wrap=True)
    for opinion in opinions:
        style = "bold green" if opinion == inputs.opinion else ""
        table.add_column(OPINION_WORDS[opinion], justify="right", style=style, no_wrap=True)
    has_gap = {"model", "grid"} <= set(opinions)
    if has_gap:
        table.add_column("Model − grid", justify="right", no_wrap=True)
    for name in _SHOWN:
        words, direction, pattern = METRIC_WORDS[name]
        cells = [
            _cell(figures.loc[(figures["opinion"] == o) & (figures["metric"] == name)], pattern)
            for o in opinions
        ]
        if has_gap:
            at = (gaps["a"] == "model") & (gaps["b"] == "grid") & (gaps["metric"] == name)
            cells.append(_cell(gaps.loc[at], pattern.replace(":", ":+")))
        table.add_row(f"{words}\n[dim]{direction}[/dim]", *cells)
    return table


def _cell(rows: Any, pattern: str) -> str:
    row = rows.iloc[0]
    told = spread(row, pattern)
    # A dash is shorter than a word, but not beside a minus sign: the table must fit 100 columns.
    told = told if "−" in told else told.replace("\N{NO-BREAK SPACE}to ", "–")
    return f"{number(row['value'], pattern)}\n[dim]{escape(told)}[/dim]"


def _hottest(inputs: ScreenInputs) -> Table | Text:
    if not inputs.hottest:
        return Text("No lead is open, so there is nobody to call.")
    table = _table(f"The hottest {len(inputs.hottest)} of the open leads, {inputs.scored_as_of}")
    table.add_column("Lead", no_wrap=True, max_width=14)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Chance", justify="right", no_wrap=True)
    table.add_column("Tier", no_wrap=True)
    table.add_column("Why", ratio=1)
    for lead in inputs.hottest:
        why = f"[green]+[/green] {escape(lead.reasons_for)}" if lead.reasons_for else ""
        if lead.reasons_against:
            why += f"{chr(10) if why else ''}[red]−[/red] {escape(lead.reasons_against)}"
        table.add_row(
            escape(lead.lead_id), number(lead.score, "{:.1f}"), percent(lead.probability),
            f"[{_COLOURS[lead.tier]}]{lead.tier}[/]", why or "no reasons",
        )  # fmt: skip
    return table


def _thresholds(proposal: Mapping[str, Any]) -> Table:
    table = _table(f"Thresholds: {proposal['verdict']}")
    for name in ("Tier", "In force", "Proposed", "Best by the evidence"):
        table.add_column(name, justify="left" if name == "Tier" else "right", no_wrap=True)
    for cut in (proposal["hot"], proposal["warm"]):
        best = cut["best"]
        found = f"{number(best['value'], '{:.1f}')}  [dim]{escape(spread(best, '{:.1f}'))}[/dim]"
        table.add_row(
            f"[{_COLOURS[cut['tier']]}]{cut['tier']}[/]", number(cut["in_force"], "{:g}"),
            f"[bold]{number(cut['proposed'], '{:g}')}[/bold]" if cut["verdict"] == "change"
            else "no change", found,
        )  # fmt: skip
    return table


def _drift(sentences: Sequence[str]) -> list[RenderableType]:
    """Return what matters of drift, a line each; nothing for nothing."""
    if not sentences:
        return []
    lines = [Padding(Text(sentence), (0, 1)) for sentence in sentences]
    return [Text(), Text("Drift", style="bold"), *lines]


def _bots(told: BotsTold | None) -> list[RenderableType]:
    """Return a small table of what the bot rules left out, and its sentence; nothing for nothing."""
    if told is None:
        return []
    table = _table("Opens and clicks that no person made, by rule")
    for name in ("Event", "Seen", "Flagged", *(short for short, _ in RULE_WORDS.values())):
        table.add_column(name, justify="left" if name == "Event" else "right", no_wrap=True)
    for row in told.rows:
        numbers = (row.count.seen, row.count.flagged, *row.by_rule)
        table.add_row(escape(row.words), *(f"{n:,}" for n in numbers))
    return [Text(), table, Padding(Text(told.sentence, style="dim"), (0, 1))]


def _places(places: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for words, place in places:
        table.add_row(escape(words), f"[bold]{escape(place)}[/bold]")
    return table
