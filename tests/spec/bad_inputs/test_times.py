"""Bad inputs 42 to 62: times; what outcomes do with them stands in test_outcomes.py (54 to 57, 59, 60)."""

import json

import pandas as pd
import pytest

from leadscore.adapters.issued import partition, refuse_earlier
from leadscore.domain.errors import GateError
from leadscore.history.leakage.gate import examine, stop_on
from leadscore.history.log import EventLog
from tests.bad_inputs import (
    deals_of,
    events_of,
    is_clear,
    kept_apart,
    leads_of,
    read,
    stops,
    warned,
)
from tests.exports import DEALS, column, plain_mapping
from tests.fakes import events as event_table
from tests.fakes import leads as lead_table
from tests.fakes import outcomes as outcome_table
from tests.fakes import settings, utc

PARIS = {"zone": "Europe/Paris"}
AT = ("leads.csv", 2, "Created")


def created(folder, *cells, form=None, **changes):
    """Read leads created at these cells; return (moments by lead, export)."""
    files = plain_mapping()["files"]
    if form is not None:
        files["leads"]["columns"]["Created"]["format"] = form
    leads = leads_of(*(f"L{i},{cell},ads" for i, cell in enumerate(cells)))
    later = "2024-12-30T08:00:00Z"
    export = read(
        folder, leads=leads, events=events_of(f"L0,{later},Mail opened"),
        deals=deals_of("L0,Open,"), files=files, **changes,
    )  # fmt: skip
    return {k: f"{v:%Y-%m-%d %H:%M}" for k, v in column(export.leads, "created_at").items()}, export


MIXED = ("2024-01-01T08:00:00Z", "2024-01-01T08:00:00")


def test_042_times_with_and_without_offset_stop_unless_a_zone_is_declared(tmp_path):
    error = stops("naive-time", created, tmp_path, *MIXED, place=("leads.csv", 3, "Created"))
    assert "declare `zone` in the mapping" in error.fix
    times, _ = created(tmp_path, *MIXED, **PARIS)
    assert times == {"L0": "2024-01-01 08:00", "L1": "2024-01-01 07:00"}


def test_043_mixed_offsets_become_utc(tmp_path):
    times, export = created(tmp_path, "2024-01-01T08:00:00+02:00", "2024-01-01 08:00:00-0530")
    assert times == {"L0": "2024-01-01 06:00", "L1": "2024-01-01 13:30"}
    assert kept_apart(export) == []


def test_044_a_time_that_the_clocks_skipped_is_refused(tmp_path):
    _, export = created(tmp_path, "2024-01-01T08:00", "2024-03-31T02:30", **PARIS)
    assert kept_apart(export) == [("leads.csv", 3, "no-such-time")]


def test_044_it_is_the_first_moment_after_where_declared(tmp_path):
    """The clocks of Paris went from 01:59 (+01:00) to 03:00 (+02:00), which is 01:00 UTC."""
    times, export = created(tmp_path, "2024-03-31T02:30", skipped_hour="shift_forward", **PARIS)
    assert times == {"L0": "2024-03-31 01:00"}
    assert warned(export, "skipped at a clock change").startswith("leads.csv: 1 times of Created")


@pytest.mark.parametrize(("policy", "moment"), [("first", "00:30"), ("second", "01:30")])
def test_045_a_time_that_was_twice_is_the_declared_one_and_warned_of(tmp_path, policy, moment):
    """02:30 in Paris on 27 October was 00:30 UTC, and an hour later again."""
    times, export = created(tmp_path, "2024-10-27T02:30", repeated_hour=policy, **PARIS)
    assert times == {"L0": f"2024-10-27 {moment}"}
    assert f"the {policy} is taken" in warned(export, "leads.csv: 1 times of Created")


def test_045_it_is_refused_where_so_declared(tmp_path):
    cells = ("2024-01-01T08:00", "2024-10-27T02:30")
    _, export = created(tmp_path, *cells, repeated_hour="refuse", **PARIS)
    assert kept_apart(export) == [("leads.csv", 3, "time-was-twice")]


AMBIGUOUS = ("02/01/2024", "03/02/2024", "13/03/2024")


