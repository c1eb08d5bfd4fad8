"""What the report says of segments' levels: a table, and whether they count and why."""

import dataclasses

import pytest

from leadscore.review.levels import LevelsTold, levels_in_words
from leadscore.scoring.blend.levels import NO_LEVELS, Level, Levels, Trial

FOUND = Levels(
    (
        Level("lead_product", "Pilot", 0.0, 0.0, 500, 60),
        Level("lead_channel", "Paid social", -0.5, 0.1, 300, 12),
        Level("lead_channel", "Referral", 0.2, 0.15, 90, 20),
    ),
    {"lead_channel": 0.3, "lead_product": 0.0}, {"lead_channel": -0.1, "lead_product": 0.0},
    Trial(0.0012, 0.0004, 9_000, 2_000), in_force=True,
)  # fmt: skip


def blend(judged, scores):
    return {"levels_judged": judged.to_dict(), "levels": scores.to_dict()}


def test_rows_are_odds_ratios_with_intervals_the_highest_of_a_property_first():
    told = LevelsTold.from_training(blend(FOUND, FOUND))
    assert [(row.words, row.level) for row in told.rows] == [
        ("channel", "Referral"), ("channel", "Paid social"), ("product", "Pilot")
    ]  # fmt: skip
    paid = told.rows[1]
    assert (paid.odds, paid.low, paid.high) == pytest.approx((0.607, 0.499, 0.738), abs=1e-3)
    assert (paid.n_leads, paid.n_won) == (300, 12)


def trial(gain, *, n=9_000, spread=0.3):
    return dataclasses.replace(
        FOUND, trial=Trial(gain, 0.0004, n, n // 4), in_force=False,
        spreads={"lead_channel": spread},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("judged", "scores", "words"),
    [
        (FOUND, FOUND, "In force: learned on what was known before and tried on 9,000 later looks"),
        (trial(0.0001), trial(0.0001), "not clear of chance"),
        (trial(-0.01), trial(0.002), "before the test window they had not"),
        (
            trial(0.0, spread=0.0),
            trial(0.0, spread=0.0),
            "do not differ beyond what the blend says",
        ),
        (trial(0.0, n=0), trial(0.0, n=0), "no part of the past could try them"),
    ],
)
def test_the_sentence_says_whether_levels_count_and_why(judged, scores, words):
    assert words in LevelsTold.from_training(blend(judged, scores)).why


def test_nothing_is_told_where_no_property_is_asked_for_or_the_bundle_is_older():
    assert LevelsTold.from_training(blend(NO_LEVELS, NO_LEVELS)) is None
    assert LevelsTold.from_training({"judged": {}}) is None
    assert (
        levels_in_words({}) == levels_in_words(blend(FOUND, NO_LEVELS)) == "no levels of segments"
    )
    assert levels_in_words(blend(FOUND, FOUND)) == "levels of channel"
