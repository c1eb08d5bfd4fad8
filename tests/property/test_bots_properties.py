"""The bot screen on random histories: as the reference says, never looking ahead, in any order."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.history.bots import RULES, BotCount, flags, screen, summed
from leadscore.history.log import EventLog
from tests import bots_reference as reference

BOTS = reference.rules()
LEADS = ["a", "b", "c"]
START = 1_767_225_600
TYPES = ("email_sent", "email_opened", "email_clicked", "call", "page_view")
# Within 25 seconds: bursts, ties and events just inside and just outside of a span are likely.
event = st.tuples(
    st.sampled_from(LEADS),
    st.integers(START, START + 25),
    st.sampled_from([*TYPES, "email_clicked"]),
    st.sampled_from(["/a", "/b", "/c", "/HIDDEN/x", None]),
)
histories = st.lists(event, max_size=14)
span = st.none() | st.integers(0, 8)


@st.composite
def bot_settings(draw):
    return BOTS.model_copy(
        update={
            "instant_open_seconds": draw(span),
            "instant_click_seconds": draw(span),
            "unopened_click_seconds": draw(span),
            "burst_links": draw(st.integers(2, 3)),
            "burst_seconds": draw(span),
            "honeypots": draw(st.sampled_from([[], ["hidden"]])),
            "honeypot_seconds": draw(st.integers(0, 8)),
        }
    )


def log_of(history, leads=LEADS):
    table = pd.DataFrame(
        {
            "lead_id": pd.Series([e[0] for e in history], dtype="str"),
            "occurred_at": pd.Series(
                pd.to_datetime([e[1] for e in history], unit="s", utc=True)
            ).dt.as_unit("us"),
            "type": pd.Series([e[2] for e in history], dtype="str"),
            "subject": pd.Series([e[3] for e in history], dtype="str"),
            "value": np.full(len(history), np.nan),
        }
    )
    return EventLog.from_table(table, leads)


def rows(log):
    """Return a log as it reads: (lead, second, type, subject), in its order."""
    lead = np.repeat(log.lead_ids, np.diff(log.start))
    subject = [None if code < 0 else log.subjects[code] for code in log.subject_code]
    kinds = [log.types[code] for code in log.type_code]
    return list(zip(lead, log.time.tolist(), kinds, subject, strict=True))


def of_lead(history, lead):
    return [e[1:] for e in history if e[0] == lead]


@given(history=histories, rules=bot_settings(), declares_opens=st.booleans())
@settings(max_examples=300)
def test_the_screen_equals_the_reference(history, rules, declares_opens):
    declared = TYPES if declares_opens else ("email_clicked",)
    expected = [
        (lead, *known)
        for lead in LEADS
        for known in reference.screened(
            of_lead(history, lead), rules, opens_are_declared=declares_opens
        )
    ]
    if not any(e[2] in ("email_opened", "email_clicked") for e in history):
        expected = rows(log_of(history))
    assert rows(screen(log_of(history), rules, declared=declared).log) == expected


@given(history=histories, rules=bot_settings())
@settings(max_examples=200)
def test_each_rule_flags_what_the_reference_says(history, rules):
    log = log_of(history)
    bits = flags(log, rules, declared=TYPES)
    found = [{r for i, r in enumerate(RULES) if bit >> i & 1} for bit in bits.tolist()]
    expected = [
        reference.rules_against(known, of_lead(history, lead), rules)
        for lead, *known in rows(log)
        for known in [tuple(known)]
    ]
    assert found == expected


@given(history=histories, rules=bot_settings(), as_of=st.integers(START, START + 35))
@settings(max_examples=300)
def test_what_is_known_at_a_moment_uses_no_later_event(history, rules, as_of):
    def known(events):
        return [r for r in rows(screen(log_of(events), rules, declared=TYPES).log) if r[1] <= as_of]

    assert known(history) == known([e for e in history if e[1] <= as_of])


@given(history=histories, rules=bot_settings(), order=st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_rows_changes_nothing(history, rules, order):
    shuffled = list(history)
    order.shuffle(shuffled)
    straight = screen(log_of(history), rules, declared=TYPES)
    other = screen(log_of(shuffled), rules, declared=TYPES)
    assert rows(other.log) == rows(straight.log)
    assert other.counts == straight.counts


@given(history=histories, rules=bot_settings())
@settings(max_examples=100)
def test_batches_of_leads_give_what_all_at_once_give(history, rules):
    whole = screen(log_of(history), rules, declared=TYPES)
    parts = [
        screen(log_of([e for e in history if e[0] in some], some), rules, declared=TYPES)
        for some in (["a"], ["b", "c"])
    ]
    assert [row for part in parts for row in rows(part.log)] == rows(whole.log)
    assert summed(p.counts for p in parts) == summed([whole.counts])


@given(history=histories, rules=bot_settings())
@settings(max_examples=100)
def test_nothing_is_lost_uncounted_and_the_log_stays_a_log(history, rules):
    log = log_of(history)
    screened = screen(log, rules, declared=TYPES)
    after = screened.log
    n_flagged = sum(count.flagged for count in screened.counts)
    assert len(log.time) == len(after.time) + n_flagged == after.start[-1] + n_flagged
    assert all(
        (np.diff(after.time[lo:hi]) >= 0).all()
        for lo, hi in zip(after.start, after.start[1:], strict=False)
    )
    for name in ("time", "type_code", "subject_code", "value", "start"):
        assert getattr(after, name).dtype == getattr(log, name).dtype


@given(history=histories, rules=bot_settings())
@settings(max_examples=30)
def test_switched_off_the_log_is_the_same(history, rules):
    log = log_of(history)
    off = screen(log, rules.model_copy(update={"enabled": False}), declared=TYPES)
    assert off.log is log
    assert off.counts == ()


@given(numbers=st.lists(st.tuples(st.sampled_from(TYPES), st.integers(0, 9)), max_size=6))
def test_sums_of_counts_do_not_depend_on_the_cut_into_batches(numbers):
    counts = [BotCount(kind, n, n, n, 0, 0, 0) for kind, n in numbers]
    assert summed([counts]) == summed([c] for c in counts)
