"""Scores against the truth: the gap is measured by decile, over leads, on joined looks only."""

import numpy as np
import pandas as pd
import pytest

from leadscore.review.truth import against_truth

N = 200


def looks(shift=0.0):
    """Two looks at each of 100 leads; the issued probability is the true one plus a shift."""
    true = np.linspace(0.05, 0.45, N)
    as_of = pd.to_datetime(["2026-01-05", "2026-01-12"] * (N // 2), utc=True)
    lead = pd.Series([f"L{i // 2}" for i in range(N)], dtype="str")
    y = (np.random.default_rng(1).random(N) < true).astype(float)
    evidence = pd.DataFrame({"lead_id": lead, "as_of": as_of, "label": y, "p_issued": true + shift})
    return evidence, pd.DataFrame({"lead_id": lead, "as_of": as_of, "p_won": true})


def test_true_probabilities_have_no_error():
    found = against_truth(*looks(), n_resamples=100, seed=1)
    assert found.error.value == pytest.approx(0, abs=1e-12)
    assert found.log_loss_issued == found.log_loss_truth


def test_a_constant_shift_is_the_error_and_lies_in_its_interval():
    found = against_truth(*looks(shift=0.03), n_resamples=100, seed=1)
    assert found.error.value == pytest.approx(0.03)
    assert found.error.low <= 0.03 + 1e-12
    assert found.error.high >= 0.03 - 1e-12
    assert found.error.n == 100


def test_opposite_errors_in_one_decile_cancel_and_across_deciles_do_not():
    evidence, truth = looks()
    sign = np.where(np.arange(N) % 2 == 0, 1, -1)
    within = evidence.assign(p_issued=evidence["p_issued"] + 0.0005 * sign)
    across = evidence.assign(p_issued=evidence["p_issued"] + 0.01 * np.sign(np.arange(N) - 99.5))
    assert against_truth(within, truth, n_resamples=100, seed=1).error.value < 0.0002
    assert against_truth(across, truth, n_resamples=100, seed=1).error.value == pytest.approx(0.01)


def test_deciles_hold_all_joined_looks_and_no_other():
    evidence, truth = looks()
    found = against_truth(evidence, truth.head(150), n_resamples=100, seed=1)
    assert found.deciles["n_looks"].sum() == 150
    assert found.deciles["decile"].tolist() == list(range(1, 11))


def test_looks_without_a_truth_are_refused():
    evidence, truth = looks()
    with pytest.raises(ValueError, match="no look of the evidence has a known truth"):
        against_truth(evidence, truth.head(0), n_resamples=100, seed=1)
