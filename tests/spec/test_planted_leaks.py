"""Sixteen kinds of leaks, each planted in 3,000 invented honest leads: the gate names it and nothing else.

Each plant says in one line what somebody did to the export; beside it stands what the gate must say.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from leadscore.history.leakage.gate import event_evidence, examine
from leadscore.history.log import DAY, EventLog
from tests.fakes import seconds
from tests.honest_leads import LIMITS, UNTIL, moments, world

HOUR = 3600


@dataclass(frozen=True)
class Plant:
    """What is planted, and the name, check and state of what must be found."""

    plant: object
    column: str
    check: str
    state: str = "stops"

    def __str__(self):
        return f"{self.plant.__name__}: {self.check}"


def closings(w):
    """Return the second each lead was closed, 0 while open."""
    at = (w.outcomes["closed_at"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return at.fillna(0).to_numpy().astype(np.int64)


def creations(w):
    return w.leads["order"].to_numpy()


def the_amount_is_set_by_the_outcome(w):
    """1: won leads get the signed amount, others the low first guess."""
    return w.having(
        "amount", np.where(w.won, 5000, 500) + w.draw.uniform(0, 200, 3000), kind="number"
    )


def a_remark_holds_the_status_for_half_of_the_leads(w):
    """2: a third of the leads carry a verdict in a column that else says `new`."""
    told = w.is_closed & (w.draw.random(3000) < 0.4)
    return w.having("remarks", np.where(told, np.where(w.won, "buys", "no money"), "new"))


def the_contract_kind_is_asked_of_winners(w):
    """3: what stands in it says nothing, that something stands there does."""
    filled = w.won | (w.draw.random(3000) < 0.2)
    return w.having("contract_kind", np.where(filled, w.draw.choice(["a", "b"], 3000), None))


def the_campaign_is_filled_in_at_closing(w):
    """4: accounting assigns a campaign once a deal is over, won or lost."""
    filled = w.is_closed & (w.draw.random(3000) < 0.9)
    return w.having("campaign", np.where(filled, w.draw.choice(["a", "b", "c"], 3000), None))


def a_nightly_job_enriched_the_leads_open_on_one_day(w):
    """5: a data vendor's file was joined to all leads open on 1 March 2025."""
    day = seconds("2025-03-01")
    was_open = (creations(w) < day) & ((closings(w) == 0) | (closings(w) > day))
    revenue = np.where(was_open, w.draw.lognormal(10, 1, 3000), np.nan)
    return w.having("vendor_revenue", revenue, kind="number")


def the_last_activity_is_overwritten_until_the_export(w):
    """6: a weak sign, but the name tells that the value is not of then."""
    return w.having(
        "last_step",
        np.where(w.draw.random(3000) < 0.35 + 0.3 * w.won, "call", "mail"),
        known="as_exported",
    )


def closed_deals_are_re_segmented(w):
    """7: accounting rewrites the segment of won deals a week after closing; the history shows it."""
    ids = w.leads["lead_id"]
    at_first = pd.DataFrame({"lead_id": ids, "value": "small", "known_from": moments(creations(w))})
    later = pd.DataFrame(
        {"lead_id": ids, "value": "key account", "known_from": moments(closings(w) + 7 * DAY)}
    )[w.won & (w.draw.random(3000) < 0.6)]
    rows = pd.concat([at_first, later], ignore_index=True).assign(property="segment")
    return replace(
        w.having("segment", w.draw.choice(["small", "large"], 3000)),
        changes=rows.assign(
            value=rows["value"].astype("str"), lead_id=rows["lead_id"].astype("str")
        ),
    )


def customers_were_imported_from_the_invoices(w):
    """8: 100 customers were created in the CRM in one second, the day they were billed."""
    rows = w.draw.choice(np.flatnonzero(w.won), 100, replace=False)
    created = w.leads["created_at"].copy()
    moment = pd.Timestamp("2024-06-03 09:00", tz="UTC")
    created.iloc[rows] = moment
    closed = w.outcomes["closed_at"].copy()
    closed.iloc[rows] = moment + pd.to_timedelta(w.draw.integers(60, HOUR, 100), unit="s")
    leads = w.leads.assign(created_at=created)
    order = np.where(np.isin(np.arange(3000), rows), moment.timestamp(), creations(w)).astype(
        np.int64
    )
    ids = w.leads["lead_id"].to_numpy(object)[rows]
    return replace(
        w, leads=leads.assign(order=order), outcomes=w.outcomes.assign(closed_at=closed),
        events=w.events.loc[~w.events["lead_id"].isin(ids)],
    )  # fmt: skip


