"""Known truth: in calibrated worlds the figure seen lies in the estimated range as often as it says.

And PSI of what did not move stays below its bound as often as that says.
"""

import numpy as np
import pytest

from leadscore.metrics import (
    Expected,
    bins,
    log_loss,
    precision_of_best,
    roc_auc,
    shift,
)
from leadscore.scoring.line import log_odds, sigmoid

WORLDS = 300


def leads(draw, n=300, looks=6):
    """Chances of leads at several looks each, alike but not the same."""
    lead = np.repeat(np.arange(n), draw.integers(1, looks + 1, n))
    z = draw.normal(-2, 1.2, n)[lead] + draw.normal(0, 0.4, len(lead))
    return lead, sigmoid(z)


def held(metric, outcomes, *, slope=1.0):
    """Share of worlds in which the figure seen lies in the range estimated."""
    inside = 0
    for seed in range(WORLDS):
        draw = np.random.default_rng(seed)
        lead, true = leads(draw)
        y = outcomes(draw, lead, true).astype(float)
        said = sigmoid(slope * (log_odds(true) + 2) - 2)
        figure = Expected(said, cluster=lead, n_draws=200, seed=seed).figures((metric,))[0]
        inside += figure.low <= metric(y, said) <= figure.high
    return inside / WORLDS


def shared(draw, lead, p):
    """One uniform number a lead: its looks share what they can."""
    return draw.random(lead.max() + 1)[lead] < p


def apart(draw, _lead, p):
    """Each look for itself."""
    return draw.random(len(p)) < p


@pytest.mark.long
@pytest.mark.parametrize("metric", [roc_auc, log_loss, precision_of_best(0.1)])
def test_ranges_hold_as_often_as_they_say_where_looks_share_an_outcome(metric):
    """95 % of 300 worlds, give or take 1.3 % and what 200 draws add."""
    assert 0.90 <= held(metric, shared) <= 0.985


@pytest.mark.long
def test_ranges_are_too_wide_never_too_narrow_where_looks_share_less():
    assert held(roc_auc, apart) >= 0.97


@pytest.mark.long
def test_scores_that_spread_too_far_are_missed_mostly():
    """Twice the log-odds: the estimate promises what cannot come, and most worlds show it."""
    assert held(roc_auc, shared, slope=2.0) < 0.2


@pytest.mark.long
@pytest.mark.parametrize("within", [0.0, 0.3, 1.0])
def test_psi_of_looks_at_leads_that_did_not_move_stays_below_its_bound(within):
    """95 % of 400 pairs of samples, give or take 1.1 %, whatever looks at a lead have in common."""
    above = 0
    for seed in range(400):
        draw = np.random.default_rng(seed)
        samples = []
        for _ in range(2):
            lead = np.repeat(np.arange(300), draw.integers(1, 15, 300))
            noise = within * draw.normal(size=len(lead))
            samples.append((lead, draw.normal(size=300)[lead] + noise))
        (lead_a, a), (lead_b, b) = samples
        then, now = bins(a, b)
        found = shift(then, now, lead_then=lead_a, lead_now=lead_b, level=0.95)
        above += found.psi > found.bound
    assert 0.02 <= above / 400 <= 0.09
