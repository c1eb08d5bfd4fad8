"""Reasons of many leads in words: in order, with points, nothing private, comparisons from training."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.mapping import Column, Property
from leadscore.history.features import Feature, property_features
from leadscore.history.showing import is_personal, shows_of
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons import ReasonWords, Typical, typical_values
from leadscore.scoring.reasons.display import MISSING, shown, style_of
from leadscore.scoring.reasons.facts import facts_of
from leadscore.scoring.reasons.words import rule_words, whole_points
from tests.fakes import grid

NAN, INF = float("nan"), float("inf")
DEMO = Feature("act_demo_recency_days", "number", "Demo: last {value:.0f} days ago", "demo")
SIZE = Feature("firm_employees", "number", "Employees: {value:g}", "employees")
CHANNEL = Feature("lead_channel", "category", "Channel: {value}", "channel")
ENCODER = Encoder((DEMO, SIZE, CHANNEL), {"lead_channel": ("ads", "referral")})
TYPICAL = (Typical("firm_employees", 40.0), Typical("lead_channel", "ads"))


def told(feature, value, points, *, language="en", rules=()):
    words = ReasonWords(ENCODER, TYPICAL, language)
    given = np.array(feature), np.array(value, dtype=float), np.array(points, dtype=float)
    return words.told(*given, rules=rules).to_pylist()


def test_a_rows_reasons_stand_in_order_with_their_points_and_none_is_null():
    """12.4 shows as +12, 3.5 as +4; the second row has one reason, the third none."""
    assert told([[1, 0], [2, -1], [-1, -1]], [[250, NAN], [1, 0], [0, 0]], [[12.4, 3.5], [1, 0], [0, 0]]) == [
        "Employees: 250 (typical: 40) (+12); Demo: never (+4)",
        "Channel: referral (typical: ads) (+1)",
        None,
    ]  # fmt: skip


def test_points_against_are_negative_and_half_a_point_is_one():
    assert told([[0], [0]], [[3], [3]], [[-0.5], [-7.4]]) == [
        "Demo: last time 3 days ago (-1)",
        "Demo: last time 3 days ago (-7)",
    ]
    assert whole_points(np.array([0.49, 1.5, -2.5, NAN, 1e300])).tolist() == [0, 2, -3, 0, 1e6]


def test_a_rule_without_a_feature_is_told_by_its_words():
    """Rules have the places behind the three features."""
    assert told([[4, 1]], [[NAN, 250]], [[40, 2]], rules=rule_words(grid(), "en")) == [
        "Asked for a demo (+40); Employees: 250 (typical: 40) (+2)"
    ]
    french = told([[3]], [[NAN]], [[30]], language="fr", rules=rule_words(grid(), "fr"))
    assert french == ["Recommandation (+30)"]
    words = np.array(rule_words(grid(), "fr"), dtype=object)[[1, 0]]
    assert words.tolist() == ["Demande de démonstration", "Recommandation"]


def test_no_rows_and_no_columns_give_nothing():
    empty = np.empty((0, 3), dtype=np.intp)
    words = ReasonWords(ENCODER)
    assert words.told(empty, empty * 1.0, empty * 1.0).to_pylist() == []
    none = np.empty((2, 0), dtype=np.intp)
    assert words.told(none, none * 1.0, none * 1.0).to_pylist() == [None, None]
    assert words.phrases(np.empty(0, dtype=np.intp), np.empty(0)).tolist() == []


def test_a_place_that_is_no_features_is_a_bug():
    with pytest.raises(ValueError, match="features lie in 0 to 2, got -2 to 3"):
        ReasonWords(ENCODER).phrases(np.array([-2, 3]), np.zeros(2))


def test_phrases_keep_the_shape():
    found = ReasonWords(ENCODER).phrases(np.array([[0, -1], [2, 1]]), np.array([[1.0, 0], [0, 5]]))
    assert found.tolist() == [
        ["Demo: last time 1 day ago", None],
        ["Channel: ads", "Employees: 5"],
    ]


def test_a_feature_of_an_older_bundle_reads_as_it_was_written():
    count = Feature("act_demo_count_7d", "number", "Demo {x}: {value:.0f} in 7 days", "demo")
    words = ReasonWords(Encoder((count,), {}), (Typical(count.name, 0.0),), "fr")
    found = words.phrases(np.array([0, 0]), np.array([2.0, NAN]))
    assert found.tolist() == ["Demo {x}: 2 in 7 days", "Demo {x}\N{NO-BREAK SPACE}: non renseigné"]


# ---- what is typical


def test_typical_is_the_middle_value_that_occurs_and_the_most_frequent_word():
    """Of 1, 2, 3, 40 the lower middle is 2; ads has three looks, referral two, missing two."""
    table = pd.DataFrame(
        {
            "act_demo_recency_days": [NAN, NAN, NAN, NAN, 5.0, 6.0, 7.0],
            "firm_employees": [1.0, 40.0, 3.0, 2.0, NAN, NAN, INF],
            "lead_channel": pd.Series(["ads", "ADS", "ads", "referral", "referral", None, None], dtype="str"),
        }
    )  # fmt: skip
    assert typical_values(table, ENCODER) == (
        Typical("act_demo_recency_days", None),
        Typical("firm_employees", 2.0),
        Typical("lead_channel", "ads"),
    )


def test_mostly_missing_is_typically_missing_and_pooled_words_are_nothing_typical():
    table = pd.DataFrame({"lead_channel": pd.Series(["x", "y", "z", None], dtype="str")})
    assert typical_values(table, Encoder((CHANNEL,), {"lead_channel": ()})) == ()
    one = Encoder((CHANNEL,), {"lead_channel": ("x",)})
    assert typical_values(table, one) == (Typical("lead_channel", "x"),)
    more = pd.concat([table, table.tail(1)])
    assert typical_values(more, one) == (Typical("lead_channel", None),)
    assert typical_values(table.head(0), one) == ()


@pytest.mark.parametrize(
    "prop",
    [
        Property("note", "category", "at_creation", "Note", is_private=True),
        Property("gender", "category", "at_creation", "Gender"),
        Property("channel", "category", "at_creation", "Channel"),
    ],
)
def test_a_bundle_keeps_no_typical_value_that_may_not_be_shown(prop):
    """The mark, the name, or the word itself forbids it."""
    values = pd.DataFrame({prop.name: pd.Series(["a@canary.example"] * 3, dtype="str")})
    table, (feature,) = property_features(values, [prop])
    encoder = Encoder((feature,), {feature.name: ("a@canary.example", "b")})
    assert typical_values(table, encoder) == ()


def test_typical_values_of_other_features_kinds_and_words_are_not_told():
    other = (
        Typical("gone", 1.0), Typical("firm_employees", "many"), Typical("lead_channel", 1.0),
        Typical("lead_channel", "radio"),
    )  # fmt: skip
    words = ReasonWords(ENCODER, other)
    found = words.phrases(np.array([1, 2]), np.array([5.0, 0.0])).tolist()
    assert found == ["Employees: 5", "Channel: ads"]


def test_typical_values_come_back_from_plain_values():
    for one in (*TYPICAL, Typical("x", None)):
        assert Typical.from_dict(one.to_dict()) == one


# ---- what is rounded away


@pytest.mark.parametrize(
    ("kind", "values", "left"),
    [
        (
            "number",
            [1234.4, 99.96, 12.34, 1.234, 0.01234, 1e-9],
            [1234, 100, 12.3, 1.23, 0.0123, 0],
        ),
        ("number", [INF, -INF, 1e16, NAN], [2e15, -2e15, 2e15, MISSING]),
        ("category", [0, 1, 2, NAN], [0, 1, 2, MISSING]),
        ("flag", [0, 1, 0.5, NAN], [0, 1, 1, MISSING]),
    ],
)
def test_what_remains_of_a_value(kind, values, left):
    prop = Property("x", kind, "at_creation", "X")
    _, (feature,) = property_features(pd.DataFrame({"x": [1.0]}), [prop])
    (fact,) = facts_of(Encoder((feature,), {}))
    style = np.full(len(values), style_of(fact), dtype=np.intp)
    assert shown(style, np.array(values, dtype=float)).tolist() == pytest.approx(left)


# ---- what may not be told

CANARIES = [
    "anna.canary@firm.example", "Mail me: a.b@c.fr", "+33 6 12 34 56 78", "0612345678", "555-123-4567",
    "FR76 3000 6000 0112 3456 7890 189", "Mme Canary", "Dr. Canary", "Alice Canary", "Jean-Canary",
    "192.168.10.12", "called on Monday and said that the budget is tight, ask again after the summer",
    "1 85 05 78 006 084 36",
]  # fmt: skip


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_word_that_seems_to_be_a_persons_is_never_told(canary, language):
    """Neither as the value nor as what is typical: the label alone."""
    assert is_personal(canary)
    encoder = Encoder((CHANNEL,), {"lead_channel": (canary, "ads")})
    words = ReasonWords(encoder, (Typical("lead_channel", canary),), language)
    here, other = words.phrases(np.array([0, 0]), np.array([0.0, 1.0])).tolist()
    assert here == "Channel"
    assert other.replace("\N{NO-BREAK SPACE}", "") == "Channel: ads"


@pytest.mark.parametrize(
    "word", ["paid search", "Google Ads", "10-49", "1000+", "2026", "v2.1", "FR", "Île-de-France",
             "R&D", "Software (B2B)", "12 months", "@home", "50 000 EUR"],
)  # fmt: skip
def test_common_words_are_told(word):
    assert not is_personal(word)


@pytest.mark.parametrize(
    ("prop", "shows"),
    [
        (Property("channel", "category", "at_creation", "Channel"), "value"),
        (Property("note", "category", "at_creation", "Note", is_private=True), "label"),
        (Property("score", "number", "at_creation", "Score", is_private=True), "label"),
        (Property("vip", "flag", "at_creation", "VIP", is_private=True), "label"),
        (Property("contact_mail", "email", "at_creation", "Contact details"), "label"),
        (Property("site", "email_domain", "at_creation", "Site"), "label"),
        (Property("position", "job_title", "at_creation", "Position"), "label"),
        (Property("phone", "number", "at_creation", "Number"), "label"),
        (Property("x1", "category", "at_creation", "Nom complet"), "label"),
        (Property("owner", "category", "at_creation", "Owner"), "label"),
        (Property("phone_kind", "category", "at_creation", "Kind of phone"), "value"),
        (Property("do_not_email", "flag", "at_creation", "Do not e-mail"), "value"),
        (Property("gender", "category", "at_creation", "X"), "nothing"),
        (Property("x1", "number", "at_creation", "Age"), "nothing"),
        (Property("company_age", "number", "at_creation", "Age of the company"), "value"),
    ],
)
def test_what_may_be_shown_of_a_property(prop, shows):
    assert shows_of(prop) == shows


@pytest.mark.parametrize("kind", ["number", "flag", "category", "email"])
def test_of_a_private_property_the_label_alone_is_told(kind):
    prop = Property("canary", kind, "at_creation", "Contact details given", is_private=True)
    values = pd.DataFrame({"canary": [1.0] if prop.is_number else ["secret"]})
    _, (feature,) = property_features(values, [prop])
    levels = {} if prop.is_number else {feature.name: ("secret", "hidden")}
    usual = (Typical(feature.name, 1.0 if prop.is_number else "secret"),)
    words = ReasonWords(Encoder((feature,), levels), usual)
    found = words.phrases(np.zeros(3, dtype=np.intp), np.array([1.0, 0.0, NAN]))
    assert found.tolist() == ["Contact details given"] * 2 + ["Contact details given: not known"]


def test_a_column_of_the_mapping_may_be_private_if_it_is_a_property():
    assert Column(role="property", name="note", is_private=True).is_private
    with pytest.raises(ValueError, match="`is_private` goes with role `property` only"):
        Column(role="lead_id", is_private=True)
