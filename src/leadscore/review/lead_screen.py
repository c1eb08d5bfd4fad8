"""One lead on the terminal: score, history, reasons, the grid's rules, leads alike, what would change it.

It shows a lead's data, so it belongs on a terminal and never in a report or a log.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadscore.domain.settings import Settings
from leadscore.review import lead as words
from leadscore.review.grid_tables import heading, points_told, table, tier_cell, trace_table
from leadscore.review.lead import LeadTold
from leadscore.review.words import number
from leadscore.scoring.counterfactuals import Counterfactual
from leadscore.scoring.reasoning import Reason

_BY = {"model": "by the model", "grid": "by the manual grid", "base_rate": "by the base rate"}
_BARS = "▁▂▃▄▅▆▇█"


def lead_screen(told: LeadTold, settings: Settings) -> Group:
    """Return what is told of a lead as something rich can print; made for 100 columns."""
    return Group(
        Text(),
        *_score(told, settings),
        *(Padding(Text(f"note: {note}", style="yellow"), (0, 1)) for note in told.notes),
        Text(),
        *_history(told),
        Text(),
        *_reasons(told),
        Text(),
        *_what_ifs(told),
        Text(),
        heading("Leads scored alike"),
        Padding(Text(words.similar_sentence(told)), (0, 1)),
        Padding(Text(words.similar_basis(told), style="dim"), (0, 1)),
        Text(),
        trace_table(told.grid, told.trace),
    )


def _score(told: LeadTold, settings: Settings) -> list[RenderableType]:
    standing = told.standing
    line = (
        f"[bold]Lead {escape(told.lead_id)}: {words.score_words(standing.score)}, "
        f"{tier_cell(standing.tier)}[/] {_BY[standing.opinion]}, {told.moment}"
    )
    about = [
        words.distance_sentence(told),
        words.chance_sentence(told),
        words.trend_sentence(told, days=settings.score.trend_days),
    ]
    made = f"bundle {told.bundle_sha256[:12]}, thresholds of decision {told.decision_id}"
    return [
        Text.from_markup(line),
        *(Padding(Text(sentence), (0, 1)) for sentence in about),
        Padding(Text(made, style="dim"), (0, 1)),
    ]


def _history(told: LeadTold) -> list[RenderableType]:
    if not told.history:
        return [
            heading("Issued scores"),
            Padding(Text("none was issued to this lead so far"), (0, 1)),
        ]
    bars = "".join(_BARS[min(int(each.score / 12.5), 7)] for each in told.history)
    first, last = told.history[0], told.history[-1]
    line = (
        f"{bars}  {words.score_words(first.score)} on {first.as_of:%Y-%m-%d}"
        f" to {words.score_words(last.score)} on {last.as_of:%Y-%m-%d}"
    )
    shown = table("As of", "Score", "Tier", "By", "Bundle", right=("Score",))
    for each in told.history[-5:]:
        shown.add_row(
            f"{each.as_of:%Y-%m-%d %H:%M}Z", words.score_words(each.score), tier_cell(each.tier),
            each.opinion.replace("_", " "), f"[dim]{each.bundle_sha256[:12]}[/]",
        )  # fmt: skip
    title = f"Issued scores ({len(told.history)}, the newest {min(len(told.history), 5)} below)"
    return [heading(title), Padding(Text(line), (0, 1)), shown]


def _reasons(told: LeadTold) -> list[RenderableType]:
    standing = told.standing
    shown = table("", "Reason", "Points", right=("Points",))
    for mark, reasons in (
        ("[green]+[/]", standing.reasons_for),
        ("[red]−[/]", standing.reasons_against),
    ):
        for reason in reasons:
            shown.add_row(mark, *_reason(reason))
    lines: list[RenderableType] = [heading("Reasons")]
    if standing.is_disqualified:
        stops = [stop.words for stop in told.trace.disqualifiers if stop.state == "holds"]
        why = f"disqualified: {', '.join(stops)}. The score is 0 whatever else it does."
        lines.append(Padding(Text(why, style="bold red"), (0, 1)))
    if standing.reasons_for or standing.reasons_against:
        lines.append(shown)
    lines.append(Padding(Text(words.opinion_sentence(told), style="dim"), (0, 1)))
    return lines


def _reason(reason: Reason) -> tuple[str, str]:
    return escape(reason.words), points_told(reason.whole, sign=True)


def _what_ifs(told: LeadTold) -> list[RenderableType]:
    found = told.what_ifs
    lines: list[RenderableType] = [heading("What would change the score")]
    for each in (found.raising, found.lowering):
        if each:
            lines.append(_moves(each))
    lines.append(Padding(Text(words.raising_sentence(told), style="dim"), (0, 1)))
    if found.raising or found.lowering:
        lines.append(Padding(Text(words.CAUTION, style="dim"), (0, 1)))
    return lines


def _moves(moves: Sequence[Counterfactual]) -> Table:
    up = moves[0].points > 0
    shown = table("What would raise it" if up else "What would lower it", "Score", "Points", "Tier",
                  right=("Score", "Points"))  # fmt: skip
    for each in moves:
        what = ("[green]▲[/] " if up else "[red]▼[/] ") + escape(words.what_if_words(each))
        tier = tier_cell(each.tier) if each.crosses else f"[dim]{each.tier}[/]"
        shown.add_row(what, words.score_words(each.score), number(each.points, "{:+.1f}"), tier)
    return shown
