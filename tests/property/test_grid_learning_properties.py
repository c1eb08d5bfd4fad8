"""Properties of learned bands and points: order of rows, borders, coverage, caps."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from leadscore.scoring.grid.learning.bins import Evidence, Price, bands_of
from leadscore.scoring.grid.learning.points import Ask, Ends, rounded, totals

PRICE = Price(min_leads=3, max_bands=4, border=1.0, prior_leads=2.0)
NUMBERS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(-5, 20)), st.booleans()), min_size=8, max_size=60
)
WORDS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "B", "é", "e", None]), st.booleans()),
    min_size=8,
    max_size=60,
)


def learned(rows):
    values, won = zip(*rows, strict=True)
    is_words = any(isinstance(v, str) for v in values)
    column = pd.Series(values, dtype="str" if is_words else "float64")
    y = np.array(won, dtype=float)
    return column, bands_of(column, Evidence.of(y, np.arange(len(y))), PRICE)


@given(st.one_of(NUMBERS, WORDS), st.randoms(use_true_random=False))
def test_the_order_of_leads_changes_no_band(rows, chance):
    mixed = list(rows)
    chance.shuffle(mixed)
    (_, one), (_, other) = learned(rows), learned(mixed)
    assert (one is None) == (other is None)
    if one is not None:
        assert one.levels == other.levels
        np.testing.assert_array_equal(one.looks, other.looks)
        np.testing.assert_allclose(one.weight, other.weight)


@given(st.one_of(NUMBERS, WORDS))
def test_every_look_is_in_exactly_one_band(rows):
    column, bands = learned(rows)
    if bands is not None:
        codes = bands.codes(column)
        np.testing.assert_array_equal(np.bincount(codes, minlength=len(bands.looks)), bands.looks)
        assert bands.looks.sum() == len(rows)


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=4),
    st.lists(st.integers(0, 3), min_size=4, max_size=30),
    st.sampled_from([1, 5, 10]),
    st.one_of(st.just(np.inf), st.integers(5, 60)),
)
def test_points_are_multiples_within_their_ends(weights, codes, step, cap):
    weight, code = np.array(weights), np.array(codes) % len(weights)
    ask = Ask("fit", weight, np.ones(len(weight), bool), None, code, np.ones(len(code)))
    ends = Ends(fit=(-np.inf, float(cap)))
    found = rounded([ask], intercept=-1.0, round_to=step, ends=ends)
    assert (found.points[0] % step == 0).all()
    given_points = totals([ask], found.points, ends)
    assert 0 <= given_points.min() <= given_points.max() <= min(100, cap)
    assert found.log_odds_a_point >= 0
