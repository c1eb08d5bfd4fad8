"""The kernel on random histories: it equals the reference, never looks ahead, ignores row order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.history import kernel
from leadscore.history.log import EventLog, Moments
from tests import kernel_reference as reference
from tests.tables import repeats_within

HOUR = 3_600
LEADS = ["a", "b", "c"]
# Hours of four weeks: ties, equal seconds of event and look, and gaps of all sizes are likely.
moment = st.integers(0, 28 * 24).map(lambda hour: 1_767_225_600 + hour * HOUR)
pairs = st.tuples(st.sampled_from(LEADS), moment)
event_lists = st.lists(pairs, max_size=12)
look_lists = st.lists(pairs, min_size=1, max_size=8)

PRIMITIVES = [
    ("count_in_window", {}),
    ("count_in_window", {"window_days": 7}),
    ("recency_days", {}),
    ("decayed_sum", {"half_life_days": 5}),
    ("active_days", {"window_days": 7}),
    ("repeats_within", {"gap_days": 2}),
    ("repeats_within", {"gap_days": 2, "window_days": 7}),
]


def _utc(seconds):
    return pd.Series(pd.to_datetime(list(seconds), unit="s", utc=True)).dt.as_unit("us")


def _computed(events, looks, name, options):
    table = pd.DataFrame(
        {
            "lead_id": pd.Series([lead for lead, _ in events], dtype="str"),
            "occurred_at": _utc(second for _, second in events),
            "type": pd.Series(["page_view"] * len(events), dtype="str"),
            "subject": pd.Series([None] * len(events), dtype="str"),
            "value": np.full(len(events), np.nan),
        }
    )
    log = EventLog.from_table(table, LEADS)
    snapshots = pd.DataFrame(
        {"lead_id": [lead for lead, _ in looks], "as_of": _utc(second for _, second in looks)}
    )
    moments = Moments.from_table(snapshots, log)
    computed = repeats_within if name == "repeats_within" else getattr(kernel, name)
    return computed(log, log.select(), moments, **options).tolist()


@pytest.mark.parametrize(("name", "options"), PRIMITIVES)
@given(events=event_lists, looks=look_lists)
@settings(max_examples=60, deadline=None)
def test_the_kernel_equals_the_reference(name, options, events, looks):
    expected = [
        getattr(reference, name)([t for who, t in events if who == lead], as_of, **options)
        for lead, as_of in looks
    ]
    assert _computed(events, looks, name, options) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("name", "options"), PRIMITIVES)
@given(events=event_lists, looks=look_lists, later=event_lists)
@settings(max_examples=40, deadline=None)
def test_events_after_the_look_change_nothing(name, options, events, looks, later):
    last = max(as_of for _, as_of in looks)
    future = [(lead, last + 1 + second % (60 * HOUR)) for lead, second in later]
    before = _computed(events, looks, name, options)
    assert _computed(events + future, looks, name, options) == pytest.approx(before, nan_ok=True)


@pytest.mark.parametrize(("name", "options"), PRIMITIVES)
@given(events=event_lists, looks=look_lists, order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(name, options, events, looks, order):
    shuffled_events, place = list(events), list(range(len(looks)))
    order.shuffle(shuffled_events)
    order.shuffle(place)
    shuffled = _computed(shuffled_events, [looks[i] for i in place], name, options)
    straight = _computed(events, looks, name, options)
    assert shuffled == pytest.approx([straight[i] for i in place], nan_ok=True)
