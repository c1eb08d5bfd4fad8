"""Levels of segments: pulled to 0 where evidence is thin, found where one moved, kept only where they help."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.history.features import Feature
from leadscore.scoring.blend.levels import NO_LEVELS, Level, Levels, Trial, fit_levels
from leadscore.scoring.blend.out_of_time import Predicted, followed
from leadscore.scoring.blend.pooling import Groups, pooled
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.line import sigmoid
from tests.fakes import settings

FEATURES = (
    Feature("lead_channel", "category", "Channel: {value}", "channel"),
    Feature("lead_product", "category", "Product: {value}", "product"),
    Feature("lead_country", "category", "Country: {value}", "country"),
)
CHANNELS = ("ads", "fair", "mail", "referral", "web")


def book(moved=(), *, n=6_000, seed=1, looks=1, markets=(0.0,) * 5, known_after=0, share=None):
    """Return predictions that are right but for the log-odds of some channels (`moved`), and their looks.

    Blocks lie at the levels `markets`; every lead is looked at `looks` times.
    """
    draw = np.random.default_rng(seed)
    z = draw.normal(-1.5, 1, n)
    channel = draw.choice(CHANNELS, n, p=share)
    product = draw.choice(["one", "two"], n)
    block = np.arange(n) * len(markets) // n
    beyond = np.array([dict(moved).get(c, 0.0) for c in channel]) + np.array(markets)[block]
    y = (draw.random(n) < sigmoid(z + beyond)).astype(float)
    row = np.repeat(np.arange(n), looks)
    told = pd.DataFrame({"lead_channel": channel, "lead_product": product, "lead_country": "de"})
    seen = Predicted(
        sigmoid(z)[row], y[row], row, row + known_after, block[row], row.astype(object)
    )
    return seen, told.iloc[row].reset_index(drop=True)


def learned(seen, looks, **changes):
    encoder = Encoder.learn(looks, FEATURES, min_rows=1, max_levels=9)
    asked = settings(**changes)
    line = followed(seen, asked.calibration, half_life_blocks=asked.blend.half_life_blocks)
    return encoder, fit_levels(seen, looks, encoder, line, asked)


def offsets(levels):
    return {each.level: each.offset for each in levels.levels}


def test_a_channel_that_moved_is_found_and_levels_are_in_force():
    _, levels = learned(*book({"ads": 0.9}.items()))
    assert levels.in_force
    assert levels.trial.gain > 2 * levels.trial.gain_error
    assert levels.spreads["lead_channel"] > 0.2 > levels.spreads["lead_product"]
    assert max(offsets(levels), key=offsets(levels).get) == "ads"


def test_a_planted_difference_lies_within_its_interval_in_nine_of_ten_books():
    """What one channel has beyond another: the line takes what all have in common."""
    held = []
    for seed in range(20):
        _, levels = learned(*book({"ads": 0.7, "fair": -0.7}.items(), seed=seed))
        by = {each.level: each for each in levels.levels}
        gap = by["ads"].offset - by["fair"].offset
        error = np.hypot(by["ads"].sd, by["fair"].sd)
        held.append(abs(gap - 1.4) < 1.96 * error)
    assert np.mean(held) >= 0.9


def test_few_leads_stay_nearer_to_all_than_many():
    """Seven of ten won where one of two was promised: 20 leads move less than half as far as 2,000 do."""
    sizes = np.array([2_000, 20, 1_000, 1_000, 1_000])
    won = np.array([1_400, 14, 500, 480, 420])
    code = np.repeat(np.arange(5), sizes).astype(float)
    y = np.concatenate([np.arange(n) < w for n, w in zip(sizes, won, strict=True)]).astype(float)
    groups = Groups.of([np.zeros(len(y)), code], [1, 5])
    found = pooled(groups, np.zeros(len(y)), y, np.ones(len(y)), np.arange(len(y)))
    _, many, few, *_ = found.offset
    assert 0 < few < many / 2
    assert found.sd[2] > found.sd[1]


def test_where_segments_do_not_differ_all_are_where_the_blend_says():
    _, levels = learned(*book(seed=1))
    assert levels.spreads == {"lead_channel": 0.0, "lead_product": 0.0}
    assert set(offsets(levels).values()) == {0.0}
    assert not levels.in_force


def test_chance_is_hardly_ever_in_force():
    kept = [learned(*book(seed=seed))[1].in_force for seed in range(20)]
    assert sum(kept) <= 2


def test_what_is_not_known_yet_tries_nothing():
    _, levels = learned(*book({"ads": 0.9}.items(), known_after=6_000))
    assert levels.trial == NO_LEVELS.trial
    assert not levels.in_force


def test_repeated_looks_at_a_lead_are_one_piece_of_evidence():
    """Every look four times weighs as each once, nearly: their worth is measured."""
    _, once = learned(*book({"ads": 0.5}.items(), n=2_000))
    _, often = learned(*book({"ads": 0.5}.items(), n=2_000, looks=4))
    for one, four in zip(once.levels, often.levels, strict=True):
        assert four.offset == pytest.approx(one.offset, abs=0.03)
        assert four.sd == pytest.approx(one.sd, abs=0.03)
        assert (four.n_leads, four.n_won) == (one.n_leads, one.n_won)


def test_a_market_that_moved_as_a_whole_moves_no_segment():
    """The later blocks hold more of one channel, and the market rose in them."""
    seen, looks = book(markets=(0, 0, 0, 1, 1), seed=4)
    late = (seen.block >= 3) & (np.arange(len(looks)) % 2 == 0)
    looks = looks.assign(lead_channel=looks["lead_channel"].where(~late, "web"))
    _, levels = learned(seen, looks)
    assert max(abs(offset) for offset in offsets(levels).values()) < 0.1


def test_only_declared_categories_have_levels():
    seen, looks = book({"ads": 0.9}.items())
    encoder, levels = learned(seen, looks, blend={"segments": ["product", "nobody_has_it"]})
    assert {each.feature for each in levels.levels} == {"lead_product"}
    assert "lead_country" not in encoder.names  # the same for all
    assert learned(seen, looks, blend={"segments": []})[1] == NO_LEVELS


def test_values_without_a_level_add_nothing():
    encoder, levels = learned(*book({"ads": 0.9}.items()))
    rows = pd.DataFrame(
        {"lead_channel": ["ads", "ADS", "never seen", None], "lead_product": ["one"] * 4}
    )
    found = levels.offset_of(encoder, rows)
    ads, one = offsets(levels)["ads"], offsets(levels)["one"]
    np.testing.assert_allclose(found, [ads + one, ads + one, one, one])
    off = dataclasses.replace(levels, in_force=False)
    assert off.offset_of(encoder, rows).tolist() == [0.0] * 4


def test_means_are_those_of_the_looks_they_were_learned_from():
    seen, looks = book({"ads": 0.9}.items())
    encoder, levels = learned(seen, looks)
    terms = levels.terms(encoder, encoder.matrix(looks))
    np.testing.assert_allclose(terms.mean(axis=0), levels.mean_terms(encoder), atol=1e-12)
    np.testing.assert_allclose(terms.sum(axis=1), levels.offset_of(encoder, looks))


def test_levels_come_back_from_text():
    levels = Levels(
        (Level("lead_channel", "ads", 0.4, 0.1, 30, 4),), {"lead_channel": 0.2},
        {"lead_channel": 0.1}, Trial(0.001, 0.0005, 900, 300), in_force=True,
    )  # fmt: skip
    assert Levels.from_dict(levels.to_dict()) == levels
    assert levels.levels[0].ends == pytest.approx((0.204, 0.596), abs=1e-3)
