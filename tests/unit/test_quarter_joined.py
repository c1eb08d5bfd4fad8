"""Scores and outcomes of a quarter: which look counts, what is known of it, and what is not."""

import numpy as np
import pytest

from tests.fakes import agrees, utc
from tests.quarters import deals, joined, scores

DEALS = deals(
    """
    lead_id | status | closed_at        | amount | opened_at
    won     | won    | 2026-02-14       | 1000   | 2025-12-01
    lost    | lost   | 2026-02-14       |        | 2025-12-01
    late    | won    | 2026-06-20       | 500    | 2025-12-01
    open    | open   |                  |        | 2025-12-01
    dated   | won    | 2026-01-01       | 700    | 2025-12-01
    """
)
ISSUED = scores(
    """
    lead_id | as_of      | score
    won     | 2025-12-29 | 10
    won     | 2026-01-05 | 60
    won     | 2026-02-02 | 80
    lost    | 2026-01-05 | 40
    late    | 2026-01-05 | 40
    open    | 2026-01-05 | 70
    dated   | 2026-01-05 | 90
    gone    | 2026-01-05 | 55
    """
)


def test_each_lead_counts_once_by_its_first_and_by_its_last_look_of_the_quarter():
    both = joined(ISSUED, DEALS)
    of_won = [t.set_index("lead_id").loc["won", "score"] for t in (both.first, both.last)]
    assert of_won == [60, 80]
    assert both.first["lead_id"].is_unique
    assert both.last["lead_id"].is_unique
    assert len(both.first) == len(both.last) == 6


def test_outcomes_are_those_within_the_horizon_and_the_deal_is_the_one_that_decides():
    """2026-01-05 to 2026-02-14 are 40 days; 2026-06-20 is beyond 90."""
    agrees(
        joined(ISSUED, DEALS).first,
        """
        lead_id | standing      | label | closed_after_days | amount | band
        dated   | closed before | -     | -                 | -      | 70 to 100
        gone    | unknown       | -     | -                 | -      | 50 to 70
        late    | matured       | 0     | -                 | -      | 0 to 50
        lost    | matured       | 0     | 40                | -      | 0 to 50
        open    | matured       | 0     | -                 | -      | 70 to 100
        won     | matured       | 1     | 40                | 1000   | 50 to 70
        """,
    )


def test_leads_are_conserved_over_what_is_known_of_them():
    counts = joined(ISSUED, DEALS).counts()
    assert counts == {"leads": 6, "matured": 4, "waiting": 0, "unknown": 1, "closed before": 1}


def test_a_win_is_no_outcome_until_the_horizon_is_over_for_all_of_its_date():
    """On 1 March the win of 14 February is in the export; its look of 5 January still waits."""
    both = joined(ISSUED, DEALS, until=utc("2026-03-01"))
    assert both.counts()["matured"] == 0
    assert both.counts()["waiting"] == 4
    assert both.first["label"].isna().all()
    assert len(both.matured) == 0


def test_the_day_on_which_the_horizon_ends_matures_the_look():
    """5 January and 90 days are 5 April."""
    assert joined(ISSUED, DEALS, until=utc("2026-04-05")).counts()["matured"] == 4
    before = joined(ISSUED, DEALS, until=utc("2026-04-04 23:59"))
    assert before.counts()["matured"] == 0


def test_two_deals_of_one_second_are_one_win_with_both_amounts():
    two = deals(
        """
        lead_id | status | closed_at  | amount | opened_at
        a       | won    | 2026-02-14 | 100    | 2025-12-01
        a       | won    | 2026-02-14 | 50     | 2025-12-20
        """
    )
    first = joined(scores("lead_id | as_of | score\na | 2026-01-05 | 60"), two).first
    assert len(first) == 1
    assert first["amount"].tolist() == [150]
    assert first["opened_at"].tolist() == [utc("2025-12-01")]


def test_those_marked_for_exploration_stand_apart():
    marked = scores(
        "lead_id | as_of | score | explore\nlost | 2026-01-05 | 40 | 1\nwon | 2026-01-05 | 60 | 0"
    )
    assert joined(marked, DEALS).matured["lead_id"].tolist() == ["won"]


def test_a_segment_without_a_value_is_a_level_of_its_own():
    both = joined(ISSUED, DEALS, channel={"won": "ads", "lost": "ads"})
    words = dict(zip(both.first["lead_id"], both.first["channel"], strict=True))
    assert words["won"] == "ads"
    assert words["open"] == "missing"
    assert both.segments == ("channel",)


@pytest.mark.parametrize(("score", "band"), [(0, "0 to 50"), (50, "50 to 70"), (100, "70 to 100")])
def test_a_score_on_a_border_belongs_to_the_band_above(score, band):
    one = scores(f"lead_id | as_of | score\nwon | 2026-01-05 | {score}")
    assert joined(one, DEALS).first["band"].tolist() == [band]
    assert np.isfinite(score)
