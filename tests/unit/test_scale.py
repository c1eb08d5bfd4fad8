"""One scale: probability to score and back."""

import numpy as np
import pytest

from leadscore.domain.errors import InputError
from leadscore.scoring.scale import Scale

SCALE = Scale(points_to_double=10, anchor_probability=0.2)  # odds 1:4 are 50 points


@pytest.mark.parametrize(
    ("p", "score"),
    [
        (1 / 5, 50),  # odds 1:4
        (1 / 3, 60),  # odds 1:2, doubled
        (1 / 9, 40),  # odds 1:8, halved
        (1 / 2, 70),  # odds 1:1, doubled twice
        (0.0, 0),
        (1.0, 100),
    ],
)
def test_ten_points_double_the_odds(p, score):
    assert SCALE.score([p])[0] == pytest.approx(score)


def test_probability_is_the_inverse_inside_the_scale():
    p = np.linspace(0.01, 0.85, 7)
    assert SCALE.probability(SCALE.score(p)) == pytest.approx(p)


def test_clipping_keeps_the_order():
    scores = SCALE.score([0.0, 1e-9, 0.2, 1 - 1e-9, 1.0])
    assert scores.tolist() == [0, 0, 50, 100, 100]


@pytest.mark.parametrize("p", [np.nan, -0.1, 1.1])
def test_impossible_probability_is_refused(p):
    with pytest.raises(ValueError, match="probabilities"):
        SCALE.score([0.5, p])


@pytest.mark.parametrize("score", [np.nan, -1.0, 101.0])
def test_impossible_score_is_refused(score):
    with pytest.raises(ValueError, match="scores"):
        SCALE.probability([score])


@pytest.mark.parametrize(("double", "anchor"), [(0, 0.1), (10, 0.0), (10, 1.0), (np.nan, 0.1)])
def test_scale_without_meaning_is_refused(double, anchor):
    with pytest.raises(InputError, match="bad-scale"):
        Scale(points_to_double=double, anchor_probability=anchor)


def test_scale_survives_a_dict():
    assert Scale.from_dict(SCALE.to_dict()) == SCALE
