"""Who leads: each gate alone can keep the model from leading, and says why."""

import numpy as np
import pytest

from leadscore.scoring.gates import Gate, Opinions, judge, summary
from tests.fakes import settings

RIGHT = np.tile([0.1, 0.9], 100)
Y = np.where(np.arange(200) % 20 < 18, np.arange(200) % 2, 1 - np.arange(200) % 2).astype(float)
"""Of the rows said to win with 0.9 nine in ten do, of those with 0.1 one in ten."""
FLAT = np.full(200, 0.5)
LEADS = np.array([f"L{i}" for i in range(200)], dtype=object)


def judged(p_model, p_grid=FLAT, *, y=Y, leads=LEADS, why=None, **changes):
    limits = settings(gates={"min_won": 20, **changes}).gates
    opinions = Opinions(y, p_model, p_grid, FLAT, leads, why)
    return judge(opinions, limits, n_resamples=100, seed=1)


def failed(verdict):
    return [g.gate for g in verdict.gates if not g.passed]


def test_the_construction_is_calibrated():
    assert Y[RIGHT == 0.9].mean() == 0.9
    assert Y[RIGHT == 0.1].mean() == pytest.approx(0.1)


def test_a_model_that_is_right_leads():
    verdict = judged(RIGHT)
    assert verdict.opinion == "model"
    assert summary(verdict.gates) == "all gates passed"


def test_too_few_won_leads_keep_it_back():
    assert failed(judged(RIGHT, min_won=101)) == ["enough won leads"]


def test_won_leads_are_counted_and_not_their_looks():
    """The same 200 looks at 20 leads, of which 10 were won."""
    few = np.array([f"L{i % 20}" for i in range(200)], dtype=object)
    gate = judged(RIGHT, leads=few, min_won=11).gates[0]
    assert not gate.passed
    assert gate.evidence.startswith("10 won leads")


def test_a_grid_that_is_as_right_keeps_it_back():
    verdict = judged(RIGHT, RIGHT)
    assert failed(verdict) == ["model beats the grid"]
    assert verdict.opinion == "grid"


def test_a_model_that_says_nothing_loses_to_the_base_rate():
    verdict = judged(1 - RIGHT)
    assert "model beats the base rate" in failed(verdict)


def test_a_model_that_only_expects_more_of_a_market_that_rose_has_known_nothing():
    """Seven in ten are won, 0.5 was said of all; 0.7 for every lead loses less, and ranks none."""
    y = (np.arange(200) % 10 < 7).astype(float)
    verdict = judged(np.full(200, 0.7), y=y)
    gate = verdict.gates[1]
    assert (gate.gate, gate.passed) == ("model beats the base rate", False)
    assert "both set to the window's share of wins" in gate.evidence
    assert verdict.opinion != "model"


def test_a_model_that_ranks_but_expects_too_much_is_held_to_what_it_said():
    """Right about who, wrong about how many: set right it would win, as said it loses."""
    boastful = np.where(RIGHT == 0.9, 0.9999, 0.9)
    verdict = judged(boastful)
    assert "model beats the base rate" in failed(verdict)
    assert "share of wins" not in verdict.gates[1].evidence


def test_percentages_that_mislead_keep_it_back():
    """Said 0.9999 where nine in ten win: the order is right, the slope is (log 9) / (log 9999)."""
    verdict = judged(np.where(RIGHT > 0.5, 0.9999, 0.0001), p_grid=1 - RIGHT)
    slope = next(g for g in verdict.gates if g.gate == "calibration slope in range")
    assert not slope.passed
    assert f"slope {np.log(9) / np.log(9999):.2f}" in slope.evidence


def test_without_a_model_the_reason_is_told_and_the_grid_leads_if_it_is_better():
    verdict = judged(None, RIGHT, why="every feature is constant")
    assert verdict.opinion == "grid"
    assert verdict.gates[1] == Gate("a model could be fitted", False, "every feature is constant")


def test_a_grid_that_misleads_leaves_the_base_rate():
    verdict = judged(None, 1 - RIGHT, why="x")
    assert verdict.opinion == "base_rate"
    assert failed(verdict)[-1] == "grid beats the base rate"


def test_a_window_of_one_class_lets_no_model_lead():
    assert judged(RIGHT, y=np.zeros(200)).opinion != "model"


def test_the_summary_names_what_failed_with_its_evidence():
    gates = [Gate("a", True, "fine"), Gate("b", False, "3 of 5"), Gate("c", False, "no")]
    assert summary(gates) == "not passed: b: 3 of 5; c: no"
