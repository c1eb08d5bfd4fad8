"""The issued table: order, tiers, disqualified leads, trend and reasons, one row a lead."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.domain import schemas
from leadscore.history.features import FeatureTable
from leadscore.scoring.blend.additive import additive
from leadscore.scoring.grid import GridScore, evaluate
from leadscore.scoring.issuing import hottest_first, issue, score_of
from leadscore.scoring.reasoning import DISQUALIFIED, Reasoning
from tests.fakes import grid, looks, scorer_by_grid
from tests.markets import MARKET_FEATURES, market
from tests.reasons_reference import reasons, rule_points

BY_GRID = scorer_by_grid()
MONDAY = """
    lead_id | as_of
    d       | 2026-01-12
    a       | 2026-01-12
    c       | 2026-01-12
    b       | 2026-01-12
"""


def seen(points, *, disqualified=None, trace=None, values=None):
    n = len(points)
    out = np.zeros(n, dtype=bool) if disqualified is None else np.array(disqualified)
    score = GridScore(
        points=np.where(out, 0.0, np.array(points, dtype=float)),
        fit=np.zeros(n), engagement=np.zeros(n), cell=np.array(["B2"] * n), disqualified=out,
        trace=np.array(trace, dtype=float) if trace else np.zeros((n, 2)),
        rule_ids=("referral", "demo"), stopped_by=out[:, None], disqualifier_ids=("spam",),
        not_evaluable={},
    )  # fmt: skip
    table = values if values is not None else pd.DataFrame(index=range(n))
    return FeatureTable(table, MARKET_FEATURES), score


def issued(points, about, *, scorer=BY_GRID, at=MONDAY, earlier=None, **kwargs):
    given = seen(points, **kwargs)
    return hottest_first(issue(scorer, looks(at), given, earlier_score=earlier, about=about))


def test_hottest_first_and_ties_by_lead_id(about):
    """d and c have 40 points, a 80, b 60."""
    table = issued([40, 80, 40, 60], about)
    assert table["lead_id"].tolist() == ["a", "b", "c", "d"]


def test_score_and_probability_are_one_mapping(about):
    """Odds e^2 are 2 / ln 2 doublings of the anchor's odds, ten points each."""
    table = issued([40, 80, 40, 0], about).set_index("lead_id")
    assert table.loc["c", "probability"] == pytest.approx(0.5)
    assert table.loc["a", "probability"] == pytest.approx(1 / (1 + np.exp(-2)))
    assert table["score"].to_dict() == {
        "a": round(50 + 10 * 2 / np.log(2), 1),
        "b": round(50 - 10 * 2 / np.log(2), 1),
        "c": 50.0,
        "d": 50.0,
    }


def test_tiers_follow_the_thresholds_in_force(about):
    """Hot from 65: the score of 60 points is 50 + 10 / ln 2 = 64.4; of 61 points 65.1."""
    table = issued([60, 61, 40, 39], about).set_index("lead_id")
    assert table["tier"].to_dict() == {"d": "warm", "a": "hot", "c": "warm", "b": "cold"}


def test_the_tier_is_that_of_the_score_as_it_is_shown(about):
    """49.96 is shown as 50.0: a reader who compares it with the threshold must find it warm."""
    points = 40 + 20 * (49.96 - 50) / 10 * np.log(2)
    table = issued([points, 0, 0, 0], about)
    assert (table["score"][0], table["tier"][0]) == (50.0, "warm")


def test_a_disqualified_lead_has_score_0_no_probability_and_the_reason_says_it(about):
    table = issued([80, 80, 80, 80], about, disqualified=[False, True, False, False])
    out = table.iloc[-1]
    assert (out["lead_id"], out["score"], out["tier"]) == ("a", 0.0, "cold")
    assert pd.isna(out["probability"])
    assert out["reasons_against"].startswith(DISQUALIFIED["en"])
    assert table["probability"].notna().sum() == 3


def test_the_trend_compares_with_the_earlier_score(about):
    """Now 50 each; before 45 (up 5), 55 (down 5), 46 (up 4), and b was not there."""
    earlier = pd.Series({"a": 45.0, "c": 55.0, "d": 46.0, "gone": 1.0})
    table = issued([40] * 4, about, earlier=earlier).set_index("lead_id")
    assert table["trend"].to_dict() == {
        "a": "improving",
        "c": "declining",
        "d": "steady",
        "b": "not enough info",
    }


def test_without_an_earlier_score_there_is_no_trend(about):
    assert set(issued([40] * 4, about)["trend"]) == {"not enough info"}


