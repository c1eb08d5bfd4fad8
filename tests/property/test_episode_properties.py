"""Episodes against a slow, obvious reading: an hour at a time, one lead at a time."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from leadscore.history import snapshots
from leadscore.history.episodes import open_spans
from leadscore.history.labels import label

DAY = 24
START = pd.Timestamp("2026-01-05", tz="UTC")  # a Monday
LAST = 40 * DAY
HORIZON = 7

hour = st.integers(-5 * DAY, LAST)
episode = st.tuples(hour, st.one_of(st.none(), st.integers(0, 20 * DAY)), st.booleans())
lead = st.tuples(st.integers(0, 20 * DAY), st.lists(episode, min_size=1, max_size=4,
                 unique_by=lambda e: e[0]))  # fmt: skip
people = st.lists(lead, min_size=1, max_size=3)


def times(hours):
    moments = [None if h is None else START + pd.Timedelta(hours=h) for h in hours]
    return pd.Series(pd.to_datetime(moments, utc=True)).dt.as_unit("us")


def tables(lives):
    """Return leads and outcomes; an episode is (hour opened, hours until closed or None, won)."""
    rows = [
        (f"L{i}", opened, None if length is None else opened + length, won)
        for i, (_, episodes) in enumerate(lives)
        for opened, length, won in episodes
    ]
    status = ["open" if closed is None else "won" if won else "lost" for _, _, closed, won in rows]
    names = pd.Series([f"L{i}" for i in range(len(lives))], dtype="str")
    leads = pd.DataFrame({"lead_id": names, "created_at": times(at for at, _ in lives)})
    outcomes = pd.DataFrame(
        {
            "lead_id": pd.Series([row[0] for row in rows], dtype="str"),
            "opened_at": times(row[1] for row in rows),
            "status": pd.Series(status, dtype="str"),
            "closed_at": times(row[2] for row in rows),
        }
    )
    return leads, outcomes


def is_open(life, at, *, max_age_days=10**6):
    created, episodes = life
    return any(
        max(opened, created) <= at
        and (length is None or at < opened + length)
        and at <= max(opened, created) + max_age_days * DAY
        for opened, length, _ in episodes
    )


def is_won(life, at, several):
    ends = sorted((o + n, not won) for o, n, won in life[1] if n is not None and o + n > at)
    soon = [not lost for end, lost in ends if end <= at + HORIZON * DAY]
    return any(soon) if several == "any" else soon[:1] == [True]


def hours(looks):
    since = (looks["as_of"] - START) // pd.Timedelta(hours=1)
    return list(zip(looks["lead_id"], since, strict=True))


@given(lives=people, max_age_days=st.integers(0, 30))
@tried(max_examples=150)
def test_a_lead_is_looked_at_on_the_mondays_on_which_an_episode_is_open(lives, max_age_days):
    leads, outcomes = tables(lives)
    looks = snapshots.calendar(
        leads, outcomes, every_days=7, max_age_days=max_age_days, until=times([LAST])[0]
    )
    assert hours(looks) == [
        (f"L{i}", at)
        for i, life in enumerate(lives)
        for at in range(0, LAST + 1, 7 * DAY)
        if is_open(life, at, max_age_days=max_age_days)
    ]


@given(lives=people, at=st.integers(0, LAST))
@tried(max_examples=150)
def test_tonight_those_are_open_that_have_an_open_episode(lives, at):
    tonight = snapshots.at_moment(*tables(lives), as_of=times([at])[0])
    assert hours(tonight) == [(f"L{i}", at) for i, life in enumerate(lives) if is_open(life, at)]


@given(lives=people)
@tried(max_examples=150)
def test_spans_never_overlap_or_touch(lives):
    spans = open_spans(*tables(lives))
    same = spans.lead_id[1:] == spans.lead_id[:-1]
    assert (spans.start < spans.end).all()
    assert (spans.start[1:][same] > spans.end[:-1][same]).all()


@pytest.mark.parametrize("several", ["first", "any"])
@given(lives=people, order=st.randoms(use_true_random=False))
@tried(max_examples=100)
def test_a_look_is_won_as_the_hours_after_it_say_in_whatever_order_episodes_are_told(
    several, lives, order
):
    leads, outcomes = tables(lives)
    place = list(range(len(outcomes)))
    order.shuffle(place)
    far = times([LAST + 100 * DAY])[0]
    looks = snapshots.calendar(
        leads, outcomes, every_days=7, max_age_days=999, until=times([LAST])[0]
    )
    found = label(looks, outcomes.iloc[place], horizon_days=HORIZON, until=far, several=several)
    assert found["label"].tolist() == [
        float(is_won(lives[int(name[1:])], at, several)) for name, at in hours(looks)
    ]


@given(lives=people, at=st.integers(0, LAST))
@tried(max_examples=100)
def test_what_an_export_of_that_night_would_tell_is_enough(lives, at):
    """Episodes opened later are not there yet, and what closes later is still open."""
    moment = times([at])[0]
    leads, outcomes = tables(lives)
    later = outcomes["closed_at"] > moment
    then = outcomes.assign(
        status=outcomes["status"].mask(later, "open"), closed_at=outcomes["closed_at"].mask(later)
    ).loc[outcomes["opened_at"] <= moment]
    known = leads.loc[leads["created_at"] <= moment]
    pd.testing.assert_frame_equal(
        snapshots.at_moment(known, then, as_of=moment),
        snapshots.at_moment(leads, outcomes, as_of=moment),
    )
