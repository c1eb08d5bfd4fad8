"""The kernel's primitives on histories a reader can count, and against the slow reference."""

import numpy as np
import pytest

from leadscore.history import kernel
from tests import kernel_reference as reference
from tests.tables import log_and_moments, repeats_within

EVENTS = [
    ("a", "2026-01-01 10:00", "page_view"),
    ("a", "2026-01-01 10:10", "page_view"),
    ("a", "2026-01-05 10:00", "page_view"),
    ("a", "2026-01-20 10:00", "page_view"),
    ("b", "2026-01-20 10:00", "page_view"),
]
LOOKS = [
    ("a", "2026-01-05 10:00"),  # the second of the third event
    ("b", "2026-01-20 09:59:59"),  # one second before its only event
    ("a", "2026-01-21 10:00"),
    ("a", "2025-12-31"),
]


@pytest.fixture
def seen():
    log, moments = log_and_moments(EVENTS, LOOKS)
    return log, log.select(["page_view"]), moments


def test_an_event_counts_from_the_second_it_happened(seen):
    assert kernel.count_in_window(*seen).tolist() == [3, 0, 4, 0]


def test_a_window_is_open_at_its_start(seen):
    """At the first look the window of 4 days starts at 2026-01-01 10:00, which is outside."""
    assert kernel.count_in_window(*seen, window_days=4).tolist() == [2, 0, 1, 0]


def test_recency_is_days_since_the_last_event_and_missing_without_one(seen):
    assert kernel.recency_days(*seen).tolist() == pytest.approx([0, np.nan, 1, np.nan], nan_ok=True)


def test_decayed_sum_halves_each_event_per_half_life(seen):
    got = kernel.decayed_sum(*seen, half_life_days=4)
    ten_minutes = 10 / (24 * 60)
    assert got[0] == pytest.approx(1 + 2 ** (-(4 - ten_minutes) / 4) + 1 / 2)
    assert got[1] == got[3] == 0


def test_active_days_counts_days_not_events(seen):
    assert kernel.active_days(*seen, window_days=30).tolist() == [2, 0, 3, 0]


def test_repeats_need_a_previous_event_of_the_same_lead(seen):
    """Of a: 10 minutes and 4 days later; b's first event follows only another lead's."""
    assert repeats_within(*seen, gap_days=7).tolist() == [2, 0, 2, 0]


def test_a_pause_keeps_the_pages_of_one_visit_from_repeating(seen):
    log, keep, _ = seen
    again = kernel.repeated(log, keep, gap_days=7, apart_minutes=30)
    assert again.tolist() == [False, False, True, False, False]


def test_repeats_look_only_at_kept_events():
    log, _ = log_and_moments(
        [("a", "2026-01-01", "call"), ("a", "2026-01-02", "page_view")], [("a", "2026-01-03")]
    )
    again = kernel.repeated(log, log.select(["page_view"]), gap_days=7)
    assert again.tolist() == [False, False]


@pytest.mark.parametrize("name", ["count_in_window", "recency_days", "decayed_sum", "active_days"])
def test_primitives_agree_with_the_reference(seen, name):
    options = {"decayed_sum": {"half_life_days": 3}, "active_days": {"window_days": 5}}
    _equals_reference(seen, getattr(kernel, name), name, options.get(name, {}))


@pytest.mark.parametrize("window_days", [None, 5])
def test_repeats_agree_with_the_reference(seen, window_days):
    options = {"gap_days": 4, "window_days": window_days}
    _equals_reference(seen, repeats_within, "repeats_within", options)


def _equals_reference(seen, computed, name, options):
    log, _, moments = seen
    histories = [log.time[log.start[lead] : log.start[lead + 1]].tolist() for lead in moments.lead]
    expected = [
        getattr(reference, name)(history, int(as_of), **options)
        for history, as_of in zip(histories, moments.as_of, strict=True)
    ]
    assert computed(*seen, **options).tolist() == pytest.approx(expected, nan_ok=True)
