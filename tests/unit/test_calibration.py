"""Platt lines with priors, forgetting, and curves of grid points."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from leadscore.domain.errors import InputError
from leadscore.scoring.calibration import (
    GridCurve,
    Platt,
    base_rate_curve,
    fit_grid_curve,
    fit_platt,
    forgetting_weights,
    log_odds,
    sigmoid,
)

PRIOR = {"slope_sd": 0.3, "intercept_sd": 1.0}
VAGUE = {"slope_sd": 1e3, "intercept_sd": 1e3}
DAY = 86_400


def _world(n, *, slope=1.0, intercept=0.0, seed=1):
    """Issued log-odds N(-1.5, 1); the truth is a line of them."""
    generator = np.random.default_rng(seed)
    z = generator.normal(-1.5, 1, n)
    return sigmoid(z), (generator.random(n) < sigmoid(intercept + slope * z)).astype(float)


def test_line_moves_log_odds_by_intercept_and_slope():
    """p = 1/2 has log-odds 0: only the intercept moves it, here to odds 3:1."""
    line = Platt(0.5, np.log(3), ((0.0, 0.0), (0.0, 0.0)), n=2, n_won=1, effective_weight=2)
    assert line.apply([0.5]) == pytest.approx([3 / 4])
    assert log_odds(line.apply([0.8]))[0] == pytest.approx(np.log(3) + 0.5 * np.log(4))


def test_vague_prior_is_plain_logistic_regression():
    p, y = _world(500, slope=0.8, intercept=0.5)
    line = fit_platt(p, y, **VAGUE)
    plain = LogisticRegression(C=np.inf, tol=1e-8).fit(log_odds(p)[:, None], y)
    assert line.slope == pytest.approx(plain.coef_[0, 0], abs=1e-4)
    assert line.intercept == pytest.approx(plain.intercept_[0], abs=1e-4)


def test_two_rows_of_evidence_hardly_leave_the_identity():
    line = fit_platt([0.3, 0.6], [0, 1], **PRIOR)
    assert line.slope == pytest.approx(1, abs=0.1)
    assert line.intercept == pytest.approx(0, abs=0.3)


def test_much_evidence_overrules_the_prior():
    p, y = _world(100_000, slope=0.6, intercept=0.8)
    line = fit_platt(p, y, **PRIOR)
    assert (line.slope, line.intercept) == pytest.approx((0.6, 0.8), abs=0.04)


def test_weight_two_is_a_row_twice():
    p, y = _world(50)
    weight = np.tile([1.0, 2.0], 25)
    rows = np.repeat(np.arange(50), weight.astype(int))
    weighted = fit_platt(p, y, weight=weight, **PRIOR)
    repeated = fit_platt(p[rows], y[rows], **PRIOR)
    assert weighted.slope == pytest.approx(repeated.slope)
    assert np.array(weighted.covariance) == pytest.approx(np.array(repeated.covariance))
    assert weighted.effective_weight == 75


def test_turned_scores_lose_their_order_but_keep_it_from_turning():
    """Truth falls where the score rises: slope 0, and everybody gets the base rate."""
    p, y = _world(20_000, slope=-1.0)
    line = fit_platt(p, y, **PRIOR)
    assert line.slope == 0
    assert line.apply([0.1, 0.9]) == pytest.approx([y.mean()] * 2, abs=0.01)
    assert line.covariance[0] == (0.0, 0.0)


def test_posterior_draws_have_the_stated_covariance():
    p, y = _world(2_000)
    line = fit_platt(p, y, **PRIOR)
    draws = line.draws(20_000, seed=1)
    assert draws.mean(axis=0) == pytest.approx([line.slope, line.intercept], abs=0.01)
    assert np.cov(draws.T) == pytest.approx(np.array(line.covariance), rel=0.05)


def test_looking_ten_times_at_a_lead_is_worth_about_one_look():
    p, y = _world(400)
    once = fit_platt(p, y, **PRIOR)
    tenfold = fit_platt(
        np.repeat(p, 10), np.repeat(y, 10), cluster=np.repeat(np.arange(400), 10), **PRIOR
    )
    assert tenfold.effective_weight == pytest.approx(400, rel=0.01)
    assert tenfold.slope == pytest.approx(once.slope, abs=0.01)
    assert tenfold.n == 4_000


def test_single_looks_keep_their_worth():
    p, y = _world(400)
    assert fit_platt(p, y, cluster=np.arange(400), **PRIOR).effective_weight == 400


@pytest.mark.parametrize(
    ("p", "y", "weight", "code"),
    [
        ([0.2, 0.3], [0, 0], None, "one-class"),
        ([0.2, 0.3], [1, 1], None, "one-class"),
        ([0.2, 0.3, 0.4], [0, 0, 1], [1, 1, 0], "one-class"),
        ([0.2, 0.2], [0, 1], None, "constant-scores"),
        ([0.2, 0.3], [0, 1], [0, 0], "no-weight"),
    ],
)
def test_evidence_without_a_lesson_is_refused_by_name(p, y, weight, code):
    with pytest.raises(InputError) as caught:
        fit_platt(p, y, weight=weight, **PRIOR)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("p", "y"), [([0.2, np.nan], [0, 1]), ([0.2, 0.3], [0, np.nan]), ([0.2], [0, 1])]
)
def test_missing_values_are_a_bug_of_the_caller(p, y):
    with pytest.raises(ValueError, match=r"finite|lengths"):
        fit_platt(p, y, **PRIOR)


def test_an_outcome_half_a_life_ago_weighs_half():
    weights = forgetting_weights([0, 90 * DAY, 180 * DAY], now_seconds=180 * DAY, half_life_days=90)
    assert weights == pytest.approx([1 / 4, 1 / 2, 1])


def test_evidence_from_the_future_is_refused():
    with pytest.raises(ValueError, match="after now"):
        forgetting_weights([DAY], now_seconds=0, half_life_days=90)


def test_grid_curve_rises_with_the_points_and_meets_the_base_rate():
    generator = np.random.default_rng(3)
    points = generator.integers(0, 101, 3_000)
    y = (generator.random(3_000) < sigmoid(points / 20 - 4)).astype(float)
    curve = fit_grid_curve(points, y, slope_sd=1.0)
    assert curve.apply(points).mean() == pytest.approx(y.mean(), abs=0.002)
    assert (np.diff(curve.apply(np.arange(101))) > 0).all()
    assert curve.apply([40])[0] == pytest.approx(sigmoid(40 / 20 - 4), abs=0.03)


def test_wrong_signed_grid_gives_everybody_the_base_rate():
    curve = fit_grid_curve([10, 20, 30, 40], [1, 1, 0, 0], slope_sd=1.0)
    assert curve.slope == 0
    assert curve.apply([0, 100]) == pytest.approx([0.5, 0.5])


def test_constant_points_give_the_base_rate():
    curve = fit_grid_curve([30, 30, 30, 30], [1, 0, 0, 0], slope_sd=1.0)
    assert curve.apply([0, 30, 99]) == pytest.approx([1 / 4] * 3)
    assert curve == base_rate_curve([1, 0, 0, 0])


def test_lines_survive_json():
    p, y = _world(200)
    line = fit_platt(p, y, **PRIOR)
    curve = fit_grid_curve(p * 100, y, slope_sd=1.0)
    assert Platt.from_dict(json.loads(json.dumps(line.to_dict()))) == line
    assert GridCurve.from_dict(json.loads(json.dumps(curve.to_dict()))) == curve
