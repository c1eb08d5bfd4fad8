"""The statistics of the leakage gate on rows that can be counted by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from leadscore.history.leakage.signal import (
    at_one_time,
    by_level,
    by_rank,
    crossed_rates,
    gap_within,
    surprise,
    told,
    within,
)


def flags(text):
    return np.array([c == "1" for c in text], dtype=bool)


def test_the_auc_agrees_with_scikit_learn_also_with_ties():
    draw = np.random.default_rng(1)
    won = draw.random(500) < 0.3
    code = draw.integers(0, 20, 500) + 5 * won
    found = by_rank(code, won)
    assert found.auc == pytest.approx(roc_auc_score(won, code))
    assert found.low < found.auc < found.high
    assert (found.n, found.n_won) == (500, int(won.sum()))


def test_the_distance_from_chance_is_that_of_the_rank_sum():
    """Three won above three lost: U = 9 of 9, variance 3 x 3 x 7 / 12, so z = 4.5 / sqrt(5.25)."""
    assert by_rank(np.arange(6), flags("000111")).z == pytest.approx(4.5 / 5.25**0.5)


def test_chance_is_rarely_four_standard_errors_away():
    draw = np.random.default_rng(2)
    won = draw.random(400) < 0.2
    kinds = [draw.integers(0, 30, 400) for _ in range(300)]
    ranked = [by_rank(kind, won).z for kind in kinds]
    learned = [by_level(kind, won).z for kind in kinds]
    in_time = [at_one_time(crossed_rates(kind, won), won, is_crossed=True).z for kind in kinds]
    for z in (ranked, learned, in_time):
        assert abs(np.mean(z)) < 0.2
        assert 0.7 < np.std(z) < 1.2
        assert max(z) < 4


def test_few_won_leads_are_sure_of_nothing():
    assert not by_rank(np.arange(1000), np.arange(1000) >= 991).exceeds(0.9, min_z=4)
    assert by_rank(np.arange(1000), np.arange(1000) >= 990).exceeds(0.9, min_z=4)


def test_within_strata_the_level_of_each_stratum_tells_nothing():
    """The score only knows the stratum, and all wins are in one: pairs within are ties."""
    score, stratum = np.array([1.0, 1, 1, 2, 2, 2]), np.array([0, 0, 0, 1, 1, 1])
    assert within(score, flags("001111"), stratum).auc == 0.5
    assert by_rank(score.astype(int), flags("001111")).auc == 0.875


def test_within_strata_every_pair_of_a_stratum_counts():
    """Stratum 0: 1 of 2 pairs right; stratum 1: 2 of 2. Equal sizes, so (1 + 2) / 4."""
    score, stratum = np.array([1.0, 2, 3, 1, 2, 3]), np.array([0, 0, 0, 1, 1, 1])
    assert within(score, flags("010001"), stratum).auc == pytest.approx(3 / 4)


def test_what_drifts_with_the_win_rate_is_no_signal_among_leads_of_one_time():
    time = np.arange(2000)
    won = np.random.default_rng(3).random(2000) < time / 2000
    assert by_rank(time, won).auc > 0.75
    assert abs(at_one_time(time.astype(float), won).auc - 0.5) < 0.05


def test_a_gap_is_the_difference_of_shares_within_strata():
    """Stratum 0: 2 of 2 against 0 of 2; stratum 1 holds one group only and says nothing."""
    present, is_b = flags("11001111"), flags("11001111")
    gap = gap_within(present, is_b, np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    assert (gap.value, gap.share_a, gap.share_b, gap.n_a, gap.n_b) == (1.0, 0.0, 1.0, 2, 2)


def test_surprise_is_zero_at_the_base_rate_and_grows_with_n():
    assert surprise(3, 10, 0.3) == 0
    assert surprise(0, 30, 0.3) == pytest.approx((2 * 30 * np.log(1 / 0.7)) ** 0.5)


def test_a_share_is_told_with_its_interval_and_n():
    assert told(770, 1000) == "77% [74%, 80%] of 1,000"


@pytest.mark.parametrize("won", ["", "0000", "1111"])
def test_one_outcome_says_nothing(won):
    code = np.arange(len(won))
    found = [
        by_rank(code, flags(won)),
        by_level(code, flags(won)),
        at_one_time(code * 1.0, flags(won)),
    ]
    assert [(s.auc, s.z) for s in found] == [(0.5, 0.0)] * 3
