"""Decisions held against what they promised: by the scores issued under them, one night a week, matured ones alone."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.marts import MEASURES
from leadscore.domain.quarters import Quarter
from leadscore.domain.settings import Thresholds
from leadscore.metrics import Figure, gap
from leadscore.review.expectation import ToldEffect, ToldFigure, expected_of
from leadscore.review.quarter.joined import Horizon
from leadscore.review.quarter.judged_page import judged_table, lines
from leadscore.review.quarter.judging import Issued, judge, verdict_of
from leadscore.scoring.signed import Expected
from leadscore.scoring.thresholds import Decision
from tests import fakes
from tests.quarters import measure, scores
from tests.tables import times

LEADS = [f"L{i:02d}" for i in range(20)]
WON = LEADS[:4]
"""Ten leads are hot (70), five warm (50), five cold (20); of the hot ones three are won, of the warm one."""
POINTS = {lead: 70 if i % 2 == 0 else 50 if i % 4 == 1 else 20 for i, lead in enumerate(LEADS)}
MONDAYS = ("2026-01-05", "2026-01-12", "2026-01-19")


def decision(id_="0002", on="2026-01-01", **expected):
    kept = Expected(per="week", n_leads=400, **expected) if expected else None
    return Decision(
        id=id_, decided_on=on, by="Ann", source="demo", reason="a test", proposal_sha256=None,
        hot=60.0, warm=40.0, anchor_probability=None, expected=kept,
    )  # fmt: skip


def issued(days=MONDAYS, *, id_="0002", until="2026-07-01"):
    looks = scores(
        "lead_id | as_of | score\n"
        + "\n".join(f"{lead} | {day} | {POINTS[lead]}" for day in days for lead in LEADS)
    )
    outcomes = fakes.outcomes(
        "lead_id | status | closed_at\n"
        + "\n".join(f"{lead} | {'won' if lead in WON else 'lost'} | 2026-02-20" for lead in LEADS)
    )
    leads = pd.DataFrame({"lead_id": LEADS, "created_at": times(["2020-01-01"] * len(LEADS))})
    return Issued(
        looks.assign(decision_id=pd.Series(id_, index=looks.index, dtype="str")),
        leads.astype({"lead_id": "str"}), outcomes.assign(amount=np.nan), Quarter(2026, 1),
        Horizon(90, "first", fakes.utc(until)),
    )  # fmt: skip


def judged(what, *decisions):
    found = judge(what, decisions, fakes.settings().thresholds, measure())
    return {each.measure: each for each in found.judgements}, found


def test_what_came_is_measured_under_the_decision_that_the_scores_carry():
    """Ten of twenty leads are hot each week, five warm; the won are L00 and L02 (hot), L01 (warm), L03 (cold)."""
    found, _ = judged(issued(), decision(hot_leads=[11.0, 9.0, 12.0], won_hot=[0.9, 0.8, 1.0]))
    assert {name: each.came.value for name, each in found.items() if name[:3] != "pro"} == {
        "hot_leads": 10, "warm_leads": 5, "won_hot": 0.5, "won_warm": 0.75,
    }  # fmt: skip
    assert (found["hot_leads"].verdict, found["hot_leads"].difference.value) == ("held", -1)
    assert found["won_hot"].verdict == "not held, may be chance"
    assert found["warm_leads"].verdict == "no expectation kept"
    chosen = fakes.settings().thresholds
    profit = (2 * chosen.win_value_eur - 10 * chosen.call_cost_eur) / 3  # three weeks
    assert found["profit_hot"].came.value == pytest.approx(profit)


def test_one_night_a_week_counts_the_first():
    nights = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-14", "2026-01-16")
    found, _ = judged(issued(nights), decision())
    assert {each.nights for each in found.values()} == {2}
    assert found["hot_leads"].came.value == 10


@pytest.mark.parametrize(
    ("until", "nights", "verdict"),
    [("2026-03-01", 3, "too early"), ("2026-04-06", 1, "held"), ("2026-07-01", 3, "held")],
)
def test_outcomes_wait_until_a_night_has_matured_and_volumes_do_not(until, nights, verdict):
    expected = decision(hot_leads=[10.0, 9.0, 11.0], won_hot=[0.5, 0.4, 0.6])
    found, _ = judged(issued(until=until), expected)
    assert (found["hot_leads"].verdict, found["hot_leads"].nights) == ("held", 3)
    assert found["won_hot"].verdict == verdict
    if verdict == "too early":
        assert "the first night matures on 2026-04-05" in found["won_hot"].came.why_no_interval
    else:
        assert found["won_hot"].nights == nights


def test_scores_of_two_decisions_are_judged_apart_and_one_without_scores_is_named():
    first, second = issued(MONDAYS[:1]), issued(MONDAYS[1:], id_="0003")
    both = Issued(
        pd.concat([first.looks, second.looks], ignore_index=True), first.leads, first.outcomes,
        first.quarter, first.horizon,
    )  # fmt: skip
    signed = [decision(), decision("0003", "2026-01-10"), decision("0004", "2026-03-20")]
    found = judge(both, signed, fakes.settings().thresholds, measure())
    assert [each.decision.id for each in found.judgements] == ["0002"] * 6 + ["0003"] * 6
    assert found.notes[-1] == "Under decision 0004 of 2026-03-20 no score was issued in 2026Q1."
    assert judged_table(found).lines[6].level == "0003: hot leads"


def test_leads_that_are_gone_or_were_closed_before_are_left_out():
    what = issued()
    gone = what.leads.loc[what.leads["lead_id"] != "L00"]
    found, _ = judged(Issued(what.looks, gone, what.outcomes, what.quarter, what.horizon), decision())  # fmt: skip
    assert found["hot_leads"].came.value == 9


def test_few_leads_are_too_few_and_no_number():
    signed, asked = [decision(hot_leads=[10.0, 9.0, 11.0])], fakes.settings().thresholds
    (first, *_) = judge(issued(), signed, asked, measure(min_leads=21)).judgements
    assert (first.verdict, np.isnan(first.came.value)) == ("too few", True)


@pytest.mark.parametrize(
    ("came", "verdict"),
    [((10, 9, 11), "held"), ((12, 10, 14), "not held, may be chance"), ((20, 19, 21), "not held")],
)
def test_an_expectation_holds_where_what_came_lies_in_its_interval(came, verdict):
    expected, seen = Figure(10, 9, 11, 400, 0), Figure(*came, 100, 10)
    assert verdict_of(expected, seen, gap(seen, expected)) == verdict


def test_the_terminal_tells_expected_came_and_verdict():
    _, found = judged(issued(), decision(hot_leads=[11.0, 9.0, 12.0]))
    head, first, second, *_ = lines(found)
    assert head == "decision 0002 of 2026-01-01, hot 60, warm 40:"
    assert first.startswith("  hot leads, a week: expected 11.0 [9.0 to 12.0], came 10.0 [")
    assert first.endswith("(20 leads, 3 nights): held")
    assert "expected -, came 5.0" in second


def told_effect():
    """Six measures: 1 to 6 in force, 11 to 16 considered."""

    def figure(value):
        return ToldFigure(value=value, low=value - 0.5, high=value + 0.5, n=400)

    return [
        ToldEffect(unit="leads a week", in_force=figure(i), considered=figure(10 + i))
        for i in range(1, 7)
    ]


@pytest.mark.parametrize(
    ("signed", "kept"),
    [
        ((70, 45), (11, 12, 13, 14, 15, 16)),
        ((70, 50), (11, None, 13, 4, 15, 6)),
        ((65, 45), (1, None, 3, 14, 5, 16)),
        ((66, 50), (None, None, None, 4, None, 6)),
    ],
)
def test_of_one_threshold_signed_alone_only_what_was_replayed_so_is_kept(signed, kept):
    found = expected_of(
        told_effect(), considered=Thresholds(hot=70, warm=45), before=Thresholds(hot=65, warm=50),
        signed=Thresholds(hot=signed[0], warm=signed[1]),
    )  # fmt: skip
    values = [getattr(found, name) for name in MEASURES]
    assert tuple(None if each is None else each[0] for each in values) == kept
    assert (found.per, found.n_leads) == ("week", 400)
    two = Thresholds(hot=2, warm=1)
    assert expected_of([], considered=None, before=two, signed=two) is None
