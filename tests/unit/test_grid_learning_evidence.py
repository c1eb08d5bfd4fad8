"""What outcomes say of rules: dead, wrong-signed, redundant, and signs that turn beside other rules."""

import numpy as np
import pytest

from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.learning.evidence import Seen, rule_evidence
from tests.fakes import plain_grid


def rules(*points):
    """Return rules r0, r1, ... with these points."""
    plain = plain_grid()
    said = plain["rules"][0]
    plain["rules"] = [said | {"id": f"r{i}", "points": p} for i, p in enumerate(points)]
    plain |= {"excerpt": "a test", "bands": {"hot": 100}}
    return parse_grid(plain, file="tiny.yaml").rules


def judged(points, shares, y, *, lead=None, lacking=None):
    lead = np.arange(len(y)) if lead is None else np.asarray(lead)
    seen = Seen(
        np.asarray(y, float), lead, min_leads=3, n_resamples=100, seed=1, ridge=1.0, n_folds=5
    )
    shares = np.asarray(shares, dtype=float)
    found = rule_evidence(rules(*points), shares, seen, lacking=lacking or {})
    return {row.rule_id: row for row in found}


def repeated(*rows):
    """Each row: (how often, shares, won) as columns shares and y."""
    shares = np.array([share for n, share, _ in rows for _ in range(n)], dtype=float)
    return shares, np.array([won for n, _, won in rows for _ in range(n)], dtype=float)


def test_support_conversion_and_lift_are_counted():
    """With the rule 3 of 4 won, without 1 of 4: three times as many."""
    shares, y = repeated((3, [1], 1), (1, [1], 0), (1, [0], 1), (3, [0], 0))
    row = judged([10], shares, y)["r0"]
    assert (row.leads, row.looks) == (4, 4)
    assert row.with_it.value == 3 / 4
    assert row.without_it.value == 1 / 4
    assert row.lift.value == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("share", "why"),
    [(0, "never true"), (1, "always true")],
)
def test_a_rule_that_is_never_or_always_true_is_dead(share, why):
    row = judged([10], np.full((20, 1), share), np.arange(20) % 2)["r0"]
    assert (row.verdict, row.why) == ("dead", why)


def test_a_rule_for_too_few_leads_has_no_rate():
    shares, y = repeated((2, [1], 1), (9, [0], 0), (9, [0], 1))
    row = judged([10], shares, y)["r0"]
    assert row.verdict == "dead"
    assert "true for 2 leads only, 3 needed" in row.why
    assert np.isnan(row.with_it.value)


def test_a_rule_the_source_cannot_judge_is_dead():
    row = judged([10], np.zeros((20, 1)), np.arange(20) % 2, lacking={"r0": ("events",)})["r0"]
    assert row.why == "this source cannot judge it: it lacks events"


def test_points_for_what_loses_are_wrong_signed():
    shares, y = repeated((10, [1], 1), (90, [1], 0), (60, [0], 1), (40, [0], 0))
    assert judged([10], shares, y)["r0"].verdict == "wrong-signed"
    assert judged([-10], shares, y)["r0"].verdict == "useful"


def test_a_twin_is_redundant_and_named_with_its_twin():
    """r1 is true where r0 is, but for some chance: beside r0 it says nothing."""
    rng = np.random.default_rng(2)
    first = rng.random(600) < 0.5
    twin = np.where(rng.random(600) < 0.2, rng.random(600) < 0.5, first)
    y = rng.random(600) < np.where(first, 0.7, 0.2)
    found = judged([10, 10], np.stack([first, twin], axis=1), y)
    assert found["r0"].verdict == "useful"
    assert found["r1"].verdict == "redundant"
    assert "nearest to r0" in found["r1"].why


def test_a_sign_that_turns_beside_the_other_rules_is_said():
    """r1 alone goes with more wins (60 of 120 against 45 of 120); at each r0 with fewer."""
    shares, y = repeated(
        (56, [1, 1], 1), (44, [1, 1], 0), (18, [1, 0], 1), (2, [1, 0], 0),
        (1, [0, 1], 1), (19, [0, 1], 0), (27, [0, 0], 1), (73, [0, 0], 0),
    )  # fmt: skip
    shares, y = np.repeat(shares, 4, axis=0), np.repeat(y, 4)
    row = judged([10, 10], shares, y)["r1"]
    assert row.lift.low > 1
    assert row.coefficient.high < 0
    assert row.verdict == "wrong-signed"
    assert "alone it goes with more wins" in row.why


def test_looks_at_one_lead_are_one_piece_of_evidence():
    shares, y = repeated((30, [1], 1), (20, [1], 0), (20, [0], 1), (30, [0], 0))
    once = judged([10], shares, y)["r0"]
    lead = np.repeat(np.arange(100), 4)
    often = judged([10], np.repeat(shares, 4, axis=0), np.repeat(y, 4), lead=lead)["r0"]
    width = once.coefficient.high - once.coefficient.low
    assert often.coefficient.high - often.coefficient.low == pytest.approx(width, rel=0.2)
    assert often.leads == once.leads