def wins_got_the_day_of_a_migration(w):
    """8: a fifth of the wins carry the second at which the old CRM was copied."""
    rows = np.flatnonzero(w.won & (creations(w) < seconds("2025-05-01")))
    rows = w.draw.choice(rows, len(rows) // 5, replace=False)
    closed = w.outcomes["closed_at"].copy()
    closed.iloc[rows] = pd.Timestamp("2025-05-14 02:00", tz="UTC")
    return replace(w, outcomes=w.outcomes.assign(closed_at=closed))


def the_history_has_no_times(w):
    """8: events of half of the leads were copied with the time of the lead's creation."""
    created = w.events["lead_id"].map(w.leads.set_index("lead_id")["created_at"])
    copied = w.events["lead_id"].str[-1].isin(list("02468"))
    at = w.events["occurred_at"].where(~copied, created)
    return replace(w, events=w.events.assign(occurred_at=at))


def calls_were_entered_in_one_batch(w):
    """8: a telephone log was loaded in one night, with the time of loading."""
    rows = w.draw.choice(np.flatnonzero(creations(w) < seconds("2025-01-01")), 800, replace=False)
    return w.with_events(rows, np.full(800, seconds("2025-02-01")), "old_calls")


def visits_belong_to_an_earlier_life(w):
    """8: visits of a former contact of the same name were attached to the lead."""
    return w.with_events(np.arange(1500), creations(w)[:1500] - 200 * DAY, "old_visits")


def winners_get_an_id_of_the_order_book(w):
    """9: the id is renumbered once a deal is won."""
    number = np.arange(3000) + np.where(w.won, 40_000, 0)
    return renamed(w, [f"L{i:06d}" for i in number])


def winners_get_another_letter(w):
    """9: leads become customers, and their id with them."""
    letter = np.where(w.won, "C", "L")
    return renamed(
        w, [f"{a}{i:06d}" for a, i in zip(letter, w.draw.permutation(3000), strict=True)]
    )


def renamed(w, ids):
    new = dict(zip(w.leads["lead_id"], ids, strict=True))
    leads = w.leads.assign(lead_id=pd.Series(ids, dtype="str"))
    return replace(
        w,
        leads=leads,
        outcomes=w.outcomes.assign(lead_id=leads["lead_id"]),
        events=w.events.assign(lead_id=w.events["lead_id"].map(new).astype("str")),
    )


def the_export_is_sorted_by_status(w):
    """10: won leads stand first in the file."""
    by = np.lexsort((creations(w), w.outcomes["status"].map({"won": 0, "open": 1, "lost": 2})))
    row = np.empty(3000, np.int64)
    row[by] = np.arange(3000) + 1
    return replace(w, leads=w.leads.assign(row=row))


def meetings_are_dated_in_the_future(w):
    """11: meetings carry the day they are planned for."""
    return w.with_events(np.arange(2900, 3000), np.full(100, seconds("2026-02-01")), "visit")


def invoices_are_sent_around_the_signature(w):
    """11: most leave a minute after closing, some an hour before the rep closes the deal."""
    rows = np.flatnonzero(w.won)
    at = closings(w)[rows] + w.draw.choice([60, -HOUR], len(rows), p=[0.8, 0.2])
    return w.with_events(rows, at, "invoice_sent")


def contracts_are_signed_on_the_last_day(w):
    """11: the signature stands some hours before the rep closes the deal, and never for lost ones."""
    rows = np.flatnonzero(w.won & (w.age > 15))
    return w.with_events(
        rows, closings(w)[rows] - w.draw.integers(HOUR, 20 * HOUR, len(rows)), "signature"
    )


def the_stage_is_set_to_won(w):
    """11: a change of stage is honest, the change to the last stage is the outcome."""
    rows = np.flatnonzero(w.won)
    at = closings(w)[rows] - w.draw.integers(60, 2 * HOUR, len(rows))
    return w.with_events(rows, at, "stage_change", "closed won")


def onboarding_begins_after_the_sale(w):
    """11: no look at an open lead can see it; it is named all the same."""
    rows = np.flatnonzero(w.won & (closings(w) < seconds("2025-12-20")))
    return w.with_events(rows, closings(w)[rows] + 3 * DAY, "onboarding")


def days_to_close_are_exported(w):
    """12: short or long for winners and losers alike, so no ranking shows it."""
    days = np.where(w.is_closed, np.round(w.age), w.draw.integers(0, 300, 3000))
    return w.having("cycle", days, kind="number")


def the_date_of_the_last_letter_is_that_of_closing(w):
    """12: a text, in days, of another column of the same moment."""
    day = w.outcomes["closed_at"].dt.strftime("%d/%m/%Y").astype(object)
    return w.having("letter_of", day.where(w.is_closed, "01/06/2024"))


def a_code_stands_for_the_status(w):
    """12: 2 is won, 1 and 3 are lost: a number that ranks nobody, and tells all."""
    lost = w.draw.choice([1.0, 3.0], 3000)
    return w.having(
        "step_code", np.where(w.won, 2.0, lost) * 100 + w.draw.uniform(0, 40, 3000), kind="number"
    )


def notes_say_how_it_ended(w):
    """12: every note is different, so no value repeats; one word does."""
    ended = w.is_closed & (w.draw.random(3000) < 0.3)
    words = np.where(ended & w.won, "contrat signé le", "rappeler le")
    return w.having("notes", [f"{a} {i}" for i, a in enumerate(words)])


def leads_were_copied_under_new_ids(w):
    """13: a merge of two databases kept 150 leads twice, half a year apart, with their outcome."""
    source = w.draw.choice(2000, 150, replace=False)
    leads, outcomes = w.leads.iloc[source].copy(), w.outcomes.iloc[source].copy()
    ids = [f"L{i:06d}" for i in range(9000, 9150)]
    created = leads["created_at"] + pd.Timedelta(days=180)
    both = {"lead_id": pd.Series(ids, dtype="str", index=leads.index)}
    leads = leads.assign(**both, created_at=created, order=leads["order"] + 180 * DAY)
    outcomes = outcomes.assign(**both, closed_at=outcomes["closed_at"] + pd.Timedelta(days=180))
    leads = pd.concat([w.leads, leads], ignore_index=True)
    leads = leads.assign(remark="", row=np.argsort(np.argsort(leads["order"])) + 1)
    number = np.argsort(np.argsort(leads["order"], kind="stable"))
    joined = replace(
        w, leads=leads.assign(remark=pd.Series("", index=leads.index, dtype="str")),
        outcomes=pd.concat([w.outcomes, outcomes], ignore_index=True),
    )  # fmt: skip
    return renamed(joined, [f"L{i:06d}" for i in number])


def people_tell_their_age(w):
    """14: honest, and no ground to rank anybody by."""
    return w.having("age_du_contact", w.draw.integers(18, 80, 3000).astype(float), kind="number")


def letters_have_a_form_of_address(w):
    """14: the name of the column says nothing, its values do."""
    return w.having("anrede", w.draw.choice(["M.", "Mme"], 3000))


def the_assistant_is_an_address(w):
    """15: who to write to, as free text."""
    return w.having(
        "assistant", [f"person{i}@example.com" for i in range(3000)], known="as_exported"
    )


def a_meaning_changes(w):
    """16: from 2025 on a free trial counts as a win."""
    trial = (
        (creations(w) >= seconds("2025-01-01")) & ~w.won & w.is_closed & (w.draw.random(3000) < 0.9)
    )
    status = w.outcomes["status"].where(~trial, "won")
    return replace(w, outcomes=w.outcomes.assign(status=status))


PLANTS = [
    Plant(the_amount_is_set_by_the_outcome, "amount", "answers alone"),
    Plant(a_remark_holds_the_status_for_half_of_the_leads, "remarks", "values all won or all lost"),
    Plant(the_contract_kind_is_asked_of_winners, "contract_kind", "being filled in ranks leads"),
    Plant(the_campaign_is_filled_in_at_closing, "campaign", "filled in when closed"),
    Plant(a_nightly_job_enriched_the_leads_open_on_one_day, "vendor_revenue", "filled in by batch"),
    Plant(the_last_activity_is_overwritten_until_the_export, "last_step", "rewritten late"),
    Plant(closed_deals_are_re_segmented, "segment", "rewritten after closing"),
    Plant(customers_were_imported_from_the_invoices, "created_at", "dated in bulk"),
    Plant(wins_got_the_day_of_a_migration, "closed_at", "dated in bulk"),
    Plant(the_history_has_no_times, "events", "dated at one moment"),
    Plant(calls_were_entered_in_one_batch, "events:old_calls", "entered in one batch"),
    Plant(visits_belong_to_an_earlier_life, "events:old_visits", "dated before the lead"),
    Plant(winners_get_an_id_of_the_order_book, "lead_id", "ids rank leads"),
    Plant(winners_get_another_letter, "lead_id", "ids rank leads"),
    Plant(the_export_is_sorted_by_status, "row", "row order ranks leads"),
    Plant(meetings_are_dated_in_the_future, "events:visit", "dated after the export"),
    Plant(invoices_are_sent_around_the_signature, "events:invoice_sent", "happens at closing"),
    Plant(contracts_are_signed_on_the_last_day, "events:signature", "happens at closing"),
    Plant(the_stage_is_set_to_won, "events:stage_change", "happens at closing"),
    Plant(onboarding_begins_after_the_sale, "events:onboarding", "only after closing", "excluded"),
    Plant(days_to_close_are_exported, "cycle", "target in disguise"),
    Plant(the_date_of_the_last_letter_is_that_of_closing, "letter_of", "target in disguise"),
    Plant(a_code_stands_for_the_status, "step_code", "target in disguise"),
    Plant(notes_say_how_it_ended, "notes", "target in disguise"),
    Plant(leads_were_copied_under_new_ids, "leads:duplicates", "one lead under several ids"),
    Plant(people_tell_their_age, "age_du_contact", "protected ground"),
    Plant(letters_have_a_form_of_address, "anrede", "protected ground"),
    Plant(the_assistant_is_an_address, "assistant", "personal data"),
    Plant(a_meaning_changes, "label", "win rate jumps", "warns"),
]  # fmt: skip


def examined(w, **changes):
    return examine(
        w.properties, w.leads, w.outcomes, LIMITS.model_copy(update=changes),
        log=w.log(), changes=w.changes, until=UNTIL,
    )  # fmt: skip


@pytest.mark.parametrize("planted", PLANTS, ids=str)
def test_the_gate_names_the_planted_leak_and_nothing_else(planted):
    """And what the finding prints allows it."""
    w = planted.plant(world(1))
    (found,) = examined(w)
    assert (found.column, found.check, found.state) == (
        planted.column,
        planted.check,
        planted.state,
    )
    assert any(char.isdigit() for char in found.evidence)
    if found.state != "stops":
        return
    key, _, rest = found.allow.removeprefix("leakage.").partition(": [")
    line = rest.partition("]")[0].strip('"')
    line = line.replace("WHO, YYYY-MM-DD", "data protection officer, 2026-01-31")
    (again,) = examined(w, **{key: [line]})
    assert (again.column, again.state) == (found.column, "allowed")


@pytest.mark.parametrize("seed", [101, 102])
@pytest.mark.parametrize(("base", "drift"), [(0.02, 0.0), (0.1, 1.0), (0.3, -1.0), (0.6, 0.0)])
def test_honest_leads_raise_no_alarm(seed, base, drift):
    assert examined(world(seed, base=base, drift=drift, n_more=10)) == []


def test_events_may_come_in_batches_of_leads():
    """Three logs of a thousand leads each say what one log of all says."""
    w = invoices_are_sent_around_the_signature(world(3))
    ids = w.leads["lead_id"].to_numpy(object)
    gathered = event_evidence(w.leads, w.outcomes, LIMITS, until=UNTIL)
    for part in np.array_split(w.draw.permutation(ids), 3):
        gathered.add(EventLog.from_table(w.events, part))
    in_parts = examine(w.properties, w.leads, w.outcomes, LIMITS, log=gathered, until=UNTIL)
    assert in_parts == examined(w)
    assert [f.column for f in in_parts] == ["events:invoice_sent"]
