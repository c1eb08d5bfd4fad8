"""Quarters as text and as time, and the leads drawn for exploration in one."""

import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from leadscore.domain.quarters import Quarter
from leadscore.scoring.exploring import is_drawn, with_exploration
from tests.fakes import utc

IDS = [f"L{i:04d}" for i in range(2000)]
Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026Q1", "2026-01-01", "2026-04-01"),
        ("2026Q4", "2026-10-01", "2027-01-01"),
        ("2024Q1", "2024-01-01", "2024-04-01"),
    ],
)
def test_a_quarter_runs_from_its_first_day_to_the_next_ones(text, start, end):
    quarter = Quarter.parse(text)
    assert (quarter.start, quarter.end, quarter.name) == (utc(start), utc(end), text)
    assert Quarter.of(quarter.start) == quarter
    assert Quarter.of(quarter.end - pd.Timedelta(seconds=1)) == quarter
    assert Quarter.of(quarter.end) != quarter


def test_a_hyphen_before_the_q_is_read_and_never_written():
    assert Quarter.parse("2026-Q2") == Quarter(2026, 2)
    assert Quarter.parse("2026-Q2").name == "2026Q2"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026Q5", "2026 Q1", "2026q1", "Q1 2026", "2026Q1\n", "２026Q1"]
)
def test_other_texts_are_no_quarter(text):
    with pytest.raises(InputError, match="write it like 2026Q3") as told:
        Quarter.parse(text)
    assert told.value.code == "bad-quarter"


def test_the_same_leads_are_drawn_all_quarter_and_others_in_the_next():
    first, again = ({i for i in IDS if is_drawn(i, Q1, share=0.1)} for _ in range(2))
    later = {i for i in IDS if is_drawn(i, Q2, share=0.1)}
    assert first == again
    assert 150 < len(first) < 250  # 200 expected, standard error 13
    assert len(first & later) < 50  # 20 expected if the quarters are independent


def test_a_larger_share_only_adds_leads():
    drawn = [{i for i in IDS if is_drawn(i, Q1, share=s)} for s in (0.0, 0.05, 0.2, 0.5)]
    assert drawn[0] == set()
    assert all(small < large for small, large in zip(drawn, drawn[1:], strict=False))


def issued():
    tiers = pd.Series(["hot", "warm", "cold", "cold"], dtype="str")
    return pd.DataFrame({"lead_id": pd.Series(["a", "b", "c", "d"], dtype="str"), "tier": tiers})


def test_only_cold_leads_are_marked_and_never_those_a_rule_disqualified():
    marked = with_exploration(issued(), as_of=utc("2026-02-02"), share=1.0, left_out=["d"])
    assert marked["explore"].tolist() == [False, False, True, False]
    assert marked["explore"].dtype == bool


def test_without_a_date_nobody_is_drawn():
    assert not with_exploration(issued(), as_of=pd.NaT, share=1.0)["explore"].any()
