"""What a threshold proposal says, refuses and keeps stable."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.settings import Thresholds
from leadscore.review.cuts import cut_by_capacity, cut_by_precision, cut_by_value
from leadscore.review.effect import expected_effect, migration
from leadscore.review.evidence import Evidence
from leadscore.review.proposal import propose
from leadscore.review.verdicts import _spread
from leadscore.scoring.calibration import Platt
from tests.reports import AT, PRIOR, SCALE, SETTINGS  # odds 1:4 at 50 points

WEEK = 7 * 86_400
NEVER = ((0.0, 0.0), (0.0, 0.0))


def looks(rows, *, dated=True):
    """Rows of (lead, week, label, score); probabilities are what the scale says of the score."""
    table = pd.DataFrame(rows, columns=["lead_id", "week", "label", "score"])
    order = table["week"].to_numpy() * WEEK
    return table.assign(
        as_of=pd.to_datetime(order, unit="s", utc=True) if dated else pd.NaT,
        order=order if dated else np.arange(len(table)),
        label=table["label"].astype(float),
        p_issued=SCALE.probability(table["score"].to_numpy(dtype=float)),
    )


def read(rows, *, dated=True):
    return Evidence.from_table(looks(rows, dated=dated), as_of=None, half_life_days=90)


def proposed(table, *, settings=SETTINGS, in_force=AT, min_leads=4, min_won=1):
    return propose(
        table, settings, scale=SCALE, in_force=in_force, prior=PRIOR, as_of=None, seed=1,
        min_leads=min_leads, min_won=min_won, n_resamples=100,
    )  # fmt: skip


def _calibrated(n):
    """Leads over eight weeks with scores 30 to 79, won as often as their score says."""
    score = 30.0 + np.arange(n) % 50
    won = np.random.default_rng(5).random(n) < SCALE.probability(score)
    return [(f"L{i}", i % 8, float(won[i]), score[i]) for i in range(n)]


MANY = _calibrated(600)


@pytest.mark.parametrize(
    ("intercept", "cut"),
    [
        (0.0, 70),  # probability 1/2 is odds 1:1, two doublings above 1:4
        (math.log(2), 60),  # odds were twice as good as issued: one doubling earlier
        (-math.log(2), 80),
    ],
)
def test_value_cut_is_where_the_recalibrated_probability_pays_the_call(intercept, cut):
    curve = Platt(1.0, intercept, NEVER, n=8, n_won=4, effective_weight=8)
    found = cut_by_value(curve, SCALE, probability=0.5, n_draws=10, seed=1)
    assert found.value == pytest.approx(cut)
    assert found.draws == pytest.approx([cut] * 10)


@pytest.mark.parametrize(
    ("slope", "intercept", "end"),
    [(1.0, -9.0, 100), (1.0, 9.0, 0), (0.0, 1.0, 0), (0.0, -1.0, 100)],
)
def test_where_every_score_or_none_pays_the_cut_is_an_end_of_the_scale(slope, intercept, end):
    curve = Platt(slope, intercept, NEVER, n=8, n_won=4, effective_weight=8)
    found = cut_by_value(curve, SCALE, probability=0.5, n_draws=10, seed=1)
    assert found.impossible is None
    assert found.value == end


def test_a_market_in_which_every_score_pays_is_followed_by_the_largest_step():
    """Nearly all leads win, whatever their score: both cuts go down, by no more than a review may."""
    rows = [(f"L{i}", i % 8, float(i % 10 > 0), 30.0 + i % 40) for i in range(400)]
    found = proposed(looks(rows))
    step = SETTINGS.largest_step_points
    assert found.hot.proposed == AT.hot - step
    assert AT.warm - step <= found.warm.proposed < found.hot.proposed
    assert "leads of every score seen pay" in found.hot.reason


def test_precision_cut_is_the_lowest_above_which_the_promised_share_wins():
    """Ten leads at 70 (won 1/2), ten at 60 (1/3), ten at 50 (1/5): all 34 %, those from 60 on 42 %."""
    rows = [(f"L{s}{i}", 0, 0, s) for s in (70.0, 60.0, 50.0) for i in range(10)]
    curve = Platt(1.0, 0.0, NEVER, n=8, n_won=4, effective_weight=8)
    asked = {"confidence": 0.9, "n_draws": 20, "seed": 1}
    cut = {
        target: cut_by_precision(curve, read(rows), SCALE, target=target, **asked)
        for target in (0.3, 0.4, 0.45, 0.6)
    }
    assert [cut[t].value for t in (0.3, 0.4, 0.45)] == [50, 60, 70]
    assert cut[0.6].impossible == (
        "no threshold keeps 60% won with a confidence of 90%: not even at 70 points, the highest seen"
    )


def test_a_broken_promise_of_precision_is_mended_at_once_and_a_spare_one_loosened_as_far_as_it_is_sure():
    precise = SETTINGS.model_copy(
        update={"method": "precision", "hot_precision": 0.45, "warm_precision": 0.3}
    )
    low, high = (
        proposed(looks(MANY), settings=precise, in_force=Thresholds(hot=hot, warm=40.0)).hot
        for hot in (50.0, 78.0)
    )
    assert low.proposed == low.best.value == high.best.value
    assert high.share == pytest.approx(0.8)
    assert high.best.value < high.proposed < 78
    assert "at least 45% win, with a confidence of 90%" in low.reason
    assert "the 50 in force lies below" in low.reason
    assert "the 78 in force lies above, so the step goes 80% of the way" in high.reason


def test_a_threshold_at_the_end_of_the_scale_stays_where_no_step_is_taken():
    """Nobody stands below 30, so nothing is gained or lost between 0 and there."""
    rows = [(f"L{i}", i % 8, float(i % 10 > 0), 30.0 + i % 40) for i in range(400)]
    found = proposed(looks(rows), in_force=Thresholds(hot=20.0, warm=0.0))
    assert (found.warm.proposed, found.warm.verdict) == (0.0, "no change")


def test_quarters_are_those_of_all_looks_also_where_the_best_ones_end_earlier():
    """The best looks lie in week 0 and 14, the last look in week 20: a quarter reaches back to week 8."""
    found = read([("a", 0, 1, 80.0), ("b", 14, 0, 70.0), ("b", 20, 0, 30.0)])
    assert found.peaks.quarter.tolist() == [-1, 0]
    assert found.peaks.score.tolist() == [80.0, 70.0]


def test_capacity_tells_how_uneven_weeks_are():
    """Four weeks with 1, 2, 3 and 6 leads, three calls a week: one week is over, 3 of 12 calls idle."""
    rows = [(f"{w}{i}", w, 0, 90.0) for w, n in enumerate((1, 2, 3, 6)) for i in range(n)]
    assert _spread(read(rows), 90.0, 3.0) == (
        "; 1 of 4 weeks bring more, up to 6, and in a mean week 25% of the calls find no such lead"
    )


def test_capacity_cut_leaves_as_many_leads_above_it_as_can_be_called():
    """Four weeks with scores 90, 60, 30 each: two calls a week reach down to 60."""
    rows = [(f"{s}{w}", w, 0, s) for w in range(4) for s in (90.0, 60.0, 30.0)]
    assert cut_by_capacity(read(rows), per_week=2, n_resamples=10, seed=1).value == 60
    assert cut_by_capacity(read(rows), per_week=1, n_resamples=10, seed=1).value == 90


@pytest.mark.parametrize(
    ("rows", "dated", "words"),
    [
        ([(f"L{w}", w, 0, 50.0) for w in range(4)], True, "above all open leads"),
        ([(f"L{w}", w, 0, 50.0) for w in range(3)], True, "too few: 3 weeks"),
        ([(f"L{w}", w, 0, 50.0) for w in range(4)], False, "without dates"),
    ],
)
def test_capacity_says_why_it_has_no_cut(rows, dated, words):
    found = cut_by_capacity(read(rows, dated=dated), per_week=2, n_resamples=10, seed=1)
    assert words in (found.impossible or "")


EFFECT_ROWS = [
    ("a", 0, 1, 80.0),  # hot in both weeks; called once, in week 0
    ("a", 1, 1, 90.0),
    ("b", 0, 0, 60.0),  # warm, then hot
    ("b", 1, 0, 75.0),
    ("c", 0, 1, 55.0),  # warm, won without ever being hot
    ("d", 1, 0, 10.0),  # cold
]


def test_effect_counts_weeks_once_and_calls_a_lead_once():
    """Hot a week: (a) + (a, b) = 3 in 2 weeks. Called: a wins 1000 - 500, b loses 500."""
    found = {
        e.what: e
        for e in expected_effect(
            read(EFFECT_ROWS), SETTINGS, in_force=AT, considered=Thresholds(hot=85.0, warm=50.0),
            n_resamples=100, seed=1,
        )
    }  # fmt: skip
    assert found["hot leads"].in_force.value == pytest.approx(3 / 2)
    assert found["hot leads"].considered.value == pytest.approx(1 / 2)
    assert found["hot leads"].difference.value == pytest.approx(-2 / 2)
    assert found["warm leads"].in_force.value == pytest.approx(2 / 2)
    assert found["won leads that were hot"].in_force.value == pytest.approx(1 / 2)
    assert found["profit of calling the hot"].in_force.value == pytest.approx((500 - 500) / 2)
    assert found["profit of calling the hot"].considered.value == pytest.approx(500 / 2)
    nurtured = (800 - 200 + 800) / 2  # a, b and c reach 50; a and c win
    assert found["profit of nurturing the warm or hotter"].in_force.value == pytest.approx(nurtured)


def test_without_dates_volumes_are_per_thousand_leads():
    """Two of four leads are hot: 500 per 1,000."""
    rows = [("a", 0, 1, 80.0), ("b", 0, 0, 75.0), ("c", 0, 1, 55.0), ("d", 0, 0, 10.0)]
    hot = expected_effect(
        read(rows, dated=False), SETTINGS, in_force=AT, considered=AT, n_resamples=100, seed=1
    )[0]
    assert (hot.unit, hot.in_force.value) == ("leads per 1,000 leads", pytest.approx(500))


def test_migration_counts_each_lead_once_at_its_last_look():
    moves = migration(read(EFFECT_ROWS), in_force=AT, considered=Thresholds(hot=80.0, warm=60.0))
    counted = {(m.tier_in_force, m.tier_considered): (m.n, m.n_won) for m in moves if m.n}
    assert counted == {
        ("hot", "hot"): (1, 1),
        ("hot", "warm"): (1, 0),
        ("warm", "cold"): (1, 1),
        ("cold", "cold"): (1, 0),
    }
    assert len(moves) == 9


@pytest.mark.parametrize(
    ("rows", "changes", "words"),
    [
        (EFFECT_ROWS, {"min_leads": 30}, "too few: 4 leads with 2 won; 30 leads and 1 won"),
        (EFFECT_ROWS, {"min_won": 3}, "too few: 4 leads with 2 won; 4 leads and 3 won"),
        ([(f"L{i}", 0, i % 2, 50.0) for i in range(8)], {}, "every lead has the same score"),
        ([(f"L{i}", 0, 1, 50.0 + i) for i in range(8)], {}, "all 8 leads were won"),
        ([], {}, "too few: 0 leads"),
    ],
)
def test_evidence_that_teaches_nothing_means_no_change_and_says_so(rows, changes, words):
    found = proposed(looks(rows), **changes)
    assert found.verdict == "no change"
    assert words in found.sentence
    assert (found.hot.proposed, found.warm.proposed) == (AT.hot, AT.warm)
    assert found.effect == ()


def test_a_threshold_inside_the_interval_stays():
    best = proposed(looks(MANY)).hot.best.value
    found = proposed(looks(MANY), in_force=Thresholds(hot=round(best), warm=1.0))
    assert found.hot.verdict == "no change"
    assert "gains with a probability of 50%, below 70%" in found.hot.reason


def test_a_move_below_the_dead_band_is_no_change():
    wide = SETTINGS.model_copy(update={"dead_band_points": 50.0})
    found = proposed(looks(MANY), settings=wide, in_force=Thresholds(hot=99.0, warm=1.0))
    assert found.verdict == "no change"
    assert "the step is below the dead band of 50 points" in found.hot.reason


def test_hot_never_falls_below_warm():
    """Only hot is clearly wrong, and its best cut lies below the warm one in force."""
    alone = proposed(looks(MANY), in_force=Thresholds(hot=99.0, warm=1.0))
    found = proposed(
        looks(MANY), in_force=Thresholds(hot=99.0, warm=round(alone.hot.best.value) + 5.0)
    )
    assert found.hot.proposed > found.warm.proposed
    assert found.verdict == "change"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"label": np.nan}, "immature"), ({"score": None}, None)],
)
def test_unfit_tables_are_refused(changes, words):
    table = looks(MANY).assign(**changes)
    if words is None:
        table, words = table.drop(columns="score"), "lacks score"
    with pytest.raises(ValueError, match=words):
        proposed(table)


def test_proposal_is_stable_text_and_its_hash_covers_the_content():
    found, again = proposed(looks(MANY)), proposed(looks(MANY))
    assert found.to_json() == again.to_json()
    content = json.loads(found.to_json())
    assert content["proposal_sha256"] == found.sha256
    assert content["settings"]["win_value_eur"] == 1000.0
    other = proposed(looks(MANY), in_force=Thresholds(hot=71.0, warm=50.0))
    assert other.sha256 != found.sha256


def test_row_order_changes_nothing():
    table = looks(MANY)
    shuffled = table.sample(frac=1.0, random_state=1, ignore_index=True)
    a, b = proposed(table), proposed(shuffled)
    assert a.hot.best.value == pytest.approx(b.hot.best.value, abs=1e-6)
    assert [e.in_force.value for e in a.effect] == pytest.approx(
        [e.in_force.value for e in b.effect]
    )