def test_046_days_and_months_are_never_guessed(tmp_path):
    """Not even where one of them could be a day only: the format must be declared."""
    error = stops("too-many-rejects", created, tmp_path, *AMBIGUOUS, max_reject_share=0.2, place=AT)
    assert "declare `format`: '%d/%m/%Y' or '%m/%d/%Y'" in str(error)
    times, _ = created(tmp_path, *AMBIGUOUS, form="%d/%m/%Y", zone="UTC")
    assert times["L0"] == "2024-01-02 00:00"


def test_047_serial_days_in_text_stop_with_a_hint_and_are_read_where_declared(tmp_path):
    cells = ("45292", "45293.5")
    error = stops("too-many-rejects", created, tmp_path, *cells, max_reject_share=0.2, place=AT)
    assert "declare `format`: 'excel' if these are serial numbers" in str(error)
    times, _ = created(tmp_path, *cells, form="excel", zone="UTC")
    assert times == {"L0": "2024-01-01 00:00", "L1": "2024-01-02 12:00"}


def test_048_days_since_1904_are_read_where_declared(tmp_path):
    """1,462 days lie between the two beginnings: 45,292 - 1,462 = 43,830."""
    times, _ = created(tmp_path, "43830", form="excel_1904", zone="UTC")
    assert times == {"L0": "2024-01-01 00:00"}


@pytest.mark.parametrize(
    ("declared", "cell", "fits"),
    [
        ("epoch_s", "1704096000000", "epoch_ms"),
        ("epoch_ms", "1704096000", "epoch_s"),
        ("epoch_s", "1704096000000000", "epoch_us"),
        ("excel", "1704096000", "epoch_s"),
    ],
)
def test_049_another_unit_of_time_than_declared_stops(tmp_path, declared, cell, fits):
    error = stops(
        "wrong-time-unit", created, tmp_path, cell, cell, form=declared, zone="UTC", place=AT
    )
    assert error.fix == f"declare `format: {fits}`"


@pytest.mark.parametrize("cell", ["0000-00-00", "1900-01-01", "9999-12-31", "1970-01-01T00:00:00Z"])
def test_050_placeholders_for_no_date_are_none_and_warned_of(tmp_path, cell):
    export = read(tmp_path, deals=DEALS.replace("b,Open,", f"b,Open,{cell}"), zone="UTC")
    assert column(export.outcomes, "closed_at")["b"] is None
    assert warned(export, "placeholder dates of Closed").startswith("deals.csv: 1 ")
    assert kept_apart(export) == []


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1999-12-31T23:59:59Z", "time-out-of-range"), ("2025-01-02T00:00:00Z", "future-time")],
)
def test_050_times_outside_the_possible_are_refused(tmp_path, cell, code):
    """Before 2000, or after the declared moment of the export."""
    until = {"observed_until": "2024-12-31T00:00:00Z"}
    _, export = created(tmp_path, "2024-01-01T08:00:00Z", cell, **until)
    assert kept_apart(export) == [("leads.csv", 3, code)]


def test_051_a_day_that_is_none_is_refused(tmp_path):
    _, export = created(tmp_path, "2024-01-01T08:00:00Z", "2024-02-30T08:00:00Z")
    assert kept_apart(export) == [("leads.csv", 3, "bad-time")]


def test_052_ten_minutes_of_the_future_are_kept_and_warned_of_and_more_refused(tmp_path):
    until = {"observed_until": "2024-12-31T00:00:00Z"}
    cells = ("2024-12-31T00:10:00Z", "2024-12-31T00:10:01Z")
    times, export = created(tmp_path, *cells, **until)
    assert times == {"L0": "2024-12-31 00:10"}
    assert warned(export, "up to 10 minutes after").startswith("leads.csv: 1 times of Created")
    assert kept_apart(export) == [("leads.csv", 3, "future-time")]


EARLY = events_of("a,2023-12-31T08:00:00Z,Mail opened", "b,2024-01-04T08:00:00Z,Demo asked")


def test_053_events_before_their_leads_creation_are_kept_and_warned_of(tmp_path):
    export = read(tmp_path, events=EARLY)
    assert len(export.events) == 2
    assert warned(export, "dated before their lead was created").startswith("events.csv: 1 rows")


