"""Criteria: what a rep takes for one thing is one reason, and what must not be told is none."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.event_features import EventFeature
from leadscore.domain.mapping import Property
from leadscore.history.event_features import columns_of
from leadscore.history.features import AGE, Feature, property_features
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.reasons import ReasonWords, criteria_of, criterion_of_rule
from leadscore.scoring.reasons.criteria import tests_protected as asks_protected
from leadscore.scoring.reasons.words import rule_words
from tests.fakes import plain_grid
from tests.markets import MARKET_FEATURES
from tests.reasons_reference import told_of

LABELS = {"demo": "Demo requested", "mail": "E-mail sent"}
EVERY = [
    {"is": "count", "of": "demo", "within_days": [7, 30]},
    {"is": "recency", "of": "demo"},
    {"is": "first", "of": "demo"},
    {"is": "decayed_sum", "of": "demo", "half_life_days": [7, 14]},
    {"is": "active_days", "of": "demo"},
    {"is": "sessions", "of": "demo", "apart_minutes": 30},
    {"is": "longest_gap", "of": "demo"},
    {"is": "returns", "of": "demo", "gap_days": 2},
    {"is": "trend", "of": "demo", "within_days": 7},
    {"is": "distinct_subjects", "of": "demo"},
    {"is": "value_sum", "of": "demo"},
    {"is": "value_last", "of": "demo"},
    {"is": "ratio", "of": "demo", "per": "mail"},
    {"is": "co_occurrence", "of": "demo", "beside": "mail", "within_hours": 2},
]


def events(*lines):
    declared = [EventFeature.model_validate(line) for line in lines]
    columns = columns_of(declared, labels=LABELS, engagement=("demo",))
    return [Feature(c.name, "number", c.words, c.kind, c.fact) for c in columns]


def properties(*declared):
    values = pd.DataFrame({p.name: [1.0 if p.is_number else "x"] for p in declared})
    if "employees" in values:
        values["size_band"] = "10-49"
    return property_features(values, declared)[1]


def criteria(*features, rules=()):
    return criteria_of(Encoder(tuple(features), {}), rules)


def test_every_primitive_of_one_event_type_is_one_criterion():
    found = criteria(*events(*EVERY))
    (only,) = found.of
    assert (only.key, only.called("en")) == ("event demo", "Demo requested")
    assert only.members == tuple(range(16))  # 14 lines, two of them with two columns
    assert found.of_feature.tolist() == [0] * 16


def test_types_choices_own_actions_and_all_events_are_criteria_of_their_own():
    choice = {"name": "demo", "label": "Live demo", "types": "demo", "subject": "live"}
    found = criteria(
        *events(
            {"is": "count", "of": "each"}, {"is": "recency", "of": choice},
            {"is": "count", "of": "engagement"}, {"is": "count", "of": "any"},
        ),
        AGE,
    )  # fmt: skip
    assert {c.key: (c.called("en"), c.called("fr")) for c in found.of} == {
        "event demo": ("Demo requested", "Demo requested"),
        "event mail": ("E-mail sent", "E-mail sent"),
        "choice demo": ("Live demo", "Live demo"),
        "event any": ("Own actions", "Actions du prospect"),
        "event all": ("Events", "Événements"),
        "age of the lead": ("Lead created", "Prospect créé"),
    }


def test_a_property_and_its_bands_are_one_and_a_namesake_of_an_event_is_another():
    size = Property("employees", "number", "at_creation", "Staff")
    demo = Property("demo", "flag", "at_creation", "Wants a demo")
    found = criteria(*properties(size, demo), *events({"is": "count", "of": "demo"}))
    assert [(c.key, c.called("en"), len(c.members)) for c in found.of] == [
        ("property employees", "Staff", 2),
        ("property demo", "Wants a demo", 1),
        ("event demo", "Demo requested", 1),
    ]


def test_a_decayed_sum_leads_only_where_its_criterion_has_no_plain_fact():
    decayed = {"is": "decayed_sum", "half_life_days": 14}
    found = criteria(
        *events({**decayed, "of": "demo"}, {"is": "count", "of": "demo"}, {**decayed, "of": "mail"})
    )
    assert found.may_lead.tolist() == [False, True, True]


def test_features_written_before_there_were_facts_are_grouped_as_those_of_today():
    today = [*events(*EVERY), AGE, *properties(Property("channel", "category", "at_creation", "C"))]
    before = [Feature(f.name, f.kind, f.words, f.origin) for f in today]
    assert [c.key for c in criteria(*before).of] == [c.key for c in criteria(*today).of]
    assert criteria(*before).may_lead.tolist() == criteria(*today).may_lead.tolist()


def conditions(*whens):
    plain = plain_grid()
    rule = plain["rules"][0]
    plain["rules"] = [{**rule, "id": f"r{i}", "when": when} for i, when in enumerate(whens)]
    return parse_grid(plain, file="config/grids/test.yaml")


def test_a_rule_belongs_to_the_one_thing_it_tests_and_others_stand_alone():
    grid = conditions(
        {"event": "demo", "within_days": 7},
        {"property": "size_band", "equals": "10-49"},
        {"inactive_days": 14},
        {"all": [{"event": "demo"}, {"property": "channel", "equals": "ads"}]},
    )  # fmt: skip
    keys = [criterion_of_rule(rule.id, rule.when) for rule in grid.rules]
    assert keys == ["event demo", "property employees", "event any", "rule r3"]
    found = criteria(*events({"is": "count", "of": "demo"}), rules=keys)
    assert [c.key for c in found.of] == ["event demo", *keys[1:]]
    assert found.of_rule.tolist() == [0, 1, 2, 3]
    assert [c.members for c in found.of] == [(0,), (), (), ()]


SEX = Property("gender", "category", "at_creation", "Gender")


def test_protected_attributes_are_no_reasons_whatever_names_them():
    by_label = Property("col_17", "category", "at_creation", "Date of birth")
    found = criteria(
        *properties(SEX, by_label, Property("city", "category", "at_creation", "City"))
    )
    assert found.is_told.tolist() == [False, False, True]
    assert {c.called("en") for c in found.of[:2]} == {"Protected personal details"}
    titles = Feature("lead_form", "category", "Form of address: {value}", "form")
    assert not criteria_of(Encoder((titles,), {"lead_form": ("Mme", "Mr.")})).is_told.any()
    sizes = Feature("lead_shirt", "category", "Shirt: {value}", "shirt")
    assert criteria_of(Encoder((sizes,), {"lead_shirt": ("L", "M", "S")})).is_told.all()


def test_rules_on_protected_attributes_are_not_told_alone_or_with_others():
    woman = {"property": "gender", "equals": "woman"}
    grid = conditions(woman, {"all": [woman, {"event": "demo"}]}, {"event": "demo"})
    keys = [criterion_of_rule(rule.id, rule.when) for rule in grid.rules]
    assert criteria(rules=keys).is_told.tolist() == [False, False, True]
    assert [asks_protected(rule.when) for rule in grid.rules] == [True, True, False]
    words = np.array(rule_words(grid, "en"), dtype=object)[[2, 1, 0]]
    assert words.tolist()[1:] == ["Protected personal details"] * 2
    assert words[0] == grid.rules[2].words.en


def test_a_protected_attribute_is_left_out_of_the_reasons_and_its_room_goes_to_the_next():
    features = (*properties(SEX), *MARKET_FEATURES[:1])
    encoder = Encoder(features, {"lead_gender": ("man", "woman")})
    woman = {"property": "gender", "equals": "woman"}
    women = conditions(woman, {"all": [woman, {"event": "demo"}]}, {"event": "demo"}).rules[:1]
    (row,) = told_of(encoder, [[1.0, 2.0]], [[9.0, 3.0]], per_sign=1, grid=women, rules=[[5.0]])
    assert [[reason.points for reason in side] for side in row] == [[3.0], []]


@pytest.mark.parametrize("name", ["age", "nationality", "religion", "pregnant", "handicap"])
def test_a_protected_number_or_flag_is_hidden_like_a_word(name):
    for kind in ("number", "flag"):
        (feature,) = properties(Property(name, kind, "at_creation", "X"))
        assert not criteria(feature).is_told.any()
        words = ReasonWords(Encoder((feature,), {})).phrases(np.array([0, 0]), np.array([1.0, 0.0]))
        assert set(words.tolist()) == {"Protected personal details"}
