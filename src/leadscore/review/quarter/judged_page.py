"""Judged decisions in words: lines for the terminal, a table for the page, rows for the mart."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from leadscore.metrics import Figure
from leadscore.review.quarter.judging import Judged, Judgement
from leadscore.review.quarter.page_parts import Cell, Line, PageTable
from leadscore.review.words import number

CAPTION = "Signed decisions: what was expected, and what came"
NOTHING = "No decision that was in force in this quarter has scores issued under it."
MEASURE_WORDS = {
    "hot_leads": ("hot leads", "a week", "{:,.1f}"),
    "warm_leads": ("warm leads", "a week", "{:,.1f}"),
    "won_hot": ("won leads that were hot", "share", "{:.1f}%"),
    "won_warm": ("won leads that were warm or hot", "share", "{:.1f}%"),
    "profit_hot": ("profit of calling the hot", "EUR a week", "{:,.0f}"),
    "profit_warm": ("profit of nurturing the warm or hotter", "EUR a week", "{:,.0f}"),
}


def lines(judged: Judged) -> Iterator[str]:
    """Yield what the terminal shows: a line for each decision, and one for each of its measures."""
    last = ""
    for each in judged.judgements:
        decision = each.decision
        if decision.id != last:
            yield f"decision {decision.id} of {decision.decided_on}, hot {decision.hot:g}, warm {decision.warm:g}:"
            last = decision.id
        words, unit, _ = MEASURE_WORDS[each.measure]
        unit = "" if unit == "share" else f", {unit}"
        expected = "-" if each.expected is None else _told(each.expected, each.measure)
        yield (
            f"  {words}{unit}: expected {expected}, came {_told(each.came, each.measure)} "
            f"({each.came.n:,} leads, {each.nights} nights): {each.verdict}"
        )


def judged_table(judged: Judged) -> PageTable:
    """Return the page's table: a line for each measure of each decision."""
    heads = (("Expected when signed", ""), ("Came", ""), ("Difference", ""), ("Held", ""))
    rows = tuple(
        Line(MEASURE_WORDS[each.measure][1], f"{each.decision.id}: {MEASURE_WORDS[each.measure][0]}", _cells(each))
        for each in judged.judgements
    )  # fmt: skip
    notes = judged.notes if rows else (*judged.notes, NOTHING)
    return PageTable(CAPTION, heads if rows else (), rows, notes)


def rows(judged: Judged) -> pd.DataFrame:
    """Return the judgements as rows of the mart, source and quarter apart."""
    return pd.DataFrame([each.row() for each in judged.judgements])


def _cells(each: Judgement) -> tuple[Cell | None, ...]:
    expected = None
    if each.expected is not None:
        expected = _cell(each.expected, each.measure, f"{each.expected.n:,} leads")
    came = _cell(each.came, each.measure, f"{each.came.n:,} leads, {each.nights} nights")
    known = math.isfinite(each.difference.value)
    difference = _cell(each.difference, each.measure, "", sign="+") if known else None
    return expected, came, difference, Cell(each.verdict, "", "")


def _cell(figure: Figure, measure: str, n: str, *, sign: str = "") -> Cell:
    value, ends = _written(figure, measure, sign)
    return Cell(value, ends, n)


def _told(figure: Figure, measure: str) -> str:
    value, ends = _written(figure, measure, "")
    return f"{value} [{ends}]" if math.isfinite(figure.low) else f"{value} ({ends})"


def _written(figure: Figure, measure: str, sign: str) -> tuple[str, str]:
    """Return value and interval as text, shares in percent."""
    _, unit, pattern = MEASURE_WORDS[measure]
    times = 100 if unit == "share" else 1
    signed = pattern.replace("{:", f"{{:{sign}")
    value = number(times * figure.value, signed)
    if not math.isfinite(figure.low):
        return value, figure.why_no_interval or "no interval"
    low, high = (number(times * end, signed.replace("%", "")) for end in (figure.low, figure.high))
    return value, f"{low} to {high}"
