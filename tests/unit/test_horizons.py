"""What a shorter or longer horizon would know, win and miss: counted on four leads, by hand.

Everybody is looked at on 5 January. a is won 5 days later, b 20 days later, c is lost and reopened and
won after 25 days, d is open. The export is made on 30 January, 25 days after the look.
"""

import json

import pandas as pd
import pytest

from leadscore.adapters.views import horizons
from leadscore.history.horizons import horizon_counts, horizon_table
from tests.fakes import looks, outcomes, utc

UNTIL = utc("2026-01-30")
CLOSINGS = outcomes(
    """
    lead_id | opened_at  | status | closed_at
    a       | 2026-01-01 | won    | 2026-01-10
    b       | 2026-01-01 | won    | 2026-01-25
    c       | 2026-01-01 | lost   | 2026-01-12
    c       | 2026-01-15 | won    | 2026-01-30
    d       | 2026-01-01 | open   |
    """
)
SEEN = "lead_id | as_of\n" + "\n".join(f"{lead} | 2026-01-05" for lead in "abcd")


def counted(text=SEEN, *, closings=CLOSINGS, several="first"):
    return horizon_counts(looks(text), closings, until=UNTIL, days=[30, 7, 25, 7], several=several)


def table(*parts, horizon_days=7):
    return horizon_table(
        parts or [counted()], until=UNTIL, horizon_days=horizon_days, n_resamples=200, seed=1
    )


def test_each_horizon_counts_the_looks_it_could_learn_from():
    """In 7 days a is won, in 25 days a and b; nobody's 30 days are over."""
    rows = table()
    assert [row.horizon_days for row in rows] == [7, 25, 30]
    assert [row.mature_looks for row in rows] == [4, 4, 0]
    assert [row.leads for row in rows] == [4, 4, 0]
    assert [row.won_looks for row in rows] == [1, 2, 0]
    assert [row.base_rate.value for row in rows[:2]] == [1 / 4, 2 / 4]
    assert [row.is_in_force for row in rows] == [True, False, False]


def test_wins_caught_are_a_share_of_all_wins_known():
    """By the first outcome two looks are followed by a win; a win after a loss is a third one."""
    assert [row.caught_share for row in table()] == [1 / 2, 2 / 2, 2 / 2]
    by_any = table(counted(several="any"))
    assert [row.caught_share for row in by_any] == [1 / 3, 3 / 3, 3 / 3]
    assert [row.won_looks for row in by_any] == [1, 3, 0]


def test_blind_days_run_from_the_last_look_that_can_be_learned_from():
    """Of 5 and 20 January, 7 days after the export's eve: the 20th; for 25 days only the 5th is left."""
    later = counted(SEEN + "\nd | 2026-01-20")
    assert [row.blind_days for row in table(later)] == [10, 25, None]


def test_the_interval_draws_leads_and_holds_the_share():
    first, second, _ = table()
    for row in (first, second):
        assert 0 <= row.base_rate.low <= row.base_rate.value <= row.base_rate.high <= 1
    assert second.base_rate.n_won == 2


def test_a_horizon_without_looks_or_without_wins_says_so():
    assert table()[2].base_rate.why_no_interval == "no look is that old"
    lost = CLOSINGS.assign(status=CLOSINGS["status"].replace("won", "lost"))
    rows = table(counted(closings=lost))
    assert rows[0].base_rate.value == 0
    assert rows[0].base_rate.why_no_interval == "not defined on these leads (0 of 4 won)"
    assert rows[0].caught_share is None


def test_leads_counted_in_parts_give_the_same_table():
    parts = [counted("\n".join(["lead_id | as_of", *SEEN.splitlines()[at]])) for at in
             (slice(1, 3), slice(3, 5))]  # fmt: skip
    assert table(*parts)[:2] == table()[:2]


def test_looks_without_dates_have_no_horizon():
    undated = looks("lead_id | as_of\na |\nb |")
    counts = horizon_counts(undated, CLOSINGS, until=pd.NaT, days=[7], several="first")
    assert horizon_table([counts], until=pd.NaT, horizon_days=7, n_resamples=100, seed=1) == ()


class Written:
    """A workspace in which the snapshot stage wrote these rows."""

    def __init__(self, rows):
        self.rows = json.loads(json.dumps([row.to_dict() for row in rows]))

    def json(self, folder, name):
        assert (folder, name) == ("snapshots", "horizons")
        return self.rows


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (0, ["7 *", "25", "30"]),
        (5, ["50%", "100%", "100%"]),
        (6, ["25", "25", "-"]),
    ],
)
def test_the_screen_shows_a_row_for_each_horizon(column, cells):
    shown = horizons(Written(table()))
    assert list(shown.columns[column].cells) == cells


def test_the_screen_says_where_there_are_no_dates():
    shown = horizons(Written(()))
    assert shown.row_count == 0
    assert "No dates" in str(shown.title)
