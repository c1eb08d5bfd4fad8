"""Conversion by days without an own action: counted by hand, and never from what happened after the score."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from leadscore.domain.rules import Rule
from leadscore.review.quarter.fading import NONE_SO_FAR, inactive_days, span_names
from leadscore.review.quarter.page import quarter_page
from leadscore.review.quarter.screen import fading_screen
from leadscore.scoring.grid.decay.rules import RuleFades, rules_that_fade
from tests import fakes
from tests.quarters import deals, figure, joined, notes, scores, told

DAYS = [1.0, 6.9, 7.0, 10.0, 29.0, 30.0, 200.0, np.nan, np.nan]
LEADS = "abcdefghi"
WON = "abch"
SCORED = scores("lead_id | as_of | score\n" + "\n".join(f"{lead} | 2026-01-05 | 60" for lead in LEADS))  # fmt: skip
DEALS = deals("lead_id | status | closed_at\n" + "\n".join(
    f"{lead} | {'won' if lead in WON else 'lost'} | 2026-02-01" for lead in LEADS
))  # fmt: skip
RULES = (RuleFades("demo", 60.0), RuleFades("silent", 30.0))


@pytest.fixture(scope="module")
def quarter():
    return told(joined(SCORED, DEALS), inactive=DAYS, rules=RULES)


@pytest.mark.parametrize(
    ("level", "n_won", "n"),
    [
        ("0 to 7 days", 2, 2),
        ("7 to 30 days", 1, 3),
        ("30 days and more", 0, 2),
        (NONE_SO_FAR, 1, 2),
    ],
)
def test_a_border_begins_a_stretch_and_leads_without_action_stand_apart(quarter, level, n_won, n):
    found = figure(quarter, "conversion", "inactivity", level)
    assert (found["n_counted"], found["n_leads"], found["value"]) == (n_won, n, n_won / n)
    assert found["low"] <= found["value"] <= found["high"]


def test_the_grids_days_stand_beside_and_say_that_they_are_not_measured(quarter):
    row = figure(quarter, "half_gone", "rule", "demo")
    assert (row["value"], row["n_leads"]) == (60.0, 0)
    assert row["why_no_interval"] == "written in the grid, not measured"
    assert notes(quarter, "inactivity")[1].startswith("Grid tiny (2026-01-01): days after which")


def test_every_matured_lead_stands_in_one_stretch(quarter):
    rows = quarter.rows
    at = (rows["table"] == "inactivity") & (rows["figure"] == "conversion")
    assert rows.loc[at, "n_leads"].sum() == len(quarter.joined.matured)
    assert span_names([7.0, 30.0]) == rows.loc[at, "level"].tolist()[:-1]


def test_without_own_actions_the_table_says_so_and_keeps_the_grids_days():
    quarter = told(joined(SCORED, DEALS), rules=RULES)
    rows = quarter.rows.loc[quarter.rows["table"] == "inactivity"]
    assert set(rows["figure"]) == {"half_gone"}
    assert notes(quarter, "inactivity")[0] == "This source tells no own actions of leads."


def test_page_and_terminal_show_both_with_n_and_interval(quarter):
    (table,) = [t for t in quarter_page(quarter).tables if "last own action" in t.caption]
    cells = {
        line.level: [cell and (cell.value, cell.n) for cell in line.cells] for line in table.lines
    }
    assert cells["0 to 7 days"] == [("100.0%", "2 of 2"), None]
    assert cells["demo"] == [None, ("60", "0 of 0")]
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(fading_screen(quarter.to_dict()))
    text = console.export_text()
    assert "100.0%" in text
    assert "2 of 2" in text
    assert "demo 60 days, silent 30 days" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("keys", "days"),
    [
        ({"decay": {"kind": "linear", "days": 60}}, 30),
        ({"decay": {"kind": "half_life", "days": 60}}, 60),
        ({"decay": {"kind": "staircase", "days": 10, "loses": 20}}, 30),
        ({"decay": {"kind": "inactivity", "days": 45}}, 45),
        ({"when": {"inactive_days": 30}}, 30),
        ({"when": {"not": {"inactive_days": 30}}}, None),
        ({}, None),
        ({"decay": {"kind": "step", "days": 9}, "until": "2026-03-31"}, None),
    ],
)
def test_days_of_a_rule_are_those_after_which_half_its_points_are_gone(keys, days):
    said = {
        "id": "r", "words": {"en": "R", "fr": "R"}, "group": "engagement", "points": 10,
        "when": {"event": "visit"}, "owner": "test", "reason": "a test",
    }  # fmt: skip
    found = rules_that_fade([Rule.model_validate(said | keys)], pd.Timestamp("2026-03-31").date())
    assert [each.days for each in found] == ([] if days is None else [days])


def test_days_count_from_the_last_own_action_up_to_the_score_and_none_later(world, world_settings):
    at = fakes.utc("2026-02-02")
    ids = world.leads["lead_id"].to_numpy()[:300]
    looks = pd.DataFrame({"lead_id": pd.Series([*ids, "gone"], dtype="str"), "as_of": at})
    found = inactive_days(looks, world, world_settings.bots)
    events = world.events.events
    own = events.loc[events["type"].isin([t for t in world.engagement_types if "email" not in t])]
    last = own.loc[own["occurred_at"] <= at].groupby("lead_id")["occurred_at"].max()
    most = (at - last.reindex(looks["lead_id"])) / pd.Timedelta(days=1)
    known = most.notna().to_numpy()
    assert known.sum() > 50
    assert (found[known] <= most[known] + 1e-4).all()
    assert (found[known] >= 0).all()
    assert np.isnan(found[-1])
    later = type(world.events)(events.loc[events["occurred_at"] <= at])
    cut = dataclasses.replace(world, events=later)
    np.testing.assert_array_equal(inactive_days(looks, cut, world_settings.bots), found)
