"""History on random lives: the future changes nothing, the order of rows changes nothing.

Times are whole hours of four weeks, so that ties and borders are common.
"""

import numpy as np
import pandas as pd
from hypothesis import example, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from leadscore.domain.errors import GateError
from leadscore.history import snapshots
from leadscore.history.features import build
from leadscore.history.kernel import Sweep
from leadscore.history.labels import label
from leadscore.history.log import DAY, EventLog, Moments
from leadscore.history.properties import properties_at
from leadscore.history.splits import CALIBRATE, FIT, TEST, ordered_windows
from tests.fakes import category, seconds, settings
from tests.tables import times

HOUR = 3_600
START = seconds("2026-01-05")
HORIZON = 7
NAMES = ["a", "b", "c", "d"]
WINDOWS = (1, 7, 30)
DECLARED = [
    {"is": "count", "of": "each", "within_days": list(WINDOWS)},
    {"is": "recency", "of": "each"},
    {"is": "count", "of": "engagement", "within_days": list(WINDOWS)},
    {"is": "active_days", "of": "engagement", "within_days": list(WINDOWS)},
    {"is": "decayed_sum", "of": "engagement", "half_life_days": 7},
]
FEATURES = settings(features={"events": DECLARED}).features

hour = st.integers(0, 28 * 24)
events = st.lists(
    st.tuples(st.sampled_from(NAMES), hour, st.sampled_from(["page", "demo"])), max_size=14
)
asked = st.lists(st.tuples(st.sampled_from(NAMES), hour), min_size=1, max_size=6, unique=True)
life = st.tuples(hour, st.sampled_from(["won", "lost", "open"]), st.integers(1, 20 * 24))
lives = st.fixed_dictionaries(dict.fromkeys(NAMES, life))
shuffle = st.randoms(use_true_random=False)


def moments(hours):
    return pd.Series(
        pd.to_datetime([START + h * HOUR for h in hours], unit="s", utc=True)
    ).dt.as_unit("us")


def event_table(rows):
    return pd.DataFrame(
        {
            "lead_id": pd.Series([r[0] for r in rows], dtype="str"),
            "occurred_at": moments(r[1] for r in rows) if rows else times([]),
            "type": pd.Series([r[2] for r in rows], dtype="str"),
            "subject": pd.Series([None] * len(rows), dtype="str"),
            "value": np.full(len(rows), np.nan),
        }
    )


def look_table(rows):
    as_of = moments(h for _, h in rows)
    return pd.DataFrame(
        {"lead_id": pd.Series([n for n, _ in rows], dtype="str"), "as_of": as_of, "age_days": 1.0}
    )


LEADS = pd.DataFrame(
    {
        "lead_id": pd.Series(NAMES, dtype="str"),
        "channel": pd.Series(["ads", "fair", None, "ads"], dtype="str"),
    }
)


def known(event_rows, look_rows, leads=LEADS):
    looks = look_table(look_rows)
    log = EventLog.from_table(event_table(event_rows), looks["lead_id"].unique())
    table = build(
        looks, properties_at(looks, leads, [category("channel")]), Sweep(log, Moments.from_table(looks, log)),
        properties=[category("channel")], event_labels={"page": "Page", "demo": "Demo"},
        engagement_types=("page", "demo"), settings=FEATURES,
    )  # fmt: skip
    return table.rows


def life_tables(lives):
    created = moments(at for at, _, _ in lives.values())
    closed = [None if s == "open" else START + (at + n) * HOUR for at, s, n in lives.values()]
    status = [s for _, s, _ in lives.values()]
    closings = pd.Series(pd.to_datetime(closed, unit="s", utc=True)).dt.as_unit("us")
    name = pd.Series(list(lives), dtype="str")
    leads = pd.DataFrame({"lead_id": name, "created_at": created})
    return leads, pd.DataFrame(
        {"lead_id": name, "opened_at": created, "status": status, "closed_at": closings}
    )


def weekly(leads, outcomes, *, until_hour=40 * 24):
    return snapshots.calendar(
        leads, outcomes, every_days=7, max_age_days=14, until=moments([until_hour])[0]
    )


@given(event_rows=events, look_rows=asked, later=events)
@tried(max_examples=25, deadline=None)
def test_events_after_the_look_change_no_feature(event_rows, look_rows, later):
    last = max(h for _, h in look_rows)
    future = [(name, last + 1 + h, kind) for name, h, kind in later]
    pd.testing.assert_frame_equal(
        known(event_rows + future, look_rows), known(event_rows, look_rows)
    )


@given(event_rows=events, look_rows=asked, order=shuffle)
@tried(max_examples=25, deadline=None)
def test_the_order_of_events_looks_and_leads_changes_no_feature(event_rows, look_rows, order):
    mixed, place, people = list(event_rows), list(range(len(look_rows))), list(range(len(NAMES)))
    for rows in (mixed, place, people):
        order.shuffle(rows)
    straight = known(event_rows, look_rows).iloc[place].reset_index(drop=True)
    turned = known(mixed, [look_rows[i] for i in place], LEADS.iloc[people])
    pd.testing.assert_frame_equal(turned, straight)


@given(event_rows=events, look_rows=asked)
@tried(max_examples=25, deadline=None)
def test_a_longer_window_never_counts_less(event_rows, look_rows):
    table = known(event_rows, look_rows)
    for kind in ("act_page_count", "act_demo_count", "act_any_count", "act_any_days"):
        shorter = table[[f"{kind}_{days}d" for days in WINDOWS]].to_numpy()
        assert (np.diff(shorter, axis=1) >= 0).all()