def dated_leads(n):
    """Return `n` leads created on 1 March, won and lost in turn on 1 June."""
    leads = lead_table("lead_id | created_at\n" + "".join(f"L{i} | 2026-03-01\n" for i in range(n)))
    status = ("won", "lost")
    rows = "".join(f"L{i} | {status[i % 2]} | 2026-06-01\n" for i in range(n))
    return leads, outcome_table("lead_id | status | closed_at\n" + rows)


def gate(leads, outcomes, events):
    """Examine dated leads, bulk dates allowed (all were created at once)."""
    limits = settings().leakage.model_copy(update={"allow": ["created_at", "closed_at", "events"]})
    log = EventLog.from_table(events, leads["lead_id"])
    stop_on(
        examine([], leads, outcomes, limits, log=log, until=pd.Timestamp("2026-07-01", tz="UTC"))
    )


@pytest.mark.parametrize(("n_early", "is_stopped"), [(10, False), (40, True)])
def test_053_more_than_a_fifth_of_a_types_events_stop_at_the_gate(n_early, is_stopped):
    leads, outcomes = dated_leads(100)
    days = ["2026-01-01"] * n_early + ["2026-04-01"] * (100 - n_early)
    rows = "".join(
        f"L{i} | {day} {i % 24:02d}:{i % 60:02d} | visit\n" for i, day in enumerate(days)
    )
    events = event_table("lead_id | occurred_at | type\n" + rows)
    if not is_stopped:
        gate(leads, outcomes, events)
        return
    with pytest.raises(GateError) as told:
        gate(leads, outcomes, events)
    error = is_clear(told.value, "leakage", exit_code=4, file="params.yaml", column="leakage.allow")
    assert "events:visit: dated before the lead (40% [31%, 50%] of 100" in str(error)


def test_058_an_event_that_comes_with_the_closing_stops_at_the_gate():
    """The invoice leaves a minute after the win; a look an hour before closing would not know it."""
    leads, outcomes = dated_leads(100)
    won = outcomes.loc[outcomes["status"] == "won", "lead_id"]
    minute = "2026-05-31 23:59"
    rows = "".join(f"{lead} | {minute} | invoice\n" for lead in won)
    with pytest.raises(GateError) as told:
        gate(leads, outcomes, event_table("lead_id | occurred_at | type\n" + rows))
    is_clear(told.value, "leakage", exit_code=4, file="params.yaml", column="leakage.allow")
    assert "events:invoice: happens at closing" in str(told.value)


def test_061_one_moment_for_most_rows_is_warned_of(tmp_path):
    """25 leads, 20 of them touched by one bulk change; the newest event tells how fresh the export is."""
    cells = ["2024-06-01T03:00:00Z"] * 20 + [f"2024-05-{d:02d}T08:00:00Z" for d in range(1, 6)]
    _, export = created(tmp_path, *cells)
    assert "leads: 20 of 25 created_at are 2024-06-01T03:00:00+00:00" in warned(
        export, "bulk change"
    )
    assert f"{export.observed_until:%Y-%m-%d}" == "2024-12-30"


def night_of(root, moment):
    """Return the partition of a night."""
    return partition(root, as_of=utc(moment), inputs={"as_of": str(utc(moment))})


def test_062_an_export_older_than_the_last_scores_stops_unless_its_date_is_given(tmp_path):
    """No clock is asked: the moment of the scores is that of the export."""
    for moment in ("2026-06-01 06:00", "2026-06-08 06:00"):
        last = night_of(tmp_path, moment)
        last.mkdir(parents=True)
        manifest = {"inputs": {"as_of": str(utc(moment))}}
        (last / "MANIFEST.json").write_text(json.dumps(manifest))
    early, place = utc("2026-06-07 23:00"), (str(last / "MANIFEST.json"), None, None)
    folder = night_of(tmp_path, "2026-06-07 23:00")
    error = stops("clock-behind", refuse_earlier, folder, as_of=early, is_forced=False, place=place)
    assert "before the last scores of 2026-06-08 06:00:00Z" in str(error)
    assert "--as-of 2026-06-07T23:00:00Z" in error.fix
    refuse_earlier(folder, as_of=early, is_forced=True)
    refuse_earlier(folder, as_of=utc("2026-06-08 06:00"), is_forced=False)
    refuse_earlier(night_of(tmp_path / "new", "2026-06-07"), as_of=early, is_forced=False)
