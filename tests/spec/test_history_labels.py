"""What a look is labelled. Read each test as: these outcomes, seen from then, give this label.

The horizon is 7 days in every test: a look on Monday 5 January is answered by what happened after it,
up to Monday 12 January. 1 is won, 0 is not won, ``-`` is not yet known.
"""

from dataclasses import asdict

import pytest

from leadscore.history.labels import fates, label, label_wide
from tests.fakes import agrees, looks, outcomes, utc

LONG_AGO = "2027-01-01"


def answers(outcome_rows, expected, *, until=LONG_AGO, as_of="2026-01-05", several="first"):
    closings = outcomes(outcome_rows)
    names = closings["lead_id"].drop_duplicates()
    asked = looks("lead_id | as_of\n" + "\n".join(f"{n} | {as_of}" for n in names))
    found = label(asked, closings, horizon_days=7, until=utc(until), several=several)
    agrees(found, expected)


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


REOPENED = """
    lead_id | opened_at  | status | closed_at
    a       | 2025-12-01 | lost   | 2026-01-07
    a       | 2026-01-08 | won    | 2026-01-10
    b       | 2025-12-01 | won    | 2026-01-07
    b       | 2026-01-08 | lost   | 2026-01-10
    c       | 2025-12-01 | lost   | 2025-12-20
    c       | 2026-01-02 | won    | 2026-01-10
    d       | 2025-12-01 | lost   | 2026-01-07
    d       | 2026-01-08 | open   |
"""


@pytest.mark.parametrize(("several", "of_a"), [("first", 0), ("any", 1)])
def test_of_several_outcomes_the_first_decides_unless_any_win_counts(several, of_a):
    """a is lost on the 7th and won on the 10th. What closed c before the look is none of its outcomes."""
    answers(
        REOPENED,
        f"""
        lead_id | label | is_mature
        a       | {of_a} | 1
        b       | 1     | 1
        c       | 1     | 1
        d       | 0     | 1
        """,
        several=several,
    )


@pytest.mark.parametrize("several", ["first", "any"])
def test_a_win_after_the_horizon_counts_by_neither_rule(several):
    answers(
        """
        lead_id | opened_at  | status | closed_at
        a       | 2025-12-01 | lost   | 2026-01-07
        a       | 2026-01-08 | won    | 2026-01-12 00:00:01
        """,
        "lead_id | label\na | 0",
        several=several,
    )


def test_deals_that_run_side_by_side_are_decided_by_whichever_closes_first():
    """Both of a are open on the 5th; at one and the same moment, as of b, won goes before lost."""
    answers(
        """
        lead_id | opened_at  | status | closed_at
        a       | 2025-12-01 | lost   | 2026-01-10
        a       | 2025-12-15 | won    | 2026-01-07
        b       | 2025-12-01 | lost   | 2026-01-07
        b       | 2025-12-15 | won    | 2026-01-07
        """,
        "lead_id | label\na | 1\nb | 1",
    )


def test_every_look_is_won_lost_undecided_or_immature():
    """Looks of the 5th at a to d, and one at d on the 19th, whose horizon is not over on the 20th."""
    closings = outcomes(REOPENED)
    asked = looks(
        """
        lead_id | as_of
        a       | 2026-01-05
        b       | 2026-01-05
        c       | 2026-01-05
        d       | 2025-12-15
        d       | 2026-01-19
        """
    )
    labelled = label(asked, closings, horizon_days=7, until=utc("2026-01-20"))
    assert asdict(fates(labelled, closings, horizon_days=7)) == {
        "won": 2,  # b, c
        "lost": 1,  # a
        "undecided": 1,  # d in December
        "immature": 1,
        "several_outcomes": 2,  # a, b
        "reopened": 4,
    }


def test_without_dates_a_closed_lead_is_won_or_lost_and_an_open_one_immature():
    fate = outcomes("lead_id | status | closed_at\na | won |\nb | lost |\nc | open |")
    labelled = label_wide(looks("lead_id | as_of\na |\nb |\nc |"), fate)
    counted = fates(labelled, fate, horizon_days=None)
    assert (counted.won, counted.lost, counted.undecided, counted.immature) == (1, 1, 0, 1)
    assert counted.several_outcomes == counted.reopened == 0


def test_the_outcome_that_decides_stands_beside_the_label_as_far_as_it_is_known():
    """Looks of the 5th, seven days, seen from the 15th: `b` closes after the seven days, `c` after the 15th."""
    closings = outcomes(
        """
        lead_id | status | closed_at
        a       | won    | 2026-01-07 12:00
        b       | lost   | 2026-01-13
        c       | won    | 2026-01-16
        d       | open   |
        e       | lost   | 2026-01-11
        """
    )
    asked = looks("lead_id | as_of\n" + "\n".join(f"{n} | 2026-01-05" for n in "abcde"))
    found = label(asked, closings, horizon_days=7, until=utc("2026-01-15"))
    agrees(
        found,
        """
        lead_id | closed_after_days | closed_won
        a       | 2.5               | 1
        b       | -                 | 0
        c       | -                 | 0
        d       | -                 | 0
        e       | 6                 | 0
        """,
    )
