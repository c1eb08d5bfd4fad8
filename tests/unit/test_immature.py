"""Looks whose horizon is not over: what is known of them, what they weigh, what is left of a chance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.scoring.immature import Known
from tests.fakes import looks, utc

INF = np.inf


def known(*rows, horizon=30.0):
    """Each row: days seen, days until the outcome (inf: none known), whether it is a win."""
    seen, wait, won = (np.array(column) for column in zip(*rows, strict=True))
    return Known(seen.astype(float), wait.astype(float), won.astype(bool), horizon)


def test_what_came_later_than_the_moment_is_not_known():
    """Looks of 1 January that close on the 11th, and on the 21st; asked on the 15th."""
    asked = looks("lead_id | as_of\na | 2026-01-01\nb | 2026-01-01\nc | 2026-01-01").assign(
        closed_after_days=[10.0, 20.0, np.nan], closed_won=[True, True, False]
    )
    then = Known.at(asked, utc("2026-01-15"), horizon_days=30)
    assert then.seen.tolist() == [14, 14, 14]
    assert then.wait.tolist() == [10, INF, INF]
    assert then.won.tolist() == [True, False, False]
    assert then.y.tolist() == [1, 0, 0]
    assert then.answered.tolist() == [True, False, False]
    later = Known.at(asked, utc("2026-02-01"), horizon_days=30)
    assert (later.y.tolist(), later.answered.tolist()) == ([1, 1, 0], [True, True, True])


def test_a_look_at_the_moment_itself_is_a_bug():
    asked = looks("lead_id | as_of\na | 2026-01-01").assign(
        closed_after_days=[np.nan], closed_won=[False]
    )
    with pytest.raises(ValueError, match="not before the moment"):
        Known.at(asked, utc("2026-01-01"), horizon_days=30)


def test_a_win_after_the_horizon_is_none():
    assert known((90, 31, True), (90, 30, True)).y.tolist() == [0, 1]


def test_quick_answers_of_few_weigh_for_those_not_seen_so_long():
    """A win after 25 days is known only of the two looks seen for 25 days at least: one for two."""
    some = known((40, 25, True), (40, INF, False), (10, 5, True), (10, INF, False))
    assert some.answered.tolist() == [True, True, True, False]
    assert some.weight.tolist() == [2, 2, 1]


def test_a_stretch_without_a_win_takes_from_the_chance_as_wins_come_early():
    """Of four wins three come by day 15, of four others one does: 0.5 becomes 1/4 to 3/4."""
    over = [(99, day, True) for day in (3, 8, 15, 20)] + [
        (99, day, False) for day in (9, 40, 50, INF)
    ]
    some = known(*over, (15, INF, False))
    p = np.full(9, 0.5)
    assert some.inferred(p)[:8].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert some.inferred(p)[8] == pytest.approx(0.25 / (0.25 + 0.75))


def test_nobody_who_waits_longer_than_all_wins_is_written_off_quite():
    """After the last of four wins half of one may still come: 1/8 against 1."""
    over = [(99, day, True) for day in (3, 8, 15, 20)] + [(99, INF, False)] * 4
    assert known(*over, (29, INF, False)).inferred(np.full(9, 0.5))[8] == pytest.approx(
        0.125 / 1.125
    )


def simulated(n, seed):
    """Looks of a market whose truth is known: wins after 10 days on average, other ends after 40."""
    draw = np.random.default_rng(seed)
    p = draw.uniform(0.05, 0.6, n)
    won = draw.random(n) < p
    wait = np.where(won, draw.exponential(10, n), draw.exponential(40, n))
    seen = draw.uniform(0.1, 90, n)
    is_known = wait <= seen
    in_time = won & (wait <= 30)
    share = 1 - np.exp(-30 / 10)  # of the wins, within the horizon
    return Known(seen, np.where(is_known, wait, INF), won & is_known, 30.0), p * share, in_time


def test_inferred_chances_come_true():
    """20,000 looks: those still open are won as often as inferred, early and late ones alike."""
    some, p, in_time = simulated(20_000, seed=4)
    chance = some.inferred(p)
    for low, high in ((0, 5), (5, 15), (15, 30)):
        there = ~some.answered & (some.seen >= low) & (some.seen < high)
        n, said = there.sum(), chance[there].mean()
        assert n > 500
        assert abs(in_time[there].mean() - said) < 4 * np.sqrt(said * (1 - said) / n)


def test_weighted_answers_have_the_base_rate_and_unweighted_ones_have_not():
    some, _, in_time = simulated(20_000, seed=5)
    y = some.y[some.answered]
    assert abs(np.average(y, weights=some.weight) - in_time.mean()) < 0.012
    assert y.mean() - in_time.mean() > 0.02  # wins are answered sooner than losses


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 99), st.booleans(), st.floats(0.01, 0.99)),
        min_size=2,
        max_size=30,
    )
)
def test_chances_are_chances_and_answers_stay_answers(rows):
    seen = np.array([r[0] for r in rows], dtype=float)
    wait = np.array([r[1] if r[1] <= r[0] else INF for r in rows])
    won = np.array([r[2] and r[1] <= r[0] for r in rows])
    some = Known(seen, wait, won, 30.0)
    chance = some.inferred(np.array([r[3] for r in rows]))
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (chance[some.answered] == some.y[some.answered]).all()
    assert ((chance[~some.answered] > 0) & (chance[~some.answered] < 1)).all()
    assert (some.weight >= 1).all()


def test_the_order_of_the_rows_says_nothing():
    some, p, _ = simulated(200, seed=6)
    mixed = np.random.default_rng(1).permutation(200)
    other = Known(some.seen[mixed], some.wait[mixed], some.won[mixed], 30.0)
    pd.testing.assert_series_equal(
        pd.Series(some.inferred(p)[mixed]), pd.Series(other.inferred(p[mixed]))
    )
