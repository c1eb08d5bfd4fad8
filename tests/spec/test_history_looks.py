"""When a lead is looked at. Read each test as: these leads, looked at until then, give these looks."""

import pytest

from leadscore.history import snapshots
from tests.fakes import agrees, leads, outcomes, utc

OPEN = """
    lead_id | status | closed_at
    a       | open   |
"""


def by_calendar(lead_rows, outcome_rows, *, until, max_age_days=365, every_days=7):
    return snapshots.calendar(
        leads(lead_rows),
        outcomes(outcome_rows),
        every_days=every_days,
        max_age_days=max_age_days,
        until=utc(until),
    )


def test_a_lead_is_looked_at_on_mondays_at_midnight_utc():
    """Created on Saturday 3 January; the Mondays after it are the 5th, 12th and 19th."""
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-03 12:00
        """,
        OPEN,
        until="2026-01-25",
    )
    agrees(
        looks,
        """
        lead_id | as_of      | age_days
        a       | 2026-01-05 | 1.5
        a       | 2026-01-12 | 8.5
        a       | 2026-01-19 | 15.5
        """,
    )
    assert (looks["as_of"].dt.day_of_week == 0).all()


def test_a_lead_is_not_looked_at_before_its_creation():
    """One second after midnight the first Monday is gone; at midnight itself it is not."""
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-05 00:00:01
        b       | 2026-01-05 00:00:00
        """,
        """
        lead_id | status | closed_at
        a       | open   |
        b       | open   |
        """,
        until="2026-01-12",
    )
    agrees(
        looks,
        """
        lead_id | as_of
        a       | 2026-01-12
        b       | 2026-01-05
        b       | 2026-01-12
        """,
    )


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_lead_is_not_looked_at_from_the_second_it_closes(status):
    """a closes at the very second of a look, b one second later."""
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-01
        b       | 2026-01-01
        """,
        f"""
        lead_id | status   | closed_at
        a       | {status} | 2026-01-12 00:00:00
        b       | {status} | 2026-01-12 00:00:01
        """,
        until="2026-02-01",
    )
    agrees(
        looks,
        """
        lead_id | as_of
        a       | 2026-01-05
        b       | 2026-01-05
        b       | 2026-01-12
        """,
    )


def test_a_lead_is_not_looked_at_beyond_the_greatest_age():
    """At 14 days of age it still is, at 21 not."""
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-05
        """,
        OPEN,
        until="2026-12-31",
        max_age_days=14,
    )
    agrees(
        looks,
        """
        lead_id | as_of      | age_days
        a       | 2026-01-05 | 0
        a       | 2026-01-12 | 7
        a       | 2026-01-19 | 14
        """,
    )


def test_there_is_no_look_after_the_export():
    """The export was made on Monday the 12th at midnight: that look is the last."""
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-05
        """,
        OPEN,
        until="2026-01-12",
    )
    assert looks["as_of"].max() == utc("2026-01-12")


def test_a_lead_without_an_outcome_row_is_unknown_and_never_looked_at():
    looks = by_calendar(
        """
        lead_id | created_at
        a       | 2026-01-01
        b       | 2026-01-01
        """,
        OPEN,
        until="2026-01-06",
    )
    assert looks["lead_id"].tolist() == ["a"]


def test_fixed_ages_are_counted_from_creation_while_the_lead_is_open():
    """b closes 1 day after creation, at the second of its look, and has none."""
    looks = snapshots.at_ages(
        leads(
            """
            lead_id | created_at
            a       | 2026-01-01 08:00
            b       | 2026-01-01 08:00
            """
        ),
        outcomes(
            """
            lead_id | status | closed_at
            a       | won    | 2026-01-20
            b       | lost   | 2026-01-02 08:00
            """
        ),
        ages_days=[1, 7.5, 30],
        until=utc("2026-03-01"),
    )
    agrees(
        looks,
        """
        lead_id | as_of            | age_days
        a       | 2026-01-02 08:00:00 | 1
        a       | 2026-01-08 20:00:00 | 7.5
        """,
    )


def test_tonight_everybody_is_looked_at_who_is_open_tonight():
    """a is not yet there, b closed this second, c closes in the next, d is open."""
    looks = snapshots.at_moment(
        leads(
            """
            lead_id | created_at
            a       | 2026-01-12 00:00:01
            b       | 2026-01-01
            c       | 2026-01-01
            d       | 2026-01-12 00:00:00
            """
        ),
        outcomes(
            """
            lead_id | status | closed_at
            a       | open   |
            b       | won    | 2026-01-12 00:00:00
            c       | lost   | 2026-01-12 00:00:01
            d       | open   |
            """
        ),
        as_of=utc("2026-01-12"),
    )
    agrees(
        looks,
        """
        lead_id | as_of      | age_days
        c       | 2026-01-12 | 11
        d       | 2026-01-12 | 0
        """,
    )


def test_an_export_without_dates_is_looked_at_once_in_its_own_order():
    table = leads(
        """
        lead_id | created_at
        b       |
        a       |
        c       |
        """
    ).assign(order=[1, 2, 3])
    looks = snapshots.single(
        table,
        outcomes(
            """
            lead_id | status | closed_at
            a       | won    |
            b       | open   |
            """
        ),
    )
    agrees(
        looks,
        """
        lead_id | as_of | order | age_days
        b       | -     | 1     | -
        a       | -     | 2     | -
        """,
    )
