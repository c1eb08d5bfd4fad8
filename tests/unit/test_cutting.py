"""Where a score is worth its cost, and how far a review goes there."""

import numpy as np
import pytest

from leadscore.scoring.cutting import StepRule, best_cut, cuts, gain_probability, step
from leadscore.scoring.line import log_odds, sigmoid

RULE = StepRule(min_gain_probability=0.7, dead_band=3.0, largest=20.0)
SURE = np.tile([1.0, 0.0], (50, 1))


def test_a_known_line_pays_where_its_chance_is_the_cost():
    assert best_cut(SURE, 0.2) == pytest.approx(float(log_odds(0.2)), abs=1e-6)
    assert best_cut(np.tile([0.5, 1.0], (9, 1)), 0.2) == pytest.approx(
        (float(log_odds(0.2)) - 1) / 0.5, abs=1e-6
    )


def test_the_best_cut_is_where_the_mean_chance_pays():
    lines = np.random.default_rng(1).normal([1.0, 0.3], [0.2, 0.5], (400, 2))
    at = best_cut(lines, 0.15)
    assert float(sigmoid(lines[:, 1] + lines[:, 0] * at).mean()) == pytest.approx(0.15, abs=1e-6)


@pytest.mark.parametrize(("intercept", "cut"), [(3.0, -np.inf), (-3.0, np.inf)])
def test_a_line_without_slope_puts_all_leads_on_one_side(intercept, cut):
    flat = np.tile([0.0, intercept], (5, 1))
    assert best_cut(flat, 0.2) == cut
    assert cuts(flat, 0.2).tolist() == [cut] * 5


def test_a_move_gains_where_the_leads_between_are_worth_more_than_they_cost():
    """Two of three lines say that leads between -2 and -1 win more than 20 of 100."""
    lines = np.array([[1.0, 0.9], [1.0, 0.8], [1.0, -2.0]])
    z = np.array([-1.5, -1.4, 0.0])
    down = gain_probability(lines, z, 0.2, at=-1.0, to=-2.0)
    up = gain_probability(lines, z, 0.2, at=-2.0, to=-1.0)
    assert (down, up) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_leads_count_by_their_worth():
    line, z = np.array([[1.0, 0.0]]), np.array([-2.0, -1.0])  # chances 12 and 27 of 100
    asked = {"at": -0.5, "to": -2.5}
    assert gain_probability(line, z, 0.2, **asked, weight=np.array([1.0, 0.5])) == 0
    assert gain_probability(line, z, 0.2, **asked, weight=np.array([1.0, 2.0])) == 1


def test_without_leads_between_nothing_is_gained():
    assert gain_probability(SURE, np.array([5.0]), 0.2, at=-1.0, to=-2.0) == 0.5


@pytest.mark.parametrize(
    ("to", "p", "ends", "why_not", "short"),
    [
        (60.0, 1.0, 60.0, None, False),
        (60.0, 0.85, 57.0, None, False),
        (40.0, 0.85, 43.0, None, False),
        (60.0, 0.69, 50.0, "unsure", False),
        (52.9, 1.0, 53.0, None, False),
        (52.4, 1.0, 50.0, "small", False),
        (90.0, 1.0, 70.0, None, True),
        (0.0, 0.95, 30.0, None, True),
        (50.0, 0.5, 50.0, "unsure", False),
    ],
)
def test_a_step_goes_as_far_as_the_evidence_is_sure(to, p, ends, why_not, short):
    found = step(50.0, to, p, RULE, unit=1.0)
    assert (found.to, found.why_not, found.was_cut_short) == (ends, why_not, short)
    assert found.share == pytest.approx(max(0.0, 2 * p - 1))
