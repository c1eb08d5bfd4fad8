"""The quarter's section of the page: every table says on which scores it rests, and no text is markup."""

import dataclasses
import html
import re

import pytest

from leadscore.metrics import Figure, without_interval
from leadscore.review.cuts_by import CutsOf
from leadscore.review.quarter.judged_page import NOTHING
from leadscore.review.quarter.judging import Judged
from leadscore.review.quarter.page import MOST_LEVELS, quarter_page
from leadscore.review.report import render
from tests.quarters import deals, joined, scores, told
from tests.reports import EVIL, evidence, report_inputs
from tests.unit.test_report import _Reader, _without_scripts

LEADS = [f"L{i:02d}" for i in range(40)]
DEALS = deals(
    "lead_id | status | closed_at\n"
    + "\n".join(f"{lead} | {'won' if i % 4 == 0 else 'lost'} | 2026-02-01" for i, lead in enumerate(LEADS))
)  # fmt: skip
SCORED = scores(
    "lead_id | as_of | score\n" + "\n".join(f"{lead} | 2026-01-05 | {40 + i}" for i, lead in enumerate(LEADS))
)  # fmt: skip
MANY = {lead: f"c{i // 2:02d}" for i, lead in enumerate(LEADS)}


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("issued", "(scores really issued)"),
        ("out of time", "(NOT issued: out-of-time scores of the training)"),
    ],
)
def test_every_table_says_on_which_scores_it_rests(basis, words):
    page = quarter_page(told(joined(SCORED, DEALS, basis=basis)))
    assert len(page.tables) == 13
    assert all(table.caption.endswith(words) for table in page.tables)


def test_judged_decisions_come_first_and_without_any_the_table_says_so():
    quarter = told(joined(SCORED, DEALS))
    (first, *_) = quarter_page(dataclasses.replace(quarter, judged=Judged())).tables
    assert (first.lines, first.notes) == ((), (NOTHING,))


def test_a_group_too_small_shows_no_number():
    page = quarter_page(told(joined(SCORED, DEALS, channel={"L00": "rare"})))
    (segments,) = [t for t in page.tables if t.caption.startswith("Conversion by segment")]
    rare = {line.level: line.cells[0] for line in segments.lines}["rare"]
    assert (rare.value, rare.spread, rare.n) == ("–", "too few: 1 leads, 2 needed", "1 of 1")


def test_of_a_property_the_most_frequent_values_are_shown_and_the_others_counted():
    page = quarter_page(told(joined(SCORED, DEALS, channel=MANY)))
    (segments,) = [t for t in page.tables if t.caption.startswith("Conversion by segment")]
    assert len(segments.lines) == MOST_LEVELS
    assert segments.notes[-1] == "8 further values of properties stand in the marts only."


def test_the_report_shows_the_section_and_without_a_quarter_is_as_it_was():
    quarter = quarter_page(told(joined(SCORED, DEALS, channel={"L01": EVIL})))
    inputs = report_inputs(evidence())
    plain, page = render(inputs), render(dataclasses.replace(inputs, quarter=quarter))
    assert "2026Q1" not in plain
    assert "scores really issued" not in plain
    assert quarter.title in page
    for table in quarter.tables:
        assert html.escape(table.caption, quote=False) in html.unescape(page)
    assert EVIL not in _without_scripts(page)
    assert not re.search(r"\bL\d\d\b", _without_scripts(page)), "a lead's id is on the page"
    assert _Reader(page).loads == ["data:,"]


def test_the_report_shows_best_cuts_by_opinion_with_their_intervals():
    cut = {
        "hot": Figure(57.0, 52.0, 61.5, 400, 40),
        "warm": without_interval("too few", n=9, n_won=1),
    }
    row = CutsOf("opinion", "grid", cut, {"hot": 45}, Figure(1200.0, 100.0, 2300.0, 400, 40), None)
    page = render(dataclasses.replace(report_inputs(evidence()), cuts_by=(row,)))
    assert "52.0\N{NO-BREAK SPACE}to 61.5" in page
    assert "45 grid points" in page
