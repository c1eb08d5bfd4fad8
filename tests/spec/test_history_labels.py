"""What a look is labelled. Read each test as: these outcomes, seen from then, give this label.

The horizon is 7 days in every test: a look on Monday 5 January is answered by what happened after it,
up to Monday 12 January. 1 is won, 0 is not won, ``-`` is not yet known.
"""

import pytest

from leadscore.history.labels import label, label_wide
from tests.fakes import agrees, looks, outcomes, utc

LONG_AGO = "2027-01-01"


def answers(outcome_rows, expected, *, until=LONG_AGO, as_of="2026-01-05"):
    closings = outcomes(outcome_rows)
    asked = looks("lead_id | as_of\n" + "\n".join(f"{n} | {as_of}" for n in closings["lead_id"]))
    agrees(label(asked, closings, horizon_days=7, until=utc(until)), expected)


def test_a_win_counts_up_to_the_last_second_of_the_horizon():
    answers(
        """
        lead_id | status | closed_at
        a       | won    | 2026-01-05 00:00:01
        b       | won    | 2026-01-12 00:00:00
        c       | won    | 2026-01-12 00:00:01
        """,
        """
        lead_id | label | is_mature
        a       | 1     | 1
        b       | 1     | 1
        c       | 0     | 1
        """,
    )


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_lead_that_closed_early_is_known_no_earlier_than_the_others(status):
    """Closed on the 7th, seen from the 8th: taken alone, closed leads would stand for all."""
    early = f"""
        lead_id | status   | closed_at
        a       | {status} | 2026-01-07
        """
    answers(early, "label | is_mature\n- | 0", until="2026-01-11 23:59:59")
    answers(early, f"label | is_mature\n{int(status == 'won')} | 1", until="2026-01-12 00:00:00")


def test_an_open_lead_is_not_known_until_the_horizon_is_over():
    still_open = """
        lead_id | status | closed_at
        a       | open   |
        """
    answers(still_open, "label | is_mature\n- | 0", until="2026-01-11 23:59:59")
    answers(still_open, "label | is_mature\n0 | 1", until="2026-01-12 00:00:00")


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_closing_after_the_export_is_not_known(status):
    """Seen from the 8th, nobody knows yet what happens on the 9th."""
    answers(
        f"""
        lead_id | status   | closed_at
        a       | {status} | 2026-01-09
        """,
        "label | is_mature\n- | 0",
        until="2026-01-08",
    )


def test_a_win_after_the_horizon_is_no_win_of_this_look_but_of_a_later_one():
    won_late = """
        lead_id | status | closed_at
        a       | won    | 2026-01-17
        """
    answers(won_late, "label\n0", as_of="2026-01-05")
    answers(won_late, "label\n1", as_of="2026-01-12")


def test_a_status_without_a_date_answers_nothing_before_the_horizon_is_over():
    answers(
        """
        lead_id | status | closed_at
        a       | won    |
        """,
        "label | is_mature\n- | 0",
        until="2026-01-08",
    )


def test_without_dates_closed_leads_are_known_and_open_ones_are_not():
    asked = looks("lead_id | as_of\na |\nb |\nc |")
    fate = outcomes(
        """
        lead_id | status | closed_at
        a       | won    |
        b       | lost   |
        c       | open   |
        """
    )
    agrees(
        label_wide(asked, fate),
        """
        lead_id | label | is_mature
        a       | 1     | 1
        b       | 0     | 1
        c       | -     | 0
        """,
    )
