"""What a grid can say beside plain rules: whom it serves, levels, limits, floors, fading, names of a source."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping
from leadscore.history.kernel import Sweep
from leadscore.scoring.grid import evaluate, levels
from leadscore.scoring.grid.conditions import Evidence
from leadscore.scoring.grid.serving import serves
from leadscore.scoring.grid.versions import changed_without_version, refuse_unversioned
from leadscore.scoring.grid.vocabulary import Vocabulary, unknown_names, vocabulary_of
from tests.exports import wide_mapping
from tests.tables import log_and_moments
from tests.unit.test_grid import DAY_21, VIEWS, grid, on_events, on_properties, rule

YES = {"property": "x", "missing": False}
LADDER = [
    {"words": {"en": "gold", "fr": "or"}, "points": [30, 100]},
    {"words": {"en": "tin", "fr": "étain"}, "points": [0, 29]},
]


def of_x(one_grid, *values):
    return evaluate(one_grid, pd.DataFrame({"x": list(values)}))


def test_a_grid_serves_the_leads_of_its_segment():
    leads = Evidence(pd.DataFrame({"country": pd.Series(["FR", "BE", None], dtype="str")}), None)
    assert serves(grid(rule(when=YES)), leads).tolist() == [True, True, True]
    french = grid(rule(when=YES), serves={"property": "country", "equals": "fr"})
    assert serves(french, leads).tolist() == [True, False, False]


def test_a_segment_nobody_can_judge_stops():
    leads = Evidence(pd.DataFrame({"country": ["FR"]}), None)
    odd = grid(rule(when=YES), serves={"not": {"property": "contry", "equals": "fr"}})
    with pytest.raises(InputError, match=r"unknown-name.*'contry'.*did you mean 'country'"):
        serves(odd, leads)


def test_levels_name_every_score_and_what_lies_between_belongs_to_the_lower():
    ladder = grid(rule(when=YES), bands={"hot": 100, "levels": LADDER})
    points = np.array([0, 29, 29.9, 30, 100])
    assert levels(ladder, points).tolist() == ["tin", "tin", "tin", "gold", "gold"]
    assert levels(ladder, points[-2:], language="fr").tolist() == ["or", "or"]
    assert levels(grid(rule(when=YES)), np.array([39.9, 100])).tolist() == ["cold", "hot"]


def test_a_limit_holds_its_rules_together():
    rules = [rule(name, when=YES, points=20) for name in ("a", "b", "c")]
    score = of_x(grid(*rules, limits=[{"rules": ["a", "b"], "points": 25}]), 1.0)
    assert (score.engagement.tolist(), score.trace.tolist()) == ([25 + 20], [[20, 20, 20]])
    one = grid(*rules, limits=[{"rules": ["a", "b"], "points": 25}])
    assert one.reach == 25 + 20


def test_a_floor_keeps_a_group_from_taking_points_off_the_other():
    rules = [rule("a", when=YES, group="fit"), rule("b", when=YES, points=-50)]
    assert of_x(grid(*rules), 1.0).points.tolist() == [0]  # 10 - 50, clipped
    assert of_x(grid(*rules, floors={"engagement": -4}), 1.0).points.tolist() == [10 - 4]
    assert of_x(grid(*rules, floors={"engagement": 0}), 1.0).points.tolist() == [10]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"above": 50}, [False, False, True]),
        ({"below": 50}, [True, False, False]),
        ({"at_least": 50}, [False, True, True]),
    ],
)
def test_strict_and_loose_borders(test, expected):
    assert on_properties({"property": "x", **test}, [49.0, 50.0, 51.0]) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"starts_with": "vp"}, [True, False, False]),
        ({"starts_with": ["VP", "dir"]}, [True, True, False]),
        ({"ends_with": ["Étude", "sales"]}, [True, True, False]),
    ],
)
def test_beginnings_and_ends_of_texts(test, expected):
    titles = pd.Series(["VP Sales", "Directeur d'étude", None], dtype="str")
    assert on_properties({"property": "x", **test}, titles) == expected


@pytest.mark.parametrize(
    ("more", "holds"),
    [  # the views are 20, 19 and 10 days old
        ({"at_most": 3}, True),
        ({"at_most": 2}, False),
        ({"at_least": 2, "at_most": 2, "within_days": 20}, True),  # exactly two within 20 days
        ({"before_days": 20}, True),  # one is 20 days old or older
        ({"before_days": 20, "at_least": 2}, False),
        ({"before_days": 10, "within_days": 19}, True),
        ({"before_days": 11, "within_days": 19}, False),
    ],
)
def test_events_between_two_ages_and_two_counts(more, holds):
    got = on_events(rule(when={"event": "page_view", **more}), VIEWS, DAY_21)
    assert got == [10 if holds else 0]


@pytest.mark.parametrize(
    ("days", "loses", "share"),
    [(30, 50, 1), (10, 50, 0.5), (5, 50, 0), (4, 30, 1 - 2 * 0.3), (3, 40, 0), (10, 100, 0)],
)
def test_a_staircase_loses_a_part_of_the_first_points_every_some_days(days, loses, share):
    decay = {"kind": "staircase", "days": days, "loses": loses}  # the latest view is 10 days old
    got = on_events(rule(when={"event": "page_view"}, decay=decay), VIEWS, DAY_21)
    assert got == [pytest.approx(10 * share)]


def test_a_staircase_each_time_fades_every_event_by_its_own_age():
    decay = {"kind": "staircase", "days": 10, "loses": 40}
    each = rule(when={"event": "page_view"}, decay=decay, each_time={"max": 5})
    # 20, 19 and 10 days old: two, one and one steps down
    assert on_events(each, VIEWS, DAY_21) == [pytest.approx(10 * (0.2 + 0.6 + 0.6))]


@pytest.mark.parametrize(("days", "points"), [(11, 10), (10, 0)])
def test_inactivity_takes_the_points_of_a_fit_rule(days, points):
    """The latest view is 10 days old; the condition is about who the lead is."""
    when = {"property": "age_days", "at_least": 1}
    fades = rule(when=when, group="fit", decay={"kind": "inactivity", "days": days})
    assert on_events(fades, VIEWS, DAY_21) == [points]


def test_inactivity_is_named_where_a_source_has_no_events():
    fades = rule(when=YES, group="fit", decay={"kind": "inactivity", "days": 30})
    score = of_x(grid(fades), 1.0)
    assert score.not_evaluable == {"r": ("events", "age_days")}
    assert score.points.tolist() == [0]


def test_silence_counts_what_the_source_calls_engagement():
    sweep = Sweep(*log_and_moments([("a", "2026-01-20", "call")], DAY_21))
    fades = rule(
        when={"property": "age_days", "at_least": 1}, decay={"kind": "inactivity", "days": 9}
    )
    table = pd.DataFrame({"age_days": [40.0]})
    assert evaluate(grid(fades), table, sweep).points.tolist() == [0]
    assert evaluate(grid(fades), table, sweep, engagement_types=["call"]).points.tolist() == [10]


def test_a_past_day_has_the_points_of_the_rule_in_force_then():
    """The demo was worth 30 until March and is worth 50 from then on: two rules, none deleted."""
    asked = [("a", "2026-02-20", "demo_request")]
    old = rule("demo", when={"event": "demo_request"}, points=30, until="2026-03-01")
    new = rule("demo_2", when={"event": "demo_request"}, points=50, **{"from": "2026-03-01"})
    days = [("a", "2026-02-28 23:59"), ("a", "2026-03-01"), ("a", "2026-02-19")]
    sweep = Sweep(*log_and_moments(asked, days))
    score = evaluate(grid(old, new), pd.DataFrame({"age_days": [40.0] * 3}), sweep)
    assert score.points.tolist() == [30, 50, 0]
    assert score.trace.tolist() == [[30, 0], [0, 50], [0, 0]]


KNOWN = Vocabulary(("industry", "seniority"), ("page_view",), {"seniority": ("c_level", "other")})


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            {"property": "industri", "equals": "a"},
            "no property 'industri'; did you mean 'industry'?",
        ),
        ({"not": {"event": ["page_view", "pageview"]}}, "no event type 'pageview'; did you mean"),
        ({"inactive_days": 3, "events": "pageview"}, "no event type 'pageview'"),
        (
            {"property": "seniority", "in": ["c-level"]},
            "'c-level' is no word of seniority; did you",
        ),
        ({"property": "seniority", "equals": "C_Level"}, None),
        ({"property": "seniority", "matches": "c"}, None),
    ],
)
def test_names_a_source_does_not_know_are_told_with_the_nearest(when, told):
    found = unknown_names(grid(rule(when=when)), KNOWN)
    assert [told in name.told for name in found] == ([] if told is None else [True])


def test_an_event_test_on_a_source_without_events_is_told():
    silent = grid(rule(when={"all": [{"inactive_days": 3}]}))
    (name,) = unknown_names(silent, Vocabulary(("x",), ()))
    assert name.told == "the source has no events"
    assert name.path == ("rules", 0, "when", "all", 0)


def test_a_vocabulary_is_the_mapping_s_names_and_those_derived_from_them():
    columns = {
        "Title": {"role": "property", "name": "job_title", "kind": "job_title"},
        "Stage": {"role": "property", "name": "stage", "excluded": "knows the outcome"},
    }
    known = vocabulary_of(SourceMapping.model_validate(wide_mapping(columns)))
    assert known.properties == ("job_title", "seniority", "function", "role")
    assert known.types == ()
    assert "c_level" in known.words["seniority"]


def test_a_change_without_a_later_version_is_named():
    old = grid(rule("a", when=YES), rule("b", when=YES))
    dearer = grid(rule("b", when=YES), rule("a", when=YES, points=15), caps={"fit": 30})
    assert changed_without_version(old, old) == ()
    assert changed_without_version(old, grid(rule("b", when=YES), rule("a", when=YES))) == ()
    assert changed_without_version(old, dearer) == ("caps", "rules.a")
    later = grid(rule("a", when=YES), version="2026-01-02")
    assert changed_without_version(old, later) == ()
    assert changed_without_version(old, grid(rule("z", when=YES), grid="other")) == ()
    with pytest.raises(InputError, match=r"version-not-raised: caps, rules\.a changed"):
        refuse_unversioned(old, dearer, file="g.yaml", against="the old grid")
