"""Two grids on the same looks, a day replayed, a lead traced: on leads that can be counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import GateError, InputError
from leadscore.history.log import EventTable
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.comparing import compare_grids, migration
from leadscore.scoring.grid.tracing import trace_lead
from leadscore.scoring.grid_looks import (
    as_if_always,
    facts_of,
    graded,
    only,
    open_looks,
    points_table,
    some_leads,
)
from leadscore.scoring.view import Sources, view
from tests import fakes
from tests.fakes import category, plain_grid, small_settings, utc

SETTINGS = small_settings()
LEADS = fakes.leads("""
lead_id | created_at | channel
a       | 2026-01-01 | referral
b       | 2026-01-01 | web
c       | 2026-01-20 | spam
""")
OUTCOMES = fakes.outcomes("""
lead_id | status | closed_at
a       | open   |
b       | open   |
c       | open   |
""")
EVENTS = fakes.events("""
lead_id | occurred_at      | type
a       | 2026-01-10 09:00 | demo_request
b       | 2026-01-25 09:00 | demo_request
""")
SOURCES = Sources(
    LEADS, OUTCOMES, EventTable(EVENTS), [category("channel")],
    {"demo_request": "Demo"}, ["demo_request"],
)  # fmt: skip


def grid(**of_rules):
    """Return the tiny grid with some keys of its rules changed: ``referral={"points": 50}``."""
    plain = plain_grid()
    rules = [rule | of_rules.pop(rule["id"], {}) for rule in plain["rules"]]
    new = [plain["rules"][0] | {"id": id_} | keys for id_, keys in of_rules.items()]
    return parse_grid(plain | {"rules": rules + new}, file="tiny.yaml")


def points_on(day, one):
    looks = open_looks(SOURCES, shape="events", as_of=utc(day))
    (said,) = graded(looks, SOURCES, [one], SETTINGS)
    return dict(zip(looks["lead_id"], said.score.points.tolist(), strict=True))


def test_the_points_are_those_of_training_and_of_the_night():
    looks = open_looks(SOURCES, shape="events", as_of=utc("2026-02-01"))
    (said,) = graded(looks, SOURCES, [grid()], SETTINGS)
    assert said.score.points.tolist() == view(looks, SOURCES, grid(), SETTINGS)[1].points.tolist()
    assert said.score.points.tolist() == [70, 40, 0]


def test_a_replayed_day_has_that_days_points_after_the_grid_changed():
    """On 20 January referrals went from 30 to 50 points: the old rule ends, the new one begins."""
    before = points_on("2026-01-15", grid())
    changed = grid(
        referral={"until": "2026-01-20"}, referral_again={"points": 50, "from": "2026-01-20"}
    )
    assert points_on("2026-01-15", changed) == before == {"a": 70.0, "b": 0.0}
    assert points_on("2026-01-20", changed) == {"a": 90.0, "b": 0.0, "c": 0.0}


def test_a_proposal_is_tried_as_if_its_rules_had_always_been():
    proposal = grid(referral={"until": "2026-06-01"}, web_={"points": 50, "from": "2026-06-01"})
    later = proposal.model_copy(update={"version": pd.Timestamp("2026-06-01").date()})
    tried = as_if_always(later, utc("2026-01-15"))
    assert [rule.id for rule in tried.rules] == ["demo", "web_"]
    assert points_on("2026-01-15", tried) == {"a": 90.0, "b": 0.0}


def test_leads_a_grid_is_not_for_are_not_served():
    plain = plain_grid() | {"serves": {"property": "channel", "equals": "web"}}
    looks = open_looks(SOURCES, shape="events", as_of=utc("2026-02-01"))
    (said,) = graded(looks, SOURCES, [parse_grid(plain, file="tiny.yaml")], SETTINGS)
    assert said.served.tolist() == [False, True, False]


def test_some_leads_are_the_same_every_time():
    assert some_leads(SOURCES, at_most=2).leads["lead_id"].tolist() == ["a", "c"]
    assert some_leads(SOURCES, at_most=3) is SOURCES


def test_nobody_open_is_told():
    with pytest.raises(InputError, match="no-open-leads"):
        open_looks(SOURCES, shape="events", as_of=utc("2025-01-01"))


def test_the_table_of_points_has_a_column_per_rule():
    looks = open_looks(SOURCES, shape="events", as_of=utc("2026-02-01"))
    (said,) = graded(looks, SOURCES, [grid()], SETTINGS)
    rows = points_table(grid(), looks, said.score)
    assert rows["tier"].tolist() == ["hot", "warm", "cold"]
    assert rows[["rule_referral", "rule_demo"]].to_numpy().tolist() == [[30, 40], [0, 40], [0, 0]]
    assert rows["disqualified"].tolist() == [False, False, True]


def traced(lead, day, one):
    alone = only(SOURCES, np.array([lead], dtype=object))
    looks = open_looks(alone, shape="events", as_of=utc(day))
    facts = facts_of(looks, next(alone.parts(SETTINGS.bots)), SETTINGS)
    return trace_lead(
        one, facts.properties, facts.sweep, lead_id=lead, as_of=utc(day),
        engagement_types=["demo_request"], known_types=["demo_request"],
    )  # fmt: skip


def test_a_trace_tells_evidence_points_before_decay_and_the_share_left():
    half = grid(demo={"decay": {"kind": "half_life", "days": 10}}, later={"from": "2027-01-01"})
    told = traced("a", "2026-01-20 09:00", half)  # ten days after the demo
    referral, demo, later = told.rules
    assert referral.evidence == ('channel is "referral"',)
    assert (referral.points, referral.share_left, referral.state) == (30.0, None, "holds")
    assert demo.evidence == ("1 demo_request; the latest on 2026-01-10, 10.0 days ago",)
    assert (demo.before, demo.share_left, demo.points) == (40.0, 0.5, 20.0)
    assert later.state == "not yet in force"
    assert (told.fit, told.engagement, told.points, told.tier) == (30.0, 20.0, 50.0, "warm")


def test_a_trace_names_rules_that_ended_and_those_it_cannot_judge():
    odd = grid(referral={"until": "2026-01-05"}, gone={"when": {"property": "size", "at_least": 5}})
    ended, _, gone = traced("b", "2026-01-20", odd).rules
    assert (ended.state, gone.state) == ("ended", "not evaluable")
    assert gone.evidence == ("the source has no size",)


def test_leads_that_move_are_counted_and_explained():
    looks = open_looks(SOURCES, shape="events", as_of=utc("2026-02-01"))
    pair = (grid(), grid(demo={"points": 80}))
    one, other = graded(looks, SOURCES, pair, SETTINGS)
    moves = migration(looks["lead_id"].to_numpy(dtype=object), pair, (one.score, other.score))
    assert moves.counts.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert (moves.moved.value, moves.moved.n) == (pytest.approx(1 / 3), 3)
    assert [(m.lead_id, m.points, m.rules) for m in moves.movers] == [
        ("b", (40.0, 80.0), (("demo", 40.0),)),
        ("a", (70.0, 100.0), (("demo", 40.0),)),
    ]


def history(n=600):
    """Return looks at leads on successive days; the referred ones are won in 3 of 4 cases, others in 1."""
    at = pd.date_range("2025-01-01", periods=n, freq="D", tz="UTC").as_unit("us")
    k = np.arange(n)
    referred = k % 2 == 0
    won = np.where(referred, k // 2 % 4 != 0, k // 2 % 4 == 0).astype(float)
    looks = pd.DataFrame(
        {
            "lead_id": [f"L{i:04d}" for i in range(n)],
            "as_of": at,
            "order": (at - pd.Timestamp("1970-01-01", tz="UTC")) // pd.Timedelta(seconds=1),
            "label": won,
            "is_mature": True,
        }
    )
    return looks, referred


def said(points):
    looks = fakes.looks("lead_id | as_of\na | 2026-02-01")
    (one,) = graded(looks, SOURCES, [grid()], SETTINGS)
    n = len(points)
    return replace(one.score, points=np.asarray(points, dtype=float), trace=np.zeros((n, 2)))


def test_a_grid_that_orders_leads_is_better_than_one_that_does_not():
    looks, referred = history()
    pair = (grid(), grid())
    good, bad = said(np.where(referred, 60, 10)), said(np.where(np.arange(600) % 3 == 0, 60, 10))
    found = compare_grids(looks, pair, (good, bad), SETTINGS, is_dated=True)
    assert found.n_looks == found.figures["roc_auc"][0].n == 120  # a fifth
    assert found.figures["roc_auc"][0].value == pytest.approx(0.75, abs=0.01)
    assert found.figures["roc_auc"][1].value == pytest.approx(0.5, abs=0.1)
    for metric, sign in (("roc_auc", 1), ("log_loss", -1)):
        gap = found.differences[metric]
        assert min(sign * gap.figure.low, sign * gap.figure.high) > 0
        assert gap.p_a_better == 1.0
    assert found.other_tier.value == pytest.approx(0.5, abs=0.02)


def test_a_grid_is_as_good_as_itself():
    looks, referred = history()
    one = said(np.where(referred, 60, 10))
    found = compare_grids(looks, (grid(), grid()), (one, one), SETTINGS, is_dated=True)
    assert [d.figure.value for d in found.differences.values()] == [0, 0, 0]
    assert found.correlation.value == pytest.approx(1)
    assert found.other_tier.value == 0


def test_points_that_order_leads_the_wrong_way_are_not_turned_round():
    looks, referred = history()
    wrong, right = said(np.where(referred, 10, 60)), said(np.where(referred, 60, 10))
    found = compare_grids(looks, (grid(), grid()), (wrong, right), SETTINGS, is_dated=True)
    assert found.figures["roc_auc"][0].value == pytest.approx(0.25, abs=0.01)
    rate = looks["label"].mean()
    base = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    assert found.figures["log_loss"][0].value == pytest.approx(base, abs=0.02)


def test_precision_calls_as_many_as_sales_can_in_the_windows_weeks():
    looks, referred = history()
    few = small_settings(thresholds={"hot_calls_per_week": 2.0, "warm_calls_per_week": 4.0})
    one = said(np.where(referred, 60, 10))
    found = compare_grids(looks, (grid(), grid()), (one, one), few, is_dated=True)
    assert (found.n_best, found.best) == (2 * 18, "2 a week, 18 weeks")  # 120 days
    assert found.figures["precision"][0].value == pytest.approx(0.75, abs=0.02)


def test_looks_whose_horizon_is_not_over_are_no_evidence():
    looks, referred = history()
    one = said(np.where(referred, 60, 10))
    with pytest.raises(GateError, match="no-matured-rows"):
        compare_grids(
            looks.assign(is_mature=False), (grid(), grid()), (one, one), SETTINGS, is_dated=True
        )
