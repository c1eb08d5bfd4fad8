"""The bot screen: what it counts, what it leaves alone, and how right it is on the simulated CRM."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from leadscore.history.bots import RULES, BotCount, flags, screen, summed
from leadscore.history.log import EventLog
from leadscore.simulation.blocks import simulate_blocks
from leadscore.simulation.world import default_world
from tests.bots_reference import rules
from tests.tables import events

TYPES = ("email_sent", "email_opened", "email_clicked")
WORDS = {
    "Email sent": "email_sent",
    "Email opened": "email_opened",
    "Email clicked": "email_clicked",
}
SCAN = [
    ("a", "2026-01-05 09:00:00", "email_sent", "News"),
    ("a", "2026-01-05 09:00:01", "email_opened", "News"),
    ("a", "2026-01-05 09:00:20", "email_clicked", "/"),
    ("a", "2026-01-05 12:00:00", "email_clicked", "/"),
    ("b", "2026-01-05 09:00:00", "page_view", "/"),
]


def log_of(*rows, leads=("a", "b")):
    return EventLog.from_table(events(*rows), leads)


def test_flagged_events_are_gone_and_counted_by_rule():
    screened = screen(log_of(*SCAN), rules(), declared=TYPES)
    assert len(screened.log.time) == 5 - 2
    assert screened.log.start.tolist() == [0, 2, 3]
    assert screened.counts == (
        BotCount("email_clicked", seen=2, flagged=1, instant=0, unopened=1, burst=0, honeypot=0),
        BotCount("email_opened", seen=1, flagged=1, instant=1, unopened=0, burst=0, honeypot=0),
    )


def test_a_source_without_opens_and_clicks_is_left_as_it_is():
    log = log_of(("a", "2026-01-05", "page_view"), ("a", "2026-01-06", "email_sent"))
    screened = screen(log, rules(), declared=("page_view", "email_sent"))
    assert screened.log is log
    assert screened.counts == ()


def test_no_rule_on_no_waiting():
    log = log_of(("a", "2026-01-05 09:00:00", "email_clicked", "/"))
    calm = rules(burst_seconds=None)
    assert screen(log, calm, declared=TYPES).log.time.tolist() == log.time.tolist()


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 3),
        ({"honeypots": ["x"]}, 10),
        ({"burst_seconds": None}, 0),
        ({"burst_seconds": 20}, 20),
    ],
)
def test_clicks_wait_as_long_as_the_rules_look_ahead(changes, seconds):
    assert rules(**changes).settle_seconds == seconds


def test_clicks_without_a_link_count_as_one_link():
    at = [f"2026-01-05 09:00:0{i}" for i in range(3)]
    nameless = log_of(*[("a", moment, "email_clicked") for moment in at])
    assert flags(nameless, rules(), declared=TYPES).tolist() == [0, 0, 0]


def test_a_burst_of_one_lead_says_nothing_about_the_next():
    clicks = [
        (lead, f"2026-01-05 09:00:0{i}", "email_clicked", f"/{i}")
        for lead, n in (("a", 2), ("b", 2))
        for i in range(n)
    ]
    assert not flags(log_of(*clicks), rules(), declared=TYPES).any()


def test_counts_of_batches_add_up_as_plain_values():
    one = (BotCount("email_opened", 5, 1, 1, 0, 0, 0),)
    two = (BotCount("email_clicked", 9, 3, 2, 3, 3, 0), BotCount("email_opened", 2, 0, 0, 0, 0, 0))
    assert [asdict(count) for count in summed([one, two])] == [
        asdict(two[0]),
        {"type": "email_opened", "seen": 5 + 2, "flagged": 1, "instant": 1, "unopened": 0,
         "burst": 0, "honeypot": 0},
    ]  # fmt: skip


def test_read_only_and_narrow_arrays_are_read_too():
    log = log_of(*SCAN)
    for name in ("start", "time", "type_code", "subject_code", "value"):
        getattr(log, name).flags.writeable = False
    narrow = type(log)(**{
        **vars(log),
        "type_code": log.type_code.astype(np.int8),
        "subject_code": log.subject_code.astype(np.int16),
    })  # fmt: skip
    expected = screen(log_of(*SCAN), rules(), declared=TYPES)
    for given in (log, narrow):
        screened = screen(given, rules(), declared=TYPES)
        assert screened.log.time.tolist() == expected.log.time.tolist()
        assert screened.counts == expected.counts
        assert screened.log.subject_code.dtype == given.subject_code.dtype


def test_a_type_cannot_be_two_things():
    with pytest.raises(ValidationError, match="two things to the rules: email_opened"):
        rules(clicked=["email_opened"])


@pytest.mark.parametrize("seconds", [-1, 86_401, 1.5])
def test_impossible_spans_are_refused(seconds):
    with pytest.raises(ValidationError):
        rules(burst_seconds=seconds)


@pytest.fixture(scope="module")
def market():
    """Return the mails of 4,000 simulated leads as a log, and which of its events robots made."""
    block = next(simulate_blocks(default_world(), n_leads=4_000, seed=20260101))
    done = block.events.loc[block.events["Activity"].isin(list(WORDS))]
    table = pd.DataFrame({
        "lead_id": done["Lead ID"], "occurred_at": done["Time"],
        "type": done["Activity"].map(WORDS).astype("str"), "subject": done["Subject"],
        "value": np.nan,
    })  # fmt: skip
    log = EventLog.from_table(table, block.leads["Lead ID"])
    lead = np.repeat(log.lead_ids, np.diff(log.start))
    link = np.array([*log.subjects, ""], dtype=object)[log.subject_code]
    bots = block.bots
    second = bots["occurred_at"].astype("datetime64[us, UTC]").astype("int64") // 1_000_000
    made_by_robots = pd.MultiIndex.from_arrays([
        bots["lead_id"].astype(object), second, bots["type"].map(WORDS).astype(object),
        bots["subject"].astype(object),
    ])  # fmt: skip
    kind = np.array(log.types, dtype=object)[log.type_code]
    here = pd.MultiIndex.from_arrays([lead, log.time, kind, link])
    return log, here.isin(made_by_robots), len(bots)


def test_the_simulator_tells_which_events_its_robots_made(market):
    log, is_robot, n_bots = market
    is_click = log.type_code == log.types.index("email_clicked")
    assert is_robot.sum() == n_bots > 1_000
    assert not is_robot[~is_click].any()


def test_flags_on_the_simulated_crm_are_right_and_miss_little(market):
    """Published thresholds, not the simulator's: its robots click 1 to 14 seconds after the send."""
    log, is_robot, n_bots = market
    bits = flags(log, rules(), declared=TYPES)
    recall = {}
    for i, rule in enumerate(RULES):
        hit = (bits >> i & 1).astype(bool)
        assert is_robot[hit].mean() >= 0.99 if hit.any() else rule == "honeypot"
        recall[rule] = (hit & is_robot).sum() / n_bots
    assert ((bits > 0) & is_robot).sum() / n_bots >= 0.99
    assert recall == {
        "instant": pytest.approx(0.75, abs=0.03),
        "unopened": pytest.approx(1.0, abs=0.01),
        "burst": pytest.approx(0.63, abs=0.05),
        "honeypot": 0.0,
    }
