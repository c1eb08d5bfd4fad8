"""Times and numbers from text, cell by cell."""

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.cells.parsing import parse_numbers, parse_times


def times(*cells, form="iso", zone=None):
    text = pd.Series(list(cells), dtype="str")
    return parse_times(text, text.eq("").to_numpy(), form=form, zone=zone)


def numbers(*cells, **how):
    text = pd.Series(list(cells), dtype="str")
    return parse_numbers(text, text.eq("").to_numpy(), **how)


def test_absent_times_are_no_fault():
    read = times("", "2024-01-01T00:00:00Z")
    assert read.value.isna().tolist() == [True, False]
    assert not read.is_bad.any()


def test_offsets_may_be_mixed_in_a_column():
    read = times(
        "2024-01-01T00:00:00Z",
        "2024-01-01T01:00:00+01:00",
        "2024-01-01 00:30:00+0030",
        "2023-12-31T19:00-05",
    )
    assert len(set(read.value)) == 1


def test_aware_and_naive_times_may_be_mixed_where_a_zone_is_declared():
    read = times("2024-07-01T00:00:00Z", "2024-07-01T02:00:00", zone="Europe/Paris")
    assert len(set(read.value)) == 1
    assert times("2024-07-01T00:00:00Z", "2024-07-01T02:00:00").is_naive.tolist() == [False, True]


@pytest.mark.parametrize(
    "cell", ["2024-1-1", "20240101", "2024-13-01", "2024-W01", "12:30", "now", "1704096000"]
)
def test_other_ways_of_writing_are_not_iso(cell):
    assert times(cell, zone="UTC").is_bad.tolist() == [True]


def test_day_without_time_is_known_as_such():
    assert times("2024-01-01", "2024-01-01T00:00", zone="UTC").is_day.tolist() == [True, False]
    assert times("01/02/2024", form="%d/%m/%Y", zone="UTC").is_day.tolist() == [True]


def test_microseconds_are_kept_and_more_cut():
    read = times("2024-01-01T00:00:00.123456789Z")
    assert read.value.iloc[0] == pd.Timestamp("2024-01-01T00:00:00.123456Z")
    assert str(read.value.dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("cell", ["99999999999999999999", "-1e30"])
def test_serial_numbers_beyond_all_years_are_bad_not_wrapped(cell):
    assert times(cell, form="epoch_s").is_bad.tolist() == [True]
    assert times(cell, form="excel", zone="UTC").is_bad.tolist() == [True]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("5", 5),
        ("+5.", 5),
        (".5", 0.5),
        ("1e3", 1000),
        ("1 234.5", 1234.5),
        ("1234 567", None),
        ("1,5", None),
        ("--5", None),
    ],
)
def test_numbers_with_decimal_point(cell, value):
    read, bad = numbers(cell)
    assert bad.tolist() == [value is None]
    assert np.isnan(read[0]) if value is None else read[0] == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("5", 5), ("1,5", 1.5), ("1.234,5", 1234.5), ("1.5", None), ("12.34,5", None)],
)
def test_numbers_with_decimal_comma_and_points_between_thousands(cell, value):
    read, bad = numbers(cell, decimal=",", thousands=".")
    assert bad.tolist() == [value is None]
    assert np.isnan(read[0]) if value is None else read[0] == value


def test_columns_without_any_number_are_all_nan():
    read, bad = numbers("", "")
    assert np.isnan(read).all()
    assert not bad.any()
