"""Events as sorted arrays: whole seconds, any order of rows, all leads or some."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.log import EventLog, EventTable, Moments, to_seconds
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
    assert (log.start.tolist(), len(log), log.types) == ([0, 0], 0, ())


def test_moments_keep_the_order_of_the_looks_and_know_the_kernel_s():
    log = EventLog.from_table(events(LOG), ["a", "b"])
    moments = Moments.from_table(
        looks("lead_id | as_of\nb | 2026-01-01\na | 2026-01-09\na | 2026-01-02"), log
    )
    assert moments.by_lead.tolist() == [2, 1, 0]
    assert moments.start.tolist() == [0, 2, 3]
    assert (np.diff(moments.sorted_as_of[:2]) > 0).all()
    assert moments.in_table_order(np.array([10.0, 20.0, 30.0])).tolist() == [30, 20, 10]
    assert len(moments) == 3


def test_looks_that_are_in_order_are_not_sorted_again():
    log = EventLog.from_table(events(LOG), ["a", "b"])
    moments = Moments.from_table(looks("lead_id | as_of\na | 2026-01-02\nb | 2026-01-01"), log)
    assert moments.by_lead is None
    assert moments.in_table_order(np.array([1.0, 2.0])).tolist() == [1, 2]


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


def test_within_a_second_the_order_is_that_of_time():
    table = events(
        """
        lead_id | occurred_at             | type
        a       | 2026-01-01 00:00:00.700 | b
        a       | 2026-01-01 00:00:00.300 | c
        a       | 2026-01-01 00:00:00.700 | a
        """
    )
    log = EventLog.from_table(table, ["a"])
    assert [log.types[code] for code in log.type_code] == ["c", "a", "b"]
    assert log.time.tolist() == [seconds("2026-01-01") + 1] * 3  # rounded up: known once it is over


def test_the_log_of_some_leads_holds_these_alone_also_one_without_events():
    log = EventLog.from_table(events(LOG), ["a", "b", "z"])
    assert log.of_leads(log.lead_ids) is log
    some = log.of_leads(np.array(["b", "c", "z"], dtype=object))
    assert some.start.tolist() == [0, 1, 1, 2]
    assert [some.types[code] for code in some.type_code] == ["page_view", "page_view"]
    assert [some.subjects[code] for code in some.subject_code] == ["Pricing", "Home"]
    more = log.of_leads(np.array(["a", "b", "c", "z"], dtype=object))
    assert more.start.tolist() == [0, 2, 3, 3, 4]


def test_a_table_in_memory_is_one_batch_or_none():
    (log,) = EventTable(events(LOG)).batches()
    assert log.lead_ids.tolist() == ["a", "b", "z"]
    assert list(EventTable(no_events()).batches()) == []
