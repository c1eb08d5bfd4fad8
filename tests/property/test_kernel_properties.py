"""The kernel on random histories: it equals the reference; nothing that may not matter changes a bit."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.domain.event_features import MAY_HAVE, NEEDS, NO_WINDOW, Primitive
from tests import kernel_reference as reference
from tests.property.histories import (
    DAY,
    EVERY_PRIMITIVE,
    OWN,
    event,
    events,
    lines,
    looks,
    same_bits,
    shuffle,
    told,
)


def every(event_rows, look_rows):
    return told(EVERY_PRIMITIVE, event_rows, look_rows)


def line_of(primitive):
    windows = set() if primitive in NO_WINDOW else {"within_days"}
    optional = windows | MAY_HAVE.get(primitive, frozenset())
    return lines(primitive, needed=NEEDS[primitive], optional=optional - NEEDS[primitive])


@pytest.mark.parametrize("primitive", get_args(Primitive))
@given(rows=st.data(), event_rows=events, look_rows=looks)
@settings(max_examples=40)
def test_the_kernel_equals_the_reference(primitive, rows, event_rows, look_rows):
    line = rows.draw(line_of(primitive))
    expected = [
        reference.answers(
            line,
            [reference.Event(*row[1:]) for row in event_rows if row[0] == lead],
            as_of,
            engagement=OWN,
        )
        for lead, as_of in look_rows
    ]
    # Sums may differ by rounding, which is measured by the largest of what was added.
    largest = max((abs(v) for *_, v in event_rows if v is not None), default=0.0)
    found = told([line], event_rows, look_rows)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * max(largest, 1))


def test_every_primitive_is_among_the_columns_held_bit_for_bit():
    assert {line["is"] for line in EVERY_PRIMITIVE} == set(get_args(Primitive))


@given(event_rows=events, look_rows=looks, later=events)
@settings(max_examples=40)
def test_events_after_the_look_change_no_bit(event_rows, look_rows, later):
    last = max(as_of for _, as_of in look_rows)
    future = [(lead, last + 1 + when % (60 * DAY), *rest) for lead, when, *rest in later]
    same_bits(every(event_rows + future, look_rows), every(event_rows, look_rows))


@given(event_rows=events, look_rows=looks)
@settings(max_examples=40)
def test_a_look_sees_its_lead_s_past_alone(event_rows, look_rows):
    """Each look by itself, without later events, other leads and other looks, says the same."""
    together = every(event_rows, look_rows)
    for i, (lead, as_of) in enumerate(look_rows):
        past = [row for row in event_rows if row[0] == lead and row[1] <= as_of]
        same_bits(every(past, [(lead, as_of)]), together[i : i + 1])


@given(event_rows=events, look_rows=looks, others=looks)
@settings(max_examples=40)
def test_other_moments_asked_for_change_no_bit(event_rows, look_rows, others):
    asked = every(event_rows, others + look_rows)[len(others) :]
    same_bits(asked, every(event_rows, look_rows))


@given(event_rows=events, look_rows=looks, strangers=st.lists(event, max_size=10))
@settings(max_examples=40)
def test_other_leads_change_no_bit(event_rows, look_rows, strangers):
    mine = {lead for lead, _ in look_rows}
    kept = [row for row in event_rows if row[0] in mine]
    more = [row for row in strangers if row[0] not in mine]
    same_bits(every(kept + more, look_rows), every(kept, look_rows))


@given(event_rows=events, look_rows=looks, order=shuffle)
@settings(max_examples=40)
def test_the_order_of_events_and_looks_changes_no_bit(event_rows, look_rows, order):
    mixed, place = list(event_rows), list(range(len(look_rows)))
    order.shuffle(mixed)
    order.shuffle(place)
    turned = every(mixed, [look_rows[i] for i in place])
    same_bits(turned, every(event_rows, look_rows)[place])


@given(event_rows=events, look_rows=looks)
@settings(max_examples=40)
def test_same_second_repeats_are_kept(event_rows, look_rows):
    """Every event twice: every count doubles, days and recency stay."""
    declared = [
        {"is": "count", "of": "any", "within_days": 7},
        {"is": "active_days", "of": "any", "within_days": 7},
        {"is": "recency", "of": "any"},
    ]
    once, twice = told(declared, event_rows, look_rows), told(declared, event_rows * 2, look_rows)
    np.testing.assert_array_equal(twice, once * [2, 1, 1])


@given(look_rows=looks)
@settings(max_examples=10)
def test_no_events_at_all_are_zeros_and_missing(look_rows):
    found = every([], look_rows)
    assert set(np.unique(found[~np.isnan(found)])) <= {0.0}
