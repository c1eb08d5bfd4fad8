"""Events as sorted arrays: whole seconds, any order of rows, subjects found blind to case."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.log import EventLog, Moments, to_seconds
from tests.fakes import events, looks, no_events, seconds
from tests.tables import times

LOG = """
    lead_id | occurred_at         | type      | subject
    b       | 2026-01-02 00:00:00 | page_view | Pricing
    a       | 2026-01-03 00:00:00 | page_view | pricing/team
    a       | 2026-01-01 00:00:00 | demo      |
    z       | 2026-01-01 00:00:00 | page_view | Home
"""


def test_times_are_floored_to_the_second_also_before_1970():
    given = times(["2026-01-01 00:00:00.999", "1969-12-31 23:59:59.500"])
    assert to_seconds(given).tolist() == [seconds("2026-01-01"), -1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_stored_times_does_not_matter(unit):
    given = pd.Series(pd.to_datetime(["2026-01-01 00:00:01"], utc=True)).dt.as_unit(unit)
    assert to_seconds(given).tolist() == [seconds("2026-01-01") + 1]


def test_a_missing_time_is_refused():
    with pytest.raises(ValueError, match="null"):
        to_seconds(times(["2026-01-01", None]))


def test_events_are_sorted_by_lead_and_time_and_strangers_are_left_out():
    log = EventLog.from_table(events(LOG), ["b", "a", "a", "c"])
    assert log.lead_ids.tolist() == ["a", "b", "c"]
    assert log.start.tolist() == [0, 2, 3, 3]
    assert log.time.tolist() == [seconds(f"2026-01-0{d}") for d in (1, 3, 2)]
    assert [log.types[i] for i in log.type_code] == ["demo", "page_view", "page_view"]
    assert log.subject_code.tolist()[0] == -1


def test_no_events_give_an_empty_log():
    log = EventLog.from_table(no_events(), ["a"])
    assert (log.start.tolist(), len(log.time), log.types) == ([0, 0], 0, ())
    assert log.select(["page_view"]).tolist() == []


@pytest.mark.parametrize(
    ("types", "subject", "kept"),
    [
        (None, None, 3),
        (["page_view"], None, 2),
        (["page_view"], "PRICING", 2),
        (None, "team", 1),
        (None, "pricing.team", 0),  # a dot is a dot, no pattern
        (["webinar"], None, 0),
        ([], None, 0),
    ],
)
def test_events_are_selected_by_type_and_part_of_the_subject(types, subject, kept):
    log = EventLog.from_table(events(LOG), ["a", "b"])
    assert log.select(types, subject=subject).sum() == kept


def test_moments_keep_the_order_of_the_looks_and_know_the_kernels():
    log = EventLog.from_table(events(LOG), ["a", "b"])
    moments = Moments.from_table(
        looks("lead_id | as_of\nb | 2026-01-01\na | 2026-01-09\na | 2026-01-02"), log
    )
    assert moments.lead.tolist() == [1, 0, 0]
    assert moments.by_lead.tolist() == [2, 1, 0]
    assert len(moments) == 3


def test_a_look_at_a_lead_the_log_does_not_know_is_a_bug():
    log = EventLog.from_table(events(LOG), ["a"])
    with pytest.raises(ValueError, match="not in the event log"):
        Moments.from_table(looks("lead_id | as_of\nq | 2026-01-01"), log)


def test_same_second_events_do_not_depend_on_the_order_of_rows():
    tied = """
        lead_id | occurred_at | type | subject
        a       | 2026-01-01  | x    | one
        a       | 2026-01-01  | x    | two
        a       | 2026-01-01  | w    |
    """
    table = events(tied)
    one = EventLog.from_table(table, ["a"])
    other = EventLog.from_table(table.iloc[::-1], ["a"])
    assert np.array_equal(one.type_code, other.type_code)
    assert np.array_equal(one.subject_code, other.subject_code)
