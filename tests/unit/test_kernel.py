"""Chains of events: what is selected, how looks keep their order, and long histories."""

import numpy as np
import pytest

from leadscore.history.kernel import Selection, Sweep
from leadscore.history.log import EventLog, Moments
from tests import kernel_reference as reference
from tests.property.histories import DAY, EVERY_PRIMITIVE, HOUR, OWN, START, told
from tests.tables import log_and_moments, looks

EVENTS = [
    ("a", "2026-01-01 10:00", "page_view", "/Pricing"),
    ("a", "2026-01-01 10:10", "page_view", "/pricing/team"),
    ("a", "2026-01-05 10:00", "page_view"),
    ("a", "2026-01-20 10:00", "demo", "pricing"),
    ("b", "2026-01-06 10:00", "page_view", "/blog"),
]
LOOKS = [
    ("b", "2026-01-21"),
    ("a", "2026-01-21"),
    ("a", "2026-01-05 10:00"),
    ("c", "2026-01-21"),
    ("a", "2026-01-21"),
]


@pytest.fixture
def sweep():
    return Sweep(*log_and_moments(EVENTS, LOOKS))


@pytest.mark.parametrize(
    ("types", "subject", "kept"),
    [
        (None, None, 5),
        (("page_view",), None, 4),
        (("page_view", "demo"), None, 5),
        (("page_view",), "PRICING", 2),
        (None, "pricing", 3),
        (None, "team", 1),
        (None, "pricing.team", 0),  # a dot is a dot, no pattern
        (("webinar",), None, 0),
        ((), None, 0),
    ],
)
def test_events_are_selected_by_type_and_part_of_the_subject(sweep, types, subject, kept):
    chain = sweep.chain(Selection(types, subject))
    assert len(chain.at) == chain.start[-1] == kept


def test_numbers_come_in_the_order_of_the_looks(sweep):
    """A lead without events, one asked for twice, and one in between."""
    chain = sweep.chain(Selection())
    assert chain.count().tolist() == [1, 4, 3, 0, 4]
    expected = [14 + 14 / 24, 14 / 24, 0, np.nan, 14 / 24]
    assert chain.recency_days() == pytest.approx(expected, nan_ok=True)


def test_the_returning_events_are_a_chain_of_their_own(sweep):
    """Of a: 10 minutes and 4 days later; b's first event follows, by a day, only another lead's."""
    again = sweep.chain(Selection(("page_view",))).returning(gap_days=7)
    assert again.count().tolist() == [0, 2, 2, 0, 2]
    assert again.recency_days() == pytest.approx(
        [np.nan, 15 + 14 / 24, 0, np.nan, 15 + 14 / 24], nan_ok=True
    )


def test_a_pause_keeps_the_pages_of_one_visit_from_returning(sweep):
    chain = sweep.chain(Selection(("page_view",)))
    assert chain.returning(gap_days=7, apart_minutes=30).count().tolist() == [0, 1, 1, 0, 1]
    assert chain.returns(gap_days=7, apart_minutes=30).tolist() == [0, 1, 1, 0, 1]


def test_a_log_without_events_is_zeros_and_missing():
    asked = looks(("a", "2026-01-01"))
    log = EventLog.empty(np.array(["a"], dtype=object))
    chain = Sweep(log, Moments.from_table(asked, log)).chain(Selection())
    assert chain.count(7).tolist() == chain.decayed_sum(7).tolist() == [0]
    assert chain.value_sum().tolist() == chain.distinct_subjects(7).tolist() == [0]
    assert np.isnan([chain.recency_days(), chain.longest_gap_days(), chain.value_last()]).all()


@pytest.mark.parametrize("line", EVERY_PRIMITIVE, ids=lambda line: f"{line['is']} {line['of']}")
def test_long_histories_seen_often_agree_with_the_reference(line):
    """Windows slide over 400 events of two leads: what is remembered from look to look holds."""
    random = np.random.default_rng(7)
    events = [
        (
            str(random.choice(["a", "b"])),
            START + int(random.integers(0, 90 * 24)) * HOUR,
            str(random.choice(["mail", "page", "quote"])),
            [None, "/pricing", "blog", "terms"][random.integers(4)],
            [None, round(float(random.normal()), 2)][random.integers(2)],
        )
        for _ in range(400)
    ]
    asked = [(lead, START + day * DAY) for lead in ("b", "a") for day in range(0, 100, 3)]
    kinds = ["mail", "page", "quote"] if line["of"] == "each" else [line["of"]]
    of_lead = {
        who: [reference.Event(*event[1:]) for event in events if event[0] == who]
        for who in ("a", "b")
    }
    expected = [
        [
            value
            for kind in kinds
            for value in reference.answers(
                {**line, "of": kind}, of_lead[lead], as_of, engagement=OWN
            )
        ]
        for lead, as_of in asked
    ]
    np.testing.assert_allclose(told([line], events, asked), expected, rtol=1e-9, atol=1e-9)