@given(event_rows=events, look_rows=asked)
@tried(max_examples=25, deadline=None)
def test_the_types_add_up_to_all_of_them(event_rows, look_rows):
    table = known(event_rows, look_rows)
    for days in WINDOWS:
        parts = table[f"act_page_count_{days}d"] + table[f"act_demo_count_{days}d"]
        assert parts.tolist() == table[f"act_any_count_{days}d"].tolist()


@given(lives=lives, until=st.integers(0, 50 * 24))
@tried(max_examples=25, deadline=None)
def test_every_look_is_a_monday_of_an_open_lead(lives, until):
    leads, outcomes = life_tables(lives)
    looks = weekly(leads, outcomes, until_hour=until)
    joined = looks.merge(leads, on="lead_id").merge(outcomes, on="lead_id")
    assert (joined["created_at"] <= joined["as_of"]).all()
    assert (joined["as_of"] < joined["closed_at"].fillna(moments([10_000])[0])).all()
    assert (joined["as_of"] <= moments([until])[0]).all()
    assert (joined["order"] % DAY == 0).all()
    assert (joined["as_of"].dt.day_of_week == 0).all()
    assert joined["age_days"].between(0, 14).all()
    assert not looks.duplicated(["lead_id", "as_of"]).any()


@given(lives=lives, week=st.integers(0, 5))
@tried(max_examples=25, deadline=None)
def test_the_night_of_a_monday_sees_what_the_calendar_sees(lives, week):
    """Both take the same leads, so a model is trained on the mix that it scores."""
    leads, outcomes = life_tables(lives)
    monday = moments([week * 7 * 24])[0]
    tonight = snapshots.at_moment(leads, outcomes, as_of=monday)
    looks = snapshots.calendar(leads, outcomes, every_days=7, max_age_days=999, until=monday)
    planned = looks.loc[looks["as_of"] == monday].reset_index(drop=True)
    pd.testing.assert_frame_equal(tonight, planned)


@given(lives=lives, order=shuffle)
@tried(max_examples=25, deadline=None)
def test_the_order_of_leads_and_outcomes_changes_no_look_and_no_label(lives, order):
    leads, outcomes = life_tables(lives)
    place = list(range(len(NAMES)))
    order.shuffle(place)
    until = moments([30 * 24])[0]

    def labelled(one, other):
        return label(weekly(one, other), other, horizon_days=HORIZON, until=until)

    turned = labelled(leads.iloc[place], outcomes.iloc[place[::-1]])
    pd.testing.assert_frame_equal(turned, labelled(leads, outcomes))


@given(lives=lives, week=st.integers(0, 5), until=st.integers(0, 50 * 24))
@example(
    lives={"a": (0, "won", 305)}, week=0, until=705
)  # closed after the horizon, before the export
@tried(max_examples=30, deadline=None)
def test_a_label_tells_the_horizon_and_nothing_after_it(lives, week, until):
    """Leads closed after a look's horizon may as well still be open: the look's label is the same."""
    leads, outcomes = life_tables(lives)
    monday, now = moments([week * 7 * 24])[0], moments([until])[0]
    looks = snapshots.at_moment(leads, outcomes, as_of=monday)
    closed_late = outcomes["closed_at"] > monday + pd.Timedelta(days=HORIZON)
    blind = outcomes.assign(
        status=outcomes["status"].mask(closed_late, "open"),
        closed_at=outcomes["closed_at"].mask(closed_late),
    )
    pd.testing.assert_frame_equal(
        label(looks, blind, horizon_days=HORIZON, until=now),
        label(looks, outcomes, horizon_days=HORIZON, until=now),
    )


@given(lives=lives, until=st.integers(0, 40 * 24), later=st.integers(0, 30 * 24))
@tried(max_examples=25, deadline=None)
def test_time_only_fills_labels_in_and_never_changes_one(lives, until, later):
    leads, outcomes = life_tables(lives)
    looks = weekly(leads, outcomes)
    then = label(looks, outcomes, horizon_days=HORIZON, until=moments([until])[0])
    now = label(looks, outcomes, horizon_days=HORIZON, until=moments([until + later])[0])
    assert (now["is_mature"] | ~then["is_mature"]).all()
    known = then["is_mature"].to_numpy()
    assert now["label"][known].tolist() == then["label"][known].tolist()
    assert then["label"].isna().tolist() == (~known).tolist()


@given(
    days=st.lists(st.integers(0, 40), min_size=3, max_size=40),
    purge=st.integers(0, 12),
    shares=st.tuples(st.floats(0.1, 0.4), st.floats(0.1, 0.4)),
)
@tried(max_examples=80, deadline=None)
def test_windows_follow_each_other_and_no_label_crosses_a_border(days, purge, shares):
    order = np.array(days, dtype=np.int64)
    try:
        windows = ordered_windows(
            order, calibrate_share=shares[0], test_share=shares[1], purge=purge
        )
    except GateError:
        return
    fit, calibrate, test = (order[windows.rows(w)] for w in (FIT, CALIBRATE, TEST))
    assert fit.max() + purge <= calibrate.min()
    assert calibrate.max() + purge <= test.min()
    assert fit.max() < calibrate.min() <= calibrate.max() < test.min()
    for day in set(days):
        assert len(set(windows.name[order == day])) == 1
