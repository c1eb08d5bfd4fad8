"""Figures against arithmetic, against scikit-learn, and intervals that resample leads."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from leadscore import metrics as m

Y = np.array([1.0, 0.0, 1.0, 0.0])
PERFECT = np.array([1.0, 0.0, 1.0, 0.0])
WORST = 1 - PERFECT
TIED = np.full(4, 0.5)
LIFT_HALF = m.lift_at(0.5)
BEST_TWO = m.precision_at(2)
BEST_HALF = m.precision_of_best(0.5)
WORST_LOG_LOSS = -math.log(1e-15)


@pytest.mark.parametrize(
    ("metric", "perfect", "worst", "ties", "nothing_won"),
    [
        (m.log_loss, 0.0, WORST_LOG_LOSS, math.log(2), math.log(2)),
        (m.brier, 0.0, 1.0, 0.25, 0.25),
        (m.roc_auc, 1.0, 0.0, 0.5, math.nan),
        (m.average_precision, 1.0, (1 / 3 + 2 / 4) / 2, 0.5, math.nan),
        (LIFT_HALF, 2.0, 0.0, 1.0, math.nan),
        (BEST_TWO, 1.0, 0.0, 0.5, 0.0),
        (BEST_HALF, 1.0, 0.0, 0.5, 0.0),
        (m.ece, 0.0, 1.0, 0.0, 0.5),
        (m.calibration_ratio, 1.0, 1.0, 1.0, 0.0),
        (m.calibration_slope, math.nan, math.nan, math.nan, math.nan),
    ],
)
def test_metric_at_its_corners(metric, perfect, worst, ties, nothing_won):
    if metric is m.average_precision:  # without ties: 0.9 > 0.8 lost, then 0.2 > 0.1 won
        assert metric(Y, np.array([0.2, 0.9, 0.1, 0.8])) == pytest.approx(worst)
    else:
        assert metric(Y, WORST) == pytest.approx(worst, nan_ok=True, rel=1e-3)
    assert metric(Y, PERFECT) == pytest.approx(perfect, nan_ok=True, abs=1e-12)
    assert metric(Y, TIED) == pytest.approx(ties, nan_ok=True)
    assert metric(np.zeros(4), TIED) == pytest.approx(nothing_won, nan_ok=True)


ALL = [
    m.log_loss, m.brier, m.roc_auc, m.average_precision, LIFT_HALF, BEST_TWO, BEST_HALF,
    m.ece,
    m.calibration_ratio, m.calibration_slope,
]  # fmt: skip


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("y", "p", "words"),
    [
        ([1, 0], [0.5, math.nan], "probabilities"),
        ([1, 0], [0.5, 1.1], "probabilities"),
        ([1, math.nan], [0.5, 0.5], "outcomes"),
        ([1, 0], [0.5], "lengths"),
        ([], [], "lengths"),
    ],
)
def test_metric_refuses_what_it_cannot_read(metric, y, p, words):
    with pytest.raises(ValueError, match=words):
        metric(np.array(y, dtype=float), np.array(p, dtype=float))


@pytest.mark.parametrize("metric", [f for f in ALL if f is not BEST_TWO])
def test_double_weight_is_a_repeated_row(metric):
    y, p = np.array([1.0, 0, 1, 0, 0, 1]), np.array([0.8, 0.6, 0.6, 0.3, 0.2, 0.1])
    weight = np.array([1.0, 2, 1, 2, 1, 1])
    twice = np.repeat(np.arange(6), weight.astype(int))
    assert metric(y, p, weight=weight) == pytest.approx(metric(y[twice], p[twice]))


@pytest.mark.parametrize(
    ("metric", "reference"),
    [
        (m.log_loss, sklearn_log_loss),
        (m.brier, brier_score_loss),
        (m.roc_auc, roc_auc_score),
        (m.average_precision, average_precision_score),
    ],
)
def test_agrees_with_scikit_learn_with_ties_and_weights(metric, reference):
    generator = np.random.default_rng(1)
    p = generator.integers(1, 20, 300) / 20
    y = (generator.random(300) < p).astype(float)
    weight = generator.integers(1, 4, 300).astype(float)
    assert metric(y, p, weight=weight) == pytest.approx(reference(y, p, sample_weight=weight))


def test_precision_shares_out_a_tie_at_the_edge():
    """Room for 2: the first row, and half of a tie of which 1 in 2 was won."""
    y, p = np.array([1.0, 1, 0, 0]), np.array([0.9, 0.5, 0.5, 0.1])
    assert m.precision_at(2)(y, p) == pytest.approx((1 + 0.5) / 2)


def test_calibration_line_finds_the_line_that_made_the_outcomes():
    generator = np.random.default_rng(2)
    z = generator.normal(-1, 1.5, 200_000)
    y = (generator.random(len(z)) < 1 / (1 + np.exp(-(0.7 * z + 0.4)))).astype(float)
    slope, intercept = m.calibration_line(y, 1 / (1 + np.exp(-z)))
    assert slope == pytest.approx(0.7, abs=0.02)
    assert intercept == pytest.approx(0.4, abs=0.03)


def test_wilson_interval_by_hand():
    """3 of 8: centre (0.375 + z2/16) / (1 + z2/8), with z2 = 1.96 ** 2."""
    figure = m.rate(3, 8)
    z2 = 1.959964**2
    half = 1.959964 * math.sqrt(0.375 * 0.625 / 8 + z2 / 256)
    assert (figure.value, figure.n, figure.n_won) == (3 / 8, 8, 3)
    assert figure.low == pytest.approx((0.375 + z2 / 16 - half) / (1 + z2 / 8))
    assert figure.high == pytest.approx((0.375 + z2 / 16 + half) / (1 + z2 / 8))


def test_small_group_is_too_few_and_no_number():
    figure = m.rate(3, 8, min_leads=30)
    assert math.isnan(figure.value)
    assert figure.why_no_interval == "too few: 8 leads, 30 needed"
    assert figure.to_dict()["value"] is None
    assert m.interval(
        m.brier, Y, TIED, cluster=["a", "a", "b", "c"], n_resamples=100, seed=1, min_leads=30
    ).why_no_interval == "too few: 3 leads, 30 needed"  # fmt: skip


def test_repeated_looks_at_a_lead_are_no_new_evidence():
    """20 leads seen 50 times each are worth 20 leads."""
    y = np.repeat(([1.0] + [0.0] * 4) * 4, 50)
    lead = np.repeat(np.arange(20), 50)
    once, many = m.rate(4, 20), m.row_rate(y, cluster=lead)
    assert (many.value, many.n, many.n_won) == (0.2, 20, 4)
    assert many.high - many.low == pytest.approx(once.high - once.low, rel=0.02)


def test_rate_of_nothing_won_still_has_an_upper_end():
    figure = m.row_rate(np.zeros(100), cluster=np.repeat(np.arange(10), 10))
    assert (figure.value, figure.low) == (0, 0)
    assert figure.high == pytest.approx(m.rate(0, 10).high)


def test_interval_of_the_mean_matches_the_textbook():
    """Log loss of a constant 1/2 has no spread; Brier's spread is that of the rows."""
    generator = np.random.default_rng(3)
    p = generator.random(2_000)
    y = (generator.random(2_000) < p).astype(float)
    figure = m.interval(m.brier, y, p, cluster=np.arange(2_000), n_resamples=400, seed=4)
    spread = 1.96 * ((y - p) ** 2).std() / math.sqrt(2_000)
    assert (figure.high - figure.low) / 2 == pytest.approx(spread, rel=0.12)
    assert figure.low < figure.value < figure.high


