"""Why the share won changed: the parts add up, and each planted cause is named as what it is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.review.split import NOISE, Period, split, split_table
from leadscore.scoring.line import log_odds, sigmoid
from tests import fakes

REVIEW = fakes.settings(review={"min_leads": 30, "bands": [50.0], "bootstrap": 200}).review
PARTS = ("mix", "level", "shape")


def world(*, n=4000, better=0.0, level=0.0, slope=1.0, seed=0):
    """Leads at the time of calibration and now; now their log-odds, or what becomes of them, differ."""
    generator = np.random.default_rng(seed)
    z = generator.normal(-2.5, 1.2, 2 * n)
    is_now = np.arange(2 * n) >= n
    h = sigmoid(z[~is_now]) * sigmoid(-z[~is_now])
    centre = (h * z[~is_now]).sum() / h.sum()  # where a slope alone turns
    z[is_now] += better
    true = np.where(is_now, level + centre + slope * (z - centre), z)
    return pd.DataFrame(
        {
            "lead_id": [f"l{i}" for i in range(2 * n)],
            "label": (generator.random(2 * n) < sigmoid(true)).astype(float),
            "p_issued": sigmoid(z),
            "window": np.where(is_now, "test", "calibrate"),
        }
    )


def told(**changes):
    table = world(**changes)
    return split_table(table, pd.Series("2026 Q1", index=table.index), REVIEW, seed=1).iloc[0]


@pytest.mark.parametrize(
    ("changes", "verdict", "part"),
    [
        ({}, NOISE, None),
        ({"level": 0.5}, "market rose", "level"),
        ({"level": -0.5}, "market fell", "level"),
        ({"better": 0.4}, "better leads came", "mix"),
        ({"better": -0.4}, "weaker leads came", "mix"),
        ({"slope": 0.5}, "scores no longer hold: they spread too far", None),
        ({"slope": 1.6}, "scores no longer hold: they spread too little", None),
    ],
)
def test_each_cause_alone_is_named(changes, verdict, part):
    row = told(**changes)
    assert row["verdict"] == verdict
    if part is not None:
        others = [row[name] for name in PARTS if name != part]
        assert abs(row[part]) > 4 * max(abs(value) for value in others)


def test_two_causes_are_both_named():
    row = told(level=0.5, better=-0.5)
    assert set(row["verdict"].split("; ")) == {"market rose", "weaker leads came"}
    assert row["log_odds_shift"] == pytest.approx(0.5, abs=0.2)


def test_parts_add_up_to_the_change():
    row = told(level=0.3, better=0.2, slope=0.8)
    assert row["mix"] + row["level"] + row["shape"] == pytest.approx(row["change"], abs=1e-15)
    table = world(level=0.3, better=0.2, slope=0.8)
    rates = table.groupby("window")["label"].mean()
    assert row["change"] == pytest.approx(rates["test"] - rates["calibrate"])


def test_a_level_alone_has_no_shape_whatever_the_leads():
    """Exact chances in place of outcomes: a shift of 0.7 for all is all level."""
    z = np.linspace(-4, 1, 50)

    def exact(weight, shift):
        both = weight / weight.sum()
        won = both * sigmoid(z + shift)
        return Period(z, won, both - won, float((both * sigmoid(z)).sum()))

    found = split(exact(np.ones(50), 0.0), exact(np.exp(z), 0.7))
    assert found.log_odds_shift == pytest.approx(0.7, abs=1e-6)
    assert found.slope_change == pytest.approx(0, abs=1e-6)
    assert found.shape == pytest.approx(0, abs=1e-8)


def test_the_same_period_twice_has_not_changed():
    z = np.linspace(-3, 1, 20)
    one = Period(z, np.linspace(0.1, 0.7, 20), np.linspace(0.9, 0.3, 20), 0.3)
    found = split(one, one)
    assert (found.change, found.mix, found.level, found.shape) == (0, 0, 0, 0)


row = st.tuples(st.floats(-5, 3), st.booleans(), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=8, max_size=60))
def test_identity_holds_for_any_two_periods(rows):
    def period(is_now):
        inside = [(z, won) for z, won, now in rows if now is is_now] or [(0.0, True), (1.0, False)]
        z, won = (np.array(column, dtype=float) for column in zip(*inside, strict=True))
        return Period(z, won, 1 - won, float(sigmoid(z).mean()))

    found = split(period(False), period(True))
    parts = found.mix + found.level + found.shape
    assert np.isnan(found.level) or parts == pytest.approx(found.change, abs=1e-12)


def test_few_leads_get_no_verdict():
    table = world(n=20)
    found = split_table(table, pd.Series("x", index=table.index), REVIEW, seed=1).iloc[0]
    assert found["verdict"] == "too few"
    assert np.isnan(found["level"])
    assert found["why_no_interval"].startswith("too few: 20 leads")


def test_centre_is_where_level_and_slope_do_not_mix():
    p = np.array([0.1, 0.5])
    period = Period(log_odds(p), np.array([1.0, 1]), np.array([1.0, 1]), 0.3)
    assert period.centre == pytest.approx(0.09 * log_odds(0.1) / (0.09 + 0.25))
