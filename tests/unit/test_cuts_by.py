"""Best thresholds by opinion and by segment, in worlds whose chances are known."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.settings import ReviewSettings
from leadscore.review.cuts_by import cuts_by_opinion, cuts_by_segment
from leadscore.scoring.line import sigmoid
from tests.fakes import settings
from tests.reports import PRIOR, SCALE, SETTINGS

REVIEW: ReviewSettings = settings().review.model_copy(
    update={"min_leads": 30, "bootstrap": 100, "segments": ["channel", "product"]}
)
PAYS = SETTINGS.call_cost_eur / SETTINGS.win_value_eur
CUT = float(SCALE.score(PAYS))


def evidence(seed, n=6_000, *, of_webinar=0.0, factor=1.0):
    """One look a lead over a quarter; the blend is right but for one channel, the grid knows nothing of one half."""
    generator = np.random.default_rng(seed)
    seen, hidden = generator.normal(-1.2, 0.8, n), generator.normal(0, 0.8, n)
    channel = np.array(["webinar", "referral", "fair"])[np.arange(n) % 3]
    z = seen + hidden + of_webinar * (channel == "webinar")
    order = np.arange(n) % 12 * 7 * 86_400
    promised = sigmoid(seen + hidden + np.log(factor))
    return pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(n)],
            "as_of": pd.to_datetime(order, unit="s", utc=True),
            "order": order,
            "label": (generator.random(n) < sigmoid(z)).astype(float),
            "p_issued": promised,
            "p_model": promised,
            "p_grid": sigmoid(0.8 * seen),
            "grid_points": np.round(20 * seen),
            "score": SCALE.score(promised),
            "lead_channel": channel,
            "lead_product": "one",
        }
    )


def opinions(table):
    told = {"scale": SCALE, "prior": PRIOR, "seed": 1}
    return {each.name: each for each in cuts_by_opinion(table, SETTINGS, REVIEW, **told)}


def segments(table):
    told = {"scale": SCALE, "prior": PRIOR, "seed": 1}
    return {each.name: each for each in cuts_by_segment(table, SETTINGS, REVIEW, **told)}


def test_an_opinion_that_is_right_has_its_cut_where_the_scale_says_and_earns_more():
    told = [opinions(evidence(seed)) for seed in range(12)]
    cuts = [found["blend"].cut["hot"] for found in told]
    assert np.mean([cut.value for cut in cuts]) == pytest.approx(CUT, abs=0.5)
    assert sum(cut.low <= CUT <= cut.high for cut in cuts) >= 10
    found = told[0]
    blend, grid = found["blend"], found["manual grid, calibrated"]
    assert blend.profit.low > grid.profit.value
    assert blend.points == {}
    assert set(found) == {"blend", "manual grid, calibrated"}


def test_the_grids_cut_is_told_in_its_own_points_too():
    table = evidence(2)
    grid = opinions(table)["manual grid, calibrated"]
    score = SCALE.score(table["p_grid"].to_numpy())
    for tier in ("hot", "warm"):
        above = table["grid_points"] >= grid.points[tier]
        reached = score >= grid.cut[tier].value
        assert (reached & ~above).sum() == 0
        assert (
            above & ~reached
        ).mean() < 0.02  # rounded points: leads of the same points lie on both sides


def test_a_segment_that_wins_less_than_promised_has_a_higher_cut_and_others_stay():
    found = segments(evidence(3, of_webinar=-1.0))
    assert set(found) == {"webinar", "referral", "fair"}  # one product alone is no segment
    assert found["webinar"].differs
    gap = found["webinar"].cut["hot"].value - found["referral"].cut["hot"].value
    assert gap == pytest.approx(10 / np.log(2), abs=3)  # a log-odds, in points that double the odds


def test_segments_that_are_alike_are_pulled_to_that_of_all():
    told = [segments(evidence(seed)) for seed in range(8)]
    assert sum(each.differs for found in told for each in found.values()) <= 3
    cuts = np.array([[each.cut["hot"].value for each in found.values()] for found in told])
    assert np.ptp(cuts, axis=1).mean() < 1.5


def test_few_leads_have_no_cut_and_say_so():
    table = evidence(4, n=600)
    table.loc[table.index[:20], "lead_channel"] = "letter"
    letter = segments(table)["letter"]
    assert letter.cut["hot"].why_no_interval == "too few: 20 leads"
    assert letter.differs is None
    none_won = evidence(5, n=300).assign(label=0.0)
    assert segments(none_won) == {}
    assert opinions(none_won) == {}
