"""A grid on random leads: it never looks ahead, ignores row order, keeps bounds and dates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments
from leadscore.scoring.grid import evaluate, parse_grid

HOUR = 3_600
START = 1_767_225_600  # 2026-01-01
LEADS = ["a", "b", "c"]
VIEW = {"event": "page_view"}
STEP = {"kind": "step", "days": 9}


def _rule(name, when, points, group="engagement", **more):
    said = {"words": {"en": name, "fr": name}, "owner": "sales", "reason": "a test"}
    return {"id": name, "when": when, "points": points, "group": group, **said, **more}


PLAIN = {
    "grid": "every_kind",
    "version": "2026-01-01",
    "owner": "sales",
    "description": "one rule of every kind",
    "bands": {"hot": 60, "warm": 30},
    "caps": {"fit": 30, "engagement": 70},
    "cells": {"fit": {"A": 20, "B": 10}, "engagement": {"1": 40, "2": 20}},
    "rules": [
        _rule("large", {"property": "employees", "at_least": 50}, 40, "fit"),
        _rule("no_sector", {"property": "industry", "missing": True}, -15, "fit"),
        _rule("viewed", VIEW, 10, decay={"kind": "linear", "days": 10}),
        _rule("each", VIEW, 7, each_time={"max": 3}, decay={"kind": "half_life", "days": 5}),
        _rule("again", {**VIEW, "repeated_within_days": 2, "within_days": 7}, 20),
        _rule("call", {"all": [{"event": "call"}, {"not": VIEW}]}, 15, decay=STEP),
        _rule("silent", {"inactive_days": 6}, -25),
        _rule("later", VIEW, 30, **{"from": "2026-01-15", "until": "2026-01-22"}),
    ],
}  # fmt: skip
GRID = parse_grid(PLAIN, file="every_kind.yaml")

moment = st.integers(0, 28 * 24).map(lambda hour: START + hour * HOUR)
event_lists = st.lists(
    st.tuples(st.sampled_from(LEADS), moment, st.sampled_from(["page_view", "call"])), max_size=12
)
look_lists = st.lists(
    st.tuples(
        st.sampled_from(LEADS),
        moment,
        st.sampled_from([np.nan, 10.0, 50.0]),
        st.sampled_from([None, "Software"]),
    ),
    min_size=1,
    max_size=6,
)


def _utc(seconds):
    return pd.Series(pd.to_datetime(list(seconds), unit="s", utc=True)).dt.as_unit("us")


def _score(events, looks, grid=GRID):
    table = pd.DataFrame(
        {
            "lead_id": pd.Series([lead for lead, _, _ in events], dtype="str"),
            "occurred_at": _utc(second for _, second, _ in events),
            "type": pd.Series([kind for _, _, kind in events], dtype="str"),
            "subject": pd.Series([None] * len(events), dtype="str"),
            "value": np.full(len(events), np.nan),
        }
    )
    log = EventLog.from_table(table, LEADS)
    as_of = _utc(second for _, second, _, _ in looks)
    moments = Moments.from_table(
        pd.DataFrame({"lead_id": [k[0] for k in looks], "as_of": as_of}), log
    )
    properties = pd.DataFrame(
        {
            "employees": [look[2] for look in looks],
            "industry": pd.Series([look[3] for look in looks], dtype="str"),
            "age_days": [(look[1] - START) / 86_400 for look in looks],
        }
    )
    return evaluate(grid, properties, Sweep(log, moments), as_of=as_of)


@given(events=event_lists, looks=look_lists, later=event_lists)
@settings(max_examples=80, deadline=None)
def test_events_after_the_look_change_no_point(events, looks, later):
    last = max(look[1] for look in looks)
    future = [(lead, last + 1 + second % (60 * HOUR), kind) for lead, second, kind in later]
    assert _score(events + future, looks).trace == pytest.approx(_score(events, looks).trace)


@given(events=event_lists, looks=look_lists, order=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_rows_changes_no_point(events, looks, order):
    mixed, place = list(events), list(range(len(looks)))
    order.shuffle(mixed)
    order.shuffle(place)
    straight, shuffled = _score(events, looks), _score(mixed, [looks[i] for i in place])
    assert shuffled.trace == pytest.approx(straight.trace[place])
    assert shuffled.points == pytest.approx(straight.points[place])
    assert shuffled.cell.tolist() == straight.cell[place].tolist()


@given(events=event_lists, looks=look_lists)
@settings(max_examples=80, deadline=None)
def test_points_stay_in_their_bounds_and_are_the_capped_sums_of_the_trace(events, looks):
    score = _score(events, looks)
    in_fit = np.array([rule.group == "fit" for rule in GRID.rules])
    fit = np.minimum(score.trace[:, in_fit].sum(axis=1), 30)
    engagement = np.minimum(score.trace[:, ~in_fit].sum(axis=1), 70)
    assert score.points == pytest.approx(np.clip(fit + engagement, 0, 100))
    for i, rule in enumerate(GRID.rules):
        low, high = sorted((0, rule.points * (rule.each_time.max if rule.each_time else 1)))
        assert ((score.trace[:, i] >= low) & (score.trace[:, i] <= high)).all()


@given(events=event_lists, looks=look_lists, first=st.integers(2, 28))
@settings(max_examples=80, deadline=None)
def test_a_rule_added_later_changes_no_score_before_its_first_day(events, looks, first):
    new = _rule(
        "new", {"property": "age_days", "at_least": 0}, 10, **{"from": f"2026-01-{first:02d}"}
    )
    grown = parse_grid({**PLAIN, "rules": [*PLAIN["rules"], new]}, file="grown.yaml")
    before = np.array([look[1] < START + (first - 1) * 86_400 for look in looks])
    old, replayed = _score(events, looks), _score(events, looks, grown)
    assert replayed.points[before] == pytest.approx(old.points[before])
    assert (replayed.trace[~before, -1] == 10).all()
