"""Points of a grid, rule by rule, on leads a reader can score by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from leadscore.history.kernel import Sweep
from leadscore.scoring.grid import dated, evaluate, parse_grid, tiers
from tests.reasons_reference import told_of_grid
from tests.tables import log_and_moments, looks


def rule(name="r", *, when, points=10, group="engagement", **more):
    words = {"en": f"{name} holds", "fr": f"{name} vaut"}
    who = {"owner": "sales", "reason": "a test"}
    return {
        "id": name,
        "words": words,
        "group": group,
        "points": points,
        "when": when,
        **who,
        **more,
    }


def grid(*rules, **more):
    plain = {
        "grid": "tiny",
        "version": "2026-01-01",
        "owner": "sales",
        "description": "a test",
        "excerpt": "a test",
        "bands": {"hot": 100, "warm": 40},
        "cells": {"fit": {"A": 20, "B": 10}, "engagement": {"1": 20, "2": 10}},
        "rules": list(rules),
    }
    return parse_grid({**plain, **more}, file="tiny.yaml")


def on_properties(when, values, **more):
    """Tell for each value of property x whether the condition holds."""
    table = pd.DataFrame({"x": values})
    return (evaluate(grid(rule(when=when, **more)), table).points > 0).tolist()


def on_events(one_rule, events, look_rows, *, age_days=100.0):
    sweep = Sweep(*log_and_moments(events, look_rows))
    table = pd.DataFrame({"age_days": np.full(len(look_rows), age_days)})
    return evaluate(grid(one_rule), table, sweep).trace[:, 0].tolist()


WORDS = pd.Series(["Logistics", "LOGISTIQUE étendue", "retail", None], dtype="str")
NUMBERS = [49.0, 50.0, 500.0, 501.0, np.nan]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"equals": "logistics"}, [True, False, False, False]),
        ({"in": ["Logistics", "Retail"]}, [True, False, True, False]),
        ({"matches": "Logisti"}, [True, True, False, False]),  # a text is found anywhere
        ({"matches": ["logistique", "tail"]}, [False, True, False, False]),  # a list, whole words
        ({"matches": ["Etendue"]}, [False, True, False, False]),  # blind to accents
        ({"missing": True}, [False, False, False, True]),
        ({"missing": False}, [True, True, True, False]),
    ],
)
def test_tests_of_texts(test, expected):
    assert on_properties({"property": "x", **test}, WORDS) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"between": [50, 500]}, [False, True, True, False, False]),
        ({"at_least": 500}, [False, False, True, True, False]),
        ({"at_most": 50}, [True, True, False, False, False]),
        ({"equals": 50}, [False, True, False, False, False]),
        ({"in": [49, 501]}, [True, False, False, True, False]),
        ({"missing": True}, [False, False, False, False, True]),
    ],
)
def test_tests_of_numbers(test, expected):
    assert on_properties({"property": "x", **test}, NUMBERS) == expected


@pytest.mark.parametrize("flags", [[1.0, 0.0], ["Yes", "No"], ["oui", "non"], [True, False]])
def test_true_is_understood_however_the_flag_is_written(flags):
    assert on_properties({"property": "x", "equals": True}, flags) == [True, False]


def test_not_passes_where_the_value_is_missing():
    assert on_properties({"not": {"property": "x", "equals": "retail"}}, WORDS)[3] is True


def test_and_or_combine():
    middle = {"all": [{"property": "x", "at_least": 50}, {"property": "x", "at_most": 500}]}
    assert on_properties(middle, NUMBERS) == [False, True, True, False, False]
    ends = {"any": [{"property": "x", "at_most": 49}, {"property": "x", "at_least": 501}]}
    assert on_properties(ends, NUMBERS) == [True, False, False, True, False]


@pytest.mark.parametrize(("test", "values"), [({"at_least": 3}, WORDS), ({"equals": "a"}, NUMBERS)])
def test_a_test_of_the_wrong_kind_is_refused(test, values):
    with pytest.raises(InputError, match=r"wrong-kind: property 'x'"):
        on_properties({"property": "x", **test}, values)


VIEWS = [
    ("a", "2026-01-01", "page_view", "/pricing"),
    ("a", "2026-01-02", "page_view", "/blog"),
    ("a", "2026-01-11", "page_view", "/Pricing?x"),
]
DAY_21 = [("a", "2026-01-21")]


@pytest.mark.parametrize(
    ("when", "points"),
    [
        ({"event": "page_view"}, 10),
        ({"event": "page_view", "at_least": 4}, 0),
        ({"event": "page_view", "subject": "pricing", "at_least": 2}, 10),
        ({"event": ["call", "page_view"], "within_days": 11}, 10),
        ({"event": "page_view", "within_days": 10}, 0),  # exactly ten days ago is outside
        ({"event": "page_view", "repeated_within_days": 1}, 10),
        ({"event": "page_view", "subject": "pricing", "repeated_within_days": 9}, 0),
        ({"event": "call"}, 0),
        ({"inactive_days": 10}, 10),
        ({"inactive_days": 11}, 0),
        ({"inactive_days": 11, "events": "call"}, 10),
    ],
)
def test_tests_of_events(when, points):
    assert on_events(rule(when=when), VIEWS, DAY_21) == [points]


def test_inactivity_counts_from_creation_where_nothing_happened():
    sent = [("a", "2026-01-20", "email_sent")]  # done to the lead, no sign from it
    when = {"inactive_days": 30}
    assert on_events(rule(when=when), sent, DAY_21, age_days=29.0) == [0]
    assert on_events(rule(when=when), sent, DAY_21, age_days=30.0) == [10]


@pytest.mark.parametrize(
    ("decay", "points"),
    [
        ({"kind": "none"}, 10),
        ({"kind": "linear", "days": 40}, 10 * (1 - 10 / 40)),  # the latest event is 10 days old
        ({"kind": "linear", "days": 5}, 0),
        ({"kind": "half_life", "days": 10}, 10 / 2),
        ({"kind": "step", "days": 11}, 10),
        ({"kind": "step", "days": 10}, 0),
    ],
)
def test_decay_by_the_age_of_the_latest_event(decay, points):
    got = on_events(rule(when={"event": "page_view"}, decay=decay), VIEWS, DAY_21)
    assert got == [pytest.approx(points)]


@pytest.mark.parametrize(
    ("when", "more", "points"),
    [
        ({"event": "page_view"}, {"each_time": {"max": 5}}, 30),
        ({"event": "page_view"}, {"each_time": {"max": 2}}, 20),
        ({"event": "page_view", "at_least": 2}, {"each_time": {"max": 5}}, 10),  # per two views
        ({"event": "page_view", "within_days": 20}, {"each_time": {"max": 5}}, 20),
        (
            {"event": "page_view", "subject": "pricing"},  # 20 and 10 days old
            {"each_time": {"max": 5}, "decay": {"kind": "half_life", "days": 10}},
            10 * (1 / 4 + 1 / 2),
        ),
        (
            {"all": [{"property": "age_days", "at_least": 101}, {"event": "page_view"}]},
            {"each_time": {"max": 5}},
            0,
        ),
    ],
)
def test_each_time_gives_points_per_event_up_to_its_maximum(when, more, points):
    assert on_events(rule(when=when, **more), VIEWS, DAY_21) == [pytest.approx(points)]


def test_a_rule_counts_from_its_first_day_to_the_day_before_its_end():
    when = {"property": "x", "at_least": 1}
    one = rule(when=when, **{"from": "2026-02-01", "until": "2026-03-01"})
    days = ["2026-01-31 23:59", "2026-02-01", "2026-02-28 23:59", "2026-03-01"]
    as_of = looks(*(("a", day) for day in days))["as_of"]
    score = evaluate(grid(one, rule("s", when=when)), pd.DataFrame({"x": [1.0] * 4}), as_of=as_of)
    assert score.points.tolist() == [10, 20, 20, 10]


def test_without_dates_the_rules_of_the_version_s_day_hold():
    when = {"property": "x", "at_least": 1}
    later, now = rule("later", when=when, **{"from": "2026-01-02"}), rule("now", when=when)
    table = pd.DataFrame({"x": [1.0]})
    assert evaluate(grid(later, now), table).trace.tolist() == [[0, 10]]
    for unknown in (pd.Series([None]), pd.Series([pd.NaT], dtype="datetime64[us, UTC]")):
        assert evaluate(grid(later, now), table, as_of=unknown).trace.tolist() == [[0, 10]]
    kept = dated(grid(later, now), date(2026, 1, 2)).rules
    assert [one.id for one in kept] == ["later", "now"]
    assert [one.id for one in dated(grid(later, now), date(2026, 1, 1)).rules] == ["now"]


def test_groups_are_capped_then_summed_and_clipped():
    yes = {"property": "x", "missing": False}
    score = evaluate(
        grid(
            rule("a", when=yes, points=80, group="fit"),
            rule("b", when=yes, points=90),
            rule("c", when={"property": "x", "at_least": 2}, points=-100),
            caps={"fit": 30, "engagement": 60},
        ),
        pd.DataFrame({"x": [1.0, 2.0]}),
    )
    assert score.fit.tolist() == [30, 30]  # 80 is capped
    assert score.engagement.tolist() == [60, 90 - 100]
    assert score.points.tolist() == [90, 30 - 10]
    assert score.cell.tolist() == ["A1", "A3"]
    assert tiers(grid(rule(when=yes)), score.points).tolist() == ["warm", "cold"]


def test_a_sum_below_zero_is_zero_points():
    score = evaluate(
        grid(rule(when={"property": "x", "missing": False}, points=-10)),
        pd.DataFrame({"x": [1.0]}),
    )
    assert (score.points.tolist(), score.engagement.tolist()) == ([0], [-10])


def test_a_disqualified_lead_has_no_points_but_keeps_its_trace():
    stop = {**rule("stop", when={"property": "x", "equals": "student"}), "from": "2026-02-01"}
    stop = {key: stop[key] for key in stop if key not in ("group", "points")}
    one = grid(rule(when={"property": "x", "missing": False}), disqualifiers=[stop])
    table = pd.DataFrame({"x": ["student", "student", "buyer"]})
    as_of = looks(("a", "2026-02-01"), ("a", "2026-01-31"), ("b", "2026-02-01"))["as_of"]
    score = evaluate(one, table, as_of=as_of)
    assert score.disqualified.tolist() == [True, False, False]
    assert score.points.tolist() == [0, 10, 10]
    assert score.cell.tolist() == ["C3", "C2", "C2"]
    assert score.trace[:, 0].tolist() == [10, 10, 10]


def test_what_a_source_cannot_judge_gives_nothing_and_is_named():
    needs_events = rule("visit", when={"event": "page_view"})
    needs_industry = rule("sector", when={"property": "industry", "equals": "a"}, group="fit")
    silent = rule("silent", when={"not": {"inactive_days": 30}})
    score = evaluate(grid(needs_events, needs_industry, silent), pd.DataFrame({"x": [1.0]}))
    assert score.not_evaluable == {
        "visit": ("events",),
        "sector": ("industry",),
        "silent": ("events", "age_days"),
    }
    assert score.trace.tolist() == [[0, 0, 0]]


def test_a_type_the_source_never_produces_makes_a_rule_not_evaluable():
    sweep = Sweep(*log_and_moments(VIEWS, DAY_21))
    one = grid(rule(when={"not": {"event": "webinar"}}))
    table = pd.DataFrame({"age_days": [1.0]})
    assert evaluate(one, table, sweep).points.tolist() == [10]
    score = evaluate(one, table, sweep, known_types=["page_view"])
    assert (score.points.tolist(), score.not_evaluable) == ([0], {"r": ("webinar",)})


def test_engagement_types_decide_what_ends_inactivity():
    sweep = Sweep(*log_and_moments([("a", "2026-01-20", "call")], DAY_21))
    one = grid(rule(when={"inactive_days": 30}))
    table = pd.DataFrame({"age_days": [40.0]})
    assert evaluate(one, table, sweep).points.tolist() == [10]
    assert evaluate(one, table, sweep, engagement_types=["call"]).points.tolist() == [0]


def test_reasons_are_the_rules_words_strongest_first():
    yes = {"property": "x", "missing": False}
    one = grid(
        rule("a", when=yes, points=10),
        rule("b", when=yes, points=25),
        rule("c", when=yes, points=-20),
        rule("d", when=yes, points=5),
    )
    told = told_of_grid(one, [10.0, 12.6, -20.0, 0.3])
    assert told == (["b holds (+13)", "a holds (+10)"], ["c holds (-20)"])
    assert told_of_grid(one, [0, 25, 0, 0], language="fr") == (["b vaut (+25)"], [])


def test_unaligned_arguments_are_a_bug():
    sweep = Sweep(*log_and_moments(VIEWS, DAY_21))
    one = grid(rule(when={"event": "page_view"}))
    with pytest.raises(ValueError, match="one row of properties per moment"):
        evaluate(one, pd.DataFrame({"x": [1.0, 2.0]}), sweep)
    with pytest.raises(ValueError, match="1 as_of times for 2 rows"):
        evaluate(one, pd.DataFrame({"x": [1.0, 2.0]}), as_of=looks(("a", "2026-01-01"))["as_of"])