def test_the_grids_reasons_are_its_rules_by_points(about):
    table = issued([70, 40, 30, 0], about, trace=[[30, 40], [0, 40], [30, 0], [0, 0]]).set_index(
        "lead_id"
    )
    assert "Asked for a demo" in table.loc["d", "reasons_for"].split("; ")[0]
    assert "Came by referral" in table.loc["d", "reasons_for"].split("; ")[1]
    assert pd.isna(table.loc["b", "reasons_for"])


def test_no_more_reasons_than_asked(about):
    only_one = dataclasses.replace(about, reasons_per_sign=1)
    none = dataclasses.replace(about, reasons_per_sign=0)
    trace = [[30, 40]] * 4
    assert ";" not in issued([70] * 4, only_one, trace=trace)["reasons_for"][0]
    assert issued([70] * 4, none, trace=trace)["reasons_for"].isna().all()


def test_the_table_fits_its_schema_also_when_nobody_has_a_reason(about):
    schemas.check(schemas.ISSUED, issued([40, 80, 0, 1], about))
    schemas.check(schemas.ISSUED, issued([0] * 4, about, disqualified=[True] * 4))


def test_an_export_without_dates_is_issued_without_a_moment(about):
    table = issued([40, 80], about, at="lead_id | as_of\na |\nb |")
    schemas.check(schemas.ISSUED, table)
    assert table["as_of"].isna().all()


def test_the_models_reasons_are_in_points_of_its_score(about, market_trained):
    """Terms in log-odds times 10 / ln 2, summed over all origins, is what moves the score."""
    scorer = market_trained.trained.scorer
    rows = market(4, seed=77)
    table = issued([0] * 4, about, scorer=scorer, values=rows).set_index("lead_id")
    x = scorer.model.encoder.matrix(rows)
    given = seen([0] * 4, values=rows)[1]
    m, per_log_odds = scorer.model, 10 / np.log(2)
    split = additive(m.parts, m.weights, m.platt, m.levels, x, given.points, given.trace)
    wanted = reasons(
        m.encoder, x, split.features, points_per_log_odds=per_log_odds, per_sign=2,
        rules=rule_points(scorer.grid, split.rules),
    )  # fmt: skip
    for name, (up, down) in zip("dacb", wanted, strict=True):
        for column, told in (("reasons_for", up), ("reasons_against", down)):
            text = table.loc[name, column]
            assert (None if pd.isna(text) else text) == ("; ".join(map(str, told)) or None)
    # Two leads: the difference of their scores is the difference of their summed points.
    score = score_of(scorer, seen([0] * 4, values=rows))
    inside = (score > 0) & (score < 100)
    np.testing.assert_allclose(split.rest, 0.0, atol=1e-9)
    total = split.total * per_log_odds
    np.testing.assert_allclose(np.diff(score[inside]), np.diff(total[inside]), atol=1e-6)


def test_score_of_is_the_issued_score_before_rounding(about):
    given = seen([40, 80, 61, 0], disqualified=[False, False, False, True])
    table = issue(BY_GRID, looks(MONDAY), given, earlier_score=None, about=about)
    by_lead = dict(zip("dacb", np.round(score_of(BY_GRID, given), 1), strict=True))
    assert table.set_index("lead_id")["score"].to_dict() == by_lead


def test_the_hand_made_grid_score_has_the_shape_of_a_real_one():
    """`seen` above invents a GridScore: keep it honest."""
    real = evaluate(grid(), pd.DataFrame({"channel": ["referral"], "age_days": [1.0]}))
    mine = seen([30])[1]
    for field in dataclasses.fields(GridScore):
        one, other = getattr(real, field.name), getattr(mine, field.name)
        assert np.shape(one) == np.shape(other) or field.name == "not_evaluable"


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::FutureWarning")
def test_shaps_own_explanation_adds_up_to_the_score_and_can_be_drawn(market_trained):
    """Base, features, rules and rest, in score points; shap's plots take it as theirs."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import shap

    scorer = market_trained.trained.scorer
    given = seen([0] * 40, values=market(40, seed=77))
    x = scorer.model.encoder.matrix(given[0].rows)
    told = Reasoning(scorer, 3).explanation(x, scorer.model.split(x, given[1]))
    score = score_of(scorer, given)
    inside = (score > 0) & (score < 100)
    assert inside.sum() > 20
    sums = told.base_values + np.sum(told.values, axis=1)  # noqa: PD011 - shap's
    np.testing.assert_allclose(sums[inside], score[inside], rtol=0, atol=1e-9)
    assert len(told.feature_names) == told.data.shape[1]
    shap.plots.beeswarm(told, show=False)
    axes = matplotlib.pyplot.gca()
    assert axes.get_xlabel()
    assert {label.get_text() for label in axes.get_yticklabels()} & set(told.feature_names)
    matplotlib.pyplot.close("all")
