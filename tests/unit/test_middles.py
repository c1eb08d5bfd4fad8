"""Quantiles, means, totals and differences with intervals that can be redone by hand."""

import numpy as np
import pytest

from leadscore.metrics import gap, mean, quantile, rate, too_few, total

DRAWS = {"n_resamples": 200, "seed": 1}


def test_a_medians_interval_runs_between_the_values_the_binomial_names():
    """Of 9 values 2 or more lie below the median in 98 of 100 samples: the 2nd and the 8th."""
    figure = quantile([9, 1, 8, 2, 7, 3, 6, 4, 5], 0.5)
    assert (figure.value, figure.low, figure.high, figure.n) == (5, 2, 8, 9)


def test_five_values_bound_no_median():
    """All five lie on one side in 1 of 16 samples, more than 1 in 20."""
    figure = quantile([1, 2, 3, 4, 5], 0.5)
    assert figure.value == 3
    assert np.isnan(figure.low)
    assert figure.why_no_interval == "5 leads bound no such share"


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_nineteen_of_twenty_intervals_hold_the_quantile(share):
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        figure = quantile(draw.uniform(size=60), share)
        held += figure.low <= share <= figure.high
    assert held >= 0.93 * 400


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0]])
def test_too_few_values_have_no_number(values):
    for figure in (
        quantile(values, 0.5, min_leads=3),
        mean(values, n_counted=0, min_leads=3, **DRAWS),
        total(values, n_counted=len(values), min_leads=3, **DRAWS),
    ):
        assert np.isnan(figure.value)
        assert figure.why_no_interval.startswith("too few")


def test_means_and_totals_count_leads_without_a_value_as_nothing():
    values = np.array([0.0, 0.0, 10.0, 30.0])
    assert mean(values, n_counted=2, **DRAWS).value == 10
    figure = total(values, n_counted=2, **DRAWS)
    assert (figure.value, figure.n, figure.n_won) == (40, 4, 2)
    assert figure.low < 40 < figure.high


def test_equal_groups_differ_by_nothing_and_one_without_interval_has_no_difference():
    same = gap(rate(5, 50), rate(5, 50))
    assert same.value == 0
    assert same.low == pytest.approx(-same.high)
    none = gap(rate(5, 50), too_few(3, 1, min_leads=30))
    assert np.isnan(none.value)
    assert none.why_no_interval == "too few: 3 leads, 30 needed"
