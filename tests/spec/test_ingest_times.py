"""When things happened: declared formats and zones only, in UTC, and impossible moments refused."""

import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from tests.exports import DEALS, EVENTS, column, plain_mapping, read, refused


def created(export):
    return {k: v.isoformat() for k, v in column(export.leads, "created_at").items()}


def leads_at(first, second="2024-01-02T08:00:00Z"):
    return f"Id,Created,Channel\na,{first},ads\nb,{second},ads\n"


def other_format(form):
    """The mapping of the files, with another format of `Created` only."""
    files = plain_mapping()["files"]
    files["leads"]["columns"]["Created"]["format"] = form
    return files


def test_times_with_offsets_become_utc(tmp_path):
    export = read(
        tmp_path, leads=leads_at("2024-01-01T08:00:00+02:00", "2024-01-01 08:00:00.5-0530")
    )
    assert created(export) == {
        "a": "2024-01-01T06:00:00+00:00",
        "b": "2024-01-01T13:30:00.500000+00:00",
    }
    assert str(export.leads["created_at"].dtype) == "datetime64[us, UTC]"


def test_order_is_the_second_of_creation(tmp_path):
    export = read(tmp_path, leads=leads_at("2024-01-01T00:00:59.9Z"))
    assert column(export.leads, "order")["a"] == pd.Timestamp("2024-01-01T00:00:59Z").value // 10**9


def test_local_time_without_a_zone_stops_the_run(tmp_path):
    with pytest.raises(InputError, match=r"leads\.csv:2:Created naive-time: .*declare `zone`"):
        read(tmp_path, leads=leads_at("2024-01-01T08:00:00"))


def test_local_time_is_read_in_the_declared_zone(tmp_path):
    leads = leads_at("2024-01-01T08:00:00", "2024-07-01")  # winter, then summer
    export = read(tmp_path, leads=leads, zone="Europe/Paris")
    assert created(export) == {"a": "2024-01-01T07:00:00+00:00", "b": "2024-06-30T22:00:00+00:00"}


def test_zone_utc_needs_no_zone_files(tmp_path):
    export = read(tmp_path, leads=leads_at("2024-01-01"), zone="UTC")
    assert created(export)["a"] == "2024-01-01T00:00:00+00:00"


def test_local_time_that_the_clocks_skipped_is_refused(tmp_path):
    export = read(tmp_path, leads=leads_at("2024-03-31T02:30:00"), zone="Europe/Paris")
    assert ("leads.csv", 2, "no-such-time") in refused(export)


def test_local_time_that_was_twice_is_the_first_and_warned_of(tmp_path):
    export = read(tmp_path, leads=leads_at("2024-01-05T00:00Z", "2024-10-27T02:30:00"), zone="Europe/Paris",
                  deals=DEALS.replace("2024-02-01", "2024-12-01"))  # fmt: skip
    assert created(export)["b"] == "2024-10-27T00:30:00+00:00"  # 02:30 at +02:00, summer time
    assert any("happened twice at a clock change" in w for w in export.warnings)


def test_days_and_months_are_read_as_declared(tmp_path):
    leads = leads_at("02/01/2024", "13/01/2024")
    export = read(tmp_path, leads=leads, zone="UTC", files=other_format("%d/%m/%Y"))
    assert created(export) == {"a": "2024-01-02T00:00:00+00:00", "b": "2024-01-13T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("epoch_s", "1704096000"),
        ("epoch_ms", "1704096000000"),
        ("%d.%m.%Y %H:%M %z", "01.01.2024 09:00 +0100"),
    ],
)
def test_moments_in_other_formats(tmp_path, form, cell):
    export = read(tmp_path, leads=leads_at(cell, cell), files=other_format(form))
    assert created(export)["a"] == "2024-01-01T08:00:00+00:00"


def test_days_of_excel_count_from_1899_12_30(tmp_path):
    leads = leads_at("45292.5", "45293")  # 45,292 days after 1899-12-30 is 2024-01-01
    export = read(tmp_path, leads=leads, zone="UTC", files=other_format("excel"))
    assert created(export) == {"a": "2024-01-01T12:00:00+00:00", "b": "2024-01-02T00:00:00+00:00"}


@pytest.mark.parametrize(
    "cell", ["2024-02-30T08:00:00Z", "yesterday", "2024-01-01T25:00:00Z", "01/02/2024"]
)
def test_time_that_is_none_is_refused(tmp_path, cell):
    assert ("leads.csv", 2, "bad-time") in refused(read(tmp_path, leads=leads_at(cell)))


@pytest.mark.parametrize(
    ("cell", "proposal"),
    [
        ("13/01/2024", "'%d/%m/%Y'"),
        ("02/01/2024", "'%d/%m/%Y' or '%m/%d/%Y'"),
        ("45292", "'excel'"),
        ("1704096000000", "'epoch_ms'"),
    ],
)
def test_many_unreadable_times_stop_the_run_and_name_the_format_that_fits(tmp_path, cell, proposal):
    with pytest.raises(
        InputError, match="too-many-rejects: 2 of 2 rows refused, 2 as bad-time"
    ) as stop:
        read(tmp_path, leads=leads_at(cell, cell), max_reject_share=0.2)
    assert f"declare `format`: {proposal}" in str(stop.value)
    assert (stop.value.row, stop.value.column) == (2, "Created")


@pytest.mark.parametrize(
    "cell",
    ["0000-00-00", "0000-00-00 00:00:00", "1900-01-01", "9999-12-31", "1970-01-01T00:00:00Z"],
)
def test_placeholder_dates_count_as_missing(tmp_path, cell):
    deals = DEALS.replace("b,Open,", f"b,Open,{cell}")
    export = read(tmp_path, deals=deals, zone="UTC")
    assert column(export.outcomes, "closed_at")["b"] is None
    assert refused(export) == []
    assert "deals.csv: 1 placeholder dates of Closed count as missing" in export.warnings


def test_lead_without_a_creation_date_is_refused(tmp_path):
    export = read(tmp_path, leads=leads_at(""))
    assert refused(export)[0] == ("leads.csv", 2, "missing-time")


def test_time_before_2000_is_refused(tmp_path):
    assert (
        refused(read(tmp_path, leads=leads_at("1999-12-31T23:59:59Z")))[0][2] == "time-out-of-range"
    )


def test_events_ten_minutes_after_the_export_are_clock_skew_and_later_ones_refused(tmp_path):
    events = (
        "Lead,Time,What\na,2024-03-01T00:10:00Z,Mail opened\na,2024-03-01T00:10:01Z,Mail opened\n"
    )
    export = read(tmp_path, events=events, observed_until="2024-03-01T00:00:00Z")
    assert refused(export) == [("events.csv", 3, "future-time")]
    assert export.observed_until == pd.Timestamp("2024-03-01", tz="UTC")


def test_without_a_declaration_the_newest_time_is_the_moment_of_the_export(tmp_path):
    assert read(tmp_path).observed_until == pd.Timestamp("2024-02-01T08:00:00Z")


def test_event_before_creation_is_kept_and_warned_of(tmp_path):
    export = read(tmp_path, events=EVENTS + "a,2023-12-31T08:00:00Z,Mail opened\n")
    assert len(export.events) == 3
    assert (
        "events.csv: 1 rows are dated before their lead was created; they are kept"
        in export.warnings
    )
