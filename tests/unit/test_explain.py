"""Reasons: they add up to the score, point the right way and read as a person would say them."""

import numpy as np
import pytest

from leadscore.history.features import Feature
from leadscore.scoring import explain
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.model import Rows, fitted
from tests.fakes import small_settings
from tests.markets import MARKET_FEATURES, market
from tests.reasons_reference import told_of

NAN = float("nan")


@pytest.fixture(scope="module")
def learned():
    table = market(400)
    encoder = Encoder.learn(table, MARKET_FEATURES, min_rows=5, max_levels=10)
    x = encoder.matrix(table)
    rows = Rows(x, table["label"].to_numpy(), np.arange(len(table)))
    trees = fitted(encoder, rows, small_settings().model, rounds=20, seed=1, threads=1)
    return encoder, trees, x


def test_contributions_and_expected_value_add_up_to_the_log_odds(learned):
    """To 1e-9, over numbers, categories, missing values and levels never seen."""
    _, trees, x = learned
    strange = np.array([[9.0, NAN, 99.0, -1.0], [NAN] * 4])
    rows = np.vstack([x, strange])
    values = trees.explained(rows)[1]
    booster = trees.booster()
    expected = booster.predict(rows, pred_contrib=True)[:, -1]
    raw = booster.predict(rows, raw_score=True)
    assert np.ptp(expected) == 0
    assert values.shape == rows.shape
    np.testing.assert_allclose(values.sum(axis=1) + expected, raw, rtol=0, atol=1e-9)


def test_no_rows_have_no_contributions(learned):
    _, trees, x = learned
    assert trees.explained(x[:0])[1].shape == (0, x.shape[1])


def test_what_speaks_for_a_lead_raises_it(learned):
    """In this market a referral wins more often than ads, and a demo more often than none."""
    encoder, trees, x = learned
    values = trees.explained(x)[1]
    channel, demos = encoder.names.index("lead_channel"), 0
    referral, ads = (
        x[:, channel] == encoder.levels["lead_channel"].index(n) for n in ("referral", "ads")
    )
    assert values[referral, channel].min() > values[ads, channel].max()
    assert values[x[:, demos] >= 3, demos].mean() > values[x[:, demos] == 0, demos].mean()


COUNT = Feature("act_demo_count_30d", "number", "Demo requested: {value:.0f} in 30 days", "demo")
RECENCY = Feature(
    "act_demo_recency_days", "number", "Demo requested: last {value:.0f} days ago", "demo"
)
CHANNEL = Feature("lead_channel", "category", "Channel: {value}", "channel")
AGE = Feature("lead_age_days", "number", "lead is {value:.0f} days old", "age")
SIZE = Feature("firm_employees", "number", "Employees: {value:g}", "employees")
ENCODER = Encoder((COUNT, RECENCY, CHANNEL, AGE, SIZE), {"lead_channel": ("ads", "referral")})


def told(x, shap, *, per_sign=3, points=1.0, encoder=ENCODER):
    (row,) = told_of(encoder, [x], [shap], per_sign=per_sign, points=points)
    return [[str(r) for r in side] for side in row]


def test_one_origin_is_told_once_by_its_strongest_feature():
    """Count +4 and recency +2 are both the demo: +6, in the words of the count."""
    assert told([2, 3, 1, 10, 50], [4.0, 2.0, 1.0, -3.0, 0.0]) == [
        ["Demo requested: 2 in 30 days (+6)", "Channel: referral (+1)"],
        ["Lead created: 10 days ago (-3)"],
    ]


def test_the_strongest_feature_is_the_one_that_pulls_the_way_of_the_sum():
    """-1 and +4 sum to +3: the recency tells it, though the count is named first."""
    assert told([2, 3, 1, 10, 50], [-1.0, 4.0, 0, 0, 0]) == [
        ["Demo requested: last time 3 days ago (+3)"],
        [],
    ]


