"""When a lead that was closed and reopened is looked at, or one with several deals at once.

Read each test as: this lead, created on Saturday 3 January 2026, with these episodes, gives these looks.
"""

import pytest

from leadscore.history import snapshots
from tests.fakes import agrees, leads, outcomes, utc

ONE = "lead_id | created_at\na | 2026-01-03"


def by_calendar(lead_rows, outcome_rows, *, until, max_age_days=365, every_days=7):
    return snapshots.calendar(
        leads(lead_rows),
        outcomes(outcome_rows),
        every_days=every_days,
        max_age_days=max_age_days,
        until=utc(until),
    )


def test_a_reopened_lead_is_not_looked_at_while_it_was_closed():
    """Lost on Tuesday the 6th, reopened on Wednesday the 14th: the 12th is missing, its age goes on."""
    agrees(
        by_calendar(
            ONE,
            """
            lead_id | opened_at  | status | closed_at
            a       | 2026-01-03 | lost   | 2026-01-06
            a       | 2026-01-14 | won    | 2026-01-20
            """,
            until="2026-02-01",
        ),
        """
        lead_id | as_of      | age_days
        a       | 2026-01-05 | 2
        a       | 2026-01-19 | 16
        """,
    )


def test_episodes_that_overlap_or_touch_are_one_span_with_one_look_a_date():
    """One deal lies within another and ends first; the third is opened the moment the first closes."""
    agrees(
        by_calendar(
            ONE,
            """
            lead_id | opened_at  | status | closed_at
            a       | 2026-01-03 | lost   | 2026-01-19
            a       | 2026-01-06 | won    | 2026-01-08
            a       | 2026-01-19 | open   |
            """,
            until="2026-01-26",
        ),
        """
        lead_id | as_of
        a       | 2026-01-05
        a       | 2026-01-12
        a       | 2026-01-19
        a       | 2026-01-26
        """,
    )


def test_an_episode_opened_before_its_lead_was_created_counts_from_the_creation():
    agrees(
        by_calendar(
            "lead_id | created_at\na | 2026-01-07",
            """
            lead_id | opened_at  | status | closed_at
            a       | 2025-12-01 | lost   | 2025-12-20
            a       | 2025-12-24 | open   |
            """,
            until="2026-01-13",
        ),
        "lead_id | as_of | age_days\na | 2026-01-12 | 5",
    )


def test_the_greatest_age_counts_from_the_day_a_lead_was_reopened():
    """Reopened on 9 March, 65 days after creation: looked at on that Monday and the next."""
    agrees(
        by_calendar(
            ONE,
            """
            lead_id | opened_at  | status | closed_at
            a       | 2026-01-03 | lost   | 2026-01-04
            a       | 2026-03-09 | open   |
            """,
            until="2026-12-31",
            max_age_days=10,
        ),
        """
        lead_id | as_of      | age_days
        a       | 2026-03-09 | 65
        a       | 2026-03-16 | 72
        """,
    )


def test_fixed_ages_are_counted_again_from_the_day_a_lead_was_reopened():
    looks = snapshots.at_ages(
        leads(ONE),
        outcomes(
            """
            lead_id | opened_at  | status | closed_at
            a       | 2026-01-03 | lost   | 2026-01-06
            a       | 2026-01-14 | open   |
            """
        ),
        ages_days=[1, 7],
        until=utc("2026-03-01"),
    )
    agrees(
        looks,
        """
        lead_id | as_of      | age_days
        a       | 2026-01-04 | 1
        a       | 2026-01-15 | 12
        a       | 2026-01-21 | 18
        """,
    )


@pytest.mark.parametrize(
    ("night", "n_looks"),
    [("2026-01-05", 1), ("2026-01-06", 0), ("2026-01-13 23:59:59", 0), ("2026-01-14", 1)],
)
def test_tonight_a_lead_counts_as_open_while_one_of_its_episodes_is(night, n_looks):
    closings = outcomes(
        """
        lead_id | opened_at  | status | closed_at
        a       | 2026-01-03 | lost   | 2026-01-06
        a       | 2026-01-14 | open   |
        """
    )
    assert len(snapshots.at_moment(leads(ONE), closings, as_of=utc(night))) == n_looks
