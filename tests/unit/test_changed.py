"""Which leads have something new: created, an action, a property told; the borders are told by example."""

import pandas as pd

from leadscore.history.changed import changed_leads
from leadscore.history.log import EventTable
from tests.fakes import events, leads, utc

LEADS = leads(
    """
    lead_id | created_at
    a       | 2026-01-01
    b       | 2026-01-05
    c       | 2026-01-06
    d       | 2026-01-09
    e       | 2026-01-01
    f       | 2026-01-01
    """
)
EVENTS = EventTable(
    events(
        """
    lead_id | occurred_at | type
    a       | 2026-01-02  | visit
    a       | 2026-01-09  | visit
    e       | 2026-01-05  | visit
    f       | 2026-01-04  | visit
    f       | 2026-01-08  | visit
    """
    )
)


def changed(events_=EVENTS, changes=None):
    return sorted(
        changed_leads(LEADS, events_, changes, since=utc("2026-01-05"), as_of=utc("2026-01-08"))
    )


def test_what_happened_at_the_moment_itself_is_not_new_and_at_the_end_it_is():
    """c was created on the 6th and f visited on the 8th; b and e were seen already, a and d come later."""
    assert changed() == ["c", "f"]


def test_a_property_told_since_is_news_too():
    times = [utc("2026-01-06"), utc("2026-01-05"), utc("2026-01-09")]
    changes = pd.DataFrame({"lead_id": ["a", "b", "e"], "known_from": times})
    assert changed(changes=changes) == ["a", "c", "f"]


def test_without_events_only_leads_and_properties_are_new():
    assert changed(None) == ["c"]
