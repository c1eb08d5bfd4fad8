"""Counts of events against creation, closing and export, on leads that can be counted by hand."""

import pytest

from leadscore.history.leakage.gate import event_evidence
from leadscore.history.leakage.verdicts import Tally, verdicts
from leadscore.history.log import EventLog
from tests.fakes import events, leads, outcomes, settings, utc

LIMITS = settings().leakage
PEOPLE = leads("""
    lead_id | created_at
    a       | 2026-01-01
    b       | 2026-01-01
    c       | 2026-01-01
""")
ENDS = outcomes("""
    lead_id | status | closed_at
    a       | won    | 2026-01-21
    b       | lost   | 2026-01-21
    c       | open   |
""")


def tallied(text, lead_ids=("a", "b", "c")):
    gathered = event_evidence(PEOPLE, ENDS, LIMITS, until=utc("2026-02-01"))
    gathered.add(EventLog.from_table(events(text), lead_ids))
    return gathered.tallies


def test_events_are_counted_by_where_each_leads_first_one_falls():
    """One day before its closing is near for `a`, the closing itself is unseen for `b`."""
    found = tallied("""
        lead_id | occurred_at         | type
        a       | 2026-01-20 12:00:00 | call
        a       | 2026-01-25          | call
        b       | 2026-01-21          | call
        c       | 2026-01-10          | call
    """)
    assert found["call", None] == Tally(
        n=4, before=0, future=0, won=1, lost=1, unseen=1, near=1, still_open=1, settled=1
    )


def test_near_is_at_most_a_tenth_of_the_leads_life():
    """Twenty days of life: a day is near; eleven minutes above a tenth of one day are not."""
    found = tallied("""
        lead_id | occurred_at         | type
        a       | 2026-01-19 23:00:00 | early
        a       | 2026-01-20 00:00:00 | late
    """)
    assert (found["early", None].near, found["late", None].near) == (0, 1)


def test_events_before_the_lead_and_after_the_export_have_a_day_of_grace():
    found = tallied("""
        lead_id | occurred_at         | type
        c       | 2025-12-31 00:00:00 | x
        c       | 2025-12-30 23:59:59 | x
        c       | 2026-02-02 00:00:00 | x
        c       | 2026-02-02 00:00:01 | x
    """)
    assert (found["x", None].before, found["x", None].future) == (1, 1)


def test_subjects_are_counted_apart():
    found = tallied("""
        lead_id | occurred_at | type  | subject
        a       | 2026-01-05  | stage | new
        a       | 2026-01-21  | stage | won
    """)
    assert found["stage", None].n == 2
    assert (found["stage", "new"].unseen, found["stage", "won"].unseen) == (0, 1)


def test_free_text_subjects_are_not():
    rows = "\n".join(f"a | 2026-01-05 | mail | subject {i}" for i in range(201))
    found = tallied(f"lead_id | occurred_at | type | subject\n{rows}")
    assert list(found) == [("mail", None)]


def test_leads_without_an_outcome_are_left_out():
    assert tallied("lead_id | occurred_at | type\nz | 2026-01-05 | call", ("a", "z")) == {}


@pytest.mark.parametrize(
    ("tally", "check"),
    [
        (Tally(n=100, won=90, unseen=90), "only after closing"),
        (Tally(n=100, won=90, unseen=89, near=1), "happens at closing"),
        (Tally(n=100, won=90, unseen=10, near=75), "happens at closing"),
        (Tally(n=100, won=90, unseen=10, near=60), None),  # 70 of 90: not nearly all
        (Tally(n=100, won=45, lost=45, unseen=10, near=80), None),  # near, but for both outcomes
        (Tally(n=100, won=45, lost=45, unseen=60, near=25), "happens at closing"),
        (
            Tally(n=200, won=90, unseen=10, near=75, still_open=60, settled=60),
            None,
        ),  # open leads have it too
        (Tally(n=29, won=29, unseen=29), None),  # below min_rows
        (Tally(n=100, won=90, before=40), "dated before the lead"),
        (Tally(n=100, won=90, before=20), None),
        (Tally(n=100, won=90, future=30), "dated after the export"),
    ],
)
def test_from_counts_to_a_verdict(tally, check):
    found = verdicts({("x", None): tally}, {}, at_once=(0, 0), base=0.2, settings=LIMITS)
    assert [(s.name, s.check) for s in found] == ([("events:x", check)] if check else [])


@pytest.mark.parametrize(
    ("n", "impossible", "is_named"), [(80, 40, True), (80, 10, False), (40, 40, False)]
)
def test_a_batch_is_one_second_with_most_of_a_type_when_its_leads_were_not_there(
    n, impossible, is_named
):
    """An invitation sent to all open leads at once is no batch: its leads were there."""
    found = verdicts(
        {("x", None): Tally(n=100)}, {"x": (1_767_225_600, n, impossible)},
        at_once=(0, 0), base=0.2, settings=LIMITS,
    )  # fmt: skip
    assert [s.check for s in found] == (["entered in one batch"] if is_named else [])
    assert all("2026-01-01T00:00:00" in s.evidence for s in found)


def test_one_event_in_the_future_warns_and_many_stop():
    def weight(n):
        tally = {("x", None): Tally(n=1000, future=n)}
        return verdicts(tally, {}, at_once=(0, 0), base=0.2, settings=LIMITS)[0].weight

    assert (weight(1), weight(LIMITS.min_rows)) == ("warns", "stops")
