"""How fast recalibration forgets: chosen by what each rate would have done, block after block."""

import numpy as np
import pytest

from leadscore.scoring.blend.forgetting import NONE, Predicted, chosen, identity, recalibrated
from leadscore.scoring.line import sigmoid
from tests.fakes import settings

CALIBRATION = settings().calibration
N = 800


def market(levels, *, seed=1, known_after=0):
    """Return blocks of predictions at one level, of a market whose log-odds lie that much higher."""
    draw = np.random.default_rng(seed)
    z = draw.normal(-1.5, 1, N * len(levels))
    block = np.repeat(np.arange(len(levels)), N)
    y = (draw.random(len(z)) < sigmoid(z + np.repeat(levels, N))).astype(float)
    order = np.arange(len(z))
    lead = order.astype(object)
    return Predicted(sigmoid(z), y, order, order + known_after, block, lead)


def test_a_market_at_rest_is_not_recalibrated():
    found = chosen(market([0, 0, 0, 0, 0]), CALIBRATION, half_life_blocks=2.0)
    assert found.losses[NONE] - min(found.losses.values()) < 0.001
    assert found.half_life is None or found.half_life > N


def test_recalibration_is_left_out_only_where_it_would_have_lost_clearly():
    """A market that turns at every block: each line is that of the block before, and wrong."""
    found = chosen(market([0, 1, -1, 1, -1, 1, -1]), CALIBRATION, half_life_blocks=2.0)
    assert found.half_life is None


def test_a_market_that_rose_for_good_is_followed():
    found = chosen(market([0, 1, 1, 1, 1]), CALIBRATION, half_life_blocks=2.0)
    assert found.half_life is not None
    assert min(found.losses, key=found.losses.get) != NONE


def test_a_market_that_keeps_rising_is_forgotten_fast():
    found = chosen(market([0, 0.7, 1.4, 2.1, 2.8]), CALIBRATION, half_life_blocks=2.0)
    assert found.half_life == pytest.approx(min(CALIBRATION.tried_half_lives) * N, rel=0.01)


def test_an_outcome_not_known_yet_corrects_nothing():
    """Known only two blocks later: the second block has nothing before it."""
    slow = chosen(market([0, 1, 1], known_after=2 * N), CALIBRATION, half_life_blocks=2.0)
    assert (slow.losses, slow.n_looks) == ({}, 0)
    assert slow.half_life == pytest.approx(max(CALIBRATION.tried_half_lives) * N, rel=0.01)


def test_without_recalibration_nothing_changes():
    seen = market([0, 0])
    every = np.ones(len(seen.p), dtype=bool)
    assert recalibrated(seen, every, None, CALIBRATION) is None
    np.testing.assert_allclose(identity(seen).apply(seen.p), seen.p)


def test_what_is_told_of_the_choice_is_plain():
    told = chosen(market([0, 1, 1]), CALIBRATION, half_life_blocks=2.0).to_dict()
    assert told["half_life"] is None or told["half_life"] == "never" or told["half_life"] > 0
    assert set(told["losses"]) == {
        NONE,
        "never",
        *(f"{n:g} stretches" for n in CALIBRATION.tried_half_lives),
    }