def test_interval_widens_when_rows_share_leads():
    generator = np.random.default_rng(5)
    y = np.repeat((generator.random(200) < 0.3).astype(float), 10)
    p = np.full(2_000, 0.3)
    by_row = m.interval(m.log_loss, y, p, cluster=np.arange(2_000), n_resamples=300, seed=1)
    by_lead = m.interval(
        m.log_loss, y, p, cluster=np.repeat(np.arange(200), 10), n_resamples=300, seed=1
    )
    assert by_lead.high - by_lead.low > 2.5 * (by_row.high - by_row.low)


def test_interval_says_why_it_is_missing():
    figure = m.interval(m.roc_auc, np.zeros(4), TIED, cluster=range(4), n_resamples=100, seed=1)
    assert math.isnan(figure.value)
    assert figure.why_no_interval == "not defined on these leads (0 of 4 won)"


def test_row_order_changes_no_value_and_seed_no_more_than_noise():
    generator = np.random.default_rng(6)
    p = generator.random(400)
    y = (generator.random(400) < p).astype(float)
    lead = generator.integers(0, 100, 400)
    shuffled = generator.permutation(400)
    first = m.interval(m.roc_auc, y, p, cluster=lead, n_resamples=200, seed=1)
    again = m.interval(
        m.roc_auc, y[shuffled], p[shuffled], cluster=lead[shuffled], n_resamples=200, seed=1
    )
    assert again == first


@pytest.mark.parametrize(
    ("metric", "lower_is_better", "sign"), [(m.log_loss, True, -1), (m.roc_auc, False, 1)]
)
def test_paired_difference_knows_which_direction_is_better(metric, lower_is_better, sign):
    generator = np.random.default_rng(7)
    z = generator.normal(0, 1.5, 1_000)
    good, noisy = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z - generator.normal(0, 1.5, 1_000)))
    y = (generator.random(1_000) < good).astype(float)
    found = m.paired_difference(
        metric, y, good, noisy,
        lower_is_better=lower_is_better, cluster=np.arange(1_000), n_resamples=200, seed=1,
    )  # fmt: skip
    assert found.p_a_better == 1.0
    assert found.figure.value * sign > 0
    assert found.figure.low * found.figure.high > 0


def test_a_score_against_itself_is_a_tie():
    found = m.paired_difference(
        m.brier, Y, TIED, TIED, lower_is_better=True, cluster=range(4), n_resamples=100, seed=1
    )
    assert (found.figure.value, found.figure.low, found.figure.high) == (0, 0, 0)
    assert found.p_a_better == 0.5
