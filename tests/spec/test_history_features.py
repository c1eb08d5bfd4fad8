"""What was known of a lead at a moment. Read each test as: these events, seen then, give this row.

Windows are open at their start and closed at their end: an event counts from the second it happened.
What each primitive means in every case stands in `tests/spec/primitives`.
"""

from leadscore.history.features import build
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, Moments
from leadscore.history.properties import properties_at
from tests.fakes import agrees, category, events, leads, looks, number, settings

DECLARED = [
    {"is": "count", "of": "each", "within_days": [7, 30]},
    {"is": "recency", "of": "each"},
    {"is": "decayed_sum", "of": "each", "half_life_days": 7},
    {"is": "count", "of": "engagement", "within_days": 7},
    {"is": "active_days", "of": "engagement", "within_days": 7},
]
ONE_LEAD = """
    lead_id | created_at
    a       | 2026-01-01
"""


def known(event_rows, look_rows, *, lead_rows=ONE_LEAD, properties=(), labels=None):
    asked = looks(look_rows)
    log = EventLog.from_table(events(event_rows), asked["lead_id"].unique())
    return build(
        asked,
        properties_at(asked, leads(lead_rows), [p for p in properties if not p.excluded]),
        Sweep(log, Moments.from_table(asked, log)),
        properties=properties,
        event_labels=labels or {"page_view": "Page viewed"},
        engagement_types=tuple(labels or ["page_view"]),
        settings=settings(features={"events": DECLARED}).features,
    )


PAGES = """
    lead_id | occurred_at         | type
    a       | 2026-01-05 14:00:00 | page_view
    a       | 2026-01-07 09:00:00 | page_view
    a       | 2026-01-07 09:30:00 | page_view
"""


def test_events_are_counted_from_the_second_they_happen():
    """At 13:59:59 nothing is known of the page viewed at 14:00:00."""
    table = known(
        PAGES,
        """
        lead_id | as_of
        a       | 2026-01-05 13:59:59
        a       | 2026-01-05 14:00:00
        a       | 2026-01-07 09:15:00
        a       | 2026-01-08 00:00:00
        """,
    )
    agrees(
        table.rows,
        """
        act_page_view_count_7d
        0
        1
        2
        3
        """,
    )


def test_a_window_forgets_an_event_after_exactly_its_length():
    """Seven days after the first event, to the second, two of three are left."""
    table = known(
        PAGES,
        """
        lead_id | as_of
        a       | 2026-01-12 13:59:59
        a       | 2026-01-12 14:00:00
        a       | 2026-01-15 00:00:00
        """,
    )
    agrees(
        table.rows,
        """
        act_page_view_count_7d | act_page_view_count_30d
        3                      | 3
        2                      | 3
        0                      | 3
        """,
    )


def test_recency_is_days_since_the_last_event_and_missing_before_the_first():
    table = known(
        PAGES,
        """
        lead_id | as_of
        a       | 2026-01-05 00:00:00
        a       | 2026-01-06 02:00:00
        a       | 2026-01-17 09:30:00
        """,
    )
    agrees(
        table.rows,
        """
        act_page_view_recency_days
        -
        0.5
        10
        """,
    )


def test_a_decayed_sum_halves_each_event_every_half_life():
    """Seven days after two simultaneous events: 2 x 1/2; after fourteen: 2 x 1/4."""
    table = known(
        """
        lead_id | occurred_at | type
        a       | 2026-01-05  | page_view
        a       | 2026-01-05  | page_view
        """,
        """
        lead_id | as_of
        a       | 2026-01-04
        a       | 2026-01-05
        a       | 2026-01-12
        a       | 2026-01-19
        """,
    )
    agrees(
        table.rows,
        """
        act_page_view_decayed_7d
        0
        2
        1
        0.5
        """,
    )


def test_active_days_count_a_day_once():
    """Three pages on two days; the 5th leaves the window of seven days on the 12th at 14:00."""
    table = known(PAGES, "lead_id | as_of\na | 2026-01-10\na | 2026-01-13")
    agrees(table.rows, "act_any_days_7d\n2\n1")


def test_each_type_is_counted_apart_and_a_type_nobody_did_is_zero():
    table = known(
        """
        lead_id | occurred_at | type
        a       | 2026-01-05  | demo_request
        a       | 2026-01-06  | page_view
        """,
        "lead_id | as_of\na | 2026-01-07",
        labels={"page_view": "Page", "demo_request": "Demo", "webinar": "Webinar"},
    )
    agrees(table.rows, "act_webinar_recency_days\n-")
    agrees(
        table.rows,
        """
        act_page_view_count_7d | act_demo_request_count_7d | act_webinar_count_7d | act_any_count_7d
        1                      | 1                         | 0                    | 2
        """,
    )


def test_events_of_other_leads_are_not_seen():
    table = known(
        """
        lead_id | occurred_at | type
        b       | 2026-01-05  | page_view
        c       | 2026-01-05  | page_view
        """,
        "lead_id | as_of\na | 2026-01-07\nb | 2026-01-07",
        lead_rows="lead_id | created_at\na | 2026-01-01\nb | 2026-01-01",
    )
    agrees(table.rows, "act_page_view_count_7d\n0\n1")


def test_properties_stand_beside_every_look_and_raw_text_does_not():
    """The job title and the domain are read for what they say; the texts themselves name people."""
    table = known(
        PAGES,
        """
        lead_id | as_of      | age_days
        b       | 2026-01-05 | 4
        a       | 2026-01-05 | 4
        a       | 2026-01-12 | 11
        """,
        lead_rows="""
        lead_id | created_at | channel | employees | job_title      | email_domain
        a       | 2026-01-01 | ads     | 120       | Sales director | gmail.com
        b       | 2026-01-01 |         |           | Student        | acme.example
        """,
        properties=[
            category("channel"),
            number("employees"),
            category("job_title"),
            category("email_domain"),
        ],
    )
    agrees(
        table.rows,
        """
        lead_channel | firm_employees | firm_size_band | lead_seniority | mail_domain_class | lead_age_days
        -            | -              | missing        | student        | professional      | 4
        ads          | 120            | 50-249         | director       | consumer          | 4
        ads          | 120            | 50-249         | director       | consumer          | 11
        """,
    )
    assert not {"lead_job_title", "lead_email_domain"} & set(table.rows.columns)


def test_an_excluded_property_is_no_feature_nor_what_derives_from_it():
    table = known(
        PAGES,
        "lead_id | as_of\na | 2026-01-07",
        lead_rows="lead_id | created_at | tags | employees\na | 2026-01-01 | closed | 5",
        properties=[
            category("tags", excluded="written by reps"),
            number("employees", excluded="written at closing"),
        ],
    )
    names = {f.name for f in table.features}
    assert not {n for n in names if "tags" in n or "employees" in n or "size" in n}
    assert names == set(table.rows.columns)


def test_without_events_a_lead_is_its_properties_alone():
    asked = looks("lead_id | as_of\na |")
    table = build(
        asked,
        properties_at(
            asked, leads("lead_id | created_at | channel\na | | ads"), [category("channel")]
        ),
        None,
        properties=[category("channel")],
        event_labels={},
        engagement_types=(),
        settings=settings().features,
    )
    agrees(table.rows, "lead_channel\nads")
    assert [f.words for f in table.features] == ["Channel: {value}"]
