"""Bands, points and words of a learned grid, on tables whose evidence a reader can add up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.mapping import Property
from leadscore.domain.rules import Grid
from leadscore.history.features import Feature
from leadscore.history.kernel import Sweep
from leadscore.scoring.grid.conditions import Evidence as Known
from leadscore.scoring.grid.conditions import judge
from leadscore.scoring.grid.learning.bins import Evidence, Price, bands_of, evidence_weight
from leadscore.scoring.grid.learning.criteria import Candidate, new_criteria, own_rules
from leadscore.scoring.grid.learning.language import condition_of, words_of
from leadscore.scoring.grid.learning.logistic import fit, spread
from leadscore.scoring.grid.learning.points import Ask, Ends, rounded, totals
from leadscore.scoring.grid.learning.recipe import LearnedGrid, learn
from leadscore.scoring.grid.learning.selection import Pool, drifts, select
from leadscore.scoring.grid.resting import rests_on
from tests.fakes import grid, settings
from tests.tables import log_and_moments

PRICE = Price(min_leads=2, max_bands=4, border=0.5, prior_leads=0.0)


def seen(y):
    y = np.array(y, dtype=float)
    return Evidence.of(y, np.arange(len(y)))


def candidate(kind, name="size", *, subject=("size",), within_days=None):
    return Candidate(f"lead_{name}", kind, "Size", "fit", frozenset(subject), subject, within_days)


def test_weight_of_evidence_is_log_odds_less_those_of_all():
    """3 of 4 won is odds 3, all together 4 of 8 odds 1: log 3."""
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0.0])
    weight = evidence_weight(np.array([3.0, 1.0]), np.array([4.0, 4.0]), y, 0.0)
    assert weight == pytest.approx([np.log(3), -np.log(3)])


def test_a_number_is_cut_where_its_outcomes_change():
    bands = bands_of(pd.Series([1.0, 2, 3, 4, 5, 6]), seen([0, 0, 0, 1, 1, 1]), PRICE)
    assert bands.borders.tolist() == [4.0]
    assert bands.codes(pd.Series([3.0, 4.0, np.nan])).tolist() == [0, 1, bands.missing]


def test_missing_values_stand_alone():
    values = pd.Series([1.0, 1, 1, np.nan, np.nan, np.nan])
    bands = bands_of(values, seen([0, 0, 1, 1, 1, 1]), PRICE)
    assert bands.looks.tolist() == [3, 3]
    assert bands.won.tolist() == [1, 3]


def test_a_border_must_pay_its_price():
    values = pd.Series([1.0, 2, 3, 4, 5, 6])
    dear = replace(PRICE, border=10.0)
    assert bands_of(values, seen([0, 0, 0, 1, 1, 1]), dear) is None


def test_no_band_has_fewer_leads_than_asked():
    values = pd.Series([1.0, 2, 3, 4, 5, 6])
    bands = bands_of(values, seen([1, 0, 0, 0, 0, 0]), replace(PRICE, min_leads=3))
    assert bands is None or bands.leads[bands.looks > 0].min() >= 3


def test_rare_words_are_pooled_and_have_no_band_of_their_own():
    values = pd.Series(["ads", "ads", "ads", "fair", "fair", "fair", "odd"])
    bands = bands_of(values, seen([0, 0, 0, 1, 1, 1, 0]), PRICE)
    assert bands.levels == ((), ("ads",), ("fair",))
    assert bands.codes(pd.Series(["ADS", "odd", "never seen"])).tolist() == [1, 0, 0]


def test_two_looks_at_a_lead_are_one_lead():
    once = Evidence.of(np.array([1.0, 1.0, 0.0]), np.array([0, 0, 1]))
    assert once.share.tolist() == [0.5, 0.5, 1.0]
    assert once.worth == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("kind", "values", "members", "told"),
    [
        ("number", [1.0, 2.0, 5.0, 6.0], [1], "Size: 5 or more"),
        ("number", [1.5, 2.5, 5.5, 6.5], [0], "Size: below 5.5"),
        ("flag", [0.0, 0.0, 1.0, 1.0], [1], "Size: yes"),
        ("words", ["a", "a", "b", "b"], [2], "Size: b"),
    ],
)
def test_a_condition_holds_for_exactly_its_band(kind, values, members, told):
    column = pd.Series(values)
    bands = bands_of(column, seen([0, 0, 1, 1]), PRICE)
    said = candidate(kind)
    holds = judge(
        condition_of(said, bands, members), Known(pd.DataFrame({"size": column}), None)
    ).holds
    assert holds.tolist() == np.isin(bands.codes(column), members).tolist()
    assert words_of(said, bands, members).en == told


@pytest.mark.parametrize("kind", ["count", "recency"])
def test_bands_of_events_hold_for_exactly_their_looks(kind):
    """0, 1 and 3 views in 10 days; the latest 8, 2 and never days ago."""
    days = {"a": ["01-02"], "b": ["01-06", "01-07", "01-08"], "c": []}
    events = [(lead, f"2026-{day}", "view") for lead, own in days.items() for day in own]
    log, moments = log_and_moments(events, [(lead, "2026-01-10") for lead in "abc"])
    known = Known(pd.DataFrame(index=range(3)), Sweep(log, moments))
    column = pd.Series([1.0, 3.0, 0.0] if kind == "count" else [8.0, 2.0, np.nan])
    said = candidate(kind, subject=("view",), within_days=10.0 if kind == "count" else None)
    borders = np.array([1.0, 2.0]) if kind == "count" else np.array([3.0, 9.0])
    bands = bands_of(
        column, seen([0, 1, 0]), replace(PRICE, min_leads=0, border=0.0), borders=borders
    )
    for band in np.flatnonzero(bands.looks):
        holds = judge(condition_of(said, bands, [int(band)]), known).holds
        assert holds.tolist() == (bands.codes(column) == band).tolist()


def test_points_lie_as_close_to_the_log_odds_as_fives_can():
    """Bands one unit of log-odds apart get equal steps."""
    codes = np.array([0, 1, 2] * 4)
    ask = Ask("fit", np.array([0.0, 1.0, 2.0]), np.ones(3, bool), None, codes, np.ones(12))
    found = rounded([ask], intercept=-1.0, round_to=5, ends=Ends())
    low, middle, high = found.points[0]
    assert high - middle == middle - low > 0
    assert all(p % 5 == 0 for p in found.points[0])
    assert found.misfit == pytest.approx(0.0, abs=1e-12)


def test_no_look_is_given_more_than_the_cap():
    ask = Ask("fit", np.array([0.0, 4.0]), np.ones(2, bool), None, np.array([0, 1]), np.ones(2))
    ends = Ends(fit=(-np.inf, 20.0))
    found = rounded([ask], intercept=0.0, round_to=5, ends=ends)
    assert totals([ask], found.points, ends).max() <= 20


def test_a_small_ridge_leaves_the_log_odds_ratio():
    """3 of 4 against 1 of 4: log 9."""
    x = np.array([[1.0]] * 4 + [[0.0]] * 4)
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0.0])
    assert fit(x, y, ridge=1e-9).slopes[0] == pytest.approx(np.log(9), abs=1e-5)


def test_repeating_every_look_of_a_lead_makes_no_slope_surer():
    rng = np.random.default_rng(1)
    x, lead = rng.normal(size=(60, 1)), np.arange(60)
    y = (rng.random(60) < 0.4).astype(float)
    once = spread(fit(x, y, ridge=1e-6), x, y, lead=lead, ridge=1e-6)
    x2, y2, lead2 = np.repeat(x, 3, axis=0), np.repeat(y, 3), np.repeat(lead, 3)
    thrice = spread(fit(x2, y2, ridge=1e-6), x2, y2, lead=lead2, ridge=1e-6)
    assert thrice == pytest.approx(once, rel=1e-3)


def pool(n=600, *, seed=3, dated=False):
    """Return a signal, noise, and if asked a column that only tells the date."""
    rng = np.random.default_rng(seed)
    signal, noise = rng.integers(0, 3, n).astype(float), rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-(signal - 1.5)))).astype(float)
    columns = {"signal": signal, "noise": noise}
    if dated:
        columns["month"] = np.floor(np.arange(n) / (n / 6))
    names = tuple(candidate("number", name, subject=(name,)) for name in columns)
    return Pool(names, tuple(pd.Series(c) for c in columns.values()), y, np.arange(n))


ASKED = settings().grid.learn


def test_noise_is_not_selected():
    chosen = select(
        pool(), Price(20, 5, 2.0, 5.0), max_criteria=8, n_folds=5, ridge=1.0, max_drift=0.5
    )
    assert chosen.places == (0,)
    assert chosen.steps[1] < chosen.steps[0]


def test_a_column_that_tells_the_date_is_left_out():
    dated = pool(dated=True)
    told = drifts(dated, Price(20, 5, 0.0, 0.0), 5)
    assert told[0] < 0.5
    chosen = select(
        dated, Price(20, 5, 0.0, 5.0), max_criteria=8, n_folds=5, ridge=1.0, max_drift=0.5
    )
    assert 2 not in chosen.places


def test_with_too_few_wins_nothing_is_learned():
    few = pool(120)
    said = learn(few, ASKED, Ends(), written=np.zeros(120))
    assert isinstance(said, str)
    assert "from 100 won" in said


def test_points_that_do_not_beat_the_written_ones_on_left_out_leads_are_in_doubt():
    """The written points are the signal itself; or they are the noise."""
    known = pool()
    signal, noise = (column.to_numpy() for column in known.columns)
    assert "too few to tell" in learn(known, ASKED, Ends(), written=signal * 10).doubt
    assert learn(known, ASKED, Ends(), written=noise * 10).doubt is None


def test_learned_points_are_multiples_and_order_looks_like_the_model():
    known = pool()
    found = learn(known, ASKED, Ends(), written=np.zeros(600))
    assert isinstance(found, LearnedGrid)
    points, z = found.points(known.columns), found.log_odds(known.columns)
    assert set(points % 5) == {0.0}
    assert np.corrcoef(points, z)[0, 1] > 0.98


def test_criteria_rest_on_properties_and_event_types():
    tiny: Grid = grid()
    assert [c.name for c in own_rules(tiny, tiny.version)] == ["referral", "demo"]
    assert rests_on(tiny.rules[0].when) == {"channel"}
    features = [
        Feature("lead_channel", "category", "Channel: {value}", "channel"),
        Feature("act_demo_count_30d", "number", "Demo: {value:.0f} in 30 days", "demo"),
        Feature("act_demo_recency_days", "number", "Demo: last {value:.0f} days ago", "demo"),
        Feature("act_demo_decayed_14d", "number", "Demo: faded", "demo"),
        Feature("lead_age_days", "number", "Lead is {value:.0f} days old", "age"),
    ]
    known = [Property("channel", "category", "at_creation", "Channel")]
    found = new_criteria(
        tiny, features, known, event_labels={"demo": "Demo"}, engagement_types=("demo",)
    )
    assert [(c.kind, c.within_days) for c in found] == [
        ("words", None), ("count", 30.0), ("recency", None), ("number", None),
    ]  # fmt: skip
    assert found[0].group == "fit"
    assert found[1].group == "engagement"
