"""What looks odd in an honest CRM and is no leak: crowds, batches, comebacks, histories, late events."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leadscore.history.leakage.changes import Changes, as_of_a_look
from leadscore.history.leakage.gate import examine
from leadscore.history.leakage.ground import Ground
from leadscore.history.log import DAY
from tests.fakes import leads, outcomes, seconds
from tests.honest_leads import DAYS, LIMITS, START, UNTIL, moments, world

N = 3000


def created(w):
    return w.leads["order"].to_numpy().copy()


def ended(w):
    """Return the second each lead was closed, that of the export while open."""
    end = (w.outcomes["closed_at"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return end.fillna(START + DAYS * DAY).to_numpy().astype(np.int64)


def closing_at(w, closed):
    closed_at = moments(closed).mask(~w.is_closed)
    return replace(w, outcomes=w.outcomes.assign(closed_at=closed_at))


def created_at(w, times):
    return replace(w, leads=w.leads.assign(created_at=moments(times), order=times))


def reps_close_at_the_end_of_the_quarter(w):
    day = pd.to_datetime(ended(w), unit="s") + pd.offsets.QuarterEnd(0)
    last = (day.normalize() - pd.Timestamp(0)).total_seconds().to_numpy().astype(np.int64)
    in_batch = w.won & (w.draw.random(N) < 0.4) & (last + DAY < START + DAYS * DAY)
    return closing_at(w, np.where(in_batch, last + w.draw.integers(8, 18, N) * 3600, ended(w)))


def dates_are_days(w):
    day = created(w) // DAY * DAY
    return closing_at(created_at(w, day), np.maximum(ended(w) // DAY * DAY, day))


def a_fair_brought_one_lead_in_twenty_five(w):
    times = created(w)
    times[1500:1620] = times[1620]
    return created_at(w, times)


def lost_leads_are_reopened(w):
    rows = w.outcomes.assign(opened_at=w.leads["created_at"])
    again = rows.loc[rows["status"] == "lost"].iloc[::7]
    again = again.assign(
        opened_at=again["closed_at"] + pd.Timedelta(days=30),
        closed_at=again["closed_at"] + pd.Timedelta(days=60),
    )
    again = again.loc[again["closed_at"] < UNTIL]
    return replace(w, outcomes=pd.concat([rows, again], ignore_index=True))


def firms_give_their_leads_the_same_columns(w):
    firm = w.draw.zipf(1.5, N) % 60
    plain = replace(w, leads=w.leads[["lead_id", "created_at", "order", "row"]], properties=())
    for name, kinds in (("firm", 60), ("sector", 8), ("band", 20), ("land", 9)):
        plain = plain.having(name, [f"{name} {(f * 7 + 3) % kinds}" for f in firm])
    return plain.having("product", w.draw.choice(list("abcdefg"), N))


def values_change_while_leads_are_open(w):
    """And two in a hundred are corrected afterwards."""
    ids = w.leads["lead_id"]
    during = (created(w) + w.draw.random(N) * (ended(w) - created(w))).astype(np.int64)
    parts = [(created(w), np.ones(N, bool)), (during, w.draw.random(N) < 0.5)]
    parts.append((ended(w) + 5 * DAY, w.draw.random(N) < 0.02))
    rows = [
        pd.DataFrame({"lead_id": ids[keep], "known_from": moments(at)[keep]}) for at, keep in parts
    ]
    rows = pd.concat(rows, ignore_index=True)
    value = pd.Series(w.draw.choice(["s", "m", "l"], len(rows)), dtype="str")
    return replace(
        w.having("segment", w.draw.choice(["s", "m", "l"], N)),
        changes=rows.assign(property="segment", value=value),
    )


def an_invitation_goes_to_all_open_leads_at_once(w):
    at = START + 400 * DAY
    rows = np.flatnonzero((created(w) < at) & (ended(w) > at))
    return w.with_events(rows, np.full(len(rows), at), "invitation")


def customers_write_tickets_and_so_do_some_on_trial(w):
    rows = np.flatnonzero(w.won & (ended(w) < START + (DAYS - 10) * DAY))
    w = w.with_events(rows, ended(w)[rows] + 3 * DAY, "ticket")
    trial = w.draw.choice(N, 500, replace=False)
    return w.with_events(trial, (created(w)[trial] + ended(w)[trial]) // 2, "ticket")


def contracts_go_out_some_days_before_most_wins(w):
    """The strongest honest event: it precedes seven of ten wins, and few losses."""
    sent = np.where(w.won, w.draw.random(N) < 0.7, w.is_closed & (w.draw.random(N) < 0.03))
    rows = np.flatnonzero(sent)
    gap = (w.draw.lognormal(1.2, 0.7, len(rows)) * DAY).astype(np.int64)
    return w.with_events(rows, np.maximum(ended(w)[rows] - gap, created(w)[rows]), "contract_sent")


ODDITIES = [
    reps_close_at_the_end_of_the_quarter, dates_are_days, a_fair_brought_one_lead_in_twenty_five,
    lost_leads_are_reopened, firms_give_their_leads_the_same_columns,
    values_change_while_leads_are_open, an_invitation_goes_to_all_open_leads_at_once,
    customers_write_tickets_and_so_do_some_on_trial, contracts_go_out_some_days_before_most_wins,
]  # fmt: skip


@pytest.mark.parametrize("odd", ODDITIES, ids=lambda f: f.__name__)
def test_oddities_of_an_honest_crm_raise_no_alarm(odd):
    w = odd(world(11))
    found = examine(
        w.properties, w.leads, w.outcomes, LIMITS, log=w.log(), changes=w.changes, until=UNTIL
    )
    assert found == []


def test_a_mass_of_losses_closed_at_once_is_only_warned_of():
    """An office cleans up: a tenth of the lost leads are closed in one second."""
    w = world(13)
    at = seconds("2025-06-16") + 3600
    rows = np.flatnonzero(w.is_closed & ~w.won & (created(w) < at))
    closed = ended(w)
    closed[w.draw.choice(rows, 250, replace=False)] = at
    w = closing_at(w, closed)
    found = examine(w.properties, w.leads, w.outcomes, LIMITS, until=UNTIL)
    assert [(f.column, f.check, f.state) for f in found] == [
        ("closed_at", "dated in bulk", "warns")
    ]
    assert "lost leads closed at 2025-06-16 01:00:00 UTC" in found[0].evidence


def test_a_value_is_taken_as_it_stood_half_way_through_a_leads_life():
    """Half-way is 11 January for `a` and `b` and 16 January for `c`, which is open at the export."""
    people = leads("""
        lead_id | created_at
        a       | 2026-01-01
        b       | 2026-01-01
        c       | 2026-01-01
        d       | 2026-01-01
    """)
    ends = outcomes("""
        lead_id | status | closed_at
        a       | won    | 2026-01-21
        b       | lost   | 2026-01-21
        c       | open   |
        d       | lost   | 2026-01-21
    """)
    until = pd.Timestamp("2026-01-31", tz="UTC")
    ground = Ground.of(people, ends, until=until, is_dated=True)
    changes = pd.DataFrame(
        [("a", "new", "2026-01-01"), ("a", "hot", "2026-01-10"), ("a", "won", "2026-01-20"),
         ("b", "lost", "2026-01-12"), ("c", "new", "2026-01-15")],
        columns=["lead_id", "value", "known_from"],
    ).assign(property="mood")  # fmt: skip
    changes["known_from"] = pd.to_datetime(changes["known_from"], utc=True)
    history = Changes.by_property(changes, ground)["mood"]
    exported = pd.Series(["won", "lost", "old", "cold"], dtype="str")
    seen = as_of_a_look(exported, history, ground)
    assert seen.fillna("-").tolist() == ["hot", "-", "new", "cold"]
