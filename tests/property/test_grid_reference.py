"""Random grids on random leads: the evaluation of all leads at once equals the slow one of each."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leadscore.domain.errors import InputError
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments
from leadscore.scoring.grid import evaluate, parse_grid
from tests import grid_reference as reference
from tests.kernel_reference import Event

HOUR, DAY = 3_600, 86_400
START = 1_767_225_600  # 2026-01-01
LEADS = ["a", "a", "b"]
TYPES = ["page_view", "page_view", "download", "email_sent"]
few_days = st.sampled_from([1, 2, 3, 5, 7, 10])
small = st.integers(1, 3)
PAGE = {"event": "page_view"}

property_tests = st.one_of(
    st.fixed_dictionaries(
        {"property": st.just("employees")},
        optional={},
    ).flatmap(
        lambda base: st.sampled_from(
            [
                {"at_least": 50}, {"at_most": 50}, {"above": 50}, {"below": 50}, {"equals": 50},
                {"between": [10, 50]}, {"in": [10, 500]}, {"missing": True}, {"missing": False},
            ]
        ).map(lambda test: base | test)
    ),
    st.sampled_from(
        [
            {"equals": "SOFTWARE"}, {"in": ["Retail", "software"]}, {"matches": "tai"},
            {"starts_with": ["soft", "x"]}, {"ends_with": "AIL"}, {"missing": True},
        ]
    ).map(lambda test: {"property": "industry", **test}),
)  # fmt: skip
event_tests = st.fixed_dictionaries(
    {"event": st.one_of(st.sampled_from(TYPES), st.just(["page_view", "download"]))},
    optional={
        "subject": st.just("pric"),
        "at_least": small,
        "at_most": st.integers(3, 5),
        "within_days": st.sampled_from([5, 7, 10]),
        "before_days": st.sampled_from([2, 4]),
        "repeated_within_days": st.sampled_from([1, 4]),
    },
)
inactive_tests = st.fixed_dictionaries(
    {"inactive_days": few_days}, optional={"events": st.just("page_view")}
)
leaves = st.one_of(property_tests, event_tests, event_tests, inactive_tests)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)
fading = st.one_of(
    st.sampled_from(["linear", "half_life", "step", "inactivity"]).flatmap(
        lambda kind: few_days.map(lambda days: {"kind": kind, "days": days})
    ),
    st.tuples(few_days, st.sampled_from([10, 30, 50, 100])).map(
        lambda pair: {"kind": "staircase", "days": pair[0], "loses": pair[1]}
    ),
)
validity = st.sampled_from([{}, {"from": "2026-01-12"}, {"until": "2026-01-12"}])
points = st.sampled_from([-30, -7, 5, 12, 40])


def rule(when, points, more, group="engagement"):
    said = {"words": {"en": "r", "fr": "r"}, "owner": "sales", "reason": "a test"}
    return {"when": when, "points": points, "group": group, **said, **more}


any_rules = st.builds(rule, conditions, points, validity, st.sampled_from(["fit", "engagement"]))
fading_rules = st.builds(
    lambda event, points, decay: rule(event, points, {"decay": decay}),
    event_tests,
    points,
    fading,
)
counting_rules = st.builds(
    lambda event, points, decay, most: rule(
        {"all": [event, {"property": "age_days", "at_least": 3}]},
        points,
        {"decay": decay, "each_time": {"max": most}},
    ),
    st.one_of(st.sampled_from([PAGE, {**PAGE, "subject": "pric"}]), event_tests),
    points,
    st.one_of(fading, st.just({"kind": "none"})),
    small,
)
rule_lists = st.lists(st.one_of(any_rules, fading_rules, counting_rules), min_size=2, max_size=4)
scales = st.fixed_dictionaries(
    {},
    optional={
        "caps": st.just({"fit": 20, "engagement": 30}),
        "floors": st.sampled_from([{"fit": 0}, {"engagement": -10}]),
        "limited": st.integers(1, 15),
    },
)
moment = st.integers(0, 14 * 24).map(lambda hour: START + hour * HOUR)
late_moment = st.integers(8 * 24, 14 * 24).map(lambda hour: START + hour * HOUR)
event_lists = st.lists(
    st.tuples(
        st.sampled_from(LEADS),
        moment,
        st.sampled_from(TYPES),
        st.sampled_from([None, "/Pricing", "/pricing"]),
    ),
    min_size=4,
    max_size=16,
)
look_lists = st.lists(
    st.tuples(
        st.sampled_from(LEADS),
        late_moment,
        st.sampled_from([None, 10.0, 50.0, 500.0]),
        st.sampled_from([None, "Software", "Retail"]),
    ),
    min_size=1,
    max_size=4,
)


def grid_of(rules, scale):
    rules = [{"id": f"r{i}", **one} for i, one in enumerate(rules)]
    scale = dict(scale)
    if limit := scale.pop("limited", None):
        group = rules[0]["group"]
        names = [one["id"] for one in rules if one["group"] == group]
        scale["limits"] = [{"rules": names, "points": limit}]
    return {
        "grid": "random",
        "version": "2026-01-15",
        "owner": "sales",
        "description": "drawn",
        "excerpt": "drawn",
        "bands": {"hot": 100},
        "cells": {"fit": {"A": 20, "B": 10}, "engagement": {"1": 40, "2": 20}},
        "rules": rules,
        **scale,
    }


def parsed(plain):
    try:
        return parse_grid(plain, file="random.yaml")
    except InputError:
        return None


def utc(seconds):
    return pd.Series(pd.to_datetime(list(seconds), unit="s", utc=True)).dt.as_unit("us")


def evaluated(grid, events, looks):
    table = pd.DataFrame(
        {
            "lead_id": pd.Series([e[0] for e in events], dtype="str"),
            "occurred_at": utc(e[1] for e in events),
            "type": pd.Series([e[2] for e in events], dtype="str"),
            "subject": pd.Series([e[3] for e in events], dtype="str"),
            "value": np.full(len(events), np.nan),
        }
    )
    log = EventLog.from_table(table, LEADS)
    as_of = utc(look[1] for look in looks)
    of_lead = pd.Series([look[0] for look in looks], dtype="str")
    moments = Moments.from_table(pd.DataFrame({"lead_id": of_lead, "as_of": as_of}), log)
    properties = pd.DataFrame(
        {
            "employees": pd.Series([look[2] for look in looks], dtype="float64"),
            "industry": pd.Series([look[3] for look in looks], dtype="str"),
            "age_days": [(look[1] - START) / DAY for look in looks],
        }
    )
    return evaluate(grid, properties, Sweep(log, moments), as_of=as_of)


@given(rules=rule_lists, scale=scales, events=event_lists, looks=look_lists)
@settings(max_examples=300, deadline=None)
def test_all_at_once_equals_one_by_one(rules, scale, events, looks):
    plain = grid_of(rules, scale)
    grid = parsed(plain)
    assume(grid is not None)
    got = evaluated(grid, events, looks)
    for i, (lead, as_of, employees, industry) in enumerate(looks):
        own = [Event(time, kind, subject) for who, time, kind, subject in events if who == lead]
        known = {"employees": employees, "industry": industry, "age_days": (as_of - START) / DAY}
        trace, groups, total = reference.score(plain, reference.Look(as_of, START, known, own))
        assert got.trace[i] == pytest.approx(list(trace.values()), abs=1e-9)
        assert (got.fit[i], got.engagement[i]) == pytest.approx(tuple(groups.values()), abs=1e-9)
        assert got.points[i] == pytest.approx(total, abs=1e-9)


def test_most_random_grids_are_grids():
    """Too many refused ones would leave the test above with nothing to compare."""
    seen = []

    @given(rules=rule_lists, scale=scales)
    @settings(max_examples=200, deadline=None, database=None)
    def draw(rules, scale):
        seen.append(parsed(grid_of(rules, scale)) is not None)

    draw()
    assert np.mean(seen) > 0.3
