"""PSI and its sampling bound: the published figures, clusters, and bins."""

import numpy as np
import pytest

from leadscore.metrics import bins, shift, word_bins


def _ten(n):
    return np.arange(n) % 10


@pytest.mark.parametrize(("n", "bound"), [(200, 0.279), (1000, 0.056)])
def test_bound_of_ten_bins_is_two_over_n_times_chi_square(n, bound):
    """The 99.9 % quantile of chi-square with 9 degrees of freedom is 27.88."""
    found = shift(_ten(n), _ten(n), lead_then=np.arange(n), lead_now=np.arange(n))
    assert found.bound == pytest.approx(2 / n * 27.877, rel=1e-3)
    assert found.bound == pytest.approx(bound, abs=5e-4)
    assert (found.psi, found.n_then, found.n_now) == (0, n, n)


def test_psi_is_the_sum_over_bins():
    """Shares 1/2, 1/2 against 3/4, 1/4, half a row added to each bin of 400."""
    then, now = np.repeat([0, 1], [200, 200]), np.repeat([0, 1], [300, 100])
    p, q = np.array([200.5, 200.5]) / 401, np.array([300.5, 100.5]) / 401
    found = shift(then, now, lead_then=np.arange(400), lead_now=np.arange(400))
    assert found.psi == pytest.approx(((q - p) * np.log(q / p)).sum())


def test_the_same_look_ten_times_is_worth_one():
    ten = _ten(200)
    alone = shift(ten, ten, lead_then=np.arange(200), lead_now=np.arange(200))
    lead = np.repeat(np.arange(200), 10)
    looks = shift(np.repeat(ten, 10), np.repeat(ten, 10), lead_then=lead, lead_now=lead)
    assert looks.bound == pytest.approx(alone.bound)
    assert looks.n_then == pytest.approx(200)


def test_order_of_rows_changes_nothing():
    generator = np.random.default_rng(1)
    a, b, lead = generator.integers(0, 5, 90), generator.integers(0, 5, 90), np.arange(90) // 3
    turned = shift(a[::-1], b[::-1], lead_then=lead[::-1], lead_now=lead[::-1])
    once = shift(a, b, lead_then=lead, lead_now=lead)
    assert (turned.psi, turned.bound) == pytest.approx((once.psi, once.bound))


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="rows then and now"):
        shift([], [0], lead_then=[], lead_now=[1])


def test_bins_hold_a_tenth_each_and_missing_apart():
    then = np.append(np.arange(100.0), np.nan)
    a, b = bins(then, np.array([np.nan, -5.0, 500.0]))
    assert np.bincount(a).tolist() == [1] + [10] * 10
    assert b.tolist() == [0, 1, 10]


def test_words_that_were_not_there_share_a_bin():
    a, b = word_bins(["x", "x", "y", None], ["y", "new", "newer", None])
    assert a.tolist() == [2, 2, 3, 0]
    assert b.tolist() == [3, 1, 1, 0]