def test_reasons_are_in_score_points_strongest_first_and_at_most_so_many():
    """Half a point a log-odds: 8 gives 4."""
    shap = [2.0, 0.0, 8.0, -4.0, -6.0]
    assert told([2, 3, 1, 10, 50], shap, points=0.5, per_sign=1) == [
        ["Channel: referral (+4)"],
        ["Employees: 50 (-3)"],
    ]


def test_reasons_below_half_a_point_are_left_out_and_half_a_point_counts_as_one():
    assert told([2, 3, 1, 10, 50], [0.49, 0, 0.5, -0.49, -0.5]) == [
        ["Channel: referral (+1)"],
        ["Employees: 50 (-1)"],
    ]


def test_what_never_happened_and_what_is_unknown_read_as_such():
    shap = [0.0, -3.0, -2.0, 0.0, 4.0]
    assert told([0, NAN, NAN, 10, NAN], shap) == [
        ["Employees: not known (+4)"],
        ["Demo requested: never (-3)", "Channel: not known (-2)"],
    ]


def test_pooled_and_unseen_levels_are_called_rare():
    assert told([0, 1, 2, 10, 5], [0, 0, 3.0, 0, 0])[0] == ["Channel: a rare value (+3)"]


def test_words_with_braces_or_colons_are_told_as_they_are():
    """Labels come from a mapping, and a level from an export: neither is a template."""
    odd = Feature("lead_budget", "number", "Budget {EUR}: {value:g}", "budget")
    colon = Feature("lead_tag", "category", "Tag: kind: {value}", "tag")
    encoder = Encoder((odd, colon), {"lead_tag": ("{value}",)})
    assert told([5, 0], [2.0, 1.0], encoder=encoder)[0] == [
        "Budget {EUR}: 5 (+2)",
        "Tag: kind: {value} (+1)",
    ]


def test_importance_ranks_features_by_mean_points():
    """Age: (2 + 4) / 2 log-odds x 10 points = 30; channel: (1 + 1) / 2 x 10 = 10."""
    encoder = Encoder((CHANNEL, AGE, COUNT), {"lead_channel": ("ads",)})
    found = explain.importance(
        encoder, np.array([[1.0, -2.0, 0.0], [-1.0, 4.0, 0.0]]), points_per_log_odds=10
    )
    assert [(i.feature, i.points) for i in found] == [
        ("lead_age_days", 30.0),
        ("lead_channel", 10.0),
        ("act_demo_count_30d", 0.0),
    ]


@pytest.mark.parametrize(
    ("words", "readable"),
    [
        ("Channel: {value}", "Channel"),
        ("Employees: {value:g}", "Employees"),
        ("Demo requested: {value:.0f} in 30 days", "Demo requested, in 30 days"),
        ("Demo requested: last {value:.0f} days ago", "Demo requested, last n days ago"),
        ("Page viewed: {value:.1f} recent (half-life 14 days)", "Page viewed, recent (half-life 14 days)"),
        ("lead is {value:.0f} days old", "lead is n days old"),
        ("active on {value:.0f} of 7 days", "active on n of 7 days"),
        ("Tag: kind {EUR}: {value}", "Tag: kind {EUR}"),
    ],
)  # fmt: skip
def test_a_feature_reads_well_without_its_value(words, readable):
    encoder = Encoder((Feature("x", "number", words, "x"),), {})
    (found,) = explain.importance(encoder, np.array([[1.0]]), points_per_log_odds=1)
    assert found.words == readable


def test_a_decayed_sum_lends_its_points_and_not_its_words():
    """The decayed sum pulls hardest; what is told is the count, with the points of both."""
    decayed = Feature(
        "act_demo_decayed_14d", "number", "Demo requested: {value:.1f} recent", "demo"
    )
    encoder = Encoder((decayed, COUNT), {})
    assert told([1.7, 2], [5.0, 1.0], encoder=encoder)[0] == ["Demo requested: 2 in 30 days (+6)"]
    alone = Encoder((decayed,), {})
    assert told([1.7], [5.0], encoder=alone)[0] == ["Demo requested: 1.7 recent (+5)"]
