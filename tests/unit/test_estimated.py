"""Figures from probabilities alone: against arithmetic, against drawn outcomes, and what they cannot see."""

import numpy as np
import pytest

from leadscore.metrics import (
    Expected,
    brier,
    expected_wins,
    lift_at,
    log_loss,
    precision_at,
    precision_of_best,
    roc_auc,
)

METRICS = (log_loss, brier, roc_auc, precision_at(20), precision_of_best(0.1), lift_at(0.2))


def expected(p, lead=None, *, n_draws=400):
    return Expected(p, cluster=np.arange(len(p)) if lead is None else lead, n_draws=n_draws, seed=1)


def spread(n, seed=0):
    return np.random.default_rng(seed).beta(1, 6, n)


def test_log_loss_and_brier_are_expected_as_said():
    """Chances 0.5 and 0.1: the squares are p (1 - p) on average."""
    found = expected([0.5, 0.1])
    assert found.value(brier) == pytest.approx((0.25 + 0.09) / 2)
    entropy = -(0.5 * np.log(0.5) * 2 + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)) / 2
    assert found.value(log_loss) == pytest.approx(entropy)


def test_auc_of_two_levels_counts_the_pairs_that_are_expected():
    """Two at 0.8, two at 0.2: (1.6 won above 1.6 lost, ties half) over 2.0 x 2.0 pairs."""
    found = expected([0.8, 0.8, 0.2, 0.2])
    ordered = 1.6 * 1.6 + (1.6 * 0.4 + 0.4 * 1.6) / 2
    assert found.value(roc_auc) == pytest.approx(ordered / (2.0 * 2.0))


@pytest.mark.parametrize("metric", METRICS)
def test_estimate_is_the_mean_of_drawn_figures(metric):
    p = spread(600)
    generator = np.random.default_rng(3)
    drawn = [metric((generator.random(600) < p).astype(float), p) for _ in range(600)]
    error = np.std(drawn) / np.sqrt(600)
    assert expected(p).value(metric) == pytest.approx(np.mean(drawn), abs=4 * error + 0.002)


@pytest.mark.parametrize("metric", [log_loss, brier, roc_auc, precision_of_best(0.1), lift_at(0.2)])
def test_every_row_twice_changes_no_estimate(metric):
    p = spread(50)
    assert expected(np.tile(p, 2)).value(metric) == pytest.approx(expected(p).value(metric))


def test_order_of_rows_changes_nothing():
    p, lead = spread(80), np.arange(80) // 2
    turned = expected(p[::-1], lead[::-1]).figures((roc_auc,))
    assert turned == expected(p, lead).figures((roc_auc,))


def test_looks_at_one_lead_widen_the_range():
    """The same rows, ten to a lead: one tenth of the evidence, so about three times as wide."""
    p = np.repeat(spread(100), 10)
    alone, shared = (
        expected(p, lead).figures((roc_auc,))[0]
        for lead in (np.arange(1000), np.arange(1000) // 10)
    )
    assert alone.value == shared.value
    ratio = (shared.high - shared.low) / (alone.high - alone.low)
    assert 2.2 < ratio < 4.2


def test_a_certain_world_has_no_range():
    found = expected([1.0, 0.0, 1.0]).figures((roc_auc, brier))
    assert [(f.value, f.low, f.high) for f in found] == [(1.0, 1.0, 1.0), (0.0, 0.0, 0.0)]


def test_where_nothing_can_be_won_there_is_no_estimate():
    assert expected([0.0, 0.0]).figures((roc_auc,))[0].why_no_interval == "too few wins to expect"


@pytest.mark.parametrize(
    ("p", "lead", "words"),
    [
        ([], [], "at least one"),
        ([0.5, 1.2], [1, 2], "in \\[0, 1\\]"),
        ([0.5, np.nan], [1, 2], "none missing"),
        ([0.5], [1, 2], "lead id"),
    ],
)
def test_impossible_probabilities_are_refused(p, lead, words):
    with pytest.raises(ValueError, match=words):
        Expected(p, cluster=lead, n_draws=10, seed=1)


def test_a_true_world_is_held_and_one_where_scores_lost_their_order_is_not():
    p = spread(4000)
    generator = np.random.default_rng(5)
    true = (generator.random(4000) < p).astype(float)
    shuffled = (generator.random(4000) < generator.permutation(p)).astype(float)
    assert expected(p).confronted(roc_auc, true).is_held
    broken = expected(p).confronted(roc_auc, shuffled)
    assert broken.is_held is False
    assert broken.difference.low > 0.1
    assert broken.estimated == expected(p).confronted(roc_auc, true).estimated


def test_the_difference_is_estimated_minus_seen():
    p, y = spread(300), (np.random.default_rng(2).random(300) < 0.2).astype(float)
    found = expected(p).confronted(log_loss, y)
    assert found.difference.value == pytest.approx(found.estimated.value - found.seen.value)
    assert found.seen.value == pytest.approx(log_loss(y, p))


def test_expected_wins_add_up():
    figure = expected_wins(np.full(100, 0.25), n_draws=2000, seed=1)
    assert figure.value == 25
    sd = np.sqrt(100 * 0.25 * 0.75)
    assert figure.low == pytest.approx(25 - 1.96 * sd, abs=1.5)
    assert figure.high == pytest.approx(25 + 1.96 * sd, abs=1.5)
    assert expected_wins([], n_draws=10, seed=1).why_no_interval == "no lead"
