"""Which opens and clicks no person made: each table is one lead's mail, and what is made of it.

Columns: at (time of the day), what happened, link, and the rules that speak against it. The seconds
are those of `bots` in params.yaml: 5 for opens, 10 and 60 for clicks, 3 links in 3 seconds.
"""

import pandas as pd

from leadscore.history.bots import RULES, flags, screen
from leadscore.history.log import EventLog
from tests.bots_reference import rules
from tests.fakes import events, rows

DAY = "2026-01-05"


def mail(table):
    """Read a table of one lead's mail: the events, as `EventLog.from_table` takes them."""
    lines = [f"a | {DAY} {r['at']} | {r['what']} | {r['link'] or ''}" for r in rows(table)]
    return events("\n".join(["lead_id | occurred_at | type | subject", *lines]))


def judged(table, declared=("email_sent", "email_opened", "email_clicked"), **changes):
    """Assert that each row of the table is flagged by exactly the rules in its last column."""
    log = EventLog.from_table(mail(table), ["a"])
    bits = flags(log, rules(**changes), declared=declared)
    links = [*log.subjects, None]
    found = {
        (f"{pd.Timestamp(t, unit='s'):%H:%M:%S}", log.types[kind], links[link]): ", ".join(
            rule for i, rule in enumerate(RULES) if bit >> i & 1
        )
        for t, kind, link, bit in zip(
            log.time, log.type_code, log.subject_code, bits.tolist(), strict=True
        )
    }
    expected = {(r["at"], r["what"], r["link"]): r["against"] or "" for r in rows(table)}
    assert found == expected


def test_a_scanner_walks_all_links_before_anybody_can_have_opened():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:02 | email_clicked | /        | instant, unopened, burst
        09:00:03 | email_clicked | /pricing | instant, unopened, burst
        09:00:04 | email_clicked | /blog    | instant, unopened, burst
    """)


def test_a_person_opens_reads_and_clicks_two_links():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:14:20 | email_opened  |          |
        09:14:31 | email_clicked | /pricing |
        09:15:05 | email_clicked | /blog    |
    """)


def test_a_person_at_the_desk_who_opens_within_half_a_minute_may_click_at_once():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:25 | email_opened  |          |
        09:00:29 | email_clicked | /pricing |
    """)


def test_nobody_opens_within_five_seconds_or_clicks_within_ten():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:05 | email_opened  |          | instant
        09:00:06 | email_opened  |          |
        09:00:10 | email_clicked | /pricing | instant
        09:00:11 | email_clicked | /pricing |
    """)


def test_an_open_by_a_prefetcher_does_not_vouch_for_a_click():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:04 | email_opened  |          | instant
        09:00:40 | email_clicked | /pricing | unopened
    """)


def test_a_click_without_an_open_is_a_persons_who_blocks_pictures_once_a_minute_has_passed():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:01:00 | email_clicked | /pricing | unopened
        09:01:01 | email_clicked | /blog    |
    """)


def test_where_a_source_tracks_no_opens_a_missing_open_says_nothing():
    judged(
        """
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:40 | email_clicked | /pricing |
        """,
        declared=("email_sent", "email_clicked"),
    )


def test_who_reads_the_last_message_while_the_next_arrives_is_a_person_after_ten_seconds():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:29:40 | email_opened  |          |
        09:30:00 | email_sent    |          |
        09:30:15 | email_clicked | /pricing |
    """)


def test_a_double_click_is_no_burst():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:14:20 | email_opened  |          |
        09:14:31 | email_clicked | /pricing |
        09:14:32 | email_clicked | /pricing |
        09:14:33 | email_clicked | /pricing |
        09:14:34 | email_clicked | /blog    |
    """)


def test_three_links_in_three_seconds_are_a_burst_hours_later_too():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        11:20:00 | email_opened  |          |
        11:20:40 | email_clicked | /        | burst
        11:20:42 | email_clicked | /pricing | burst
        11:20:43 | email_clicked | /blog    | burst
        11:20:47 | email_clicked | /blog    |
    """)


def test_three_links_in_four_seconds_are_a_person_with_tabs():
    judged("""
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        11:20:00 | email_opened  |          |
        11:20:40 | email_clicked | /        |
        11:20:42 | email_clicked | /pricing |
        11:20:44 | email_clicked | /blog    |
    """)


def test_who_clicks_the_link_that_nobody_sees_is_a_robot_and_so_are_the_clicks_beside():
    judged(
        """
        at       | what          | link          | against
        09:00:00 | email_sent    |               |
        11:20:00 | email_opened  |               |
        11:20:19 | email_clicked | /             |
        11:20:20 | email_clicked | /pricing      | honeypot
        11:20:30 | email_clicked | /Never-See-Me | honeypot
        11:20:40 | email_clicked | /blog         | honeypot
        11:20:41 | email_clicked | /customers    |
        """,
        honeypots=["never-see-me"],
    )


def test_a_rule_without_seconds_is_off():
    judged(
        """
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        09:00:00 | email_clicked | /        |
        09:00:01 | email_clicked | /pricing |
        09:00:01 | email_clicked | /blog    |
        """,
        instant_click_seconds=None,
        unopened_click_seconds=None,
        burst_seconds=None,
    )


def test_a_persons_click_is_known_three_seconds_later_when_a_burst_can_be_ruled_out():
    table = """
        at       | what          | link     | against
        09:00:00 | email_sent    |          |
        11:20:00 | email_opened  |          |
        11:20:40 | email_clicked | /pricing |
        11:20:41 | page_view     | /pricing |
    """
    log = EventLog.from_table(mail(table), ["a"])
    left = screen(log, rules(), declared=("email_opened",)).log
    times = [f"{pd.Timestamp(t, unit='s'):%H:%M:%S}" for t in left.time]
    kinds = [left.types[kind] for kind in left.type_code]
    assert list(zip(times, kinds, strict=True)) == [
        ("09:00:00", "email_sent"),
        ("11:20:00", "email_opened"),
        ("11:20:41", "page_view"),
        ("11:20:43", "email_clicked"),
    ]
