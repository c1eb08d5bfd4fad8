"""The benchmark of whole histories: no quarter's cut knows of it, and profit is what calling each lead once brings."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.quarters.__main__ import ELSEWHERE, walked
from benchmarks.quarters.issuing import Issued, with_what_comes
from benchmarks.quarters.page import bars, page
from benchmarks.quarters.walking import KEEP, ORACLE, OURS, best, cuts_of, earned, gained
from leadscore.domain.settings import Thresholds
from leadscore.history.log import DAY
from leadscore.scoring.line import sigmoid
from leadscore.scoring.scale import Scale
from tests.fakes import settings

SETTINGS = settings()
SCALE = Scale(points_to_double=10, anchor_probability=0.05)
QUARTERS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")


def issued(*, level=1.0, seed=3, per_quarter=1_200):
    """Leads looked at once, evenly over four quarters; the odds of winning are `level` times those promised."""
    generator = np.random.default_rng(seed)
    n = per_quarter * len(QUARTERS)
    day = pd.date_range("2025-01-01", "2025-12-31", periods=n, tz="UTC").floor("D")
    z = generator.normal(-2.8, 1.2, n)
    p = sigmoid(z)
    looks = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(n)],
            "as_of": day,
            "order": day.as_unit("s").asi8,
            "label": (generator.random(n) < sigmoid(z + np.log(level))).astype(float),
            "p_issued": p,
            "score": SCALE.score(p),
            "quarter": day.quarter - 1,
        }
    )
    return Issued(
        "world", "A world", "taught once", with_what_comes(looks), QUARTERS, 30 * DAY, SCALE
    )


def test_a_review_learns_only_of_what_had_matured_when_its_quarter_began():
    found = issued()
    assert found.matured(0).empty
    latest = found.matured(2)["as_of"].max()
    assert latest == pd.Timestamp("2025-06-01", tz="UTC")  # 30 days before the first of July


@pytest.mark.parametrize("quarter", [2, 3])
def test_what_comes_in_a_quarter_moves_no_cut_before_it(quarter):
    plain, other = issued(), issued()
    later = other.table["quarter"] >= quarter
    other.table.loc[later, "label"] = 1 - other.table.loc[later, "label"]
    for name, ways in cuts_of(plain, SETTINGS, Thresholds(hot=65.0, warm=50.0)).items():
        twin = cuts_of(other, SETTINGS, Thresholds(hot=65.0, warm=50.0))[name]
        for way in set(ways) - {ORACLE}:
            np.testing.assert_array_equal(ways[way][: quarter + 1], twin[way][: quarter + 1])


def test_profit_is_counted_by_hand_and_a_lead_is_called_once():
    """a is called at its first look on 60 and won later in the quarter; b is called and lost; c is never called."""
    looks = with_what_comes(
        pd.DataFrame(
            [("a", 1, 62.0, 0.0, 0), ("a", 2, 70.0, 1.0, 0), ("b", 1, 90.0, 0.0, 0), ("c", 1, 50.0, 1.0, 0)],
            columns=["lead_id", "order", "score", "label", "quarter"],
        )
    )  # fmt: skip
    assert earned(looks, 60.0, win=100, cost=30).to_dict() == {"b": -30, "a": 70}
    assert best(looks, win=100, cost=30) in range(51)  # c is won too


def test_ours_earns_more_than_keeping_a_cut_that_is_far_off_and_the_page_says_so():
    found = walked(issued(level=4.0), SETTINGS, ELSEWHERE)
    walks = found.walks["hot"]
    assert walks[OURS].cuts[0] == walks[KEEP].cuts[0] == ELSEWHERE.hot
    assert (np.diff(walks[OURS].cuts) <= 0).all()
    more = gained(walks[OURS], walks[KEEP], n_won=found.n_won)
    assert more.low > 0
    assert more.value == pytest.approx(walks[OURS].profit.sum() - walks[KEEP].profit.sum())
    told = [words for _, words in bars([found])]
    text = page([found], SETTINGS, told)
    assert all(way in text for way in walks)
    assert any("against keep" in words for words in told)
