"""What every line and scale must satisfy, whatever the evidence."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.domain.settings import Thresholds
from leadscore.scoring.calibration import fit_grid_curve, fit_platt, sigmoid
from leadscore.scoring.scale import Scale
from leadscore.scoring.thresholds import tier

QUICK = settings(max_examples=60, deadline=None)


def _teaches(rows):
    return len({won for _, won in rows}) == 2 and np.ptp([z for z, _ in rows]) > 0.1


row = st.tuples(st.floats(-8, 8), st.booleans())
evidence = st.lists(row, min_size=4, max_size=40).filter(_teaches)


def _columns(rows):
    return np.array([z for z, _ in rows]), np.array([float(won) for _, won in rows])


@QUICK
@given(evidence)
def test_recalibration_never_turns_an_order(rows):
    z, y = _columns(rows)
    line = fit_platt(sigmoid(z), y, slope_sd=0.3, intercept_sd=1.0)
    assert (np.diff(line.apply(np.sort(sigmoid(z)))) >= 0).all()


@QUICK
@given(evidence, st.randoms())
def test_row_order_changes_no_line(rows, random):
    z, y = _columns(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    z2, y2 = _columns(shuffled)
    a = fit_platt(sigmoid(z), y, slope_sd=0.3, intercept_sd=1.0)
    b = fit_platt(sigmoid(z2), y2, slope_sd=0.3, intercept_sd=1.0)
    assert np.allclose([a.slope, a.intercept], [b.slope, b.intercept], atol=1e-6)


@QUICK
@given(evidence)
def test_points_may_be_shifted_and_stretched_at_will(rows):
    z, y = _columns(rows)
    plain = fit_grid_curve(z, y, slope_sd=1.0)
    moved = fit_grid_curve(7 * z + 50, y, slope_sd=1.0)
    assert np.allclose(plain.apply(z), moved.apply(7 * z + 50), atol=1e-6)


@QUICK
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1, 40), st.floats(0.001, 0.999))
def test_higher_probability_never_has_a_lower_score(p, q, double, anchor):
    scale = Scale(points_to_double=double, anchor_probability=anchor)
    low, high = scale.score([min(p, q), max(p, q)])
    assert 0 <= low <= high <= 100


@QUICK
@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.floats(1, 98))
def test_higher_threshold_never_makes_a_lead_hotter(scores, warm):
    rank = {"cold": 0, "warm": 1, "hot": 2}
    low = tier(scores, Thresholds(hot=warm + 1, warm=warm))
    high = tier(scores, Thresholds(hot=warm + 2, warm=warm + 0.5))
    assert all(rank[b] <= rank[a] for a, b in zip(low, high, strict=True))
